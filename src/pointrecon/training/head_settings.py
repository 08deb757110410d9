"""The settings of what a head learns: classes or parts. No torch here: the command line reads them."""

from dataclasses import dataclass

from pointrecon.checks import check_choice, check_range
from pointrecon.errors import InputError

MODES = ("full", "linear", "mlp3")
REBUILD_WEIGHT = 3.0  # of ReCon++ (METHOD-PLUS section 4)


@dataclass
class Classification:
    """How a classifier learns.

    Attributes:
        label_smoothing: share of the target spread over all classes.
        class_weights: "balanced" weighs each class by one over its share of the training shapes, "none" none.
        draw: which of a larger cloud's points a step sees: "random" ones, or "farthest": the farthest 1200, of those
            1024 at random (in that proportion for other sizes), as the released fine-tuning does.
        head_rate: factor of the learning rate of head, class query and its position over the rest's (METHOD section 4).
        rebuild_weight: factor of a loss that rebuilds all patches beside the classes' (unset: 3, as released, where all
            weights of a causal ReCon++ model with a decoder learn; else 0, as nothing else can).
    """

    label_smoothing: float = 0.0
    class_weights: str = "none"
    draw: str = "random"
    head_rate: float = 10.0
    rebuild_weight: float | None = None

    def __post_init__(self) -> None:
        check_range(self, "classify", label_smoothing="[0, 1)", head_rate="(0, inf)")
        if self.rebuild_weight is not None:
            check_range(self, "classify", rebuild_weight="[0, inf)")
        check_choice(self, "classify", class_weights=("none", "balanced"), draw=("random", "farthest"))


@dataclass
class Segmentation:
    """How a part segmenter learns.

    Attributes:
        loss_points: points of each cloud, drawn anew at each step, that the head labels and the loss counts; 0 for all
            of them, as released. The encoder sees the whole cloud either way; on a CPU most of a step is the head's.
        head_rate: factor of the head's learning rate over the backbone's (released: 1).
    """

    loss_points: int = 0
    head_rate: float = 1.0

    def __post_init__(self) -> None:
        check_range(self, "segment", loss_points="[0, inf)", head_rate="(0, inf)")


def check_mode(mode: str) -> str:
    """The mode, or InputError where there is none of that name."""
    if mode not in MODES:
        raise InputError(f"there is no mode '{mode}'; take one of {', '.join(MODES)}")
    return mode
