"""What comes from files never commands the terminal, a spreadsheet, a web page or a Markdown reader."""

import csv
import io
import json
import shlex
from pathlib import Path

import numpy as np
import pytest
from rich.cells import cell_len
from rich.table import Table

from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.evaluation.measured_run import kept_models
from pointrecon.models import Head, ModelFacts, create_model
from pointrecon.models.files.card import model_card
from pointrecon.readable import cells, markdown, printable
from pointrecon.screen import drop_held, hold, json_text, say, screen, shown
from pointrecon.shapes import ShapeArrays
from small import SMALL

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.\r[red]a[/b]\x7f\udcff"


def plain(text: str) -> bool:
    return not set(text) & set("\x1b\x07\x9b\u202e\r\x7f\udcff")


def test_a_text_is_shown_escaped() -> None:
    assert shown("a\n\tb \x1b[31m\u202e") == "a\n\tb \\x1b[31m\\u202e"
    assert printable("a\nb") == "a\\nb"
    assert json.loads(json_text([HOSTILE, "ü"])) == [HOSTILE, "ü"]
    assert plain(json_text(HOSTILE))


def test_printing_and_tables(capsys: pytest.CaptureFixture) -> None:
    say(HOSTILE, 3)
    table = Table(HOSTILE, title=HOSTILE)
    table.add_row(HOSTILE)
    screen(width=200, force_terminal=False).print(table)
    told = capsys.readouterr().out
    assert plain(told)
    assert told.count("[red]a[/b]") == 4  # as it is written, no markup


def test_a_narrow_screen_shows_names_to_their_end() -> None:
    file, name = io.StringIO(), "suppliers/south/" + "x" * 30 + ".stl"
    table = Table("file", "what it is")
    table.add_row(name, "the same surface cut into other triangles")
    screen(file=file, width=40).print(table)
    assert "…" not in file.getvalue()
    assert file.getvalue().count("x") == 30


def test_what_is_no_terminal_gets_a_line_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is searched, or another program: it has no width that a name could be cut at."""
    monkeypatch.delenv("COLUMNS", raising=False)
    table = Table("file", "what it is", box=None)
    table.add_row("suppliers/south/" + "x" * 60 + ".stl", "the same surface cut into other triangles" * 3)
    told, seen = io.StringIO(), io.StringIO()
    screen(file=told).print(table)
    assert len(told.getvalue().splitlines()) == 2
    screen(file=seen, force_terminal=True).print(table)
    assert len(seen.getvalue().splitlines()) > 2


def test_one_long_name_shifts_its_own_row_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    table = Table("", "id", "what it is", box=None, title="parts")
    for number, name in enumerate(["a", "bürste", "名前", "x" * 220]):
        table.add_row(str(number), name, "a copy [1]")
    told = io.StringIO()
    screen(file=told).print(table)
    title, header, *rows = told.getvalue().splitlines()
    assert title.strip() == "parts"
    assert header.split() == ["id", "what", "it", "is"]
    assert [cell_len(row.split("a copy")[0]) for row in rows[:3]] == [cell_len(header.split("what")[0])] * 3
    assert cell_len(header) < 60
    assert rows[3].split() == ["3", "x" * 220, "a", "copy", "[1]"]


def test_a_terminal_gets_no_sequence_of_a_file() -> None:
    file = io.StringIO()
    screen(file=file, force_terminal=True, color_system="truecolor").print(HOSTILE)
    assert plain(file.getvalue())


@pytest.mark.parametrize("words", [[], ["--json"], ["--files"], ["--csv", "out.csv"]])
def test_a_table_of_anybody(words: list[str], tmp_path: Path, monkeypatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.chdir(tmp_path)
    points = np.random.default_rng(0).normal(size=(2, 8, 3))
    ids, classes = ["=HYPERLINK(1)", HOSTILE[:-1]], [HOSTILE[:-1], "b"]
    shapes = ShapeArrays.from_points(points, id=ids, label=[0, 1], classes=classes, split=["train", ""])
    shapes.save(tmp_path / "t.npz")
    assert main(["shapes", "info", "t.npz", *words]) == 0
    told = capsys.readouterr()
    assert plain(told.out + told.err)
    if "--csv" in words:
        with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
            assert next(iter(csv.DictReader(file)))["id"] == "'=HYPERLINK(1)"


def test_skipped_files_are_no_formulas(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "=cmd|' C'!A0.off").write_bytes(b"x")
    (tmp_path / "in" / "\x1b[31m.off").write_bytes(b"x")
    (tmp_path / "in" / "a.off").write_bytes(b"OFF\n4 1 0\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n3 0 1 2\n")
    assert main(["shapes", "import", str(tmp_path / "in"), "-o", str(tmp_path / "o.npz"), "--workers", "1"]) == 0
    rows = list(csv.reader((tmp_path / "o.skipped.csv").read_text().splitlines()))
    assert sorted(row[0] for row in rows[1:]) == ["'=cmd|' C'!A0.off", "\\x1b[31m.off"]
    told = capsys.readouterr()
    assert plain(told.out + told.err)


def test_cells_of_csv() -> None:
    row = ["=1+1", "+1", "-2.5e3", "-x", "@sum", "\tx", "a=b", 3, "", "+cmd", "-.5", "\r1"]
    assert cells(row) == ["'=1+1", "+1", "-2.5e3", "'-x", "'@sum", "'\tx", "a=b", 3, "", "'+cmd", "-.5", "'\r1"]


def test_markdown_of_cards() -> None:
    assert markdown("a|b <img src=x> [x](y) `c`\n& d") == "a\\|b &lt;img src=x&gt; \\[x\\](y) \\`c\\` &amp; d"
    model = create_model(**{**SMALL, "head": Head("linear", ["<script>alert(1)</script>", "[a](javascript:b)"])})
    model.facts = ModelFacts(license="<b>", notes="<img onerror=x>", data=[{"name": "<i>|", "license": "`x`"}])
    body = model_card(model).split("\n---\n", 1)[1]
    assert not any(mark in body for mark in ("<b>", "<i>", "<img", "<script", "[a]("))


def test_commands_to_type_are_quoted(tmp_path: Path) -> None:
    run = tmp_path / "a; rm -rf b"
    (run / "models").mkdir(parents=True)
    (run / "config.yaml").write_text("")
    with pytest.raises(InputError) as caught:
        kept_models(run)
    assert shlex.quote(str(run)) in str(caught.value)


def test_what_is_held_comes_before_what_is_said_next(capsys) -> None:
    hold("which model")
    say("a table")
    said = capsys.readouterr()
    assert (said.err, said.out) == ("which model\n", "a table\n")
    hold("which model")
    drop_held()
    say("an error")
    assert capsys.readouterr().err == ""
    hold("which model")
    screen().print("a table")
    assert capsys.readouterr().err == "which model\n"
