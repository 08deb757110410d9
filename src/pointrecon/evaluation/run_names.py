"""What runs, models and tables are called: paths made short, seeds taken out of them, one name for one thing."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

SEED_FOLDER = re.compile(r"seed-\d+")
_EPOCH = re.compile(r"/epoch-\d+$")  # of a model that was kept on the way


def root_of(folders: Sequence[str | Path]) -> Path:
    """The folder that all given folders lie in: names are told from there on, so that no two things get one name."""
    places = [folder if folder.is_dir() else folder.parent for folder in map(Path, folders)]
    return Path(os.path.commonpath([place.resolve().parent for place in places]))


def shortened(path: str | Path, root: Path) -> str:
    """The path from ``root`` on, where it lies there; else as it is."""
    where = Path(path)
    return (where.relative_to(root) if where.is_absolute() and where.is_relative_to(root) else where).as_posix()


def model_run(model: str) -> str:
    """The run of a model folder: "runs/a/model" is "runs/a"; of an epoch that was kept, "runs/a/epoch-0100"."""
    path = PurePosixPath(model)
    if path.name == "model" and path.parent.name:
        return path.parent.as_posix()
    if path.parent.name == "models" and path.parent.parent.name:
        return (path.parent.parent / path.name).as_posix()
    return path.as_posix()


def run_of(path: str) -> str:
    """The folder of a model's run, also of an epoch that was kept; of any other path the path."""
    return _EPOCH.sub("", model_run(path))


def fold(path: str, seed: int | None) -> str:
    """Without ``seed-N`` folders, and without the run's seed at the end of a name ("recon-1" of seed 1 is "recon").

    Another number at the end ("depth-4") is no seed and stays: runs of different settings are never averaged.
    """
    epoch = _EPOCH.search(path)
    if epoch is not None:
        return fold(path.removesuffix(epoch[0]), seed) + epoch[0]
    parts = [part for part in PurePosixPath(path).parts if not SEED_FOLDER.fullmatch(part)]
    parts = [part.removesuffix(f"-seed-{seed}") for part in parts]
    if parts and parts[-1] == path.rpartition("/")[2]:
        parts[-1] = parts[-1].removesuffix(f"-{seed}") or parts[-1]
    return PurePosixPath(*parts).as_posix() if parts else path


def joined(paths: Iterable[str]) -> dict[str, str]:
    """Path → the one longer path that ends with it, where there is exactly one."""
    every = sorted(set(paths), key=len, reverse=True)
    one_name: dict[str, str] = {}
    for path in every:
        whole = {one_name[longer] for longer in one_name if path and longer.endswith(f"/{path}")}
        one_name[path] = whole.pop() if len(whole) == 1 else path
    return one_name


def short_names(paths: Iterable[str], *, suffix: bool = True) -> dict[str, str]:
    """Path → the fewest of its last parts that tell it from the others.

    Args:
        paths: to name. suffix: keep ".lance" and the like.
    """
    every = list(dict.fromkeys(paths))
    names = {}
    for path in every:
        parts = PurePosixPath(path).parts or (path,)
        for count in range(2 if _EPOCH.search(path) else 1, len(parts) + 1):
            end = parts[-count:]
            if all(PurePosixPath(p).parts[-count:] != end for p in every if p != path):
                break
        name = "/".join(parts[-count:]) if parts else path
        names[path] = name if suffix else name.removesuffix(PurePosixPath(name).suffix)
    return names
