"""The settings of a pre-training run, from recipe, file, command line or Python alike. No torch here."""

from dataclasses import asdict, dataclass, field
from typing import Any

from pointrecon.checks import check_range
from pointrecon.geometry.augmentation import Augmentation
from pointrecon.models.model_config import ModelConfig, model_config
from pointrecon.training.loop_settings import Optimization, Training
from pointrecon.training.objective import Objective


@dataclass
class ModelChoice:
    """A named size, and any of its settings replaced; empty ones are the size's own.

    Attributes:
        size: nano, tiny, small or base.
        points: points per cloud.
        patches: patches per cloud.
        patch_size: points per patch.
        width: token width.
        heads: attention heads.
        depth: encoder blocks.
        stem: first width of the patch embedding.
        decoder_depth: blocks of the masked decoder.
        drop_path: rate of dropped residual branches.
        up: the axis that points up for the model; shapes are turned to it.
    """

    size: str = "nano"
    points: int | None = None
    patches: int | None = None
    patch_size: int | None = None
    width: int | None = None
    heads: int | None = None
    depth: int | None = None
    stem: int | None = None
    decoder_depth: int | None = None
    drop_path: float | None = None
    up: str | None = None

    def resolve(self) -> ModelConfig:
        """The full model configuration."""
        given = {name: value for name, value in asdict(self).items() if name != "size" and value is not None}
        return model_config(self.size, **given)


@dataclass
class PretrainConfig:
    """Everything a pre-training run needs; written to the run folder as resolved.

    Attributes:
        data: shape tables to learn from.
        out: the run folder.
        splits: which splits are trained on ("" stands for shapes without one). Shapes of other splits are not seen.
        fraction: share of those shapes that is used, drawn by train.seed (a smaller share is part of a larger one); at
            least one batch.
        init: a model to start the weights from (a folder or .pth); empty for random weights.
        model: the size.
        objective: what is optimized.
        augment: random changes to each batch.
        optim: the optimizer.
        train: the loop.
    """

    data: list[str] = field(default_factory=list)
    out: str = ""
    splits: list[str] = field(default_factory=lambda: ["train", ""])
    fraction: float = 1.0
    init: str = ""
    model: ModelChoice = field(default_factory=ModelChoice)
    objective: Objective = field(default_factory=Objective)
    augment: Augmentation = field(default_factory=Augmentation)
    optim: Optimization = field(default_factory=Optimization)
    train: Training = field(default_factory=Training)

    def __post_init__(self) -> None:
        check_range(self, fraction="(0, 1]")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as written to ``config.yaml``."""
        return asdict(self)
