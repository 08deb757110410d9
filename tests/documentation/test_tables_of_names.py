"""Tables of the docs that list what there is list all of it: sizes, recipes, experiments, kinds, columns, extras."""

import re
import tomllib
from collections.abc import Collection
from pathlib import Path

import pytest

from pointrecon.evaluation.probe_kinds import PROBES
from pointrecon.geometry.corruptions import CORRUPTIONS
from pointrecon.labeling.suggesting import STRATEGIES
from pointrecon.models import create_model, size_names
from pointrecon.recipe import recipe_names
from pointrecon.retrieval.evidence.findings import KINDS
from pointrecon.retrieval.found_duplicates import DUPLICATE_KINDS
from pointrecon.shapes.importers.benchmarks.registry import BENCHMARKS
from pointrecon.shapes.importers.found_files import ARCHIVE
from pointrecon.shapes.made.difficulty import LEVELS
from pointrecon.shapes.made.making import CATEGORIES, FIRST
from pointrecon.shapes.readers.read import SUFFIXES
from pointrecon.shapes.table.file_facts import FACTS
from pointrecon.shapes.table.lance_rows import COLUMNS
from pointrecon.teachers.hub import IMAGE_MODELS, TEXT_MODELS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TEACHERS = {"multiview", "imagenet", "minilm", *IMAGE_MODELS, *TEXT_MODELS}
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]


def told(page: str, heading: str, column: int = 0) -> list[str]:
    """The cells of a column of the first table below a heading (of the page, where that is empty)."""
    text = (DOCS / page).read_text(encoding="utf-8")
    text = text.split(f"\n## {heading}\n")[1] if heading else text
    rows = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert rows
    return [re.split(r" ?\| ?", line.strip("| "))[column] for line in rows[0].splitlines()[2:]]


@pytest.mark.parametrize(
    ("page", "heading", "column", "names"),
    [
        ("pretraining.md", "Settings", 0, recipe_names("pretrain")),
        ("pretraining.md", "Sizes", 0, size_names()),
        ("experiments.md", "", 0, recipe_names("ablate")),
        ("robustness.md", "The damage", 0, CORRUPTIONS),
        ("probes.md", "The three probes", 0, PROBES),
        ("labeling.md", "What to label next", 0, STRATEGIES),
        ("duplicates.md", "Kinds", 0, DUPLICATE_KINDS),
        ("evidence.md", "What each word means", 0, KINDS),
        (
            "teachers.md",
            "Which teachers there are",
            0,
            {"multiview", "imagenet", "minilm", *IMAGE_MODELS, *TEXT_MODELS},
        ),
        ("formats.md", "Which files", 1, {*SUFFIXES, ARCHIVE}),
        ("table.md", "What each file is", 0, FACTS),
        ("install.md", "Extras", 0, EXTRAS),
    ],
)
def test_all_names_are_told(page: str, heading: str, column: int, names: Collection[str]) -> None:
    assert {code for cell in told(page, heading, column) for code in re.findall(r"`([^`]+)`", cell)} == {*names}


def test_other_lists() -> None:
    assert told("made-shapes.md", "Difficulty") == [*LEVELS]
    page = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    assert [name for name in BENCHMARKS if f"| `{name}` |" not in page] == []
    shapes = re.search(r"^\| `shapes` \| (.*) \|$", (DOCS / "table.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert shapes
    assert {*re.findall(r"`(\w+)`", shapes[1])} == {*COLUMNS} - {*FACTS}


def test_counts_of_made_shapes_and_parameters() -> None:
    page = (DOCS / "made-shapes.md").read_text(encoding="utf-8")
    assert f"{len(CATEGORIES)} categories" in page
    assert f"the {len(FIRST)} of" in page
    for size, parameters in zip(told("pretraining.md", "Sizes"), told("pretraining.md", "Sizes", 7), strict=True):
        count = sum(one.numel() for one in create_model(size.strip("`")).parameters())
        assert parameters == f"{count / 1e6:.1f} M", size
