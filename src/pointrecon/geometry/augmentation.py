"""The settings of a training batch's random changes (no torch here: the command line reads them)."""

from dataclasses import dataclass

from pointrecon.checks import check_choice, check_range


@dataclass
class Augmentation:
    """Which random changes a training batch gets, in this order. All are off unless named.

    Attributes:
        rotate: "up" about the axis that points up, "any" for every rotation, or "none".
        scale: lowest factor; each axis is scaled within ``scale … 1/scale`` (1 leaves it).
        shift: largest move along each axis.
        jitter: deviation of the Gaussian noise on each point.
        drop: largest share of points dropped.
        crop: largest share of points occluded from a random side.
        flip: an axis along which half of the clouds are mirrored, or "none".
    """

    rotate: str = "up"
    scale: float = 1.0
    shift: float = 0.0
    jitter: float = 0.0
    drop: float = 0.0
    crop: float = 0.0
    flip: str = "none"

    def __post_init__(self) -> None:
        check_choice(self, "augment", rotate=("up", "any", "none"), flip=("none", "x", "y", "z"))
        check_range(self, "augment", scale="(0, 1]", **dict.fromkeys(("shift", "jitter", "drop", "crop"), "[0, 1]"))
