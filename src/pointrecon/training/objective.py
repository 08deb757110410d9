"""The switches of pre-training: every experiment of METHOD section 1 is one of these. No torch here."""

from dataclasses import dataclass, replace

from pointrecon.errors import InputError
from pointrecon.models.model_config import ModelConfig, Teacher

PARADIGMS = {
    # paradigm: (streams, reconstructs, contrasts, stop-gradient)
    "recon": ("recon", True, True, True),
    "reconstruct": ("recon", True, False, True),
    "contrast": ("shared", False, True, False),
    "multitask": ("shared", True, True, False),
    "towers": ("towers", True, True, False),
}
CONTRAST_LOSSES = ("smooth_l1", "cosine", "infonce")


@dataclass
class Objective:
    """What pre-training optimizes.

    Attributes:
        paradigm: "recon" (contrast guided by reconstruction, the method), "reconstruct" (masked reconstruction
            only), "contrast" (teachers only, one stream), "multitask" (both losses on one shared stream) or "towers"
            (both losses, two separate encoders).
        stop_gradient: whether the contrast losses leave the local stream undisturbed; empty for the paradigm's own.
            Only "recon" has two streams to separate.
        mask_ratio: share of patches hidden.
        mask_kind: "random", or "block" for the patches nearest to a random center.
        batch_statistics: what the patch embedding's batch norms see while pre-training: "visible" patches (faster:
            hidden ones are not embedded at all) or "all", as in the released training.
        reconstruction_loss: "chamfer_l2" (released) or "chamfer_l1".
        contrast_loss: "smooth_l1" on the teacher's raw feature (released), "cosine" or "infonce".
        temperature: of "infonce".
        image: feature column of the table for the image query, "auto" for the table's first, "none" for no teacher.
        text: the same for the text query. With "none" captions are not read at all, unless ``self_contrast`` asks.
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
    self_contrast: bool = False
    reconstruction_weight: float = 1.0
    image_weight: float = 1.0
    text_weight: float = 1.0
    self_weight: float = 1.0

    def __post_init__(self) -> None:
        _one_of("paradigm", self.paradigm, tuple(PARADIGMS))
        _one_of("mask_kind", self.mask_kind, ("random", "block"))
        _one_of("batch_statistics", self.batch_statistics, ("visible", "all"))
        _one_of("reconstruction_loss", self.reconstruction_loss, ("chamfer_l2", "chamfer_l1"))
        _one_of("contrast_loss", self.contrast_loss, CONTRAST_LOSSES)
        if not 0 < self.mask_ratio < 1:
            raise InputError(f"objective.mask_ratio must be above 0 and below 1, not {self.mask_ratio}")
        if self.temperature <= 0:
            raise InputError(f"objective.temperature must be above 0, not {self.temperature}")
        if self.stop_gradient and self.paradigm != "recon":
            raise InputError(
                f"objective.stop_gradient has no meaning for the paradigm '{self.paradigm}', which has no global "
                "stream to hold back; leave it out"
            )

    @property
    def reconstructs(self) -> bool:
        """Whether there is a reconstruction loss."""
        return PARADIGMS[self.paradigm][1]

    @property
    def contrasts(self) -> bool:
        """Whether teachers are imitated."""
        return PARADIGMS[self.paradigm][2]


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InputError(f"objective.{name} must be one of {', '.join(allowed)}, not '{value}'")


def model_for(objective: Objective, config: ModelConfig, teachers: dict[str, Teacher]) -> ModelConfig:
    """The model configuration an objective needs.

    Args:
        objective: the switches.
        config: sizes.
        teachers: "image" and/or "text" → teacher, as found in the data.

    Raises:
        InputError: when nothing would be optimized.
    """
    streams, reconstructs, contrasts, stop = PARADIGMS[objective.paradigm]
    if reconstructs and not config.decoder_depth:
        raise InputError(f"the paradigm '{objective.paradigm}' rebuilds patches; set model.decoder_depth above 0")
    if contrasts and not teachers and not objective.self_contrast:
        raise InputError(
            f"the paradigm '{objective.paradigm}' needs a teacher, and the table has no teacher's features; run "
            "'pointrecon shapes teach' on it first, or choose objective.paradigm=reconstruct"
        )
    return replace(
        config,
        streams=streams,
        stop_gradient=stop if objective.stop_gradient is None else objective.stop_gradient,
        decoder_depth=config.decoder_depth if reconstructs else 0,
        teachers=teachers if contrasts else {},
        self_contrast=objective.self_contrast,
    )
