"""The settings of a pre-training run, from recipe, file, command line or Python alike. No torch here."""

import hashlib
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PureWindowsPath

from pointrecon.checks import check_range
from pointrecon.errors import InputError, did_you_mean
from pointrecon.geometry.augmentation import Augmentation
from pointrecon.models.model_config import ModelConfig, model_config
from pointrecon.nested import flat
from pointrecon.settings import PRACTICAL, resolve
from pointrecon.shapes.table.table_meta import SPLITS
from pointrecon.training.loop_settings import Optimization, Training
from pointrecon.training.objective import Objective


@dataclass
class ModelChoice:
    """A named size, and any of its settings replaced; empty ones are the size's own.

    Attributes:
        size: nano, mini, tiny, small or base.
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
        splits: which splits are trained on ("" stands for shapes without one), as a list or "train,val". Others are
            not seen.
        fraction: share of those shapes that is used, drawn by train.seed (a smaller share is part of a larger one); at
            least one batch.
        init: a model to start the weights from (a folder, a .pth, or made-nano), none for random weights, or auto:
            one that comes along where shapes are few and it fits, else none. A deeper model gets blocks between.
        group: what results call runs that differ in nothing but seeds; made from the settings when left out.
        model: the size.
        objective: what is optimized.
        augment: random changes to each batch.
        optim: the optimizer.
        train: the loop.
    """

    data: list[str] = field(default_factory=list)
    out: str = ""
    splits: list[str] | str = field(default_factory=lambda: ["train", ""])
    fraction: float = 1.0
    init: str = "auto"
    group: str = ""
    model: ModelChoice = field(default_factory=ModelChoice)
    objective: Objective = field(default_factory=Objective)
    augment: Augmentation = field(default_factory=Augmentation)
    optim: Optimization = field(default_factory=Optimization)
    train: Training = field(default_factory=Training)

    def __post_init__(self) -> None:
        check_range(self, fraction="(0, 1]")
        self.init = "" if self.init == "none" else self.init
        self.splits = self.splits.split(",") if isinstance(self.splits, str) else self.splits
        if unknown := [name for name in self.splits if name not in SPLITS]:
            hint = did_you_mean(str(unknown[0]), SPLITS, f"there are {', '.join(filter(None, SPLITS))}")
            raise InputError(f"there is no split '{unknown[0]}'; {hint}")

    def settled(self) -> "PretrainConfig":
        """The same settings, with what is left open (a size's measures, a paradigm's ways) as it will run."""
        model, goal, columns = self.model.resolve(), self.objective, self.objective.columns()
        stop = True if goal.stop_gradient is None and goal.paradigm == "recon" else goal.stop_gradient
        return replace(
            self,
            model=ModelChoice(**{name: getattr(model, name) for name in ModelChoice.__dataclass_fields__}),
            objective=replace(goal, stop_gradient=stop, image=columns["image"], text=columns["text"]),
            optim=replace(self.optim, warmup_epochs=self.optim.warmup(self.train.epochs)),
        )


def group_of(config: PretrainConfig, recipe: str = "") -> str:
    """A name for runs of these settings whatever their seeds: "recon nano on parts, mask_ratio 0.8".

    Named are what differs from the recipe, or from the defaults without one; where that is long, a mark of it.
    """
    base = resolve(PretrainConfig, "pretrain", recipe=recipe or None)
    goal = replace(base.objective, paradigm=config.objective.paradigm)
    base = replace(base, model=ModelChoice(config.model.size), objective=goal, init="")
    old, new = flat(asdict(base.settled())), flat(asdict(config.settled()))
    left = {*PRACTICAL, "train.seed", "train.probe_every", "train.keep_every", "data", "out", "group"}
    left |= {
        "objective.paradigm",
        *(["optim.warmup_epochs"] if base.optim.warmup_epochs == config.optim.warmup_epochs else []),
    }
    new["init"] = _without_folders(new["init"])
    words = [f"{key.split('.')[-1]} {new[key]}" for key in new if key not in left and new[key] != old[key]]
    name = f"{config.objective.paradigm} {config.model.size}"
    name += f" {Path(recipe).stem}" if recipe not in ("", config.model.size) else ""
    name += f" on {'+'.join(Path(place).stem for place in config.data)}"
    told = "".join(f", {word}" for word in words)
    return name + (told if len(told) < 60 else f", settings {hashlib.sha256(told.encode()).hexdigest()[:6]}")


def _without_folders(init: str) -> str:
    """What a model to begin from is called in a group, which is published with a model: a mark instead of folders."""
    place = PureWindowsPath(init)
    if len(place.parts) < 2 or init.startswith("hub:"):
        return init
    name = place.parent.name if place.name == "model" else place.name
    return f"{name} {hashlib.sha256(init.encode()).hexdigest()[:6]}"
