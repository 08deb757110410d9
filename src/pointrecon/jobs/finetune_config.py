"""The settings of fine-tuning for classification, from file, command line or Python alike. No torch here."""

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pointrecon.errors import InputError
from pointrecon.geometry.augmentation import Augmentation
from pointrecon.parser import CommandParser
from pointrecon.tasks.classification import Classification, check_mode
from pointrecon.training.config import Optimisation, Training
from pointrecon.training.keeping import Keeping

PROTOCOLS = ("honest", "paper")
_GIVEN_APART = ("model", "data", "out", "from_scratch")


@dataclass
class FinetuneConfig:
    """Everything a fine-tuning needs; written to the run folder as resolved.

    Attributes:
        model: model folder or released .pth to start from; from scratch also the name of a size.
        data: a shape table with labels.
        out: the run folder.
        from_scratch: random weights of the same size instead of the model's.
        mode: full (all weights learn), linear (a linear head on the frozen model) or mlp3 (three layers on it).
        protocol: honest (validation shapes choose the epoch, test shapes are seen once) or paper (the released rule:
            trained on train and validation, the epoch that does best on the test shapes).
        test_split: the split to test on.
        seeds: runs, with the seeds train.seed, train.seed + 1 and so on.
        votes: scaled copies of each test shape whose scores are averaged, besides the result without.
        labels: share of the training labels used, the same of every class; another draw for every seed.
        split_seed: draws what is held out of tables without validation or test split, the same for all seeds.
        drop_path: rate of dropped residual branches in the last block.
        points: points per cloud (unset: the model's own).
        patches: patches per cloud (unset: the model's own).
        classify: loss, drawing of points, the head's learning rate.
        augment: random changes to each batch.
        optim: the optimiser.
        train: the loop.
        keep: which weights to keep.
    """

    model: str = ""
    data: str = ""
    out: str = ""
    from_scratch: bool = False
    mode: str = "full"
    protocol: str = "honest"
    test_split: str = "test"
    seeds: int = 1
    votes: int = 1
    labels: float = 1.0
    split_seed: int = 0
    drop_path: float = 0.2
    points: int | None = None
    patches: int | None = None
    classify: Classification = field(default_factory=Classification)
    augment: Augmentation = field(default_factory=lambda: Augmentation(rotate="none", scale=2 / 3, shift=0.2))
    optim: Optimisation = field(default_factory=Optimisation)
    train: Training = field(default_factory=lambda: Training(epochs=100, batch_size=32, probe_every=1))
    keep: Keeping = field(default_factory=Keeping)

    def __post_init__(self) -> None:
        check_mode(self.mode)
        if self.protocol not in PROTOCOLS:
            raise InputError(f"there is no protocol '{self.protocol}'; take one of {', '.join(PROTOCOLS)}")
        for name in ("seeds", "votes"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1, not {getattr(self, name)}")
        if not 0 < self.labels <= 1:
            raise InputError(f"labels must be above 0 and at most 1, not {self.labels}")
        if not 0 <= self.drop_path < 1:
            raise InputError(f"drop_path must be 0 or more and below 1, not {self.drop_path}")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as written to ``config.yaml``."""
        return asdict(self)


def settings_parser(command: str = "finetune", description: str = "", examples: str = "") -> CommandParser:
    """The parser that knows every setting; it reads YAML files, dotted options and nested values alike."""
    parser = CommandParser(command, description, examples)
    parser.add_argument("--config", action="config", help="YAML file of settings; later options win")
    parser.add_argument("--from-scratch", action="store_true", help="random weights of the same size")
    parser.add_class_arguments(FinetuneConfig, None, skip=set(_GIVEN_APART))
    return parser


def from_namespace(parser: CommandParser, values: Any, *, model: str, data: str, out: str) -> FinetuneConfig:
    """The configuration in a parsed namespace."""
    made = parser.instantiate(values)
    names = [name for name in FinetuneConfig.__dataclass_fields__ if name not in ("model", "data", "out")]
    return FinetuneConfig(model=model, data=data, out=out, **{name: made[name] for name in names})


def resolve(*, model: str, data: str, out: str, overrides: dict[str, Any] | None = None) -> FinetuneConfig:
    """A configuration from nested values.

    Args:
        model: what to start from.
        data: the shape table.
        out: the run folder.
        overrides: nested values, for instance ``{"mode": "linear", "train": {"epochs": 10}}``.

    Raises:
        InputError: naming a key that is no setting or a value that does not fit.
    """
    parser = settings_parser()
    words: Sequence[str] = []
    with tempfile.TemporaryDirectory() as folder:
        if overrides:
            given = Path(folder) / "settings.yaml"
            given.write_text(yaml.safe_dump(overrides), encoding="utf-8")
            words = ["--config", str(given)]
        return from_namespace(parser, parser.parse_args(list(words)), model=model, data=data, out=out)
