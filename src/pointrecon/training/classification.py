"""The settings of fine-tuning for classification. No torch here: the command line reads them."""

from dataclasses import dataclass

from pointrecon.errors import InputError

MODES = ("full", "linear", "mlp3")


@dataclass
class Classification:
    """How a classifier learns.

    Attributes:
        label_smoothing: share of the target spread over all classes.
        class_weights: "balanced" weighs each class by one over its share of the training shapes, "none" none.
        draw: which of a larger cloud's points a step sees: "random" ones, or "farthest": the farthest 1200, of those
            1024 at random (in that proportion for other sizes), as the released fine-tuning does.
        head_rate: factor of the learning rate of head, class query and its position over the rest's (METHOD section 4).
    """

    label_smoothing: float = 0.0
    class_weights: str = "none"
    draw: str = "random"
    head_rate: float = 10.0

    def __post_init__(self) -> None:
        if not 0 <= self.label_smoothing < 1:
            raise InputError(f"classify.label_smoothing must be 0 or more and below 1, not {self.label_smoothing}")
        if self.class_weights not in ("none", "balanced"):
            raise InputError(f"classify.class_weights must be none or balanced, not '{self.class_weights}'")
        if self.draw not in ("random", "farthest"):
            raise InputError(f"classify.draw must be random or farthest, not '{self.draw}'")
        if self.head_rate <= 0:
            raise InputError(f"classify.head_rate must be above 0, not {self.head_rate}")


def check_mode(mode: str) -> str:
    """The mode, or InputError where there is none of that name."""
    if mode not in MODES:
        raise InputError(f"there is no mode '{mode}'; take one of {', '.join(MODES)}")
    return mode
