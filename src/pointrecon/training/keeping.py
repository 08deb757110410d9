"""The settings of which weights a run ends with. No torch here: the command line reads them."""

from dataclasses import dataclass

from pointrecon.checks import check_choice, check_range


@dataclass
class Keeping:
    """Which weights a run ends with.

    Attributes:
        epoch: "best" keeps the epoch that did best where it is measured (of equals the last), "last" the last one.
        patience: stop after so many measured epochs without a better one; 0 for never.
        average: decay of an exponential moving average of the weights, which is then measured and kept (0.999 for
            long runs); 0 for none. It is shorter at first.
    """

    epoch: str = "best"
    patience: int = 0
    average: float = 0.0

    @property
    def chooses(self) -> bool:
        """Whether epochs are compared, so that the shapes they are measured on decide on the weights."""
        return self.epoch == "best" or self.patience > 0

    def __post_init__(self) -> None:
        check_choice(self, "keep", epoch=("best", "last"))
        check_range(self, "keep", patience="[0, inf)", average="[0, 1)")
