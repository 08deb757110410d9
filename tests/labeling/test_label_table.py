"""Labels into a table: by words, by examples, by people, out as CSV and in again."""

import csv
from pathlib import Path

import numpy as np
import pytest

import pointrecon
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.labeling.label_files import export_labels, history, take_labels
from pointrecon.labeling.learned_classes import _thin
from pointrecon.shapes import ShapeTable, as_shapes, open_table
from pointrecon.shapes.table import table_lock
from standin import StandIn, sticks

NAMES = ["along x", "along y", "along z"]


def table_of(path: Path, labeled: int = 0, count: int = 60) -> ShapeTable:
    shapes = sticks(count)
    shapes.meta.classes[:] = NAMES
    shapes.label[labeled:] = -1
    shapes.save(path)
    return open_table(path)


@pytest.fixture
def table(tmp_path) -> ShapeTable:
    return table_of(tmp_path / "t.npz")


def classes_of(table: ShapeTable) -> list[str]:
    shapes = as_shapes(open_table(table.path))
    return [shapes.meta.classes[n] if n >= 0 else "" for n in shapes.label.tolist()]


def truth(count: int = 60) -> list[str]:
    return [NAMES[i % 3] for i in range(count)]


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode("utf-8"))
    return path


def test_by_words(spoken, table) -> None:
    how = {"model": StandIn(), "encode": {"poses": "given"}, "progress": False}
    tried = pointrecon.label(table, NAMES, dry_run=True, threshold=0.0, **how)
    assert tried.given.all()
    assert set(classes_of(table)) == {""}
    assert f" {len(NAMES)} names, 0 of them unknown" in repr(tried.named)
    done = pointrecon.label(table, NAMES, threshold=0.0, **how)
    assert len(repr(done)) < 100
    assert classes_of(table) == truth()
    log = table.label_history()
    assert set(log.who) == {"StandIn by words"}
    np.testing.assert_allclose(log.confidence, done.named.best.confidence, atol=1e-4)
    pointrecon.label(table, NAMES, threshold=0.0, **how)
    assert len(table.label_history()) == 60  # the same again adds nothing
    table.set_labels(["0000"], ["along z"], "Ada")
    surest = np.argsort(-done.named.best.confidence)[:10]
    again = pointrecon.label(table, NAMES, threshold=float(done.named.best.confidence[surest[-1]]), **how)
    assert again.kept == 1
    want = [name if i in surest else "" for i, name in enumerate(truth())]
    assert classes_of(table) == ["along z", *want[1:]]  # what is no longer sure enough goes, a person's stays
    pointrecon.label(table, NAMES, threshold=0.0, overwrite=True, **how)
    assert classes_of(table) == truth()


def test_by_examples(tmp_path) -> None:
    table = table_of(tmp_path / "t.npz", labeled=30)
    how = {"examples": True, "model": StandIn(), "encode": {"poses": "given"}, "progress": False, "threshold": 0.3}
    done = pointrecon.label(table, **how)
    assert done.examples == 30
    assert done.accuracy > 0.9
    assert done.kept == 30
    found = classes_of(table)
    assert np.mean([a == b for a, b in zip(found, truth(), strict=True)]) > 0.9
    log = table.label_history()
    assert set(log.who) == {"embedding/standin by 30 examples"}
    assert log.id[0] == "0030"
    again = pointrecon.label(table, **how)
    assert again.examples == 30  # what it guessed is no example
    assert "the names of the classes were not asked: there is no text teacher 'words'" in again.named.notes[0]


def test_words_are_joined_with_few_examples(spoken, tmp_path) -> None:
    table = table_of(tmp_path / "t.npz", labeled=3)
    done = pointrecon.label(
        table, examples=True, model=StandIn(), encode={"poses": "given"}, progress=False, threshold=0.0
    )
    assert spoken == NAMES
    assert "what the names of the classes say weighs" in " ".join(done.named.notes)
    assert classes_of(table) == truth()


def test_few_examples_are_told() -> None:
    (rough,) = _thin(np.array([9, 9]), ["nut", "bolt"])
    assert "fitted to 18 examples only" in rough
    (thin,) = _thin(np.array([40, 4, 1]), ["nut", "bolt", "gear"])
    assert thin == "fewer than 5 examples of 2 classes (bolt 4, gear 1): confirm more of them"
    assert _thin(np.array([15, 15]), ["nut", "bolt"]) == []
    assert "and 2 more" in _thin(np.full(7, 4), list("abcdefg"))[0]


def test_examples_of_one_class_are_told(table) -> None:
    for names, reason in (([], "examples of no class"), (["along x"], r"one class only \('along x'\)")):
        table.set_labels([f"{i:04d}" for i in range(len(names))], names, "Ada")
        with pytest.raises(InputError, match=reason):
            pointrecon.label(table, examples=True, model=StandIn(), encode={"poses": "given"}, progress=False)


@pytest.mark.parametrize(
    "text",
    [
        "id,class\n0000,along z\n0001,nut\n0002,\n",
        "\ufeffid;class;note\r\n0000;along z;x\r\n0001; nut ;\r\n0002;;\r\n;;\r\n",  # as Excel writes it in Europe
        "Class\tID\nalong z\t0000\nnut\t0001\n\t0002\n",
    ],
)
def test_people_write_labels_in_any_spreadsheet(table, tmp_path, text) -> None:
    file = write(tmp_path / "confirmed.csv", text)
    tried = take_labels(table, file, dry_run=True)
    assert len(table.label_history()) == 0
    assert (tried.given, tried.same, tried.empty) == (2, 0, 1)
    assert take_labels(table, file, who="Ada") == tried
    assert classes_of(table)[:3] == ["along z", "nut", ""]
    assert table.label_history().who.tolist() == ["Ada", "Ada"]


