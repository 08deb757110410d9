"""`pointrecon probe` and `pointrecon report` from the command line."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from pointrecon import create_model, save_model
from pointrecon.cli.main import main
from pointrecon.evaluation import load_records
from pointrecon.shapes.table.arrays import ShapeArrays


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    small = {"points": 32, "patches": 8, "patch_size": 8, "width": 16, "heads": 2, "depth": 1, "stem": 8}
    save_model(create_model("nano", seed=0, decoder_depth=1, **small), folder / "run" / "model")
    label = np.arange(60) % 2
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (60, 32, 3))
    points[label == 1, :, 1] *= 0.1
    shapes = ShapeArrays.from_points(points, label=label, classes=["ball", "plate"], up="y")
    shapes.save(folder / "table.npz")
    return folder


def test_probe_then_report(folder, capsys):
    out = folder / "run" / "results" / "probe.json"
    words = ["probe", str(folder / "run" / "model"), str(folder / "table.npz"), "--probes", "svm,knn"]
    assert main([*words, "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "untrained" in shown
    assert "20% of each class were held out" in shown
    assert [r.task for r in load_records(out)] == ["probe/svm", "probe/knn"] * 2
    assert main(["report", str(folder / "run"), str(folder / "table.npz")]) == 0
    assert (folder / "run" / "report.html").stat().st_size > 1e6


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["probe", "none", "table.npz"], "none"),
        (["probe", "run/model", "none.npz"], "none.npz"),
        (["probe", "run/model", "table.npz", "--probes", "forest"], "forest"),
        (["report", "none"], "no run folder none"),
        (["report", "run", "--layout", "mds"], "mds"),
    ],
)
def test_bad_input_is_one_sentence(folder, monkeypatch, capsys, words, says):
    monkeypatch.chdir(folder)
    assert main(words) == 2
    err = capsys.readouterr().err
    assert says in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_one_may_not_write_to(folder, tmp_path):
    tmp_path.chmod(0o500)
    assert main(["report", str(folder / "run"), "-o", str(tmp_path / "r.html")]) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing_half_written(folder, tmp_path, monkeypatch, capsys):
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert main(["report", str(folder / "run"), "-o", str(tmp_path / "r.html")]) == 2
    assert "No space left" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
