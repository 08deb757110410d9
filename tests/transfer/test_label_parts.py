"""Labeling shapes afterwards: tables, single files, colored PLY, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from labeled import TINY
from parted import PARTS, parted, segmenter
from pointrecon import files, label_parts, open_table
from pointrecon.cli.main import main
from pointrecon.devices import pick_device
from pointrecon.errors import InputError
from pointrecon.models import create_model, save_model
from pointrecon.shapes import as_shapes
from pointrecon.transfer.part_answers import part_answers
from pointrecon.transfer.part_figure import part_colors
from repeated_runs import repeats


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("label-parts")
    parted(10).save(place / "parted.npz")
    model = segmenter(create_model("nano", seed=1, **TINY))
    save_model(model, place / "model")
    return place


def read_ply(path: Path) -> tuple[list[str], np.ndarray]:
    header, _, body = path.read_bytes().partition(b"end_header\n")
    kinds = [("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("red", "u1"), ("green", "u1"), ("blue", "u1"), ("part", "<i2")]
    return header.decode().splitlines(), np.frombuffer(body, kinds)


def agree(one: np.ndarray, two: np.ndarray) -> bool:
    """The same parts; on a GPU nearly, where another batch may decide a draw otherwise."""
    return one.shape == two.shape and float((one != two).mean()) <= (0 if repeats() else 0.01)


@pytest.mark.parametrize("name", ["out.npz", "out.lance"])
def test_a_table_gets_the_models_parts(place, tmp_path, name: str) -> None:
    if name.endswith(".lance"):
        pytest.importorskip("lancedb")
    found = label_parts(place / "model", place / "parted.npz", tmp_path / name)
    written, source = open_table(tmp_path / name).load(), parted(10)
    assert np.array_equal(written.part, found.part)
    assert written.meta.part_names == PARTS == found.names
    assert np.array_equal(written.points, source.points)
    assert written.split.tolist() == source.split.tolist()
    assert written.id.tolist() == found.id.tolist() == source.id.tolist()
    from pointrecon import load_model

    module, device = load_model(place / "model"), pick_device()
    assert agree(found.part, part_answers(module, as_shapes(source), device=device)[0])
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_a_call_left_that_was_killed_at_its_end_goes(place, tmp_path) -> None:
    label_parts(place / "model", place / "parted.npz", tmp_path / "out.npz")
    whole = (tmp_path / "out.npz").read_bytes()
    (tmp_path / f".out.npz.{files._host()}-99999999-00000000.part").mkdir()
    (tmp_path / ".out.npz.lock").touch()
    with pytest.raises(InputError, match="exists already"):
        label_parts(place / "model", place / "parted.npz", tmp_path / "out.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["out.npz"]
    assert (tmp_path / "out.npz").read_bytes() == whole


def test_a_folder_of_colored_clouds_of_one_split(place, tmp_path, capsys) -> None:
    out = tmp_path / "clouds"
    words = ["label-parts", str(place / "model"), str(place / "parted.npz"), "--split", "test", "-o", str(out)]
    assert main(words) == 0
    assert "2 shapes labeled" in capsys.readouterr().out
    files = sorted(out.iterdir())
    test = np.flatnonzero(parted(10).split == "test")
    assert [file.name for file in files] == [f"{i}-{parted(10).id[n]}.ply" for i, n in enumerate(test)]
    header, rows = read_ply(files[0])
    assert len(rows) == 64
    assert np.allclose(np.stack([rows[a] for a in "xyz"], 1), parted(10).points[test[0]])
    named = {int(line.split()[2]): line.split()[3] for line in header if line.startswith("comment part")}
    assert named == {n: PARTS[n] for n in set(rows["part"].tolist())}
    colors = part_colors([0, 1])
    for row in rows[:5]:
        assert f"#{row['red']:02x}{row['green']:02x}{row['blue']:02x}" == colors[int(row["part"])]
    assert main(words) == 2
    assert main([*words, "--overwrite"]) == 0


def test_one_file_in_one_cloud_that_reads_back(place, tmp_path) -> None:
    np.savetxt(tmp_path / "scan.xyz", parted(2).points[0].astype(float))
    found = label_parts(place / "model", tmp_path / "scan.xyz", tmp_path / "out.ply", category="Rod")
    assert found.part.shape == (1, 2048)
    assert set(found.part.ravel().tolist()) <= {0, 1}
    assert len(read_ply(tmp_path / "out.ply")[1]) == 2048
    from pointrecon.shapes.readers.read import read_shape

    assert read_shape(tmp_path / "out.ply", 60).points.shape == (60, 3)


def test_a_category_may_be_given_for_all(place) -> None:
    found = label_parts(place / "model", place / "parted.npz", category="Pole")
    assert found.out is None
    assert set(found.part.ravel().tolist()) <= {2, 3, 4}


def test_shapes_of_unknown_categories_are_skipped_and_told(place, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr("pointrecon.transfer.part_labeling._BLOCK", 3)
    mixed = parted(10)
    whole = label_parts(place / "model", place / "parted.npz")
    mixed.meta.classes[0] = "Stick"
    mixed.save(tmp_path / "mixed.npz")
    words = ["label-parts", str(place / "model"), str(tmp_path / "mixed.npz"), "-o", str(tmp_path / "out.npz")]
    assert main(words) == 0
    said = capsys.readouterr().out
    known = mixed.label == 1
    assert f"skipped: {(~known).sum()} shapes of class 'Stick'" in said
    assert f"{known.sum()} shapes labeled" in said
    written = open_table(tmp_path / "out.npz").load()
    assert written.id.tolist() == mixed.id[known].tolist()
    assert agree(written.part, whole.part[known])


def test_what_cannot_be_labeled_is_told_and_nothing_is_written(place, tmp_path) -> None:
    model, table = place / "model", place / "parted.npz"
    unknown = parted(4)
    unknown.meta.classes[:] = ["Stick", "Post"]
    unknown.save(tmp_path / "unknown.npz")
    unknown.label[:] = -1
    unknown.save(tmp_path / "nameless.npz")
    save_model(create_model("nano", seed=0, **TINY), tmp_path / "plain")
    np.savetxt(tmp_path / "scan.xyz", parted(2).points[0].astype(float))
    out = tmp_path / "out"
    cases = [
        ({"model": model, "data": table, "category": "Poles"}, "did you mean 'Pole'"),
        ({"model": model, "data": table, "category": "house"}, "it knows Rod, Pole"),
        ({"model": model, "data": tmp_path / "unknown.npz"}, "no category 'Stick'"),
        ({"model": model, "data": tmp_path / "nameless.npz"}, "shapes without a class"),
        ({"model": model, "data": table, "split": "val2"}, "split 'val2'"),
        ({"model": model, "data": tmp_path / "none.obj", "category": "Rod"}, "none.obj"),
        ({"model": model, "data": tmp_path / "scan.xyz", "category": "Rod", "split": "test"}, "split 'test'"),
        ({"model": table, "data": model}, "no model"),
        ({"model": tmp_path / "plain", "data": table}, "no part head"),
    ]
    for how, message in cases:
        with pytest.raises(InputError, match=message):
            label_parts(**how, out=out)
        assert not out.exists()
    with pytest.raises(InputError, match="one shape"):
        label_parts(model, table, tmp_path / "out.ply")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="something other"):
        label_parts(model, table, tmp_path / "mine", overwrite=True)
    with pytest.raises(InputError, match="exists already"):
        label_parts(model, table, tmp_path / "mine")
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"


def test_a_category_that_a_model_guessed_is_told(place, tmp_path, capsys) -> None:
    parted(10).save(tmp_path / "t.npz")
    table = open_table(tmp_path / "t.npz")
    table.set_labels(table.ids()[:3], "Pole", "made-nano", [0.9] * 3, overwrite=True)
    words = ["label-parts", str(place / "model"), str(tmp_path / "t.npz"), "-o", str(tmp_path / "out.npz")]
    assert main(words) == 0
    assert "note: of 3 of 10 shapes a model guessed the class" in capsys.readouterr().out
    assert as_shapes(open_table(tmp_path / "out.npz")).guessed.sum() == 3
    assert label_parts(place / "model", table, category="Rod").notes == ()
