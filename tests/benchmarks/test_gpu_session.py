"""A session on a GPU: what hangs or dies leaves the other results whole, and all of it can be rehearsed on a CPU."""

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import torch
from benchmarks.gpu_compiled import COMPILED
from benchmarks.gpu_parts import PARTS, SessionPart
from benchmarks.gpu_session import chosen, main, run_session
from benchmarks.gpu_sheet import FILE, Sheet, read_lines
from benchmarks.gpu_steps import STEPS, StepVariant, run_variant, switched
from benchmarks.gpu_suite import LIST, listed
from benchmarks.gpu_summary import Ending, for_the_screen, markdown
from benchmarks.steps import OurStep

from benchmarks import gpu_repeats, gpu_session, gpu_steps
from pointrecon.models.fast import switch

ROOT = Path(__file__).parents[2]


def writing(name: str, then: str = "") -> SessionPart:
    """A part that writes one line and does something else."""
    line = json.dumps({"session": "S", "part": "P", "name": name, "found": 7}).replace(
        '"S"', '"$POINTRECON_GPU_SESSION"'
    )
    line = line.replace('"', '\\"').replace('\\"$POINTRECON_GPU_SESSION\\"', '\\"$POINTRECON_GPU_SESSION\\"')
    return SessionPart(f'echo "{line}" >> "$OUT/{FILE}"; {then}', 60, 60)


def test_what_hangs_or_dies_leaves_the_rest_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parts = {
        "hangs": SessionPart(writing("before").command + "echo hung here; trap '' INT; sleep 300", 1, 1),
        "dies": writing("last words", "echo dead here; kill -9 $$"),
        "works": writing("after"),
    }
    endings = run_session(tmp_path, parts, rehearse=True)
    assert [(one.part, one.word) for one in endings] == [("hangs", "TIMEOUT"), ("dies", "FAIL"), ("works", "PASS")]
    names = [line["name"] for line in read_lines(tmp_path / FILE)]
    assert names[0] == "before"
    assert names[-1] == "after"
    assert set(names) == {"before", "last words", "after"}
    shown, summary = capsys.readouterr().out, (tmp_path / "summary.md").read_text()
    assert "hung here" in shown
    assert "dead here" in shown
    assert all(name in summary for name in ("before", "last words", "after", "TIMEOUT"))
    assert {path.name for path in tmp_path.iterdir()} == {"hangs.log", "dies.log", "works.log", FILE, "summary.md"}


def test_a_part_that_died_goes_on_after_what_killed_it(tmp_path: Path) -> None:
    script = tmp_path / "part.py"
    script.write_text(
        "import os, sys\n"
        "from benchmarks.gpu_sheet import run_part\n"
        "def measure(sheet):\n"
        "    for name in ('good', 'deadly', 'later'):\n"
        "        with sheet.attempt(name) as found:\n"
        "            if found is not None:\n"
        "                found['value'] = 1\n"
        "                if name == 'deadly':\n"
        "                    os.kill(os.getpid(), 9)\n"
        "sys.argv[0] = 'part'\n"
        "run_part('part', measure)\n"
    )
    part = SessionPart(f'exec "$PYTHON" {script} "$OUT" --seconds "$LIMIT" $REHEARSE', 200, 200)
    endings = run_session(tmp_path / "out", {"part": part}, rehearse=True)
    assert [one.word for one in endings] == ["FAIL"]
    lines = read_lines(tmp_path / "out" / FILE)
    assert [line["name"] for line in lines if line.get("value") == 1] == ["good", "later"]
    assert [line["name"] for line in lines if line.get("state") == "began"] == ["good", "deadly", "later"]
    summary = (tmp_path / "out" / "summary.md").read_text()
    assert "died" in next(line for line in summary.splitlines() if "deadly" in line)


def test_an_error_is_a_line_and_what_does_not_fit_is_said(tmp_path: Path) -> None:
    sheet = Sheet("part", tmp_path, 60, rehearse=True)
    with sheet.attempt("bad") as found:
        found["so_far"] = 1
        raise RuntimeError("no such thing\nmore")
    with sheet.attempt("long", needs=1000) as found:
        assert found is None
    with sheet.attempt("good") as found:
        found["x"] = 2.5
    bad, long, good = (line for line in read_lines(tmp_path / FILE) if line.get("state") != "began")
    assert (bad["error"], bad["so_far"]) == ("RuntimeError: no such thing", 1)
    assert "needs 1000 s" in long["skipped"]
    assert good["x"] == 2.5
    assert sheet.failed
    assert all(line["rehearsal"] for line in (bad, long, good))


