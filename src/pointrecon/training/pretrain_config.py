"""The settings of a pre-training run, from recipe, file, command line or Python alike. No torch here."""

import hashlib
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PureWindowsPath
from typing import Any

from pointrecon.checks import check_choice, check_range
from pointrecon.errors import InputError, did_you_mean
from pointrecon.geometry.augmentation import Augmentation
from pointrecon.models.model_config import ModelConfig, model_config
from pointrecon.models.plus.plus_config import PLUS_SIZES, PlusConfig, plus_config
from pointrecon.nested import flat
from pointrecon.settings import PRACTICAL, resolve
from pointrecon.shapes.table.table_meta import SPLITS
from pointrecon.training.loop_settings import Optimization, Training
from pointrecon.training.objective import Objective


@dataclass
class ModelChoice:
    """A named size, and any of its settings replaced; empty ones are the size's own.

    Attributes:
        size: nano, mini, tiny, small or base; or of ReCon++ plus-nano, plus-small, plus-base, plus-large or plus-giant.
        kind: of a ReCon++ size, what it is for: openshape (zero-shot, 10,000 colored points; its own), openshape_1k or
            hybrid (both for transfer, 1024 points, causal).
        points: points per cloud.
        patches: patches per cloud.
        patch_size: points per patch.
        width: token width.
        heads: attention heads.
        depth: encoder blocks.
        stem: first width of the patch embedding (ReCon++: of the small one).
        decoder_depth: blocks of the masked decoder.
        drop_path: rate of dropped residual branches.
        up: the axis that points up for the model; shapes are turned to it.
        channels: of ReCon++, as all below: numbers of a point, 3 (x, y, z) or 6 (with colors).
        masking: random (hidden patches are rebuilt) or causal (each patch from those before it).
        image_queries: queries that are matched to a shape's pictures.
        text_queries: queries that are matched to its texts.
        mlp_width: width inside the MLPs.
        layer_scale: whether branches begin with next to no effect.
        embedding: the patch embedding, small or large.
    """

    size: str = "nano"
    kind: str | None = None
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
    channels: int | None = None
    masking: str | None = None
    image_queries: int | None = None
    text_queries: int | None = None
    mlp_width: int | None = None
    layer_scale: bool | None = None
    embedding: str | None = None

    @property
    def plus(self) -> bool:
        """Whether the size is one of ReCon++."""
        return self.size.startswith("plus-")

    def resolve(self) -> ModelConfig | PlusConfig:
        """The full model configuration."""
        given = {name: value for name, value in asdict(self).items() if name != "size" and value is not None}
        if self.plus:
            return plus_config(self.size, **given)
        if of_plus := sorted(given.keys() & _OF_PLUS):
            raise InputError(
                f"model.{of_plus[0]} is a setting of ReCon++ models, and '{self.size}' is a size of ReCon; "
                f"leave it out, or take one of {', '.join(PLUS_SIZES)}"
            )
        return model_config(self.size, **given)

    def settled(self) -> "ModelChoice":
        """The same with everything that is left open as its size has it."""
        model = self.resolve()
        names = [name for name in ModelChoice.__dataclass_fields__ if name != "kind"]
        found: dict[str, Any] = {name: getattr(model, name, None) for name in names}
        return ModelChoice(kind=self.kind, **found)


_OF_PLUS = {"kind", "channels", "masking", "image_queries", "text_queries", "mlp_width", "layer_scale", "embedding"}


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
        blocks: of ReCon++, an image model whose Transformer blocks the encoder begins with: dinov2, clip or eva (the
            method's for small, base and large), a hub id (timm/...) or a folder; none. Beside init only the queries'
            blocks do.
        start: how weights that nothing else tells are drawn: usual, or released (ReCon++: as its released code does).
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
    blocks: str = "none"
    start: str = "usual"
    group: str = ""
    model: ModelChoice = field(default_factory=ModelChoice)
    objective: Objective = field(default_factory=Objective)
    augment: Augmentation = field(default_factory=Augmentation)
    optim: Optimization = field(default_factory=Optimization)
    train: Training = field(default_factory=Training)

    def __post_init__(self) -> None:
        check_range(self, fraction="(0, 1]")
        check_choice(self, start=("usual", "released"))
        self.init = "" if self.init == "none" else self.init
        if not self.model.plus and (self.blocks != "none" or self.start != "usual"):
            what = "blocks" if self.blocks != "none" else "start"
            raise InputError(
                f"{what} is a setting of ReCon++ models, and '{self.model.size}' is a size of ReCon; leave it out"
            )
        self.splits = self.splits.split(",") if isinstance(self.splits, str) else self.splits
        if unknown := [name for name in self.splits if name not in SPLITS]:
            hint = did_you_mean(str(unknown[0]), SPLITS, f"there are {', '.join(filter(None, SPLITS))}")
            raise InputError(f"there is no split '{unknown[0]}'; {hint}")

    def settled(self) -> "PretrainConfig":
        """The same settings, with what is left open (a size's measures, a paradigm's ways) as it will run."""
        goal, columns = self.objective.for_model(self.model.resolve()), self.objective.columns()
        return replace(
            self,
            model=self.model.settled(),
            objective=replace(goal, image=columns["image"], text=columns["text"]),
            optim=replace(self.optim, warmup_epochs=self.optim.warmup(self.train.epochs)),
        )


def group_of(config: PretrainConfig, recipe: str = "") -> str:
    """A name for runs of these settings whatever their seeds: "recon nano on parts, mask_ratio 0.8".

    Named are what differs from the recipe, or from the defaults without one; where that is long, a mark of it.
    """
    base = resolve(PretrainConfig, "pretrain", recipe=recipe or None)
    goal = replace(base.objective, paradigm=config.objective.paradigm)
    base = replace(base, model=ModelChoice(config.model.size), objective=goal, init="", blocks="none", start="usual")
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
