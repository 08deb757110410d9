"""Experiments as recipes: a few settings that are compared with everything else held. No torch here."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pointrecon.documents import parse_yaml
from pointrecon.errors import InputError, did_you_mean
from pointrecon.recipe import recipe, recipe_names

FIGURES = ("bars", "curve")


@dataclass
class Variant:
    """One of the things compared: the settings of pre-training it changes, and where it stands on a curve's axis."""

    label: str
    settings: dict[str, Any] = field(default_factory=dict)
    value: float | None = None


@dataclass
class Experiment:
    """What is compared, and how it is shown: as "bars", or as a "curve" over the variants' values, perhaps logarithmic.

    ``axis`` says what the variants differ in.
    """

    name: str
    title: str
    axis: str
    variants: list[Variant]
    figure: str = "bars"
    log: bool = False


def load_experiments(names: str | Path | Sequence[str | Path]) -> list[Experiment]:
    """Several experiments, each once, by name or YAML file; a string may hold several with commas between them.

    Raises:
        InputError: when there is none of that name, or the file does not fit.
    """
    words = names.split(",") if isinstance(names, str) else [str(names)] if isinstance(names, Path) else map(str, names)
    found = [load_experiment(word) for word in dict.fromkeys(word.strip() for word in words) if word]
    if not found:
        raise InputError(f"name an experiment: {', '.join(recipe_names('ablate'))}, or a YAML file")
    for one in found:
        if sum(other.name == one.name for other in found) > 1:
            raise InputError(f"two of the experiments are called '{one.name}'; rename one of the files")
    return found


def load_experiment(name: str) -> Experiment:
    """An experiment of the package by name, or one's own by the path of its YAML file.

    Raises:
        InputError: when there is none, naming the nearest one, or naming the key of the file that does not fit.
    """
    known = recipe_names("ablate")
    path = recipe(name, "ablate").path if name in known else Path(name)
    if path.is_file():
        return read_experiment(path.stem, path.read_bytes(), f"the experiment '{name}'")
    hint = did_you_mean(name, known, f"there are {', '.join(known)}, or give a YAML file.")
    raise InputError(f"there is no experiment '{name}'; {hint}")


def read_experiment(name: str, text: str | bytes, where: str) -> Experiment:
    """An experiment from YAML with title, axis, figure, log and variants (label, value, settings).

    Raises:
        InputError: naming the key that is missing, unknown or of the wrong kind.
    """
    try:
        content = _known(parse_yaml(text), where, ("title", "axis", "figure", "log", "variants"))
    except ValueError as error:
        raise InputError(f"{where} is not YAML: {error}") from None
    figure, log, entries = content.get("figure", "bars"), content.get("log", False), content.get("variants", [])
    _check(figure in FIGURES, f"{where}: figure must be bars or curve, not '{figure}'")
    _check(isinstance(log, bool), f"{where}: log must be true or false, not '{log}'")
    _check(isinstance(entries, list) and entries, f"{where}: variants must be a list of at least one")
    variants = [_variant(entry, f"{where}, variant {i + 1}", figure, log) for i, entry in enumerate(entries)]
    for label, count in Counter(variant.label for variant in variants).items():
        _check(count == 1, f"{where}: two variants have the label '{label}'")
    title = str(content.get("title", name))
    return Experiment(name, title, str(content.get("axis", title)), variants, figure, log)


def _variant(entry: Any, where: str, figure: str, log: bool) -> Variant:
    entry = _known(entry, where, ("label", "value", "settings"))
    value, settings = entry.get("value"), entry.get("settings", {})
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    _check("label" in entry or "value" in entry, f"{where}: label is missing")
    _check(isinstance(settings, dict), f"{where}: settings must be nested settings of pre-training, not '{settings}'")
    _check(value is None or number, f"{where}: value must be a number, not '{value}'")
    _check(figure != "curve" or number, f"{where}: value is missing, and a curve needs one")
    _check(not log or value is None or value > 0, f"{where}: value must be above 0 on a logarithmic axis, not {value}")
    return Variant(str(entry.get("label", value)), settings, float(value) if number else None)


def _known(content: Any, where: str, known: Sequence[str]) -> dict[str, Any]:
    _check(isinstance(content, dict), f"{where} must hold {', '.join(known)}")
    for key in content:
        hint = did_you_mean(str(key), known, f"there are {', '.join(known)}.")
        _check(key in known, f"{where}: there is no key '{key}'; {hint}")
    return content


def _check(fits: Any, otherwise: str) -> None:
    if not fits:
        raise InputError(otherwise)
