"""`python -m benchmarks` from the command line: what it writes, and bad input."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from benchmarks.bench_rows import ROWS, TWINS
from benchmarks.bench_settings import Settings
from benchmarks.run import bench
from benchmarks.table import shown

from benchmarks import children
from pointrecon.cli.main import guarded


def main(words: list[str]) -> int:
    return guarded("benchmarks.__main__", words, ["python", "-m", "benchmarks"])


def test_quick_measures_rows_and_joins_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "made" / "here"
    assert main(["--quick", "--rows", "encode", "--threads", "1", "-o", str(out)]) == 0
    shown = capsys.readouterr()
    assert "about" in shown.err.splitlines()[0]
    assert "encoding, tiny" in " ".join(shown.out.split())
    assert main(["--quick", "--rows", "sampling", "--threads", "1", "-o", str(out)]) == 0
    rows = {row["row"]: row for row in json.loads((out / "bench.json").read_text())["rows"]}
    assert rows.keys() == {"encode", "sampling"}
    line = rows["encode"]["lines"]["encode.32"]
    assert line["ours"] > 0
    assert line["against"] > 0
    sides = rows["encode"]["detail"]
    assert all(answer["threads"] == 1 for answers in sides.values() for answer in answers)
    assert sides["reference"][0]["peak_bytes"] >= sides["reference"][0]["start_bytes"] > 0
    text = (out / "bench.md").read_text()
    assert "| encoding, tiny, 1024 points, float32, CPU |" in text
    assert "--rows sampling" in text


class Pretended:
    """Answers of measuring processes, and what was asked of them."""

    def __init__(self, gpu: str = "") -> None:
        self.asked: list[dict] = []
        names = {"cpu": "c", "vector": "v", "cores": 1, "threads": 1, "torch": "2"}
        self.machine = {"what": "machine", **names, "gpu": gpu}

    def __call__(self, **asked: Any) -> dict:
        self.asked.append(asked)
        peak = {"torch.mm": {"flops": 200.0, "shape": [1]}}
        flops = {"step": 3.0, "encode": 1.0, "missed": []}
        step = {"seconds": [0.1, 0.2, 0.4], "start_bytes": 1, "peak_bytes": 6}
        points = asked.get("points", 0)
        parts = {"parts": {"blocks": 1.0}, "kinds": {"norms": 1.0}, "top": [["aten::mm", 1.0, 2.0]]}
        waiting = {"waiting": 0.25, "samples_per_second": 9.0}
        jobs = {name: {"seconds": [0.3], "others": {"slow": [0.4], "fast": [0.2]}} for name in asked.get("jobs", ())}
        answers: dict[str, dict] = {
            "machine": self.machine,
            "peaks": {"32": peak, "bf16": peak, "copy": 1.0},
            "step": step,
            "beside peak": {
                "seconds": [0.1, 0.2, 0.4],
                "peaks": [500.0, 300.0, 187.5],
                "torch.mm": [400.0, 240.0, 150.0],
            },
            "encode": step,
            "cloud": {"seconds": [1e-6 * points], "extra_bytes": points**2, "peak_bytes": 1},
            "flops": {"ours": flops, "reference": flops},
            "sampling": {"found": jobs},
            "twins": {"found": {way: {"ours": [0.1], "against": [0.3]} for way in TWINS[asked.get("device", "cpu")]}},
            "parts": parts,
            "waiting": {"device": waiting, "stream": waiting},
        }
        return {**asked, **answers[asked["what"]]}

    def kinds(self) -> list[str]:
        """What was measured since the last time."""
        kinds = [asked["what"] for asked in self.asked]
        self.asked.clear()
        return kinds


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> Pretended:
    measured = Pretended()
    monkeypatch.setattr("benchmarks.run.measure", measured)
    monkeypatch.setattr("benchmarks.measures.measure", measured)
    return measured


def test_a_share_of_the_peak_is_taken_beside_every_step(tmp_path: Path, pretended: Pretended) -> None:
    record, gpu = bench(tmp_path, Settings(rows=("arithmetic",), rounds=1, batch=10))
    assert not gpu
    assert pretended.kinds() == ["machine", "flops", *["beside peak"] * 6]
    found = record.find("arithmetic", "cpu", "base")
    assert found is not None
    line = found.lines["arithmetic.pretrain.32"]
    assert line["ours"] == pytest.approx(10 * 3.0 / 0.2)
    assert line["ours"] / line["against"] == pytest.approx(0.5)  # shares 0.6, 0.5, 0.4
    assert "62% of what torch.mm reaches" in line["note"]  # 0.75, 0.625, 0.5


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_every_line_of_every_row_is_filled(tmp_path: Path, pretended: Pretended, device: str) -> None:
    pytest.importorskip("matplotlib")
    pretended.machine["gpu"] = "A GPU"
    record, gpu = bench(tmp_path, Settings(device=device))
    assert gpu
    assert {row.row for row in record.rows} == set(ROWS)
    assert not any(row.failed for row in record.rows)
    here, there = ("GPU", "CPU") if device == "cuda" else ("CPU", "GPU")
    lines = [line for line, _ in shown(record, gpu=True)]
    mine = [line for line in lines if line.what.endswith(here)]
    assert len(mine) == sum(line.device in ("", device) for row in ROWS.values() for line in row.lines)
    assert all(line.ours != "–" and "not measured" not in line.verdict for line in mine)
    assert all("not measured (run --device" in line.verdict for line in lines if line.what.endswith(there))
    verdicts = {line.what: line.verdict for line in mine}
    assert verdicts[f"memory of encoding, 1k to 100k points (1: linear), {here}"] == "missed"  # squared
    if device == "cuda":
        assert verdicts["pre-training step, base, bf16, GPU"] == "missed"
        assert verdicts["time per sample from batch 64 to 1024, pre-training step, base, GPU"] == "met"
    else:
        assert verdicts["farthest points, 8192 → 1200, CPU"] == "met"
    assert (tmp_path / "growth.png").exists()
    assert "fpsample's best: fast" in (tmp_path / "bench.md").read_text()


def test_the_sides_take_turns(tmp_path: Path, pretended: Pretended) -> None:
    bench(tmp_path, Settings(rows=("pretrain",), rounds=2, steps=7, batch=5, compile="off"))
    asked = [one for one in pretended.asked if one["what"] == "step"]
    assert [(one["side"], one.get("precision")) for one in asked] == 2 * [
        ("ours", "32"),
        ("ours", "bf16"),
        ("reference", None),
    ]
    assert all((one["steps"], one["batch"], one["compile"]) == (7, 5, "off") for one in asked)


def test_a_row_that_fails_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = children.measure

    def measured(**asked: object) -> dict:
        return real(**{**asked, "size": "no such size"} if asked["what"] == "encode" else asked)

    monkeypatch.setattr("benchmarks.measures.measure", measured)
    assert main(["--quick", "--rows", "encode,sampling", "-o", str(tmp_path)]) == 1
    assert "encode failed" in capsys.readouterr().err
    rows = {row["row"]: row["failed"] for row in json.loads((tmp_path / "bench.json").read_text())["rows"]}
    assert "no such size" in rows["encode"]
    assert rows["sampling"] == ""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--rows", "pretrian"], "did you mean 'pretrain'?"),
        (["--rows", "zzz"], "choose from peaks, pretrain"),
        (["--size", "nano"], "tiny, small, base"),
        (["--device", "tpu"], "auto, cpu, cuda"),
        (["--compile", "yes"], "auto, on, capture, graphs, off"),
        (["--rounds", "0"], "--rounds"),
        (["--threads", "-1"], "--threads"),
        (["--batch", "1"], "--batch"),
        (["--quick", "-o", "file/out"], "choose another folder"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path: Path, monkeypatch, capsys, words: list[str], says: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine")
    assert main([*words]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_a_device_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--device", "cuda", "-o", str(tmp_path / "out")]) == 2
    assert "torch sees no GPU" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_parent_of_measurements_stays_small() -> None:
    """On Linux a child's peak memory starts from its parent's."""
    script = (
        "import sys, benchmarks.__main__, benchmarks.run, benchmarks.table;"
        "print(sorted({'torch', 'numpy', 'matplotlib', 'transformers'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_progress_learns_from_how_wrong_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(children.time, "monotonic", lambda: now[0])
    said: list[str] = []
    progress = children.Progress(100, said.append)
    progress.now("first")
    now[0] = 40.0
    progress.finished(20)
    progress.now("second")
    now[0] = 100.0
    progress.now("third")
    assert said == [
        "    0 s  first (about 2 min to go)",
        "   40 s  second (about 3 min to go)",
        "  100 s  third (about 2 min to go)",
    ]
