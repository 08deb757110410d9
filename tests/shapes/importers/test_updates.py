"""A table is brought up to date by reading what is new or changed, and nothing else; what people told it stays."""

import json
import os
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.shapes import ShapeTable, as_shapes, import_shapes, open_table
from pointrecon.shapes.importers.import_writer import ImportReport
from pointrecon.shapes.readers.child import Children, Task
from shape_samples import assert_same

pytest.importorskip("lancedb")


def cloud(path: Path, seed: int = 0, count: int = 20) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savetxt(path, np.random.default_rng(seed).normal(size=(count, 3)), "%.4f")
    return path


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    for seed, name in enumerate(("box/a", "box/b", "ball/c", "ball/d")):
        cloud(tmp_path / "parts" / f"{name}.xyz", seed)
    return tmp_path / "parts"


@pytest.fixture
def out(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / getattr(request, "param", "t.npz")


both = pytest.mark.parametrize("out", ["t.lance", "t.npz"], indirect=True)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were read as shapes, in the order they were."""
    names: list[str] = []
    real = Children.read

    def reading(children: Children, tasks: Sequence[Task], *stop: Any) -> Iterator[object]:
        names.extend(path.name for task, path in tasks if getattr(task, "func", None).__name__ == "read_entry")
        return real(children, tasks, *stop)

    monkeypatch.setattr(Children, "read", reading)
    return names


def update(source: Path, out: Path, **settings: Any) -> ImportReport:
    return import_shapes(source, out, workers=1, update=True, **settings)


def counts(report: ImportReport) -> tuple[int, ...]:
    return report.shapes, report.changed, report.moved, report.unchanged, report.pruned, len(report.gone)


def with_vectors(out: Path) -> ShapeTable:
    table = open_table(out)
    table.add_features("embedding/own", table.ids(), np.arange(2 * len(table)).reshape(-1, 1, 2), {"sha256": "x"})
    return table


def vectors(out: Path) -> dict[str, list[float]]:
    arrays = open_table(out).load()
    return {
        key: row.ravel().tolist() for key, row in zip(arrays.id.tolist(), arrays.features["embedding/own"], strict=True)
    }


@both
def test_it_makes_the_table_then_reads_what_is_new_or_changed(parts: Path, out: Path, read: list[str]) -> None:
    assert counts(update(parts, out, points=16)) == (4, 0, 0, 0, 0, 0)
    before = with_vectors(out).load()
    read.clear()
    assert counts(update(parts, out)) == (0, 0, 0, 4, 0, 0)
    assert read == []
    cloud(parts / "box" / "e.xyz", 9)
    cloud(parts / "box" / "b.xyz", 8, count=25)
    os.utime(parts / "ball" / "c.xyz", ns=(5, 5))  # touched: read by nobody
    assert counts(update(parts, out)) == (1, 1, 0, 3, 0, 0)
    assert read == ["e.xyz", "b.xyz"]
    arrays = open_table(out).load()
    stay = ~np.isin(arrays.id, ["box/b", "box/e"])
    assert_same(arrays.select(stay), before.select(before.id != "box/b"))
    there = vectors(out)
    assert [np.isnan(there[key]).all() for key in ("box/b", "box/e", "box/a")] == [True, True, False]
    fresh = out.with_name(f"fresh{out.suffix}")
    import_shapes(parts, fresh, points=16, workers=1)
    again = open_table(fresh).load(features=[])
    order = np.argsort(arrays.id)
    np.testing.assert_array_equal(arrays.points[order], again.points[np.argsort(again.id)])
    assert [arrays.meta.classes[i] for i in arrays.label[order]] == [again.meta.classes[i] for i in sorted(again.label)]


def test_ten_files_more_are_ten_files_read(tmp_path: Path, read: list[str]) -> None:
    parts = tmp_path / "parts"
    for number in range(100):
        cloud(parts / f"{number:03d}.xyz", number)
    update(parts, tmp_path / "t.npz", points=16)
    read.clear()
    for number in range(100, 110):
        cloud(parts / f"{number:03d}.xyz", number)
    update(parts, tmp_path / "t.npz")
    assert read == [f"{number:03d}.xyz" for number in range(100, 110)]


def test_a_file_of_the_same_size_is_told_by_its_content(parts: Path, out: Path) -> None:
    update(parts, out, points=16)
    place = parts / "box" / "a.xyz"
    text, time = place.read_text(), place.stat().st_mtime_ns
    place.write_text(text.replace("1", "2"))
    assert counts(update(parts, out)) == (0, 1, 0, 3, 0, 0)
    time = place.stat().st_mtime_ns
    place.write_text(text)
    os.utime(place, ns=(time, time))  # nothing but its content tells
    assert counts(update(parts, out)) == (0, 0, 0, 4, 0, 0)
    assert counts(update(parts, out, rehash=True)) == (0, 1, 0, 3, 0, 0)


@both
def test_files_that_are_gone_are_told_then_forgotten(
    parts: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    update(parts, out, points=16)
    (parts / "box" / "a.xyz").unlink()
    shutil.rmtree(parts / "ball")
    cloud(parts / "ball.xyz", 99)
    assert update(parts, out).gone == ["ball/c.xyz", "ball/d.xyz", "box/a.xyz"]
    assert len(open_table(out)) == 5
    main(["shapes", "import", str(parts), "-o", str(out), "--update"])
    assert "3 files are no longer there, such as ball/c.xyz: --prune forgets them" in capsys.readouterr().err
    main(["shapes", "import", str(parts), "-o", str(out), "--update", "--prune"])
    assert "0 shapes imported, 3 forgotten" in capsys.readouterr().out
    assert sorted(open_table(out).ids().tolist()) == ["ball", "box/b"]


@both
def test_a_file_that_moved_keeps_its_id_and_vectors(parts: Path, out: Path, read: list[str]) -> None:
    update(parts, out, points=16)
    with_vectors(out).add_pictures(["box/b"], [[b"picture"]])
    before = vectors(out)
    (parts / "box" / "b.xyz").rename(parts / "ball" / "B2.xyz")
    (parts / "ring").mkdir()
    (parts / "ball" / "c.xyz").rename(parts / "ring" / "c.xyz")
    read.clear()
    assert counts(update(parts, out)) == (0, 0, 2, 2, 0, 0)
    assert read == []
    assert vectors(out) == before
    table = open_table(out)
    assert table.sources() == {
        "box/a.xyz": "box/a", "ball/B2.xyz": "box/b", "ring/c.xyz": "ball/c", "ball/d.xyz": "ball/d"
    }  # fmt: skip
    arrays = table.load(pictures=True)
    told = {
        key: arrays.meta.classes[label] for key, label in zip(arrays.id.tolist(), arrays.label.tolist(), strict=True)
    }
    assert told == {"box/a": "box", "box/b": "ball", "ball/c": "ring", "ball/d": "ball"}
    assert table.picture_ids() == {"box/b"}
    assert counts(update(parts, out)) == (0, 0, 0, 4, 0, 0)


def test_what_cannot_be_read_is_tried_once(parts: Path, out: Path, read: list[str]) -> None:
    (parts / "box" / "broken.off").write_text("OFF\n1 2")
    assert len(update(parts, out, points=16).skipped) == 1
    read.clear()
    report = update(parts, out)
    assert (read, [place for place, _ in report.skipped]) == ([], ["box/broken.off"])
    assert "box/broken.off" in report.skipped_list.read_text()  # type: ignore[union-attr]
    update(parts, out, seconds_per_file=90)  # it may have needed more
    update(parts, out, rehash=True)
    assert read == ["broken.off", "broken.off"]
    cloud(parts / "box" / "broken.xyz")
    (parts / "box" / "broken.off").unlink()
    report = update(parts, out)
    assert (report.shapes, report.skipped, report.skipped_list) == (1, [], None)


def test_a_shape_stays_while_its_file_is_broken(parts: Path, out: Path, read: list[str]) -> None:
    update(parts, out, points=16)
    before = open_table(out).load()
    (parts / "box" / "a.xyz").write_text("half of a li")
    report = update(parts, out)
    assert (report.changed, [place for place, _ in report.skipped]) == (0, ["box/a.xyz"])
    assert_same(open_table(out).load(), before)
    assert [place for place, _ in update(parts, out).skipped] == ["box/a.xyz"]
    cloud(parts / "box" / "a.xyz", 77)
    assert update(parts, out).changed == 1


def test_archives_are_looked_into_when_they_changed(parts: Path, out: Path, read: list[str]) -> None:
    def pack(**content: int) -> None:
        with zipfile.ZipFile(parts / "box" / "more.zip", "w") as archive:
            for name, seed in content.items():
                archive.write(cloud(parts.parent / "loose.xyz", seed), f"in/{name}.xyz")

    pack(x=1, y=2)
    update(parts, out, points=16)
    os.utime(parts / "box" / "more.zip", ns=(7, 7))
    read.clear()
    assert counts(update(parts, out)) == (0, 0, 0, 6, 0, 0)
    pack(x=1, y=3, z=4)
    assert counts(update(parts, out)) == (1, 1, 0, 5, 0, 0)
    assert sorted(read) == ["y.xyz", "z.xyz"]
    whole = (parts / "box" / "more.zip").read_bytes()
    (parts / "box" / "more.zip").write_bytes(whole[:100])
    assert counts(update(parts, out, prune=True))[3:] == (4, 0, 0)  # nobody can tell what it holds
    pack(z=4)
    assert counts(update(parts, out, prune=True)) == (0, 0, 0, 5, 2, 0)


def test_files_that_a_shape_names_count(tmp_path: Path, out: Path, read: list[str]) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    mesh = "mtllib m.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl red\nf 1 2 3\n"
    (parts / "a.obj").write_text(mesh)
    update(parts, out, points=16)
    assert json.loads(open_table(out).load().facts["companions"][0]) == {"m.mtl": None}
    (parts / "m.mtl").write_text("newmtl red\nKd 1 0 0\n")
    assert counts(update(parts, out)) == (0, 1, 0, 0, 0, 0)
    assert open_table(out).load().color.reshape(-1, 3).max(0).tolist() == [255, 0, 0]  # type: ignore[union-attr]
    assert counts(update(parts, out)) == (0, 0, 0, 1, 0, 0)
    (parts / "m.mtl").write_text("newmtl red\nKd 0 1 0\n")
    assert counts(update(parts, out)) == (0, 1, 0, 0, 0, 0)


def test_splits_that_were_drawn_stay(parts: Path, out: Path) -> None:
    update(parts, out, points=16, test=0.5)
    before = open_table(out)
    splits = dict(zip(before.ids().tolist(), before.load().split.tolist(), strict=True))
    for number, place in enumerate(sorted(parts.rglob("*.xyz"))):
        cloud(place, number + 50, count=30)
    for number in range(6):
        cloud(parts / "box" / f"new{number}.xyz", number + 20)
    assert counts(update(parts, out)) == (6, 4, 0, 0, 0, 0)
    after = open_table(out).load()
    told = dict(zip(after.id.tolist(), after.split.tolist(), strict=True))
    assert {key: told[key] for key in splits} == splits
    assert {told[f"box/new{number}"] for number in range(6)} == {"train", "test"}


def test_a_manifest_says_what_is_there(tmp_path: Path, out: Path) -> None:
    for seed, name in enumerate("abc"):
        cloud(tmp_path / f"{name}.xyz", seed)
    listed = tmp_path / "list.csv"
    listed.write_text("path,id\na.xyz,one\nb.xyz,two\n")
    update(listed, out, points=16)
    listed.write_text("path,id\nc.xyz,one\na.xyz,three\n")
    assert counts(update(listed, out)) == (1, 1, 0, 0, 0, 1)
    assert open_table(out).sources() == {"c.xyz": "one", "b.xyz": "two", "a.xyz": "three"}
    assert update(listed, out, prune=True).pruned == 1


def test_refusals(parts: Path, out: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="say --update"):
        import_shapes(parts, out, prune=True)
    with pytest.raises(InputError, match="overwrite and update contradict"):
        update(parts, out, overwrite=True)
    update(parts, out, points=16)
    with pytest.raises(InputError, match="--points 16, not 32"):
        update(parts, out, points=32)
    cloud(tmp_path / "others" / "z.xyz")
    with pytest.raises(InputError, match="the source parts, not others"):
        update(tmp_path / "others", out)
    np.save(tmp_path / "many.npy", np.random.default_rng(0).normal(size=(3, 16, 3)))
    many = tmp_path / f"many{out.suffix}"
    assert update(tmp_path / "many.npy", many).shapes == 3
    with pytest.raises(InputError, match="one file of many shapes"):
        update(tmp_path / "many.npy", many)


def test_a_file_of_another_kind_joins_those_of_gltf_with_a_warning(tmp_path: Path, out: Path) -> None:
    trimesh = pytest.importorskip("trimesh")
    (tmp_path / "parts").mkdir()
    trimesh.creation.box().export(tmp_path / "parts" / "a.glb")
    update(tmp_path / "parts", out, points=16)
    cloud(tmp_path / "parts" / "b.xyz")
    report = update(tmp_path / "parts", out)
    assert (report.shapes, [place for place, _ in report.warnings]) == (1, ["b.xyz"])
    assert "taken as y up" in report.warnings[0][1]


@both
def test_what_people_called_a_shape_stays(tmp_path: Path, out: Path) -> None:
    parts = tmp_path / "parts"
    for seed, name in enumerate("abc"):
        cloud(parts / f"{name}.xyz", seed)
    update(parts, out, points=16)
    open_table(out).set_labels(["a", "b", "c"], ["bolt", "nut", "nut"], "Ada")
    cloud(parts / "a.xyz", 9)
    (parts / "b.xyz").rename(parts / "d.xyz")
    assert counts(update(parts, out)) == (0, 1, 1, 1, 0, 0)
    arrays = open_table(out).load()
    told = [arrays.meta.classes[label] for label in arrays.label[np.argsort(arrays.id)]]
    assert told == ["bolt", "nut", "nut"]
    assert set(open_table(out).label_history().who.tolist()) == {"Ada"}


def test_a_guess_goes_with_the_form_it_was_of_and_stays_where_a_file_moved(parts: Path, out: Path) -> None:
    update(parts, out)
    table = open_table(out)
    first, second = table.ids().tolist()[:2]
    table.set_labels([first, second], ["screw", "screw"], "made-nano", [0.9, 0.8], overwrite=True)
    sources = {key: source for source, key in table.sources().items()}
    cloud(parts / sources[first], seed=99)
    (parts / sources[second]).rename(parts / "elsewhere.xyz")
    report = update(parts, out)
    assert (report.changed, report.moved) == (1, 1)
    shapes = as_shapes(open_table(out))
    guessed = dict(zip(shapes.ids(), shapes.guessed.tolist(), strict=True))
    named = dict(zip(shapes.ids(), shapes.label.tolist(), strict=True))
    assert shapes.meta.classes[named[second]] == "screw"
    assert guessed[second]
    assert named[first] < 0 or shapes.meta.classes[named[first]] != "screw"
    assert not guessed[first]
