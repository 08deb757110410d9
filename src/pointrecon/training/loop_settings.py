"""Settings of optimizer and loop. No torch here: the command line reads them."""

from dataclasses import dataclass

from pointrecon.checks import check_choice, check_range
from pointrecon.devices import check_device, check_precision


@dataclass
class Optimization:
    """AdamW with warm-up and cosine (METHOD section 4).

    Attributes:
        learning_rate: at the end of the warm-up, for a batch of ``train.batch_size`` times ``accumulate``.
        weight_decay: none on biases, norms, tokens and positions.
        warmup_epochs: epochs of linear warm-up from ``final_rate``; at most a fifth of the run, and written so.
        final_rate: where warm-up starts and the cosine ends.
        clip: largest gradient norm; 0 clips nothing.
        accumulate: batches whose gradients are added before one step; the last one of an epoch may have fewer.
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
        check_range(self, "optim", learning_rate="(0, inf)", accumulate="[1, inf)", beta2="[0, 1)")
        check_range(self, "optim", **dict.fromkeys(("weight_decay", "warmup_epochs", "final_rate", "clip"), "[0, inf)"))

    def warmup(self, epochs: int) -> float:
        """Epochs of warm-up of a run of so many epochs: at most a fifth of it."""
        return min(self.warmup_epochs, epochs / 5)


@dataclass
class Training:
    """How long, how large, on what.

    Attributes:
        epochs: passes over the shapes.
        batch_size: shapes per batch, over all processes.
        seed: of weights, order, masks and augmentation.
        precision: "auto" (bf16 on GPUs that have it, else 32), "32" or "bf16".
        device: "auto", "cpu", "cuda", "cuda:1" or "mps".
        compile: "capture" replays the whole step as one CUDA graph, "on" compiles its layers with ``torch.compile``,
            "graphs" does both, "off" neither; "auto" is "capture" on CUDA GPUs. Compiling takes about half a minute;
            results differ by rounding. Graphs want one process, shapes held on the device and no accumulation; where
            one of these fails, "auto" is "on".
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
        check_range(self, "train", **dict.fromkeys(("epochs", "batch_size", "log_every"), "[1, inf)"))
        other = ("seed", "probe_every", "keep_every", "checkpoint_minutes", "stop_after")
        check_range(self, "train", **dict.fromkeys(other, "[0, inf)"))
        check_precision(self.precision, "train.precision")
        check_device(self.device, "train.device")
        check_choice(
            self, "train", compile=("auto", "on", "off", "capture", "graphs"), hold=("auto", "device", "stream")
        )
