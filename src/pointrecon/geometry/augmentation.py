"""The settings of a training batch's random changes (no torch here: the command line reads them)."""

from dataclasses import dataclass

from pointrecon.checks import check_choice, check_range

GRAY = 0.4  # of what has no color, as in the training of ReCon++


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
        tilt: deviation of small turns about each axis, in radians, cut at three times that (ReCon++: 0.06).
        gray: share of the clouds whose colors, if they have any, all become gray (ReCon++: 0.5).
        lay_down: lay every cloud on its side in the end, (x, y, z) to (-y, x, z), as the released training of ReCon++
            does. Nothing lays down the shapes that the model is used on afterwards, nor did the released evaluation.
    """

    rotate: str = "up"
    scale: float = 1.0
    shift: float = 0.0
    jitter: float = 0.0
    drop: float = 0.0
    crop: float = 0.0
    flip: str = "none"
    tilt: float = 0.0
    gray: float = 0.0
    lay_down: bool = False

    def __post_init__(self) -> None:
        check_choice(self, "augment", rotate=("up", "any", "none"), flip=("none", "x", "y", "z"))
        check_range(self, "augment", scale="(0, 1]", tilt="[0, 1]", gray="[0, 1]")
        check_range(self, "augment", **dict.fromkeys(("shift", "jitter", "drop", "crop"), "[0, 1]"))
