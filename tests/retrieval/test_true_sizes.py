"""Copies are told by their true sizes where both files say their units: equal numbers may be parts of other sizes."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from benchmarks.altered_meshes import turned

import pointrecon
from pointrecon.retrieval.folder_table import open_collection
from pointrecon.shapes.made.parametric.assembly import merge, place
from pointrecon.shapes.made.parametric.meshes import box

pytest.importorskip("lancedb")

PART = merge([box(4, 1, 2), place(box(1, 1, 0.5), (1.2, 1.1, 0.5)), place(box(0.4, 2, 0.3), (-1.5, 1.1, -0.8))])
CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"


def write(path: Path, vertices: np.ndarray, faces: np.ndarray, unit: str) -> None:
    corners = "".join('<vertex x="{:.12g}" y="{:.12g}" z="{:.12g}"/>'.format(*v) for v in vertices)
    sides = "".join('<triangle v1="{}" v2="{}" v3="{}"/>'.format(*f) for f in faces)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "3D/3dmodel.model",
            f'<model unit="{unit}" xmlns="{CORE}"><resources><object id="1"><mesh><vertices>{corners}</vertices>'
            f'<triangles>{sides}</triangles></mesh></object></resources><build><item objectid="1"/></build></model>',
        )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("units") / "parts"
    out.mkdir()
    vertices, faces = turned(*PART, 1)
    write(out / "a.3mf", PART[0], PART[1], "millimeter")
    write(out / "b.3mf", vertices / 25.4, faces, "inch")
    write(out / "c.3mf", vertices, faces, "inch")
    write(out / "d.3mf", vertices * [-1, 1, 1] / 1000, faces[:, ::-1], "meter")
    open_collection(out, points=64, workers=1, progress=False)
    return out


def told(rows: Sequence[dict]) -> dict[str, tuple]:
    return {row["id"]: (row["kind"], row["proposal"], row["scale"] and round(row["scale"], 4)) for row in rows}


def test_duplicates_propose_as_spare_only_what_has_the_same_true_size(folder: Path) -> None:
    for _ in range(2):  # by the files, then by what is remembered
        found = pointrecon.duplicates(folder, kinds=["identical", "rescaled", "mirrored"], progress=False)
        rows = {row["id"]: row for row in found.rows()}
        assert told(list(rows.values())) == {
            "a": (None, "keep", None),
            "b": ("identical", "spare", 1.0),
            "c": ("rescaled", "look", 25.4),
            "d": ("mirrored", "look", 1.0),
        }
        assert rows["b"]["words"].startswith("identical, in mm and in, off by")
        assert rows["c"]["words"].startswith("rescaled copy, 2540% size, the same numbers in mm and in, off by")
        assert rows["d"]["words"].startswith("mirrored copy, in mm and m, off by")


def test_search_says_so_of_a_file_that_is_not_in_the_collection_too(folder: Path, tmp_path: Path) -> None:
    write(tmp_path / "asked.3mf", *turned(*PART, 2), "millimeter")
    hits = pointrecon.search(folder, tmp_path / "asked.3mf", vector="form", progress=False)
    found = {id: one for id, one in zip(hits.ids, hits.evidence, strict=True) if one is not None}
    assert {id: one.kind for id, one in found.items()} == {
        "a": "identical", "b": "identical", "c": "rescaled", "d": "mirrored"
    }  # fmt: skip
    assert found["c"].scale == pytest.approx(25.4)
    assert found["c"].to_dict()["units"] == ["mm", "in"]


@pytest.mark.parametrize(("factor", "unit"), [(1.0, "mm"), (1 / 25.4, "in"), (0.1, "cm"), (0.37, "")])
def test_a_file_without_a_unit_is_told_the_unit_in_which_it_is_of_the_same_size(
    tmp_path: Path, factor: float, unit: str
) -> None:
    vertices, faces = turned(*PART, 1)
    (tmp_path / "parts").mkdir()
    write(tmp_path / "parts" / "a.3mf", *PART, "millimeter")
    lines = ["v {:.12g} {:.12g} {:.12g}".format(*v) for v in vertices * factor]
    lines += ["f {} {} {}".format(*f) for f in faces + 1]
    (tmp_path / "parts" / "b.obj").write_text("\n".join(lines) + "\n")
    open_collection(tmp_path / "parts", points=64, workers=1, progress=False)
    for asked in (0, 1):  # whichever of the two is the one that tells its unit
        with_it, without = ("a", "b") if not asked else ("b", "a")
        hits = pointrecon.search(tmp_path / "parts", with_it, progress=False)
        words = {id: one.words() for id, one in zip(hits.ids, hits.evidence, strict=True) if one is not None}[without]
        note = f"one file tells no unit: of the same size if it is in {unit}"
        assert words.endswith(note) if unit else "tells no unit" not in words
