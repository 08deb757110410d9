"""A folder's table: made beside it, kept up to date, never another folder's; the files that its shapes came from."""

import errno
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.retrieval import folder_table
from pointrecon.retrieval.folder_table import open_collection, originals, table_beside
from pointrecon.shapes import open_table
from pointrecon.shapes.readers.child import read_apart
from pointrecon.shapes.readers.file_measures import digest

pytest.importorskip("lancedb")
FEW: dict[str, Any] = {"points": 16, "workers": 1}


def cloud(path: Path, seed: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savetxt(path, np.random.default_rng(seed).normal(size=(20, 3)))
    return path


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    for seed, name in enumerate(("a", "b", "sub/c")):
        cloud(tmp_path / "parts" / f"{name}.xyz", seed)
    return tmp_path / "parts"


def test_the_table_lies_beside_its_folder_and_takes_in_new_files(parts: Path) -> None:
    table = open_collection(parts, **FEW)
    assert (table.path, len(table)) == (parts.parent / "parts.lance", 3)
    cloud(parts / "d.xyz", 9)
    assert sorted(open_collection(parts).ids().tolist()) == ["a", "b", "d", "sub/c"]
    assert open_collection(table) is table
    assert len(open_collection(parts.parent / "parts.lance")) == 4


def test_a_table_is_told_to_lie_elsewhere(parts: Path, tmp_path: Path) -> None:
    table = open_collection(parts, table=tmp_path / "x" / "y.lance", **FEW)
    assert originals(table).path("sub/c.xyz") == parts / "sub" / "c.xyz"


@pytest.mark.parametrize(
    "words",
    [
        ["clusters", "--vector", "form"],
        ["map", "--vector", "form", "--layout", "pca", "--pictures", "0"],
        ["duplicates", "--kinds", "same-file"],
        ["label", "--history"],
    ],
)
def test_every_command_on_a_folder_is_told_its_up_axis(
    words: list[str], parts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command, *more = words
    place = tmp_path / "x.lance"
    assert main([command, str(parts), *more, "--up", "z", "--table", str(place)]) == 0
    assert open_table(place).meta.up == "z"
    assert main([command, str(place), *more, "--overwrite"][: -1 if command == "duplicates" else None]) == 0
    assert main([command, str(place), *more, "--up", "z", "--overwrite"]) == 2
    assert "is a table already: leave --up out" in capsys.readouterr().err


def test_originals_are_the_files_that_were_read_or_none(parts: Path, tmp_path: Path) -> None:
    table = open_collection(parts, **FEW)
    files = originals(table)
    assert files.path("a.xyz") == parts / "a.xyz"
    assert files.path("nothing.xyz") is None
    os.utime(parts / "a.xyz", ns=(1, 1))  # touched: its hash tells
    assert files.path("a.xyz") == parts / "a.xyz"
    text = (parts / "b.xyz").read_text()
    (parts / "b.xyz").write_text(text.replace("1", "2"))
    assert files.path("b.xyz") is None
    (parts / "sub" / "c.xyz").unlink()
    assert files.path("sub/c.xyz") is None
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    parts.rename(moved / "parts")
    assert files.path("a.xyz") is None
    (tmp_path / "parts.lance").rename(moved / "parts.lance")
    assert originals(open_table(moved / "parts.lance")).path("a.xyz") == moved / "parts" / "a.xyz"


def test_what_has_no_table_is_refused(tmp_path: Path, parts: Path) -> None:
    with pytest.raises(InputError, match="is not there"):
        open_collection(tmp_path / "nowhere")
    with pytest.raises(InputError, match="is one file"):
        open_collection(parts / "a.xyz")
    with pytest.raises(InputError, match="is a table already"):
        open_collection(tmp_path / "t.lance", table=tmp_path / "u.lance")


def test_what_is_new_is_told_and_nothing_where_nothing_is(parts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    open_collection(parts, **FEW)
    assert f"{parts}.lance: 3 new" in capsys.readouterr().err
    open_collection(parts)
    assert capsys.readouterr().err == ""
    (parts / "a.xyz").unlink()
    open_collection(parts)
    prune = f"pointrecon shapes import {parts} -o {parts}.lance --update --prune"
    assert f"1 file is no longer there: '{prune}' forgets it" in capsys.readouterr().err
    assert len(open_collection(parts, prune=True)) == 2
    assert "1 forgotten" in capsys.readouterr().err
    (parts / "broken.off").write_text("OFF")
    open_collection(parts)
    told = capsys.readouterr().err
    assert f"skipped: {parts / 'broken.off'}" in told
    assert f"1 file cannot be read (listed in {parts}.lance/skipped.csv)" in told
    open_collection(parts)
    assert capsys.readouterr().err == ""
    cloud(parts / "e.xyz", 12)
    assert len(open_collection(parts, progress=False)) == 3
    assert capsys.readouterr().err == ""


def test_another_table_is_never_taken_for_the_folders(parts: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    shutil.copytree(parts, tmp_path / "other" / "parts")
    open_collection(tmp_path / "other" / "parts", table=tmp_path / "parts.lance", **FEW)
    with pytest.raises(InputError, match=r"parts.lance is the table of .*other/parts: say with --table"):
        open_collection(parts, **FEW)
    with pytest.raises(InputError, match=r"parts.lance is the table of .*other/parts: say"):
        open_collection(parts, table=tmp_path / "parts.lance")
    (tmp_path / "sub.lance").mkdir()
    (tmp_path / "sub.lance" / "mine.txt").write_text("mine")
    (parts / "sub").rename(tmp_path / "sub")
    with pytest.raises(InputError, match=r"sub.lance is no table of it \(.* is not a shape table.*--table"):
        open_collection(tmp_path / "sub", **FEW)
    assert len(open_collection(tmp_path / "sub", table=tmp_path / "x.npz", **FEW)) == 1


def test_where_nothing_can_be_written(parts: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    def refuse(*given: object, **settings: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(parts))

    with monkeypatch.context() as patch:
        patch.setattr(folder_table, "import_shapes", refuse)
        with pytest.raises(InputError, match=r"parts.lance' cannot be written: say with --table"):
            open_collection(parts)
    open_collection(parts, **FEW)
    monkeypatch.setattr(folder_table, "import_shapes", refuse)
    assert len(open_collection(parts)) == 3
    assert "what is new in" in capsys.readouterr().err


def test_a_folder_without_a_name_of_its_own(parts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(parts)
    for name in (".", "sub/.."):
        assert table_beside(Path(name)).resolve() == parts.parent / "parts.lance"
    assert table_beside(Path("sub")) == Path("sub.lance")
    with pytest.raises(InputError, match="say where it is to lie with --table"):
        table_beside(Path(parts.root))


def test_files_in_archives_and_parts_of_assemblies_are_read_again(tmp_path: Path) -> None:
    trimesh = pytest.importorskip("trimesh")
    scene = trimesh.Scene()
    for name, size, x in (("Bracket", 2.0, 0), ("Bolt", 1.0, 5), ("Bolt", 1.0, 9)):
        place = trimesh.transformations.translation_matrix([x, 0, 0])
        scene.add_geometry(trimesh.creation.box((size, 1, 1)), geom_name=name, transform=place)
    parts = tmp_path / "parts"
    parts.mkdir()
    scene.export(parts / "a.glb")
    with zipfile.ZipFile(parts / "more.zip", "w") as archive:
        archive.write(parts / "a.glb", "in/b.glb")
        archive.writestr("box.obj", "v 0 0 0\nv 1 0 0\nv 0 3 0\nf 1 2 3\n")
    table = open_collection(parts, assemblies="parts", **FEW)
    files = originals(table)
    for source in ("a.glb#Bolt", "more.zip/in/b.glb#Bolt"):
        found = files.file(source)
        assert found is not None
        assert files.path(source) is None
        vertices, faces = read_apart(found.corners, found.path)
        assert (np.ptp(vertices, axis=0).round(5).tolist(), len(faces)) == ([1, 1, 1], 12)
    found = files.file("more.zip/box.obj")
    assert found is not None
    assert read_apart(found.corners, found.path)[0].max() == 3
    os.utime(parts / "more.zip", ns=(4, 4))
    assert files.file("more.zip/in/b.glb#Bracket") is not None
    (parts / "more.zip").write_bytes((parts / "more.zip").read_bytes()[:90])
    assert files.file("more.zip/in/b.glb#Bracket") is None


def test_an_archive_and_a_manifest_have_tables_too(parts: Path, tmp_path: Path) -> None:
    def pack(*names: str) -> None:
        with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
            for name in names:
                archive.write(parts / f"{name}.xyz", f"in/{Path(name).name}.xyz")

    pack("a", "b")
    table = open_collection(tmp_path / "more.zip", **FEW)
    assert (table.path, table.sources()) == (tmp_path / "more.lance", {"in/a.xyz": "in/a", "in/b.xyz": "in/b"})
    assert originals(table).file("in/a.xyz") is not None
    pack("b", "sub/c")
    assert open_collection(tmp_path / "more.zip", prune=True).ids().tolist() == ["in/b", "in/c"]
    (tmp_path / "list.csv").write_text("path\nparts/a.xyz\n")
    table = open_collection(tmp_path / "list.csv", **FEW)
    assert originals(table).path("parts/a.xyz") == parts / "a.xyz"
    (tmp_path / "more").mkdir()
    with pytest.raises(InputError, match=r"is the table of .*more.zip: say with --table"):
        open_collection(tmp_path / "more")


def test_a_table_does_not_lead_out_of_its_folder(parts: Path, tmp_path: Path) -> None:
    outside = cloud(tmp_path / "secret" / "plan.xyz", 7)
    with zipfile.ZipFile(tmp_path / "secret" / "all.zip", "w") as archive:
        archive.write(outside, "plan.xyz")
    (parts / "link").symlink_to(outside.parent, target_is_directory=True)
    made = open_collection(parts, **FEW).load()
    size, modified = outside.stat().st_size, outside.stat().st_mtime_ns
    places = ["../secret/plan.xyz", str(outside), "link/plan.xyz"]
    for number, source in enumerate([*places, "../secret/all.zip/plan.xyz", "link/all.zip/plan.xyz", "a.xyz", "\0"]):
        table = made.select(np.arange(1))
        table.source = np.array([source])
        named = source.rpartition("/all.zip")[0]
        facts = {"bytes": size, "modified": (outside.parent / "all.zip").stat().st_mtime_ns if named else modified}
        table.facts |= {**{name: np.array([one]) for name, one in facts.items()}, "hash": np.array([digest(outside)])}
        table.save(tmp_path / f"{number}.npz")
        files = originals(open_table(tmp_path / f"{number}.npz"))
        assert (files.folder, files.file(source)) == (parts, None)


def test_a_manifest_tells_of_files_elsewhere(parts: Path, tmp_path: Path) -> None:
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "mine.csv").write_text(f"path\n../parts/a.xyz\n{parts / 'b.xyz'}\n")
    files = originals(open_collection(lists / "mine.csv", **FEW))
    assert [files.path(name) is not None for name in ("../parts/a.xyz", str(parts / "b.xyz"))] == [True, True]
    (lists / "mine.csv").write_text("path\n../parts/a.xyz\n")
    files = originals(open_table(tmp_path / "lists" / "mine.lance"))
    assert [files.path(name) is not None for name in ("../parts/a.xyz", str(parts / "b.xyz"))] == [True, False]


def test_links_that_were_followed_are_read_again(parts: Path, tmp_path: Path) -> None:
    cloud(tmp_path / "other" / "d.xyz", 7)
    (parts / "link").symlink_to(tmp_path / "other", target_is_directory=True)
    files = originals(open_collection(parts, follow_links=True, **FEW))
    assert files.path("link/d.xyz") == parts / "link" / "d.xyz"
