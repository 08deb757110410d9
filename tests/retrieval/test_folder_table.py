"""A folder's table: made beside it, kept up to date, never another folder's; the files that its shapes came from."""

import os
from pathlib import Path

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.retrieval.folder_table import open_collection, originals
from pointrecon.shapes import open_table

pytest.importorskip("lancedb")
FEW = {"points": 16, "workers": 1}


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
