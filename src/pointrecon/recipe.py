"""Recipes: settings by name, each in a YAML file whose first lines say what it is for and what to type.

``recipes/*.yaml`` are for ``pointrecon pretrain``, ``recipes/finetune/*.yaml`` for ``pointrecon finetune`` and so on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from pointrecon.errors import InputError, did_you_mean

_FIELDS = ("paper", "data", "run", "published", "ours")
_COMMAND_OF = {"": "pretrain", "ablations": "ablate"}  # other folders have their command's name


@dataclass(frozen=True)
class Recipe:
    """A recipe of the package, with what the comment lines on top of its file say."""

    name: str  # unique among all commands' recipes
    command: str  # that reads it
    path: Path
    summary: str = ""  # the first line
    paper: str = ""  # the published table it is for; empty where there is none
    data: str = ""  # how to get the shape table
    run: str = ""  # the command to type
    published: str = ""  # the published figures
    ours: str = ""  # what differs, or is left to our defaults

    @property
    def text(self) -> str:
        """The file."""
        return self.path.read_text(encoding="utf-8")

    @property
    def settings(self) -> dict[str, Any]:
        """What it sets."""
        return yaml.safe_load(self.text) or {}


def recipes(command: str | None = None) -> list[Recipe]:
    """The recipes of the package, or those of one command, by name."""
    found = []
    for path in sorted(Path(str(files("pointrecon"))).joinpath("recipes").rglob("*.yaml")):
        folder = "" if path.parent.name == "recipes" else path.parent.name
        reads = _COMMAND_OF.get(folder, folder)
        if command in (None, reads):
            found.append(Recipe(path.stem, reads, path, **_header(path.read_text(encoding="utf-8"))))
    return found


def recipe_names(command: str = "pretrain") -> list[str]:
    """The recipes of a command by name."""
    return [one.name for one in recipes(command)]


def recipe(name: str, command: str | None = None) -> Recipe:
    """The recipe of this name; InputError where there is none, or it is another command's."""
    every = {one.name: one for one in recipes()}
    if name in every and command in (None, every[name].command):
        return every[name]
    if name in every:
        raise InputError(f"the recipe '{name}' is for 'pointrecon {every[name].command}'; type: {every[name].run}")
    mine = [one.name for one in every.values() if command in (None, one.command)]
    known = mine if command else [*mine, *dict.fromkeys(one.command for one in every.values())]
    hint = did_you_mean(name, known, f"the recipes are {', '.join(mine) or 'none'}")
    raise InputError(f"there is no recipe or file '{name}'; {hint}")


def recipe_file(name: str, command: str) -> Path:
    """Where a command's recipe is: one of the package by name, or any YAML file by path; InputError for neither."""
    if name not in {one.name for one in recipes(command)} and Path(name).is_file():
        return Path(name)
    return recipe(name, command).path


def unfold(words: Sequence[str], command: str) -> list[str]:
    """Command line words with ``--recipe NAME`` replaced by its file as the first ``--config``: every other word wins.

    Raises:
        InputError: there is no such recipe, or its name is missing.
    """
    rest, names = [], []
    coming = iter(words)
    for word in coming:
        if word == "--recipe":
            names.append(next(coming, ""))
        elif word.startswith("--recipe="):
            names.append(word.removeprefix("--recipe="))
        else:
            rest.append(word)
    if "" in names:
        raise InputError("--recipe needs a name; 'pointrecon recipes' lists them")
    return [*(part for name in names for part in ("--config", str(recipe_file(name, command)))), *rest]


def _header(text: str) -> dict[str, str]:
    """The fields in the comment lines on top; lines that begin with two more spaces continue the one before."""
    found: dict[str, str] = {}
    field = "summary"
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        words = line.removeprefix("#").removeprefix(" ")
        name, colon, rest = words.partition(": ")
        if colon and name in _FIELDS:
            field, words = name, rest
        found[field] = f"{found[field]} {words.strip()}" if field in found else words.strip()
    return found
