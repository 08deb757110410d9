"""Experiments as recipes: a few settings that are compared with everything else held. No torch here."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from pointrecon.errors import InputError

FIGURES = ("bars", "curve")


@dataclass
class Variant:
    """One of the things compared.

    Attributes:
        label: what the figure and the table call it.
        settings: nested settings of pre-training it changes, as in a recipe.
        value: where it stands on the axis of a curve.
    """

    label: str
    settings: dict[str, Any] = field(default_factory=dict)
    value: float | None = None


@dataclass
class Experiment:
    """What is compared, and how it is shown.

    Attributes:
        name: of the recipe.
        title: of table and figure.
        axis: what the variants differ in.
        variants: at least one.
        figure: "bars", or "curve" over the variants' values.
        log: whether the curve's axis is logarithmic.
    """

    name: str
    title: str
    axis: str
    variants: list[Variant]
    figure: str = "bars"
    log: bool = False


def experiment_names() -> list[str]:
    """The experiments that come with the package."""
    folder = files("pointrecon").joinpath("recipes", "ablations")
    return sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml"))


def load_experiments(names: str | Path | Sequence[str | Path]) -> list[Experiment]:
    """Several experiments, each once, by name or YAML file; a string may hold several with commas between them.

    Raises:
        InputError: when there is none of that name, or the file does not fit.
    """
    words = names.split(",") if isinstance(names, str) else [str(names)] if isinstance(names, Path) else map(str, names)
    asked = list(dict.fromkeys(word.strip() for word in words if word.strip()))
    if not asked:
        raise InputError(f"name an experiment: {', '.join(experiment_names())}, or a YAML file")
    found = [load_experiment(name) for name in asked]
    for one in found:
        if sum(other.name == one.name for other in found) > 1:
            raise InputError(f"two of the experiments are called '{one.name}'; rename one of the files")
    return found


def load_experiment(name: str) -> Experiment:
    """An experiment of the package by name, or one's own by the path of its YAML file.

    Raises:
        InputError: when there is none, naming the nearest one, or naming the key of the file that does not fit.
    """
    known = experiment_names()
    if name in known:
        text = files("pointrecon").joinpath("recipes", "ablations", f"{name}.yaml").read_text(encoding="utf-8")
        return read_experiment(name, text, name)
    path = Path(name)
    if path.is_file():
        return read_experiment(path.stem, path.read_text(encoding="utf-8"), name)
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(known)}, or give a YAML file."
    raise InputError(f"there is no experiment '{name}'; {hint}")


def read_experiment(name: str, text: str, where: str) -> Experiment:
    """An experiment from the text of its YAML file.

    Args:
        name: what it is called.
        text: YAML with title, axis, figure, log and variants (label, value, settings).
        where: names the file in messages.

    Raises:
        InputError: naming the key that is missing, unknown or of the wrong kind.
    """
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"the experiment '{where}' is not YAML: {' '.join(str(error).split())[:120]}") from None
    content = _mapping(content, f"the experiment '{where}'", ("title", "axis", "figure", "log", "variants"))
    figure, log = content.get("figure", "bars"), content.get("log", False)
    if figure not in FIGURES:
        raise InputError(f"the experiment '{where}': figure must be bars or curve, not '{figure}'")
    if not isinstance(log, bool):
        raise InputError(f"the experiment '{where}': log must be true or false, not '{log}'")
    entries = content.get("variants")
    if not isinstance(entries, list) or not entries:
        raise InputError(f"the experiment '{where}': variants must be a list of at least one")
    variants = [
        _variant(entry, f"the experiment '{where}', variant {i + 1}", figure, log) for i, entry in enumerate(entries)
    ]
    labels = [variant.label for variant in variants]
    if len(set(labels)) < len(labels):
        twice = next(label for label in labels if labels.count(label) > 1)
        raise InputError(f"the experiment '{where}': two variants have the label '{twice}'")
    title = str(content.get("title", name))
    return Experiment(name, title, str(content.get("axis", title)), variants, figure, log)


def _variant(entry: Any, where: str, figure: str, log: bool) -> Variant:
    entry = _mapping(entry, where, ("label", "value", "settings"))
    label, value, settings = entry.get("label"), entry.get("value"), entry.get("settings", {})
    if label is None and value is None:
        raise InputError(f"{where}: label is missing")
    if not isinstance(settings, dict):
        raise InputError(f"{where}: settings must be nested settings of pre-training, not '{settings}'")
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if value is not None and not number:
        raise InputError(f"{where}: value must be a number, not '{value}'")
    if figure == "curve" and value is None:
        raise InputError(f"{where}: value is missing, and a curve needs one")
    if log and value is not None and value <= 0:
        raise InputError(f"{where}: value must be above 0 on a logarithmic axis, not {value}")
    return Variant(str(value if label is None else label), settings, None if value is None else float(value))


def _mapping(content: Any, where: str, known: Sequence[str]) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise InputError(f"{where} must hold {', '.join(known)}")
    for key in content:
        if key not in known:
            close = get_close_matches(str(key), known, n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(known)}."
            raise InputError(f"{where}: there is no key '{key}'; {hint}")
    return content
