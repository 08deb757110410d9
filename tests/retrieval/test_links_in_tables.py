"""A table that somebody else packed, with links in the place of what is kept in it: nothing is written elsewhere."""

from pathlib import Path

import numpy as np
import pytest

from pointrecon.retrieval.evidence import Evidence
from pointrecon.retrieval.evidence_journal import remembered
from pointrecon.retrieval.prepared_store import store_of
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.collection import Shapes


def same(a: int, b: int) -> Evidence:
    return Evidence("identical", 1.0, 0.0, np.eye(3), np.zeros(3), 1.0, 0.0, ())


def shapes() -> Shapes:
    arrays = ShapeArrays.from_points(np.random.default_rng(0).normal(size=(2, 8, 3)))
    arrays.facts["hash"] = np.array(["a" * 64, "b" * 64])
    return Shapes([arrays])


@pytest.mark.parametrize("linked", [False, True])
def test_evidence_is_not_kept_behind_a_link(linked: bool, tmp_path: Path) -> None:
    outside = tmp_path / "mine"
    outside.write_text("mine\n")
    table = tmp_path / "t.lance"
    table.mkdir()
    if linked:
        (table / "evidence.jsonl").symlink_to(outside)
    assert remembered(same, shapes(), table)(0, 1) is not None
    assert outside.read_text() == "mine\n"
    assert (table / "evidence.jsonl").stat().st_size > 5 or linked


def test_an_unknown_kind_is_passed_over(tmp_path: Path) -> None:
    remembered(same, shapes(), tmp_path)(0, 1)
    journal = tmp_path / "evidence.jsonl"
    journal.write_text(journal.read_text().replace("identical", "<script>"))
    found = remembered(same, shapes(), tmp_path)(0, 1)
    assert found is not None
    assert found.kind == "identical"


def test_nothing_is_prepared_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "mine" / "vectors-1").mkdir(parents=True)
    for name in ("t.lance", "u.lance"):
        (tmp_path / name).mkdir()
    (tmp_path / "t.lance" / ".search").symlink_to(tmp_path / "mine", target_is_directory=True)
    assert store_of(tmp_path / "t.lance") is None
    assert store_of(tmp_path / "u.lance") is not None
