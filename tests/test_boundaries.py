"""Arrows between rooms point down only, no circle of files, one name for one file and one class.

Every mention counts: imports at the top or inside a function, for type checking, by name in a string, or in a stub.
"""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

import pointrecon

ROOT = Path(pointrecon.__file__).parent

# room or sub-room -> those it may know; a sub-room may be known without its room. Who adds an arrow here changes the
# design: see CONTRIBUTING.md.
BELOW: dict[str, set[str]] = {"geometry": set()}
BELOW["models/fast"] = {"geometry"}
BELOW["models"] = {"geometry", "models/fast"}
BELOW["models/files"] = {"geometry", "models/fast", "models"}
BELOW["shapes/table"] = {"geometry"}
BELOW["shapes/readers"] = {"geometry", "shapes/table"}
BELOW["shapes/pictures"] = {"geometry", "shapes/table", "shapes/readers"}
BELOW["shapes/made"] = {"geometry", "shapes/table", "shapes/readers", "shapes/pictures"}
BELOW["shapes/importers"] = {"geometry", "shapes/table", "shapes/readers", "shapes/pictures"}
BELOW["shapes"] = {*BELOW["shapes/importers"], "shapes/importers", "shapes/made"}
BELOW["teachers"] = {*BELOW["shapes"], "shapes"}
BELOW["training"] = {*BELOW["teachers"], "teachers", "models", "models/fast", "models/files"}
BELOW["evaluation"] = {*BELOW["training"], "training"}
BELOW["transfer"] = {*BELOW["evaluation"], "evaluation"}
BELOW["retrieval/evidence"] = {*BELOW["shapes"], "shapes"}
BELOW["retrieval"] = {*BELOW["transfer"], "transfer", "retrieval/evidence"}
BELOW["labeling"] = {*BELOW["retrieval"], "retrieval"}
BELOW["reports"] = {*BELOW["labeling"], "labeling"}
BELOW["experiments"] = {*BELOW["reports"], "reports"}
BELOW["server"] = {*BELOW["reports"], "reports"}
BELOW["cli"] = {*BELOW["experiments"], "experiments", "server"}
NO_CODE = {"recipes"}  # YAML only
COMMON = {path.stem for path in ROOT.glob("*.py")} - {"__init__", "__main__"}  # small modules everyone may use

CORE = {"geometry", "models", "models/fast", "models/files", "training"}
CORE_PACKAGES = {
    *("torch", "numpy", "lightning_fabric", "yaml", "rich", "safetensors", "sklearn", "joblib", "lazy_loader"),
    *("triton", "pointrecon"),
}