@pytest.mark.parametrize("fails", [False, True])
def test_what_was_found_may_be_called_as_the_sheets_own(tmp_path: Path, fails: bool) -> None:
    sheet = Sheet("part", tmp_path, 60, rehearse=True)
    with sheet.attempt("driver") as found:
        found |= {"name": "H100", "part": "GPU", "error": "none", "spent_s": 1e9}
        assert not fails
    line = read_lines(tmp_path / FILE)[-1]
    assert [line[key] for key in ("name", "name_", "part", "part_")] == ["driver", "H100", "part", "GPU"]
    assert line["error"].startswith("AssertionError") if fails else line["spent_s"] < 1e9
    assert list(Sheet("part", tmp_path, 60, rehearse=True).before) == ["driver"]


def test_a_rehearsal_measures_and_says_that_it_is_one(tmp_path: Path) -> None:
    done = subprocess.run(
        [ROOT / "benchmarks" / "gpu.sh", tmp_path / "out", "machine", "steps", "--rehearse"],
        **{"capture_output": True, "text": True, "timeout": 300},
        env={**os.environ, "PYTHON": sys.executable},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = {line["name"]: line for line in read_lines(tmp_path / "out" / FILE)}
    assert lines["product float32"]["tflops"] > 0
    assert lines["nano off, all kernels x 4"]["samples_per_s"] > 0
    assert 0 < lines["nano off, all kernels x 4"]["loss"] < 10
    assert "its numbers are no results" in done.stdout


def test_parts_are_chosen_by_name_with_other_seconds_and_others_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(chosen([], PARTS)) == list(PARTS)
    assert {name: part.seconds for name, part in chosen(["steps:200", "machine"], PARTS).items()} == {
        **{"steps": 200, "machine": PARTS["machine"].seconds}
    }
    for words in (["stpes"], ["steps:soon"]):
        with pytest.raises(SystemExit):
            main(["out", *words])
    assert "there is no part 'stpes'; choose from machine" in capsys.readouterr().err


def test_every_listed_test_is_there() -> None:
    paths = [word.removeprefix("--deselect=") for word in listed(LIST)]
    assert paths
    for path in paths:
        file, _, name = path.partition("::")
        assert (ROOT / file).exists(), path
        assert not name or f"def {name.split('[')[0]}(" in (ROOT / file).read_text(), path


def test_no_way_of_a_step_is_measured_twice_and_those_that_compile_are_apart() -> None:
    names = [variant.name for variant in STEPS]
    assert len(set(names)) == len(names)
    assert {variant.compile for variant in STEPS} == {"off", "capture", "reference"}
    assert {f"compiled-{way}" for way in COMPILED} == {part for part in PARTS if part.startswith("compiled-")}
    assert {variant.compile for variant in COMPILED.values()} == {"graphs"}


def test_the_way_that_compiles_the_embedding_steps_through_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(torch, "compile", lambda plain, **_: lambda given: seen.append(given.shape) or plain(given))
    before = switch.use("off")  # twins, as on a GPU
    try:
        step = OurStep("nano", 2, "cpu")
        gpu_steps.compile_embedding(step.model)
        step()
    finally:
        switch.use(before)
    assert [shape[0] for shape in seen] == [2]


def test_equal_runs_end_equal_on_a_processor(tmp_path: Path) -> None:
    sheet = Sheet("repeats", tmp_path, 600, rehearse=True)
    gpu_repeats.measure(sheet)
    found = [line for line in read_lines(tmp_path / FILE) if "largest" in line]
    assert len(found) == 2
    assert all(line["largest"] == line["loss"] == 0 for line in found)
    assert not sheet.failed


def test_imports_are_read_before_the_first_part_and_what_is_missing_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu_session, "_IMPORTS", ("no_such_package", "json"))
    assert [one.word for one in run_session(tmp_path, {"p": SessionPart("true", 60, 60)}, rehearse=False)] == ["PASS"]
    assert "no_such_package" in (tmp_path / "imports.log").read_text()


def test_kernels_are_switched_one_by_one_and_back() -> None:
    before = dict(switch.EARNED)
    with switched(("chamfer",)):
        assert switch.EARNED["triton chamfer"]
        assert not switch.EARNED["triton farthest"]
    assert before == switch.EARNED


def test_the_screen_gets_no_more_than_it_keeps() -> None:
    lines = [{"part": part, "name": f"way {i}", "ms": 1 / 3, "text": "x" * 80} for part in "ab" for i in range(200)]
    text = for_the_screen([Ending("a", "PASS", 1.0)], lines)
    assert len(text) < 10_000 < len(markdown([], lines))
    assert "way 0" in text
    assert "| a | PASS | 1.0 |" in text


def test_a_way_that_gives_up_is_not_measured_in_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gives_up(sheet: Sheet, variant: StepVariant, found: dict) -> None:
        warnings.warn("going on without CUDA graphs, as a step cannot be captured: too bad")
        found["samples_per_s"] = 5.0

    monkeypatch.setattr(gpu_steps, "_measure", gives_up)
    sheet = Sheet("steps", tmp_path, 60, rehearse=True)
    assert run_variant(sheet, StepVariant("nano", "capture"), {}) == 0
    assert "too bad" in read_lines(tmp_path / FILE)[-1]["fallback"]
    assert sheet.failed
