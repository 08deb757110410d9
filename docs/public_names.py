"""The names that `pointrecon` and its rooms lend out and the classes their functions give, read from the source."""

import ast
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pointrecon

PACKAGE = Path(pointrecon.__file__).parent


class Name(NamedTuple):
    """A function or class, and the module that defines it, such as "pointrecon.retrieval.hits"."""

    module: str
    name: str


def lent(room: str = "") -> dict[str, list[str]]:
    """The names in the ``__init__.pyi`` of the package or of a room, by the first module that each comes from."""
    found: dict[str, list[str]] = {}
    stub = PACKAGE / room / "__init__.pyi"
    for line in _lines(stub) if stub.is_file() else []:
        if isinstance(line, ast.ImportFrom) and line.module:
            found.setdefault(line.module.split(".")[0], []).extend(name.name for name in line.names)
    return found


def given(module: str, name: str) -> list[Name]:
    """The classes of ours that stand in the annotation of what a lent function gives; of a class, none."""
    home = defined(module, name)
    function = next((one for one in _lines(_file(home.module)) if getattr(one, "name", "") == home.name), None)
    if not isinstance(function, ast.FunctionDef) or function.returns is None:
        return []
    words = [one for one in ast.walk(function.returns) if isinstance(one, ast.Name | ast.Constant)]
    names = [one.id if isinstance(one, ast.Name) else str(one.value) for one in words]
    every = [defined(home.module, one) for one in names]
    return [one for one in every if one.module.startswith("pointrecon.") and _is_class(one)]


def defined(module: str, name: str) -> Name:
    """Where a name that a module knows is defined; of one that is not ours, with an empty module."""
    while True:
        lines = _lines(_file(module))
        if any(getattr(one, "name", "") == name for one in lines):
            return Name(module, name)
        imports = [one for one in lines if isinstance(one, ast.ImportFrom)]
        source = next((one for one in imports if name in [alias.asname or alias.name for alias in one.names]), None)
        path = source.module or "" if source else ""
        if source and source.level:
            package = module if _file(module).stem == "__init__" else module.rpartition(".")[0]
            path = f"{package}.{path}"
        if not path.startswith("pointrecon"):
            return Name("", name)
        module = path


def _is_class(one: Name) -> bool:
    return any(isinstance(line, ast.ClassDef) and line.name == one.name for line in _lines(_file(one.module)))


def _file(module: str) -> Path:
    place = PACKAGE.joinpath(*module.split(".")[1:])
    return place / "__init__.pyi" if place.is_dir() else place.with_suffix(".py")


@cache
def _lines(path: Path) -> list[ast.stmt]:
    """The statements of a file, and those that only type checkers see."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return [one for line in body for one in (line.body if isinstance(line, ast.If) else [line])]
