"""The settings of fine-tuning for part segmentation. No torch here."""

from dataclasses import dataclass, field

from pointrecon.geometry.augmentation import Augmentation
from pointrecon.training.loop_settings import Optimization, Training
from pointrecon.training.segmentation import Segmentation
from pointrecon.transfer.transfer_config import TransferConfig


@dataclass
class SegmentConfig(TransferConfig):
    """Everything a part segmentation needs; written to the run folder as resolved.

    Attributes:
        segment: which points the loss counts, the head's learning rate.
    """

    drop_path: float = 0.1
    segment: Segmentation = field(default_factory=Segmentation)
    augment: Augmentation = field(default_factory=lambda: Augmentation(rotate="none", scale=0.8, shift=0.1))
    optim: Optimization = field(default_factory=lambda: Optimization(learning_rate=2e-3))
    train: Training = field(default_factory=lambda: Training(epochs=100, batch_size=16, probe_every=1))
