"""Verdicts, the table, and what is kept of earlier runs."""

import json
from pathlib import Path
from typing import Any

import pytest
from benchmarks.bench_rows import ROWS
from benchmarks.growth import draw, exponent, large_half
from benchmarks.kept_rows import Kept, Measured
from benchmarks.table import markdown, rich_table, shown
from benchmarks.targets import TableLine, Target, show

from pointrecon.errors import InputError

MACHINE = {"cpu": "Test CPU", "vector": "AVX9", "cores": 4, "threads": 2, "torch": "2.13.0", "gpu": "", "python": "3"}


def measured(row: str, lines: dict[str, Any], size: str = "base", device: str = "cpu", **more: Any) -> Measured:
    common = {"command": "python -m benchmarks", "date": "2026-01-01", "machine": MACHINE, "settings": {"batch": 0}}
    return Measured(row=row, device=device, size=size, lines=lines, **common, **more)


@pytest.fixture
def record(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "bench.json", quick=False)


def verdicts(record: Kept, row: str, *, gpu: bool = False) -> dict[str, str]:
    return {line.what: line.verdict for line, name in shown(record, gpu=gpu) if name == row}


@pytest.mark.parametrize(
    ("line", "values", "verdict"),
    [
        (TableLine("k", "speed", "samples/s", "", (Target("ratio", 2.7),)), (27, 10), "met"),
        (TableLine("k", "speed", "samples/s", "", (Target("ratio", 2.7),)), (26.9, 10), "missed"),
        (TableLine("k", "memory", "MB", "", (Target("ratio", 0.6, at_least=False),)), (6e8, 1e9), "met"),
        (TableLine("k", "memory", "MB", "", (Target("ratio", 0.6, at_least=False),)), (7e8, 1e9), "missed"),
        (
            TableLine("k", "2", "samples/s", "", (Target("ours", 17_500), Target("ratio", 15))),
            (20_000, 2_000),
            "missed",
        ),
        (
            TableLine("k", "both", "samples/s", "", (Target("ours", 17_500), Target("ratio", 15))),
            (20_000, 1_000),
            "met",
        ),
        (TableLine("k", "alone", "samples/s", "", (Target("ratio", 2),)), (20_000, None), "not measured"),
        (TableLine("k", "no target", "samples/s"), (1, 2), ""),
    ],
)
def test_verdicts(line: TableLine, values: tuple[float, float | None], verdict: str) -> None:
    assert (
        show(line, "cpu", "base", dict(zip(("ours", "against"), values, strict=True)), judged=True).verdict == verdict
    )


def test_numbers_have_their_units() -> None:
    line = TableLine("k", "memory of {size}", "MB", "", (Target("ratio", 0.6, at_least=False),), percent=True)
    text = show(line, "cpu", "base", {"ours": 1.2345e9, "against": 2.469e9}, judged=True)
    assert (text.what, text.ours, text.against, text.ratio) == ("memory of base, CPU", "1,234 MB", "2,469 MB", "50%")
    assert text.target == "≤ 60%"
    slow = TableLine("k", "sampling", "ms", "", (Target("ratio", 2, at_least=False),), against="fpsample")
    text = show(slow, "cpu", "base", {"ours": 0.01234, "against": 0.01}, judged=True)
    assert (text.ours, text.against, text.ratio, text.target) == ("12.3 ms", "10 ms (fpsample)", "1.23×", "≤ 2×")
    gpu = TableLine("k", "speed", "samples/s", "", (Target("ours", 17_500), Target("ratio", 15)))
    assert show(gpu, "cpu", "base", {"ours": 1.0}, judged=True).target == "≥ 17,500 samples/s, ≥ 15×"


def test_what_nobody_measured_is_there_with_its_target(record: Kept) -> None:
    lines = list(shown(record, gpu=False))
    assert len(lines) == sum(bool(line.targets) for row in ROWS.values() for line in row.lines)
    for line, name in lines:
        assert line.ours == "–"
        assert line.target != "–"
        assert line.verdict in ("not measured (no GPU)", f"not measured (run --device cpu --rows {name})")
    assert any(line.verdict == "not measured (no GPU)" for line, _ in lines)
    assert not any("no GPU" in line.verdict for line, _ in shown(record, gpu=True))


def test_targets_are_those_of_base_and_of_full_runs(record: Kept, tmp_path: Path) -> None:
    fast = {"pretrain.32": {"ours": 30.0, "against": 10.0, "note": "batch 64"}}
    record.add(measured("pretrain", fast, size="tiny"))
    assert verdicts(record, "pretrain")["pre-training step, tiny, float32, CPU"] == ""
    assert "not measured" in verdicts(record, "pretrain")["pre-training step, base, float32, CPU"]
    record.add(measured("pretrain", fast))
    assert verdicts(record, "pretrain")["pre-training step, base, float32, CPU"] == "met"
    assert verdicts(record, "pretrain")["pre-training step, base, bf16, CPU"] == "not measured (no number)"
    quick = Kept(tmp_path / "quick.json", quick=True)
    quick.add(measured("pretrain", fast))
    assert verdicts(quick, "pretrain") == {"pre-training step, base, float32, CPU": ""}
    assert "no results" in markdown(quick, gpu=False, picture=False)