def test_an_export_comes_back_as_it_is_but_for_what_was_changed(table, tmp_path) -> None:
    table.set_labels(["0000", "0001", "0002"], ["=nut", "bolt", "bolt"], "made-nano", [0.9, 0.8, 0.7])
    table.set_labels(["0003"], ["nut"], "Ada")
    out = tmp_path / "labels.csv"
    assert export_labels(table, out) == 4
    rows = list(csv.DictReader(out.open(newline="")))
    assert [row["class"] for row in rows[:5]] == ["'=nut", "bolt", "bolt", "nut", ""]
    assert [row["confidence"] for row in rows[:4]] == ["0.9", "0.8", "0.7", ""]
    assert take_labels(table, out).given == 0
    rows[1]["class"] = "screw"
    rows[2]["who"] = "Bob"  # agrees
    with out.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    found = take_labels(table, out)
    assert (found.given, found.same) == (2, 2)
    assert classes_of(table)[:4] == ["=nut", "screw", "bolt", "nut"]
    assert table.label_history().who.tolist()[-2:] == ["person", "Bob"]
    assert [row["class"] for row in history(table, tmp_path / "h.csv")][-2:] == ["screw", "bolt"]
    assert found.guesses == 1  # the first: nobody need have looked at it
    assert as_shapes(table).guessed.tolist()[:4] == [True, False, False, False]
    confirmed = take_labels(table, out, who="Eve", confirm=True)
    assert (confirmed.given, confirmed.same, confirmed.guesses) == (1, 3, 0)
    assert not as_shapes(table).guessed.any()
    assert table.label_history().who.tolist()[-1] == "Eve"
    with pytest.raises(InputError, match="exists already"):
        export_labels(table, out)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id,class\n0000,nut\n00x0,nut\n", r"row 3: there is no shape '00x0' in .*did you mean '00"),
        ("id,class\n0000,nut\n0000,bolt\n", "row 3: the shape '0000' stands in row 2 already"),
        ("id,class\n0000,Unknown\n", "row 2: 'unknown' is no class"),
        ("id,class\n0000,\n", "has no class for any shape"),
        ("id,label\n0000,nut\n", "has no column 'class'"),
        ("", "has no column 'id'"),
        ("id,class\n0000,nut,bolt\n", "is no readable CSV"),
        ("id,class\n,nut\n", "there is no shape ''"),
    ],
)
def test_a_file_that_does_not_fit_changes_nothing(table, tmp_path, text, reason) -> None:
    with pytest.raises(InputError, match=reason):
        take_labels(table, write(tmp_path / "confirmed.csv", text))
    assert len(table.label_history()) == 0


def test_the_command(table, tmp_path, capsys) -> None:
    file, place = write(tmp_path / "c.csv", "id,class,who\n0000,nut,\x1b[31mAda\n"), str(table.path)
    assert main(["label", place, "--from", str(file)]) == 0
    assert "1 shape are labeled" in capsys.readouterr().out
    assert main(["label", place, "--history"]) == 0
    said = capsys.readouterr().out
    assert "0000: nut  by \\x1b[31mAda" in said
    assert main(["label", place, "--export", str(tmp_path / "l.csv")]) == 0
    for words, reason in (
        ([], "label needs one of --names, --examples"),
        (["--history", "--export", "x.csv"], "not --export and --history"),
        (["--history", "--who", "Bob"], "--who says nothing about --history"),
        (["--names", "n.txt", "-o", "x.csv"], "-o is for what --dry-run tells"),
        (["--from", str(tmp_path / "none.csv")], "there is no file"),
        (["--examples"], "examples of one class only"),
        (["--examples", "--threshold", "2"], "from 0 to 1"),
        (["--suggest", "0"], "suggestions are 1 or more, not 0"),
        (["--names", ""], "no file"),
    ):
        assert main(["label", place, *words]) == 2, words
        assert reason in capsys.readouterr().err
    scan = write(tmp_path / "scan.xyz", "0 0 0\n1 0 0\n0 1 0\n0 0 1\n")
    assert main(["label", str(scan), "--history"]) == 2
    assert "could be kept nowhere" in capsys.readouterr().err


def test_a_folder_has_its_table_beside_it(table, tmp_path, monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(
        "pointrecon.labeling.opened_shapes.open_collection", lambda data, **_: asked.append(data) or table
    )
    (tmp_path / "parts").mkdir()
    file = write(tmp_path / "c.csv", "id,class\n0001,nut\n")
    assert take_labels(tmp_path / "parts", file).given == 1
    assert classes_of(table)[:2] == ["", "nut"]
    assert asked == [tmp_path / "parts"]


def test_a_table_that_cannot_be_written_is_told(table, tmp_path, capsys, monkeypatch) -> None:
    def refuse(*_, **__) -> None:
        raise PermissionError(13, "Permission denied", str(table.path))

    monkeypatch.setattr(table_lock.lock, "alone", refuse)
    file = write(tmp_path / "c.csv", "id,class\n0000,nut\n")
    assert main(["label", str(table.path), "--from", str(file)]) == 2
    said = capsys.readouterr().err
    assert "Permission denied" in said
    assert said.count("\n") == 1
    assert set(classes_of(table)) == {""}
