"""The settings of fine-tuning for part segmentation. No torch here: the command line reads them."""

from dataclasses import dataclass

from pointrecon.errors import InputError


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
        if self.loss_points < 0:
            raise InputError(f"segment.loss_points must be 0 (all) or more, not {self.loss_points}")
        if self.head_rate <= 0:
            raise InputError(f"segment.head_rate must be above 0, not {self.head_rate}")