def name_of(path: Path) -> str:
    """A file's dotted name, a package's without its ``__init__``."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(["pointrecon", *(parts[:-1] if parts[-1] == "__init__" else parts)])


FILES = {name_of(path): path for path in sorted(ROOT.rglob("*.py"))}


def room_of(module: str) -> str:
    """The room, or sub-room, that a module is in; "" for the helpers beside the rooms."""
    parts = module.split(".")[1:]
    for depth in (2, 1):
        if len(parts) >= depth and "/".join(parts[:depth]) in BELOW:
            return "/".join(parts[:depth])
    return ""


@cache
def homes() -> dict[str, str]:
    """Dotted name that a package lends out -> the module it comes from, read from the stubs beside the packages."""
    found = {}
    for stub in ROOT.rglob("*.pyi"):
        package = name_of(stub.with_suffix(".py"))
        for node in ast.parse(stub.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom):
                found |= {f"{package}.{alias.asname or alias.name}": f"{package}.{node.module}" for alias in node.names}
    return found


def imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names of the modules a file knows; what a package lends out counts as the module it comes from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: write the whole name, not a relative import"
            assert node.module is not None
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                while name in homes():
                    name = homes()[name] if homes()[name] in FILES and homes()[name] not in PACKAGES else ""
                    name = name or node.module
                yield name if name in FILES else node.module
        elif isinstance(node, ast.Constant) and re.fullmatch(r"pointrecon(\.\w+)+", str(node.value)):
            yield str(node.value)


PACKAGES = {name for name, path in FILES.items() if path.name == "__init__.py"}


@cache
def known(module: str) -> frozenset[str]:
    """Modules of this package that a module of it knows."""
    names = imported(ast.parse(FILES[module].read_text(encoding="utf-8")))
    return frozenset(name for name in names if name.split(".")[0] == "pointrecon") - {"pointrecon", module}


def test_every_room_has_its_place() -> None:
    folders = {path.parent for path in ROOT.rglob("*") if path.suffix in (".py", ".yaml")}
    rooms = {room for path in folders if (room := "/".join(path.relative_to(ROOT).parts[:2]))}
    assert {room for room in rooms if room.split("/")[0] not in BELOW} <= NO_CODE | {
        "recipes/" + p.name for p in folders
    }


@pytest.mark.parametrize("room", BELOW)
def test_arrows_point_down(room: str) -> None:
    allowed = BELOW[room] | {room, ""}
    wrong = {
        module: sorted(far)
        for module in FILES
        if room_of(module) == room and (far := {one for one in known(module) if room_of(one) not in allowed})
    }
    assert wrong == {}


def circles(rest: dict[str, Iterable[str]]) -> dict[str, list[str]]:
    """Files that know none of the rest, or that none of it knows, are taken away: what is left goes in circles."""
    left = {module: set(far) & rest.keys() - {module} for module, far in rest.items()}
    while free := [m for m, far in left.items() if not far or not any(m in other for other in left.values())]:
        left = {module: far - set(free) for module, far in left.items() if module not in free}
    return {module: sorted(far) for module, far in left.items()}


def test_no_files_in_a_circle() -> None:
    assert circles({module: known(module) for module in FILES}) == {}


def test_the_benchmarks_have_no_circle_and_names_of_their_own() -> None:
    files = {f"benchmarks.{path.stem}": path for path in (ROOT.parents[1] / "benchmarks").glob("[!_]*.py")}
    trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in files.items()}
    assert circles({name: set(bench_imports(tree)) for name, tree in trees.items()}) == {}
    assert {path.stem for path in files.values()} & {path.stem for path in FILES.values()} == set()
    house = {one for path in FILES.values() for one in class_names(ast.parse(path.read_text(encoding="utf-8")))}
    assert {one for tree in trees.values() for one in class_names(tree)} & house == set()


def bench_imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))


def class_names(tree: ast.AST) -> list[str]:
    return [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def test_what_everyone_may_use_knows_no_room() -> None:
    for name in COMMON:
        assert {far for far in known(f"pointrecon.{name}") if room_of(far)} == set()


def test_one_name_for_one_file() -> None:
    stems = Counter(path.stem for path in ROOT.rglob("*.py") if path.stem != "__init__")
    assert [stem for stem, count in stems.items() if count > 1] == []


def test_one_name_for_one_class() -> None:
    classes = Counter(
        node.name
        for path in FILES.values()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, count in classes.items() if count > 1] == []


def test_no_room_holds_more_than_a_quarter() -> None:
    """The shapes made here, which are data in the form of code, apart."""
    lines: Counter[str] = Counter()
    for module, path in FILES.items():
        lines[room_of(module)] += len(path.read_text(encoding="utf-8").splitlines())
    most = sum(lines.values()) / 4
    assert {room: count for room, count in lines.items() if count > most and room != "shapes/made"} == {}


@pytest.mark.parametrize("room", sorted(CORE))
def test_the_core_runs_without_extras(room: str) -> None:
    """Arrays in, arrays out needs no extra: optional packages are only asked for inside functions."""
    for module, path in FILES.items():
        if room_of(module) == room:
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


def test_all_that_is_printed_goes_through_the_screen() -> None:
    """Names from files may hold what commands a terminal."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if path.name != "screen.py" else ():
            called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            assert called not in ("print", "Console"), f"{path}:{node.lineno}: use `say` or `screen` of screen.py"
