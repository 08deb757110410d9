"""The measure of search among very many vectors runs, and tells what it compared."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import search_speed
from pointrecon.retrieval.vectors import unit_length


def test_exact_and_cells_are_measured_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    middles = rng.normal(size=(30, 64)) * 0.9 ** np.arange(64)

    def drawn(count: int) -> np.ndarray:
        return unit_length(middles[rng.integers(30, size=count)] + 0.05 * rng.normal(size=(count, 64)))

    monkeypatch.setattr(search_speed, "some_vectors", lambda *_: (drawn(1500), drawn(4)))
    found = search_speed.measured(tmp_path, 1500, 0, 4)
    assert found["exact_agrees"] == 1
    assert found["recall"] > 0.9
    assert found["probes"] > 0
    assert found["compared_whole"] < 0.5
