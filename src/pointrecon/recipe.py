"""Recipes: settings by name, each in a YAML file whose first lines say what it is for and what to type.

``recipes/*.yaml`` are for ``pointrecon pretrain``, ``recipes/finetune/*.yaml`` for ``pointrecon finetune`` and so on.
With ``base: NAME`` a recipe begins with another one: it sets what that one sets, and what it says itself wins.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from pointrecon.documents import read_yaml, yaml_line
from pointrecon.errors import InputError, did_you_mean
from pointrecon.nested import Values, flat, merged

BASE = "base"  # the key of a recipe's file that names the one it begins with
_FIELDS = ("paper", "data", "run", "published", "ours")
_COMMAND_OF = {"": "pretrain", "ablations": "ablate"}  # other folders have their command's name


class Layer(NamedTuple):
    """One of the files that a recipe is made of, by its recipe's name or its path, and what it says itself."""

    name: str
    path: Path
    own: Values


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
    def settings(self) -> Values:
        """What it sets, with what it begins with."""
        return recipe_settings(self.name, self.command)


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


def recipe_settings(name: str, command: str) -> Values:
    """What a recipe of a command sets, by name or path, with what it begins with; InputError as `layers`."""
    return together(layers(recipe_file(name, command), command))


def together(every: Sequence[Layer]) -> Values:
    """What they set, each over those before it."""
    found: Values = {}
    for layer in every:
        found = merged(found, layer.own)
    return found


def layers(path: Path, command: str | None) -> list[Layer]:
    """The files that a recipe's file is made of: the one it begins with, which may begin with another, first.

    A file is looked for beside the one that names it. ``command``: whose recipes may be begun with; None for any.

    Raises:
        InputError: one of them is no YAML of settings, begins with a recipe that is not there, or another command's, or
            with itself.
    """
    names = {one.path: one.name for one in recipes()}
    found: list[Layer] = []
    while True:
        if any(path.resolve() == layer.path.resolve() for layer in found):
            around = [layer.name for layer in found] + [names.get(path, str(path))]
            raise InputError(f"recipes begin with one another in a circle: {' > '.join(around)}; change one's '{BASE}'")
        own = _yaml(path)
        base = own.pop(BASE, None)
        found.append(Layer(names.get(path, str(path)), path, own))
        if base is None:
            return found[::-1]
        if not isinstance(base, str) or not base:
            raise InputError(f"'{path}': {BASE} is {base!r}, expected the name of a recipe or a file")
        beside = path.parent / base
        if base not in names.values() and beside.is_file():
            path = beside
            continue
        try:
            path = recipe(base, command).path
        except InputError as error:
            raise InputError(f"'{path}' begins with '{base}': {error}") from None


def whole_text(every: Sequence[Layer]) -> str:
    """A recipe as one file that needs no other: its comment lines, then all settings, and whose each is.

    Of a single file it is the text.
    """
    text = every[-1].path.read_text(encoding="utf-8")
    if len(every) == 1:
        return text
    source = {key: layer.name for layer in every[:-1] for key in flat(layer.own)}
    source |= dict.fromkeys(flat(every[-1].own), "")
    head = list(takewhile(lambda line: line.startswith("#"), text.splitlines()))
    told = f"# {BASE}: {', '.join(layer.name for layer in every[-2::-1])}: whose a setting is stands behind it"
    return "\n".join([*head, told, *_lines(together(every), source)]) + "\n"


def _lines(settings: Values, source: Mapping[str, str], before: str = "") -> Iterator[str]:
    for key, value in settings.items():
        name, indent = f"{before}{key}", "  " * before.count(".")
        if isinstance(value, dict) and value:
            yield f"{indent}{key}:"
            yield from _lines(value, source, f"{name}.")
        else:
            said = source.get(name, "")
            yield f"{indent}{yaml_line({key: value})[1:-1]}" + (f"  # {said}" if said else "")


def _yaml(path: Path) -> Values:
    try:
        content = read_yaml(path) or {}
    except ValueError as error:
        raise InputError(f"'{path}' is no YAML: {error}") from None
    if not isinstance(content, dict):
        raise InputError(f"'{path}' holds no settings; write them as 'train: {{epochs: 20}}'")
    return content


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
