"""Which runs an experiment needs. Runs of equal settings are one, whichever experiments ask for them. No torch here."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pointrecon.errors import InputError
from pointrecon.experiments.experiment_recipes import Experiment, Variant
from pointrecon.models.model_config import ModelConfig, Teacher
from pointrecon.models.plus.plus_config import PlusConfig
from pointrecon.nested import flat
from pointrecon.settings import PRACTICAL, resolve
from pointrecon.training.objective import PARADIGMS, model_for
from pointrecon.training.pretrain_config import ModelChoice, PretrainConfig

BASE = "base"  # the folder of the runs that differ from the base recipe in nothing
Settings = dict[str, Any]
Have = Mapping[str, Sequence[str]]  # "image"/"text" → the tables' features of that kind, sorted

_APART = {*PRACTICAL, "train.seed"}  # they do not tell one variant from another
_LONGEST = 80  # characters of a folder's name


@dataclass
class Planned:
    """One run: its settings' folder, and all its pre-training needs but the shapes; its group is that of every seed."""

    name: str
    config: PretrainConfig

    def __str__(self) -> str:
        return f"{self.name}, seed {self.seed}"

    @property
    def seed(self) -> int:
        """Of weights, order, masks, and of the measurements."""
        return self.config.train.seed

    @property
    def folder(self) -> Path:
        """Its run folder."""
        return Path(self.config.out)

    def beside(self, ending: str) -> Path:
        """A file beside the run folder: "log" of what it says, "lock" held by the process that works on it."""
        return self.folder.with_name(f"{self.folder.name}.{ending}")

    def work(self) -> float:
        """How long it takes beside others, roughly and in no unit: epochs, shapes, and the size of the model."""
        model = self.config.model.resolve()
        return self.config.train.epochs * self.config.fraction * model.patches * model.depth * model.width**2


def plan_runs(
    experiments: Sequence[Experiment], base: PretrainConfig, have: Have, out: Path, seeds: int
) -> tuple[list[Planned], dict[str, list[str]]]:
    """The runs of some experiments, each once, all of the first seed before those of the next.

    Args:
        base: the settings of everything that is not compared; its ``train.seed`` is the first seed.
        have: the teachers' features in the tables.
        out: where run folders go.

    Returns:
        (the runs, experiment → the folder name of each of its variants). A run's group is "experiment/variant", of
        the first that asks for it.

    Raises:
        InputError: naming experiment, variant and key of a setting that does not fit.
    """
    standard = canonical(base, have)
    names: dict[str, list[str]] = {}
    first: dict[str, tuple[PretrainConfig, str]] = {}
    for experiment in experiments:
        names[experiment.name] = []
        for variant in experiment.variants:
            config = with_variant(experiment, variant, base, have)
            name = folder_name(canonical(config, have), standard)
            first.setdefault(name, (base if name == BASE else config, f"{experiment.name}/{variant.label}"))
            names[experiment.name].append(name)
    planned = []
    for seed in range(base.train.seed, base.train.seed + seeds):
        for name, (config, group) in first.items():
            own = deepcopy(config)
            own.train.seed, own.out, own.group = seed, str(out / name / f"seed-{seed}"), group
            planned.append(Planned(name, own))
    return planned, names


def with_variant(experiment: Experiment, variant: Variant, base: PretrainConfig, have: Have) -> PretrainConfig:
    """The base settings with a variant's over them, checked against the tables as far as that takes no reading.

    Raises:
        InputError: naming experiment, variant and key.
    """
    where = f"the experiment '{experiment.name}', variant '{variant.label}'"
    train, objective = (variant.settings.get(key) for key in ("train", "objective"))
    if isinstance(train, dict) and "seed" in train:
        raise InputError(f"{where}: train.seed is not for a variant to set; give seeds")
    for kind in ("image", "text"):
        wanted = objective.get(kind) if isinstance(objective, dict) else None
        if wanted not in (None, "none") and not have[kind]:
            raise InputError(
                f"{where} needs a teacher of the kind {kind}, and the tables have no features of one; run "
                f"'pointrecon shapes teach' with --{kind} first"
            )
    try:
        config = resolve(PretrainConfig, "pretrain", config=base, overrides=variant.settings)
        model_of(config, have)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    return config


def model_of(config: PretrainConfig, have: Have) -> ModelConfig | PlusConfig:
    """What the model of a run will be, but for the widths of its teachers' features; InputError as `model_for`."""
    teachers = {kind: Teacher(name, 1) for kind, name in config.objective.imitates(have).items()}
    return model_for(config.objective, config.model.resolve(), teachers)


def canonical(config: PretrainConfig, have: Have) -> Settings:
    """Settings by dotted name, each written in one way only: runs whose settings are equal are the same run.

    Left to a default or named outright is the same: a model's measures (None for the size's own), the stop-gradient
    (None for the paradigm's own), and the teachers ("auto" becomes the name). Data, folder, group, seed and what only
    decides how a run is carried out are left away.
    """
    values = asdict(config)
    del values["data"], values["out"], values["group"]
    model, size = config.model.resolve(), ModelChoice(config.model.size, config.model.kind).resolve()
    for name in values["model"]:
        if name not in ("size", "kind"):
            own = getattr(model, name, None)
            values["model"][name] = None if own == getattr(size, name, None) else own
    goal = config.objective.for_model(model)
    standard = PARADIGMS[goal.paradigm][3] if isinstance(model, ModelConfig) else model.stop_gradient
    if goal.stop_gradient == standard:
        values["objective"]["stop_gradient"] = None
    values["objective"]["targets"] = goal.targets
    values["objective"] |= config.objective.columns(have)
    return {key: value for key, value in flat(values).items() if key not in _APART}


def differences(before: Settings, now: Settings) -> list[str]:
    """The settings that differ, each as "train.epochs is 36 there and 8 here"; one not known before had its default."""
    standard = flat(asdict(PretrainConfig()))
    found = []
    for key, value in now.items():
        old = before.get(key, standard.get(key))
        if old != value:
            found.append(f"{key} is {_word(old)} there and {_word(value)} here")
    return found


def folder_name(settings: Settings, base: Settings) -> str:
    """A folder for the runs of some settings, named after what differs from the base: "mask_ratio-0.75".

    Equal settings get equal names and different ones different names, whatever else is planned beside them.
    """
    leaves = Counter(key.rsplit(".", 1)[-1] for key in settings)
    words = []
    for key in sorted(key for key, value in settings.items() if value != base[key]):
        leaf = key.rsplit(".", 1)[-1]
        words.append(f"{leaf if leaves[leaf] == 1 else key}-{_word(settings[key])}")
    name = "+".join(words) or BASE
    plain = re.sub(r"[^\w.+-]+", "-", name, flags=re.ASCII).strip(".-")
    if plain != name or len(plain) > _LONGEST:
        plain = f"{plain[:_LONGEST]}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
    return plain


def _word(value: Any) -> str:
    if value is None:
        return "default"
    return str(value).lower() if isinstance(value, bool) else str(value)
