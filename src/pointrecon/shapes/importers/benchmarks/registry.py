"""The benchmarks that can be imported: what each expects, where it comes from, under which terms, how much it holds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import yaml

from pointrecon.errors import InputError, did_you_mean
from pointrecon.shapes.importers.benchmarks.fewshot_files import read_fewshot
from pointrecon.shapes.importers.benchmarks.modelnet import read_modelnet
from pointrecon.shapes.importers.benchmarks.objaverse import read_objaverse
from pointrecon.shapes.importers.benchmarks.plan import Plan
from pointrecon.shapes.importers.benchmarks.scanobjectnn import HARDEST, read_scanobjectnn
from pointrecon.shapes.importers.benchmarks.shapenet55 import read_shapenet55
from pointrecon.shapes.importers.benchmarks.shapenetpart import read_shapenetpart


@dataclass(frozen=True)
class Benchmark:
    """One entry of the registry."""

    title: str  # as it is usually written; the name of the table
    read: Callable[..., Plan]  # what a folder holds, in the layout of this name or in the first found
    layouts: Mapping[str, str]  # what can be chosen with a layout's name, and what each looks like below the folder
    counts: str  # official shapes of each split
    source: str  # where to get it
    terms: str  # of use, kept as the table's license
    up: str = "y"  # the axis that points up in the files, where its layout has no other
    up_of_layout: Mapping[str, str] = field(default_factory=dict)

    def plan(self, folder: Path, layout: str = "") -> Plan:
        """What the folder holds; InputError for none of the layouts known, or a list that is damaged or missing."""
        if layout and layout not in self.layouts:
            raise InputError(f"{self.title} has no layout '{layout}'; use {', '.join(self.layouts)}")
        return self.read(folder, layout)


_READERS: dict[str, Callable[..., Plan]] = {
    "shapenet55": read_shapenet55,
    "modelnet40": partial(read_modelnet, kind=40),
    "modelnet10": partial(read_modelnet, kind=10),
    "modelnet40-fewshot": read_fewshot,
    "scanobjectnn-obj-bg": partial(read_scanobjectnn, part="main_split"),
    "scanobjectnn-obj-only": partial(read_scanobjectnn, part="main_split_nobg"),
    "scanobjectnn-pb-t50-rs": partial(read_scanobjectnn, part="main_split", ending=HARDEST),
    "shapenetpart": read_shapenetpart,
    "objaverse": read_objaverse,
}
_FACTS = yaml.safe_load(Path(__file__).with_name("benchmarks.yaml").read_text(encoding="utf-8"))
BENCHMARKS = {name: Benchmark(read=_READERS[name], **facts) for name, facts in _FACTS.items()}


def benchmark(name: str) -> Benchmark:
    """The entry of this name; InputError where there is none."""
    if name not in BENCHMARKS:
        every = f"there are {', '.join(BENCHMARKS)}"
        hint = did_you_mean(name.lower().replace("_", "-"), BENCHMARKS, every, cutoff=0.4)
        raise InputError(f"there is no benchmark '{name}'; {hint}")
    return BENCHMARKS[name]


def listing() -> str:
    """What `pointrecon shapes benchmark --list` prints."""
    lines = []
    for name, entry in BENCHMARKS.items():
        told = {"counts": entry.counts, "from": entry.source, "terms": entry.terms, **entry.layouts}
        lines += [f"{name}: {entry.title}", *(f"  {key:<8} {text}" for key, text in told.items()), ""]
    return "\n".join(lines[:-1])
