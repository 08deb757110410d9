"""A small share of the races and of the flipped bits in every run: see `python -m tests.fire`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fire.flips import flips

pytest.importorskip("lancedb")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_two_at_once(tmp_path: Path) -> None:
    words = ["races", "--trials", "1", "--only", "import-different,pretrain-overwrite", "--keep", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.fire", *words], capture_output=True, text=True, check=False,
        cwd=Path(__file__).parents[2], env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("1 trials") == 2


@pytest.mark.parametrize("kind", ["checkpoints", "weights", "table-npz", "records"])
def test_flipped_bits(tmp_path: Path, kind: str) -> None:
    found = flips(kind, 25, tmp_path, 0)
    assert not found.broken, found.broken
