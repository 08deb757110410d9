"""The settings of a training batch's random changes (no torch here: the command line reads them)."""

from dataclasses import dataclass

from pointrecon.errors import InputError


@dataclass
class Augmentation:
    """Which random changes a training batch gets, in this order. All are off unless named.

    Attributes:
        rotate: "none", an axis ("x", "y", "z"), or "any" for every rotation.
        scale: lowest factor; each axis is scaled within ``scale … 1/scale`` (1 leaves it).
        shift: largest move along each axis.
        jitter: deviation of the Gaussian noise on each point.
        drop: largest share of points dropped.
        crop: largest share of points occluded from a random side.
        flip: an axis along which half of the clouds are mirrored, or "none".
    """

    rotate: str = "y"
    scale: float = 1.0
    shift: float = 0.0
    jitter: float = 0.0
    drop: float = 0.0
    crop: float = 0.0
    flip: str = "none"

    def __post_init__(self) -> None:
        if self.rotate not in ("none", "x", "y", "z", "any"):
            raise InputError(f"augment.rotate must be none, x, y, z or any, not {self.rotate!r}")
        if self.flip not in ("none", "x", "y", "z"):
            raise InputError(f"augment.flip must be none, x, y or z, not {self.flip!r}")
        if not 0 < self.scale <= 1:
            raise InputError(f"augment.scale must be above 0 and at most 1, not {self.scale}")
        for name in ("shift", "jitter", "drop", "crop"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"augment.{name} must be within 0 … 1, not {getattr(self, name)}")
