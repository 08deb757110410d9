"""The ModelNet40 few-shot folds of Point-BERT: ``5way_10shot/0.pkl`` to ``10way_20shot/9.pkl``, read safely."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.importers.benchmarks.numbers_files import numbered_cloud
from pointrecon.shapes.importers.benchmarks.official_names import MODELNET40
from pointrecon.shapes.importers.benchmarks.pickles import read_pickle
from pointrecon.shapes.importers.benchmarks.plan import Plan, RowEntry, Stack, inside, label_names, not_here
from pointrecon.shapes.readers.child import read_apart
from pointrecon.shapes.readers.clouds import Cloud

_FOLDS = 10
_QUERIES = 20  # test shapes of each class
_FOLDER = re.compile(r"(\d+)way_?(\d+)shot")


def read_fewshot(folder: Path, layout: str = "") -> Plan:
    """All folds below a folder, or of one setting.

    A shape's id is ``5way_10shot/0/train-0003``: setting, fold, split and place; `folds.stored_folds` reads it back.
    The label is the shape's ModelNet40 class.
    """
    folder = inside(folder, "ModelNetFewshot")
    known = [folder] if _FOLDER.fullmatch(folder.name) else folder.glob("*way*shot")
    settings = [
        (int(match[1]), int(match[2]), path)
        for path in known
        if path.is_dir() and (match := _FOLDER.fullmatch(path.name))
    ]
    if not settings:
        what = "holds no folder such as '5way_10shot'"
        raise not_here(folder, what, "*way*shot", remedy="give the folder of the few-shot folds")
    plan = Plan("pickle", list(MODELNET40), 8192, in_order=True, expected={"train": 0, "test": 0})
    for way, shot, setting in sorted(settings):
        for fold in range(_FOLDS):
            plan.expected["train"] += way * shot
            plan.expected["test"] += way * _QUERIES
            _add(plan, setting / f"{fold}.pkl", f"{way}way_{shot}shot/{fold}")
    return plan


def _add(plan: Plan, path: Path, name: str) -> None:
    with plan.skipping(f"{path.parent.name}/{path.name}"):
        plan.points, ids, numbers = read_apart(partial(_about, path), path)
        labels = label_names(np.array(numbers), plan.classes, path)
        entries = [
            RowEntry(path, f"{name}/{id}", label, id.partition("-")[0], row=row)
            for row, (id, label) in enumerate(zip(ids, labels, strict=True))
        ]
        plan.stacks.append(Stack(entries, partial(_opened, path)))


def _about(path: Path) -> tuple[int, list[str], list[int]]:
    """Points of a shape, names and labels. Runs in a reading process."""
    shapes = _shapes(path)
    return len(shapes[0][1][0]), [id for id, _ in shapes], [_whole(shape[2], path) for _, shape in shapes]


def _shapes(path: Path) -> list[tuple[str, Any]]:
    """("train-0003", (cloud, label within the fold, ModelNet40 label)) of all shapes of a fold."""
    content = read_pickle(path)
    splits = ("train", "test")
    if isinstance(content, dict) and all(isinstance(content.get(split), list) for split in splits):
        shapes = [(f"{split}-{place:04d}", shape) for split in splits for place, shape in enumerate(content[split])]
        if shapes and all(isinstance(s, list | tuple) and len(s) == 3 and np.ndim(s[0]) == 2 for _, s in shapes):
            return shapes
    raise InputError(f"{path} does not hold 'train' and 'test' lists of (cloud, label, class): it is no fold")


def _whole(value: Any, path: Path) -> int:
    try:
        return int(np.asarray(value).reshape(-1)[0])
    except (TypeError, ValueError, IndexError) as error:
        raise InputError(f"{path} has a label that is no number: it is no fold") from error


@contextmanager
def _opened(path: Path) -> Iterator[Callable[[int], Cloud]]:
    shapes = _shapes(path)
    yield lambda row: numbered_cloud(np.asarray(shapes[row][1][0]), path)
