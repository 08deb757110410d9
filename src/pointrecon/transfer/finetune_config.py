"""The settings of fine-tuning for classification. No torch here: the command line reads them."""

from dataclasses import dataclass, field

from pointrecon.training.classification import Classification, check_mode
from pointrecon.transfer.transfer_config import TransferConfig


@dataclass
class FinetuneConfig(TransferConfig):
    """Everything a fine-tuning needs; written to the run folder as resolved.

    Attributes:
        mode: full (all weights learn, three layers of head), linear (a linear head on the frozen model) or mlp3
            (three layers on it).
        classify: loss, drawing of points, the head's learning rate.
    """

    mode: str = "full"
    classify: Classification = field(default_factory=Classification)

    def __post_init__(self) -> None:
        check_mode(self.mode)
        super().__post_init__()
