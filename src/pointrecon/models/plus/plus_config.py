"""What a ReCon++ model is: one dataclass. No torch here."""

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from pointrecon.checks import check_choice, check_range
from pointrecon.errors import InputError, did_you_mean
from pointrecon.models.model_config import HEADS, Head, Teacher, check_fits, config_from

KEPT = 10  # positions at the beginning of a row that are never hidden


@dataclass
class PlusConfig:
    """Everything that decides a ReCon++ model's layers and its input. The defaults are the released zero-shot base."""

    size: str = "custom"  # the name this configuration came from
    points: int = 10_000  # N, per cloud the model expects
    patches: int = 512  # G, per cloud
    patch_size: int = 32  # S, points per patch
    channels: int = 6  # of a point: x, y, z, or with red, green and blue from 0 to 1
    width: int = 768  # C, of a token
    heads: int = 12  # of attention
    depth: int = 12  # encoder blocks
    mlp_width: int = 3072  # inside the MLPs of the encoder
    layer_scale: bool = False  # whether the encoder's branches have a LayerScale
    stem: int = 128  # first width of the small patch embedding, as ReCon's; the large one's is 256
    embedding: str = "small"  # the patch embedding: "small" as ReCon's, or "large"
    # "random": patches in any order, hidden ones are left out and rebuilt. "causal": patches in a row, each from those
    # before it
    masking: str = "random"
    image_queries: int = 13  # matched to pictures
    text_queries: int = 3  # matched to texts
    class_query: bool = False  # whether a last one is there for a head over classes: a model for transfer
    decoder_depth: int = 4  # blocks of the decoder; 0 leaves it out
    drop_path: float = 0.1  # rate of dropped residual branches in the last block, rising linearly from 0
    stop_gradient: bool = False  # whether the queries leave the patches' stream undisturbed
    teachers: dict[str, Teacher] = field(default_factory=dict)  # by "image" and/or "text": which projections exist
    head: Head | None = None  # for classification or segmentation, if any
    text_share: float = 0.5  # what the text queries count beside the image queries when shapes are named
    up: str = "y"  # the axis that points up in the clouds it was trained on
    skip_origin: bool = False  # sample farthest points as the released CUDA code (never within 0.032 of the origin)

    def __post_init__(self) -> None:
        sizes = ("points", "patches", "patch_size", "width", "heads", "depth", "mlp_width", "image_queries")
        least = dict.fromkeys((*sizes, "text_queries", "stem"), "[1, inf)")
        check_range(self, "model", **least, decoder_depth="[0, inf)", text_share="[0, inf)", drop_path="[0, 1)")
        words = {"embedding": ("small", "large"), "masking": ("random", "causal"), "up": ("x", "y", "z")}
        check_choice(self, "model", **words)
        if self.channels not in (3, 6):
            raise InputError(f"model.channels is {self.channels}; it is 3 (x, y, z) or 6 (with colors)")
        check_fits(self)
        if self.head is not None:
            check_choice(self.head, "model.head", kind=HEADS)
        if (self.head is not None and self.head.kind != "parts") != self.class_query:
            raise InputError(
                "a ReCon++ model has a class query (model.class_query) where it has a head for classes, else none"
            )

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "PlusConfig":
        """From plain values, as in ``config.json``; InputError for a key that is no setting, naming the nearest one."""
        return config_from(cls, values)

    @property
    def kind(self) -> str:
        """What it is for, as METHOD-PLUS section 1 names it."""
        if self.class_query:
            return "transfer"
        if self.head is not None:
            return "segmentation"
        if self.masking == "random":
            return "openshape"
        return "hybrid" if (self.image_queries, self.text_queries) == (10, 1) else "openshape_1k"


PLUS_SIZES = ("plus-nano", "plus-small", "plus-base", "plus-large", "plus-giant")


def plus_config(size: str, kind: str = "openshape", **overrides: Any) -> PlusConfig:
    """The configuration of a named size, for what a kind is for, with any setting replaced.

    Args:
        size: one of ``PLUS_SIZES``.
        kind: "openshape" (zero-shot, 10,000 colored points), "openshape_1k" or "hybrid" (for transfer, causal).

    Raises:
        InputError: for an unknown size, kind or setting.
    """
    told = _sizes()
    for what, name, have in (("size", size, told["sizes"]), ("kind", kind, told["kinds"])):
        if name not in have:
            hint = did_you_mean(name, list(have), f"choose one of {', '.join(have)}")
            raise InputError(f"there is no ReCon++ model {what} '{name}'; {hint}")
    return PlusConfig.from_dict({"size": size, **told["kinds"][kind], **told["sizes"][size], **overrides})


@cache
def _sizes() -> dict[str, dict[str, Any]]:
    text = files("pointrecon.models").joinpath("sizes", "plus.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)
