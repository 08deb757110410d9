"""Search finds the same part with noise and in any pose, whatever a model says; forms are kept up to date."""

from pathlib import Path

import numpy as np
import pytest

from pointrecon import Index, open_table, search
from pointrecon.errors import InputError
from pointrecon.retrieval.near_forms import how_many_near
from pointrecon.retrieval.vectors import collection_vectors
from pointrecon.shapes import ShapeArrays, TableMeta, create_table
from standin import StandIn

QUIET = {"progress": False}
SCANNED = ["c03", "c07"]


def parts() -> ShapeArrays:
    rng, count = np.random.default_rng(0), 40
    way = rng.normal(size=(count, 300, 3))
    way /= np.linalg.norm(way, axis=2, keepdims=True)
    bumps = 1 + 0.5 * np.sin(way @ rng.normal(scale=4, size=(count, 3, 3))).mean(2, keepdims=True)
    points = bumps * way * rng.uniform(0.2, 1, (count, 1, 3))
    for i in (3, 7):  # scans of part 0, with noise, turned anyhow
        turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        points[i] = (points[0] + 0.01 * rng.normal(size=(300, 3))) @ turn
    return ShapeArrays.from_points(points, id=[f"c{i:02d}" for i in range(count)], up="y")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    made = create_table(tmp_path / "parts.npz", TableMeta(up="y"))
    made.append(parts())
    return made.path


def test_scans_of_the_same_part_come_first_and_are_told() -> None:
    index = Index.open(parts(), model=StandIn(), **QUIET)
    plain = index.search("c00", top=40, evidence=False)
    assert set(plain.ids[1:3]) != set(SCANNED)
    assert {row["form"] for row in plain.rows()} == {None}
    hits = index.search("c00", top=40, evidence=True)
    rows = hits.rows()
    assert [row["form"] is not None for row in rows] == [True] * 3 + [False] * 37
    assert (rows[0]["id"], rows[0]["evidence"]) == ("c00", "the same file")
    assert sorted(hits.ids[1:3]) == SCANNED
    assert rows[1]["form"] <= rows[2]["form"]
    assert rows[1]["evidence"] == f"nearly the same form: it differs by {rows[1]['form']:.0f}%"
    assert hits.ids[3:] == [one for one in plain.ids if one not in ("c00", *SCANNED)]  # others as they were
    assert sorted(index.search("c00", top=3, evidence=True).ids) == ["c00", *SCANNED]
    assert "c03" not in index.search("c00", where="id <> 'c03'", evidence=True).ids
    assert sorted(index.search(parts().points[3].astype(float), evidence=True).ids[:3]) == ["c00", *SCANNED]
    two = index.search(["c00", "c01"], evidence=True)
    assert np.isnan(two.form).all()


@pytest.mark.parametrize(
    ("far", "count"),
    [
        ([0.0, 0.1, 0.3], 2),
        ([0.15, 0.19], 0),
        ([0.15, 0.3], 1),
        ([0.15, 0.17, 0.3, 0.9], 2),
        ([0.25, 0.6], 0),
        ([0.15], 0),
    ],
)
def test_near_is_what_noise_explains_or_what_stands_out(far: list[float], count: int) -> None:
    assert how_many_near(np.array(far)) == count
    assert how_many_near(np.zeros(0)) == 0


def test_by_form_alone() -> None:
    hits = search(parts(), "c00", vector="form", evidence=False, **QUIET)
    assert sorted(hits.ids[:3]) == ["c00", *SCANNED]
    found = collection_vectors(parts(), vector="form", **QUIET)
    assert not found.center.any()
    assert found.name == "embedding/form_spectra"
    with pytest.raises(InputError, match="cannot search by words"):
        search(parts(), words="a bolt", vector="form", **QUIET)


def test_forms_of_a_table_are_kept_and_brought_up_to_date(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured = []

    def counted(points):
        measured.append(len(points))
        return form(points)

    from pointrecon.evaluation.form_model import form

    monkeypatch.setattr("pointrecon.evaluation.form_model.form", counted)
    how = {"model": StandIn(), **QUIET}
    first = search(table, "c00", top=3, **how)
    assert sorted(first.ids) == ["c00", *SCANNED]
    assert sum(measured) == 40
    assert search(table, "c00", top=3, **how).ids == first.ids
    assert sum(measured) == 40
    index = Index.open(table, **how)
    open_table(table).append(ShapeArrays.from_points(parts().points[:1].astype(float), id=["again"], up="y"))
    with pytest.raises(InputError, match="was changed since it was opened"):
        index.search("c00", evidence=True)
    hits = search(table, "c00", top=4, **how)
    assert sorted(hits.ids) == ["again", "c00", *SCANNED]
    assert sum(measured) == 41
    open_table(table).remove(["c03"])
    assert sorted(search(table, "c00", top=3, **how).ids) == ["again", "c00", "c07"]
    assert sum(measured) == 41
