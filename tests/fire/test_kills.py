"""A small share of the kills in every run: what `python -m tests.fire kills` does for all commands, for a few."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("lancedb")
_COMMANDS = "make-overwrite,import-overwrite-npz,few-shot-overwrite,label-parts-folder,export-overwrite"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes as Linux shows them")
def test_commands_that_are_killed_and_called_again(tmp_path: Path) -> None:
    words = ["kills", "--trials", "12", "--seed", "1", "--commands", _COMMANDS, "--keep", str(tmp_path / "kept")]
    done = subprocess.run(
        [sys.executable, "-m", "tests.fire", *words], capture_output=True, text=True, check=False,
        cwd=Path(__file__).parents[2], env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "12 trials, 1" in done.stdout