def test_a_failed_row_says_why(record: Kept) -> None:
    record.add(measured("pretrain", {}, failed="stopped by signal 9 (out of memory?)"))
    found = verdicts(record, "pretrain")
    assert (
        found["pre-training step, base, float32, CPU"] == "not measured (failed: stopped by signal 9 (out of memory?))"
    )
    assert record.find("pretrain", "cpu", "base") is None


def test_rows_join_what_is_there_and_replace_themselves(record: Kept) -> None:
    record.add(measured("peaks", {"peak.32": {"ours": 1e11}}, size=""))
    record.add(measured("pretrain", {"pretrain.32": {"ours": 20.0, "against": 10.0}}))
    later = Kept(record.path, quick=False)
    later.add(measured("pretrain", {"pretrain.32": {"ours": 40.0, "against": 10.0}}))
    later.add(measured("pretrain", {"pretrain.32": {"ours": 400.0, "against": 10.0}}, device="cuda"))
    again = Kept(record.path, quick=False)
    assert [row.place for row in again.rows] == [
        ("peaks", "cpu", ""),
        ("pretrain", "cpu", "base"),
        ("pretrain", "cuda", "base"),
    ]
    assert again.find("pretrain", "cpu", "base").lines["pretrain.32"]["ours"] == 40.0


def test_quick_and_full_runs_do_not_mix(record: Kept) -> None:
    record.add(measured("peaks", {"peak.32": {"ours": 1e11}}, size=""))
    with pytest.raises(InputError, match="full measurements"):
        Kept(record.path, quick=True)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 99}', '{"format": 1, "quick": false, "rows": [{"row": "x"}]}'])
def test_a_foreign_file_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bench.json"
    path.write_text(text)
    with pytest.raises(InputError, match="remove it or choose another"):
        Kept(path, quick=False)
    assert path.read_text() == text


def test_markdown_and_screen_show_the_same_lines(record: Kept) -> None:
    record.add(measured("peaks", {"peak.32": {"ours": 1.6e11, "note": "torch.mm is fastest"}}, size=""))
    record.add(
        measured(
            "profile",
            {},
            detail={
                "nano": {
                    "batch": 8,
                    "parts": {"blocks": 0.01, "backward": 0.03},
                    "kinds": {"norms": 0.01, "rest": 0.03},
                    "top": [("aten::mm", 0.02, 12.0)],
                }
            },
        )
    )
    points = [{"points": 1024 * n, "seconds": 0.1 * n, "bytes": 1e6 * n} for n in (1, 2, 4)]
    record.add(measured("growth", {}, detail={"batches": {"8": 0.1}, "points": points, "encoder": "nano"}))
    text = markdown(record, gpu=False, picture=True)
    lines = list(shown(record, gpu=False))
    for line, _ in lines:
        assert f"| {line.what} | {line.ours} |" in text
    table = rich_table(record, gpu=False)
    assert table.row_count == sum("(run --device" not in line.verdict for line, _ in lines)
    assert str(table.caption).startswith("not run here: pretrain, teachers, arithmetic, encode, sampling, twins (")
    assert "matrix product, measured peak, float32, CPU: torch.mm is fastest" in text
    assert "| backward | 30.0 | 75.0% |" in text
    assert "| `aten::mm` | 12 | 20.0 | 50.0% |" in text
    assert "| 4,096 | 256 | 0.4 | 4 |" in text
    assert "`python -m benchmarks`, 2026-01-01, Test CPU, AVX9, 2 threads of 4 cores, torch 2.13.0" in text
    assert "(growth.png)" in text


def test_the_file_is_plain_json(record: Kept) -> None:
    record.add(measured("peaks", {"peak.32": {"ours": 1.6e11}}, size=""))
    assert json.loads(record.path.read_text())["rows"][0]["lines"]["peak.32"]["ours"] == 1.6e11


def test_exponents() -> None:
    x = [1e3, 2e3, 1e4, 1e5]
    assert exponent(x, [5 * a**1.5 for a in x]) == pytest.approx(1.5)
    assert exponent(x, [0, 0, 0, 1.0]) is None
    assert [p["points"] for p in large_half([{"points": n} for n in range(8)])] == [4, 5, 6, 7]


def test_the_curves_are_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    points = [{"points": 1024 * n, "seconds": 0.1 * n, "bytes": 0 if n == 1 else 1e6 * n} for n in (1, 2, 4)]
    draw({"nano, cpu": points, "base, cuda": []}, tmp_path / "growth.png")
    assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")


def test_no_row_says_the_same_line_twice() -> None:
    for name, row in ROWS.items():
        keys = [
            (line.key, device) for line in row.lines for device in ([line.device] if line.device else ["cpu", "cuda"])
        ]
        assert len(keys) == len(set(keys)), name
