"""Arrows between the rooms of the package point down only, and the core imports no optional package.

Every mention counts: imports at the top or inside a function, for type checking, or by name in a string.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pointrecon

ROOT = Path(pointrecon.__file__).parent

# room -> rooms it may know. Who adds an arrow here changes the design: see CONTRIBUTING.md.
BELOW: dict[str, set[str]] = {"geometry": set()}
BELOW["models"] = {"geometry"}
BELOW["shapes"] = {"geometry"}
BELOW["teachers"] = {"geometry", "shapes"}
BELOW["tasks"] = {"geometry", "models", "shapes"}
BELOW["training"] = {*BELOW["tasks"], "tasks"}
BELOW["evaluation"] = {*BELOW["training"], "training", "teachers"}
BELOW["report"] = {*BELOW["evaluation"], "evaluation"}
BELOW["jobs"] = {*BELOW["report"], "report"}
BELOW["bench"] = {*BELOW["jobs"], "jobs"}
BELOW["cli"] = {*BELOW["bench"], "bench"}
NO_CODE = {"recipes"}  # YAML only
COMMON = {path.stem for path in ROOT.glob("*.py")} - {
    "__init__",
    "__main__",
}  # small modules everyone may use

CORE = {"geometry", "models", "tasks", "training"}
CORE_PACKAGES = {
    *("torch", "numpy", "lightning_fabric", "yaml", "rich", "safetensors", "sklearn", "joblib"),
    *("triton", "pointrecon"),
}


def files_of(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names a module imports, `from pointrecon import x` counted as the room that x comes from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: write the whole name, not a relative import"
            assert node.module is not None
            if node.module != "pointrecon":
                yield node.module
                continue
            for alias in node.names:
                yield pointrecon._HOME.get(alias.name, f"pointrecon.{alias.name}")
        elif isinstance(node, ast.Constant) and re.fullmatch(r"pointrecon(\.\w+)+", str(node.value)):
            yield str(node.value)


def rooms_known(path: Path) -> set[str]:
    parts = (name.split(".") for name in imported(ast.parse(path.read_text(encoding="utf-8"))))
    return {names[1] for names in parts if names[0] == "pointrecon" and len(names) > 1}


def test_every_room_has_its_place() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders <= BELOW.keys() | NO_CODE


@pytest.mark.parametrize("room", BELOW)
def test_arrows_point_down(room: str) -> None:
    allowed = BELOW[room] | {room, "__version__"} | COMMON
    wrong = {
        str(path.relative_to(ROOT)): sorted(known - allowed)
        for path in files_of(room)
        if (known := rooms_known(path)) - allowed
    }
    assert wrong == {}


def test_what_everyone_may_use_knows_no_room() -> None:
    for name in COMMON:
        assert rooms_known(ROOT / f"{name}.py") <= COMMON


@pytest.mark.parametrize("room", sorted(CORE))
def test_the_core_runs_without_extras(room: str) -> None:
    """Arrays in, arrays out needs no extra: optional packages are only asked for inside functions."""
    for path in files_of(room):
        top = ast.Module(body=top_level(ast.parse(path.read_text(encoding="utf-8"))), type_ignores=[])
        names = {name.split(".")[0] for name in imported(top)}
        assert names - CORE_PACKAGES - set(sys.stdlib_module_names) == set(), path


def top_level(tree: ast.Module) -> list[ast.stmt]:
    """Statements that run on import: neither functions nor what only a type checker reads."""
    return [
        node
        for node in tree.body
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
    ]
