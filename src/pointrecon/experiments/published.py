"""Published figures, and which of our rows they may stand beside."""

import re
from functools import lru_cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any

import yaml

from pointrecon.evaluation.record import Record
from pointrecon.shapes.importers.benchmarks.official_names import MODELNET10, MODELNET40, SCANOBJECTNN

# How to know a benchmark: letters and digits its table's name has, its classes, its official test shapes and all.
_KNOWN: dict[str, tuple[tuple[str, ...], tuple[str, ...], int, int]] = {
    "modelnet40": (("modelnet40", "mn40"), MODELNET40, 2468, 12311),
    "modelnet10": (("modelnet10", "mn10"), MODELNET10, 908, 4899),
    "scanobjectnn-obj-bg": (("objbg",), SCANOBJECTNN, 581, 2890),
    "scanobjectnn-obj-only": (("objonly",), SCANOBJECTNN, 581, 2890),
    "scanobjectnn-pb-t50-rs": (("pbt50rs",), SCANOBJECTNN, 2882, 14298),
    "shapenetpart": (("shapenetpart",), (), 2874, 16881),
}


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def benchmark_of(record: Record) -> str:
    """The benchmark a record was measured on, by its name in `pointrecon shapes benchmark`; empty for any other table.

    The table must be named after it, have its classes, and as many test shapes as the official split.
    """
    name = _plain(PurePosixPath(record.data).stem)
    classes = {_plain(one) for one in record.classes}
    few, parts = record.task.startswith("few-shot/"), record.task.startswith("segment")
    for key, (words, classes_known, test, every) in _KNOWN.items():
        official = {_plain(one) for one in classes_known}
        named = any(word in name for word in words) or (few and key == "modelnet40" and name == "fewshot")
        fits = parts or (classes <= official if few else classes == official)
        shapes = few or record.counts.get("test") == {"test": test, "all": every}.get(record.split)
        if named and fits and shapes:
            return key
    return ""


@lru_cache
def _content() -> dict[str, Any]:
    return yaml.safe_load(files("pointrecon.experiments").joinpath("published.yaml").read_text(encoding="utf-8"))


def remark() -> str:
    """How published figures were made, in a sentence."""
    return str(_content()["remark"]).strip()


def published(record: Record, metric: str) -> list[tuple[str, str]]:
    """(row, figure) of everything published for the benchmark, task, setting and metric of a record.

    Only whole-table measurements of all labels count; damaged clouds, other splits and tables have nothing beside them.
    """
    benchmark = benchmark_of(record)
    if not benchmark or record.choices.get("labels", 1) != 1:
        return []
    task = re.sub(r"/votes\d+$", "/votes", record.task)
    points = record.choices.get("points")
    found = []
    for one in _content()["figures"]:
        same = one["benchmark"] == benchmark or benchmark.startswith(f"{one['benchmark']}-")
        place = one["task"] == task and one.get("metric", "accuracy") == metric
        setting = one.get("points", points) == points and one.get("split", "test") == record.split
        if same and place and setting:
            found.append((str(one["row"]), str(one["value"])))
    return found
