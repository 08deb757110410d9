"""The folder that stands for an engineer: its parts are closed solids, each file is read or refused as it should be."""

from pathlib import Path

import pytest
from benchmarks.machine_parts import KINDS, machine_part
from benchmarks.mixed_folder import WRITERS, main, write_folder

from pointrecon.shapes.readers.file_measures import measured
from pointrecon.shapes.readers.read import read_file
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.surface import Piece, Surface


@pytest.mark.parametrize("kind", KINDS)
def test_parts_are_closed_solids(kind: str) -> None:
    for seed in range(3):
        assert measured(Surface([Piece(*machine_part(kind, seed))]))["volume"] > 0


def test_every_format_keeps_the_part(tmp_path: Path) -> None:
    part = machine_part("bracket", 1)
    right = measured(Surface([Piece(*part)]))
    for suffix, write in WRITERS.items():
        if suffix == ".step":
            pytest.importorskip("cascadio")
        if suffix == ".las":
            pytest.importorskip("laspy")
        path = tmp_path / f"part{suffix}"
        path.write_bytes(write(part))
        found = read_file(SourceFile(path))
        unit = 0.001 if suffix == ".glb" else 1.0
        if isinstance(found, Surface):
            assert measured(found)["area"] == pytest.approx(right["area"] * unit**2, rel=1e-5)
        else:
            assert max(measured(found)[f"extent_{axis}"] for axis in "xyz") == pytest.approx(
                max(right[f"extent_{axis}"] for axis in "xyz"), rel=0.02
            )


def test_a_folder_that_is_there_is_not_written_into_by_accident(tmp_path: Path, monkeypatch, capsys) -> None:
    (tmp_path / "mine").mkdir()
    words = ["mixed_folder", str(tmp_path / "mine"), "--count", "1", "--plain"]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "exists already: choose another name, or pass --overwrite" in capsys.readouterr().err
    assert not [*(tmp_path / "mine").iterdir()]
    monkeypatch.setattr("sys.argv", [*words, "--overwrite"])
    main()
    assert [*(tmp_path / "mine").rglob("*.*")]


def test_copies_and_damage_are_planted(tmp_path: Path) -> None:
    write_folder(tmp_path / "mixed", 34, 0, plain=False)
    rows = (tmp_path / "mixed-planted.csv").read_text().splitlines()[1:]
    assert [row.split(",")[1] for row in rows] == ["identical", "mirrored", "rescaled", "remeshed", "identical"]
    assert all((tmp_path / "mixed" / name).is_file() for row in rows for name in row.split(",")[::2])
