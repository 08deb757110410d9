"""The settings every way of fine-tuning has, and reading them from file, command line or Python. No torch here."""

import inspect
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml

from pointrecon.errors import InputError
from pointrecon.geometry.augmentation import Augmentation
from pointrecon.parser import CommandParser
from pointrecon.recipe import recipe_file
from pointrecon.training.keeping import Keeping
from pointrecon.training.loop_settings import Optimization, Training

PROTOCOLS = ("honest", "paper")
_PLACES = ("model", "data", "out")


@dataclass
class TransferConfig:
    """What all transfers share.

    Attributes:
        model: model folder or released .pth to start from; from scratch also the name of a size.
        data: a shape table with labels.
        out: the run folder.
        from_scratch: random weights of the same size instead of the model's.
        protocol: honest (validation shapes choose the epoch, test shapes are seen once) or paper (the released rule:
            trained on train and validation, the epoch that does best on the test shapes).
        test_split: the split to test on.
        seeds: runs, with the seeds train.seed, train.seed + 1 and so on; one is quick and says little.
        votes: scaled copies of each test shape whose scores are averaged, besides the result without.
        labels: share of the training labels used, the same of every class; another draw for every seed.
        split_seed: draws what is held out of tables without validation or test split, the same for all seeds.
        drop_path: rate of dropped residual branches in the last block.
        points: points per cloud (unset: the model's own; to segment 2048, or all where there are fewer).
        patches: patches per cloud (unset: the model's own; to segment one for 16 points).
        augment: random changes to each batch.
        optim: the optimizer.
        train: the loop.
        keep: which weights to keep.
    """

    model: str = ""
    data: str = ""
    out: str = ""
    from_scratch: bool = False
    protocol: str = "honest"
    test_split: str = "test"
    seeds: int = 3
    votes: int = 1
    labels: float = 1.0
    split_seed: int = 0
    drop_path: float = 0.2
    points: int | None = None
    patches: int | None = None
    augment: Augmentation = field(default_factory=lambda: Augmentation(rotate="none", scale=2 / 3, shift=0.2))
    optim: Optimization = field(default_factory=Optimization)
    train: Training = field(default_factory=lambda: Training(epochs=100, batch_size=32, probe_every=1))
    keep: Keeping = field(default_factory=Keeping)

    def __init_subclass__(cls) -> None:
        # The parser takes each setting's help from the class it is given: what is said here goes to its end.
        shared = inspect.cleandoc(TransferConfig.__doc__ or "").split("Attributes:\n")[1]
        cls.__doc__ = f"{inspect.cleandoc(cls.__doc__ or '')}\n{shared}"

    def __post_init__(self) -> None:
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


C = TypeVar("C", bound=TransferConfig)


def settings_parser(kind: type[C], command: str, description: str = "", examples: str = "") -> CommandParser:
    """The parser that knows every setting; it reads YAML files, dotted options and nested values alike."""
    parser = CommandParser(command, description, examples)
    parser.add_argument("--config", action="config", help="YAML file of settings; later options win")
    parser.add_argument("--from-scratch", action="store_true", help="random weights of the same size")
    parser.add_class_arguments(kind, None, skip={*_PLACES, "from_scratch"})
    return parser


def add_places(parser: CommandParser, table: str) -> None:
    """The arguments that name model, table and run folder."""
    parser.add_argument(
        "model", nargs="?", default="", help="model folder, released .pth, or with --from-scratch a size"
    )
    parser.add_argument("data", nargs="?", default="", help=table)
    parser.add_argument("-o", "--out", default="", help="the run folder to write")
    parser.add_argument("--recipe", help="settings by name ('pointrecon recipes' lists them) or a YAML file")
    parser.add_argument("--resume", help="go on with this run folder; nothing else is needed")
    parser.add_argument("--overwrite", action="store_true", help="start afresh where a run is already")


def check_resume(argv: Sequence[str], folder: str) -> None:
    """Raise InputError where a command line says more than ``--resume FOLDER``."""
    if [word for word in argv if word.split("=")[0] != "--resume"] not in ([], [folder]):
        raise InputError("--resume takes only the run folder: its settings are in its config.yaml")


def from_namespace(kind: type[C], parser: CommandParser, values: Any, *, model: str, data: str, out: str) -> C:
    """The configuration in a parsed namespace."""
    made = parser.instantiate(values)
    names = [name for name in kind.__dataclass_fields__ if name not in _PLACES]
    return kind(model=model, data=data, out=out, **{name: made[name] for name in names})


def resolve(
    kind: type[C], command: str, *, model: str, data: str, out: str, overrides: dict[str, Any] | None = None
) -> C:
    """A configuration from nested values.

    Args:
        kind: of configuration.
        command: named in messages.
        model: what to start from.
        data: the shape table.
        out: the run folder.
        overrides: nested values, for instance ``{"seeds": 3, "train": {"epochs": 10}}``; "recipe" names settings they
            go over.

    Raises:
        InputError: naming a key that is no setting or a value that does not fit.
    """
    parser = settings_parser(kind, command)
    overrides = dict(overrides or {})
    recipe = overrides.pop("recipe", None)
    words = ["--config", str(recipe_file(recipe, command))] if recipe else []
    with tempfile.TemporaryDirectory() as folder:
        if overrides:
            given = Path(folder) / "settings.yaml"
            given.write_text(yaml.safe_dump(overrides), encoding="utf-8")
            words += ["--config", str(given)]
        return from_namespace(kind, parser, parser.parse_args(words), model=model, data=data, out=out)
