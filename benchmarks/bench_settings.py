"""What to measure, and how. No torch here: the process that starts the others stays small."""

from dataclasses import dataclass, field

from pointrecon.errors import InputError

SIZES = ("tiny", "small", "base")  # those the reference has, too
TARGET_SIZE = "base"
COMPILE = ("auto", "on", "capture", "graphs", "off")
DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class Settings:
    """Settings of `bench`.

    Attributes:
        rows: names of what to measure; empty for everything.
        size: of the model.
        device: "auto" (the GPU where there is one), "cpu" or "cuda".
        compile: of our step, as training has it: "auto", "on", "capture", "graphs" or "off".
        batch: shapes per step; 0 for each row's own.
        threads: of torch; 0 leaves it to torch.
        rounds: how often each side has its turn.
        steps: measured per turn; 0 for each row's own.
        quick: everything tiny, only to see that it works: nothing measured so is a result.
    """

    rows: tuple[str, ...] = field(default_factory=tuple)
    size: str = TARGET_SIZE
    device: str = "auto"
    compile: str = "auto"
    batch: int = 0
    threads: int = 0
    rounds: int = 2
    steps: int = 0
    quick: bool = False

    def __post_init__(self) -> None:
        if self.size not in SIZES:
            raise InputError(
                f"--size must be one of {', '.join(SIZES)}, which the reference has too, not '{self.size}'"
            )
        if self.device not in DEVICES:
            raise InputError(f"--device must be one of {', '.join(DEVICES)}, not '{self.device}'")
        if self.compile not in COMPILE:
            raise InputError(f"--compile must be one of {', '.join(COMPILE)}, not '{self.compile}'")
        for name in ("batch", "threads", "steps"):
            if getattr(self, name) < 0:
                raise InputError(f"--{name} must be 0 (chosen for you) or more, not {getattr(self, name)}")
        if self.batch == 1:
            raise InputError("--batch must be at least 2: batch normalization needs more than one shape")
        if self.rounds < 1:
            raise InputError(f"--rounds must be at least 1, not {self.rounds}")
