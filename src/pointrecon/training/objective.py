"""The switches of pre-training: every experiment of METHOD section 1 is one of these. No torch here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pointrecon.checks import check_choice, check_range
from pointrecon.errors import InputError
from pointrecon.models.model_config import ModelConfig, Teacher
from pointrecon.models.plus.plus_config import KEPT, PlusConfig

PARADIGMS = {
    # paradigm: (streams, reconstructs, contrasts, stop-gradient)
    "recon": ("recon", True, True, True),
    "reconstruct": ("recon", True, False, True),
    "contrast": ("shared", False, True, False),
    "multitask": ("shared", True, True, False),
    "towers": ("towers", True, True, False),
}
PLUS_PARADIGMS = ("recon", "reconstruct", "contrast")
CONTRAST_LOSSES = ("smooth_l1", "cosine", "infonce")


@dataclass
class Objective:
    """What pre-training optimizes.

    Attributes:
        paradigm: "recon" (contrast guided by reconstruction, the method), "reconstruct" (masked reconstruction
            only), "contrast" (teachers only, one stream), "multitask" (both losses on one shared stream) or "towers"
            (both losses, two separate encoders). ReCon++ has the first three, always with both streams: its released
            training is "reconstruct", then "contrast" from those weights.
        stop_gradient: whether the contrast losses leave the local stream undisturbed; empty for the paradigm's own (of
            ReCon++ for the kind's). Of ReCon only "recon" has two streams to separate.
        mask_ratio: share of patches hidden.
        mask_kind: "random", or "block" for the patches nearest to a random center.
        batch_statistics: what the patch embedding's batch norms see while pre-training: "visible" patches (faster:
            hidden ones are not embedded at all) or "all", as in the released training.
        reconstruction_loss: "chamfer_l2" (released) or "chamfer_l1"; ReCon++ adds both, and the colors' error.
        contrast_loss: "smooth_l1" (released; of ReCon on the teacher's raw feature), "cosine" or "infonce". Of ReCon++
            all are of queries and features of unit length, each query with the feature that it is matched to.
        temperature: of "infonce".
        image: feature column of the table for the image query, "auto" for the table's first, "none" for no teacher.
        text: the same for the text query. With "none" captions are not read at all, unless ``self_contrast`` asks. Of
            ReCon++ it may be an "image/..." column: the mean of a shape's pictures, as its hybrid kind has it.
        targets: of a shape's views and of its sentences in all templates, "one" drawn anew at each step, the "mean" of
            them all (of views the maximum, where their teacher pools so, as "imagenet" does), or, of ReCon++, "all":
            each view, and each sentence as the mean of its templates. "auto" is as released: "one", of ReCon++ "all".
        standardize: compare features of the "image" teacher, the "text" teacher or "both" after each of their numbers
            is centered and scaled to deviation 1 over the shapes to learn from; or of "none" (released).
        regression_weight: factor of a smooth L1 loss beside "cosine" or "infonce".
        self_contrast: single-modal contrast among the batch: shapes of one caption attract each other.
        reconstruction_weight: factor of the reconstruction loss.
        image_weight: factor of the image loss.
        text_weight: factor of the text loss.
        self_weight: factor of the single-modal loss.
    """

    paradigm: str = "recon"
    stop_gradient: bool | None = None
    mask_ratio: float = 0.6
    mask_kind: str = "random"
    batch_statistics: str = "visible"
    reconstruction_loss: str = "chamfer_l2"
    contrast_loss: str = "smooth_l1"
    temperature: float = 0.1
    image: str = "auto"
    text: str = "auto"
    targets: str = "auto"
    standardize: str = "none"
    regression_weight: float = 0.0
    self_contrast: bool = False
    reconstruction_weight: float = 1.0
    image_weight: float = 1.0
    text_weight: float = 1.0
    self_weight: float = 1.0

    def __post_init__(self) -> None:
        check_choice(self, "objective", paradigm=tuple(PARADIGMS), mask_kind=("random", "block"))
        check_choice(self, "objective", batch_statistics=("visible", "all"), contrast_loss=CONTRAST_LOSSES)
        check_choice(
            self, "objective", reconstruction_loss=("chamfer_l2", "chamfer_l1"), targets=("auto", "one", "mean", "all")
        )
        check_choice(self, "objective", standardize=("none", "image", "text", "both"))
        check_range(self, "objective", mask_ratio="(0, 1)", temperature="(0, inf)")
        weights = ("reconstruction_weight", "image_weight", "text_weight", "self_weight", "regression_weight")
        check_range(self, "objective", **dict.fromkeys(weights, "[0, inf)"))
        if self.regression_weight and self.contrast_loss == "smooth_l1":
            raise InputError(
                "objective.regression_weight adds smooth L1 to another loss, and objective.contrast_loss is smooth_l1 "
                "itself; take infonce or cosine, or leave the weight out"
            )

    @property
    def reconstructs(self) -> bool:
        """Whether there is a reconstruction loss."""
        return PARADIGMS[self.paradigm][1]

    @property
    def contrasts(self) -> bool:
        """Whether teachers are imitated."""
        return PARADIGMS[self.paradigm][2]

    def for_model(self, config: ModelConfig | PlusConfig) -> "Objective":
        """The same with what is left open as a model has it; InputError for what means nothing to this model."""
        own: bool | None = True if self.paradigm == "recon" else None
        targets = "one"
        if isinstance(config, PlusConfig):
            self._check_plus(config)
            own, targets = config.stop_gradient, "all"
        else:
            self._check_recon()
        return replace(
            self,
            stop_gradient=own if self.stop_gradient is None else self.stop_gradient,
            targets=targets if self.targets == "auto" else self.targets,
        )

    def _check_recon(self) -> None:
        if self.stop_gradient and self.paradigm != "recon":
            raise InputError(
                f"objective.stop_gradient has no meaning for the paradigm '{self.paradigm}', which has no global "
                "stream to hold back; leave it out"
            )
        if self.targets == "all" or self.text.startswith("image/"):
            what = "targets all" if self.targets == "all" else f"text {self.text}"
            raise InputError(f"objective.{what} is for ReCon++ models (sizes plus-nano and the like); leave it out")

    def _check_plus(self, config: PlusConfig) -> None:
        refused = {
            f"paradigm {self.paradigm}": self.paradigm not in PLUS_PARADIGMS,
            f"reconstruction_loss {self.reconstruction_loss}": self.reconstruction_loss != "chamfer_l2",
            "self_contrast": self.self_contrast,
            f"mask_kind {self.mask_kind}": self.mask_kind != "random" and config.masking == "causal",
        }
        if found := next((what for what, wrong in refused.items() if wrong), ""):
            causal = " whose masking is causal" if found.startswith("mask_kind") else ""
            raise InputError(
                f"objective.{found} is not for a ReCon++ model{causal} ('{config.size}'): leave it out, or take a size "
                "of ReCon"
            )

    def standardizes(self, kind: str) -> bool:
        """Whether features of the "image" or "text" teacher are centered and scaled before they are compared."""
        return self.standardize in (kind, "both")

    def columns(self, have: Mapping[str, Sequence[str]] | None = None) -> dict[str, str]:
        """Kind of teacher → its column by its whole name; of columns there are, "auto" is the first, or else "none"."""
        found = {}
        for kind, name in (("image", self.image), ("text", self.text)):
            if name == "auto" and have is not None:
                name = have[kind][0] if have[kind] else "none"
            found[kind] = name if name in ("auto", "none") or "/" in name else f"{kind}/{name}"
        return found

    def imitates(self, have: Mapping[str, Sequence[str]]) -> dict[str, str]:
        """Kind of teacher → its column where one is imitated; InputError for one that is not among those there are."""
        found = {kind: key for kind, key in self.columns(have).items() if key != "none"} if self.contrasts else {}
        for kind, key in found.items():
            if key not in have[kind] and key not in have["image"]:
                raise InputError(
                    f"the table has no features '{key}' (it has {', '.join(have[kind]) or 'none'}); run 'pointrecon "
                    f"shapes teach' with --{kind} {key.split('/', 1)[1]} first"
                )
        return found


_Config = TypeVar("_Config", bound=ModelConfig | PlusConfig)


def model_for(objective: Objective, config: _Config, teachers: dict[str, Teacher]) -> _Config:
    """The model configuration that an objective needs of these sizes, where the data has these teachers.

    Raises:
        InputError: when nothing would be optimized, or no patch hidden; or the objective is not one of such a model.
    """
    objective = objective.for_model(config)
    _check_hides(objective.mask_ratio, config)
    if objective.reconstructs and not config.decoder_depth:
        raise InputError(f"the paradigm '{objective.paradigm}' rebuilds patches; set model.decoder_depth above 0")
    if objective.contrasts and not teachers and not objective.self_contrast:
        if objective.image == objective.text == "none":
            raise InputError(
                f"the paradigm '{objective.paradigm}' needs a teacher, and objective.image and objective.text are both "
                "none: leave one of them out, or choose another: --objective.paradigm reconstruct"
            )
        raise InputError(
            f"the paradigm '{objective.paradigm}' needs a teacher, and the table has no teacher's features; run "
            "'pointrecon shapes teach' on it first, or choose another: --objective.paradigm reconstruct"
        )
    teachers = teachers if objective.contrasts else {}
    found: Any
    if isinstance(config, PlusConfig):  # its decoder stays for the transfer that follows, also where it idles
        found = replace(config, stop_gradient=bool(objective.stop_gradient), teachers=teachers)
        return found
    streams, reconstructs, _, stop = PARADIGMS[objective.paradigm]
    found = replace(
        config,
        streams=streams,
        stop_gradient=stop if objective.stop_gradient is None else objective.stop_gradient,
        decoder_depth=config.decoder_depth if reconstructs else 0,
        teachers=teachers,
        self_contrast=objective.self_contrast,
    )
    return found


def _check_hides(ratio: float, config: ModelConfig | PlusConfig) -> None:
    """Raise InputError where a share of the patches is none."""
    causal = isinstance(config, PlusConfig) and config.masking == "causal"
    free = config.patches - KEPT if causal else config.patches
    if int(ratio * max(free, 0)) < 1:
        behind = f" behind the first {KEPT}" if causal else ""
        least = f"at least {1 / free:.2g}" if free > 0 else f"more patches than {KEPT}"
        raise InputError(f"objective.mask_ratio {ratio:g} hides none of {config.patches} patches{behind}; take {least}")
