"""The settings of a pre-training run, from recipe, file, command line or Python alike. No torch here."""

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pointrecon.errors import InputError
from pointrecon.geometry.augmentation import Augmentation
from pointrecon.models.model_config import ModelConfig, model_config
from pointrecon.parser import CommandParser
from pointrecon.recipe import recipe_file, recipes
from pointrecon.training.objective import Objective
from pointrecon.training.settings import Optimization, Training


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
        if not 0 < self.fraction <= 1:
            raise InputError(f"fraction must be above 0 and at most 1, not {self.fraction}")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as written to ``config.yaml``."""
        return asdict(self)


def settings_parser(command: str = "pretrain", description: str = "", examples: str = "") -> CommandParser:
    """The parser that knows every setting; it reads YAML files, dotted options and nested values alike."""
    parser = CommandParser(command, description, examples)
    parser.add_argument("--config", action="config", help="YAML file of settings; later options win")
    parser.add_class_arguments(PretrainConfig, None, skip={"data", "out"})
    return parser


def resolve(
    *, data: Sequence[str], out: str, recipe: str | None = None, overrides: dict[str, Any] | None = None
) -> PretrainConfig:
    """A configuration from a recipe and nested values over it.

    Args:
        data: shape tables.
        out: the run folder.
        recipe: a recipe's name or a YAML file.
        overrides: nested values, for instance ``{"model": {"size": "tiny"}, "train": {"epochs": 10}}``.

    Raises:
        InputError: naming a key that is no setting or a value that does not fit.
    """
    parser = settings_parser()
    words = ["--config", str(recipe_path(recipe))] if recipe else []
    with tempfile.TemporaryDirectory() as folder:
        if overrides:
            given = Path(folder) / "settings.yaml"
            given.write_text(yaml.safe_dump(overrides), encoding="utf-8")
            words += ["--config", str(given)]
        return from_words(parser, words, data=data, out=out)


def from_words(parser: CommandParser, words: Sequence[str], *, data: Sequence[str], out: str) -> PretrainConfig:
    """Parse command line words (which may name configuration files) into a configuration."""
    values = parser.parse_args(list(words))
    return from_namespace(parser, values, data=data, out=out)


def from_namespace(parser: CommandParser, values: Any, *, data: Sequence[str], out: str) -> PretrainConfig:
    """The configuration in a parsed namespace."""
    made = parser.instantiate(values)
    known = {name: made[name] for name in PretrainConfig.__dataclass_fields__ if name not in ("data", "out")}
    return PretrainConfig(data=[str(d) for d in data], out=str(out), **known)


def recipe_names() -> list[str]:
    """The recipes of pre-training that come with the package."""
    return [one.name for one in recipes("pretrain")]


def recipe_path(name: str) -> Path:
    """Where a recipe is: one of the package by name, or a YAML file by path.

    Raises:
        InputError: when there is none.
    """
    return recipe_file(name, "pretrain")
