"""Settings of optimizer and loop. No torch here: the command line reads them."""

from dataclasses import dataclass

from pointrecon.devices import check_precision
from pointrecon.errors import InputError


@dataclass
class Optimization:
    """AdamW with warm-up and cosine (METHOD section 4).

    Attributes:
        learning_rate: at the end of the warm-up, for a batch of ``train.batch_size`` times ``accumulate``.
        weight_decay: none on biases, norms, tokens and positions.
        warmup_epochs: epochs of linear warm-up from ``final_rate``; at most a fifth of the run.
        final_rate: where warm-up starts and the cosine ends.
        clip: largest gradient norm; 0 clips nothing.
        accumulate: batches whose gradients are added before one step.
        beta2: AdamW's second coefficient.
    """

    learning_rate: float = 5e-4
    weight_decay: float = 0.05
    warmup_epochs: float = 10
    final_rate: float = 1e-6
    clip: float = 10.0
    accumulate: int = 1
    beta2: float = 0.999

    def __post_init__(self) -> None:
        if self.learning_rate <= 0:
            raise InputError(f"optim.learning_rate must be above 0, not {self.learning_rate}")
        if self.accumulate < 1:
            raise InputError(f"optim.accumulate must be at least 1, not {self.accumulate}")


@dataclass
class Training:
    """How long, how large, on what.

    Attributes:
        epochs: passes over the shapes.
        batch_size: shapes per step and process.
        seed: of weights, order, masks and augmentation.
        precision: "auto" (bf16 on GPUs that have it, else 32), "32" or "bf16".
        device: "auto", "cpu", "cuda" or "mps".
        compile: "on" compiles the step with ``torch.compile``, "graphs" replays it as CUDA graphs besides, "off" does
            neither; "auto" is "on" on CUDA GPUs. The first step then takes a minute or so; results differ by rounding.
        recompute: keep nothing inside the blocks between forward and backward but compute it again (activation
            checkpointing): less memory, about a third more time.
        hold: "device" holds the shapes in the device's memory, "stream" reads them from the table while training,
            "auto" holds them where they take at most half of the memory that is free. The result is the same.
        probe_every: epochs between probes on the validation split; 0 for none.
        checkpoint_minutes: longest time between checkpoints (one is also written at the end of the run, and when it
            is stopped); 0 writes one after every step.
        keep_every: epochs between models that are kept in folders of their own, models/epoch-0100 and so on; 0 keeps
            the last alone, as model.
        log_every: steps between lines of the metrics file.
        stop_after: stop (with a checkpoint, to be resumed) after this many steps of this process; 0 for never.
    """

    epochs: int = 300
    batch_size: int = 128
    seed: int = 0
    precision: str = "auto"
    device: str = "auto"
    compile: str = "auto"
    recompute: bool = False
    hold: str = "auto"
    probe_every: int = 5
    keep_every: int = 0
    checkpoint_minutes: float = 2.0
    log_every: int = 10
    stop_after: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "log_every"):
            if getattr(self, name) < 1:
                raise InputError(f"train.{name} must be at least 1, not {getattr(self, name)}")
        check_precision(self.precision, "train.precision")
        if self.compile not in ("auto", "on", "off", "graphs"):
            raise InputError(f"train.compile must be auto, on, off or graphs, not '{self.compile}'")
        if self.hold not in ("auto", "device", "stream"):
            raise InputError(f"train.hold must be auto, device or stream, not '{self.hold}'")
        if self.device not in ("auto", "cpu", "cuda", "mps"):
            raise InputError(f"train.device must be auto, cpu, cuda or mps, not '{self.device}'")
