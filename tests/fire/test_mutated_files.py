"""A small share of the mutated files in every run: no reader raises anything but its sentence, hangs or lets NaN in."""

from pathlib import Path

import numpy as np
import pytest

from fire.file_trials import KEPT, trial, trials
from fire.good_files import good_files
from fire.mutators import mutated
from fire.other_kinds import OTHERS, good_others, other_trial

pytest.importorskip("h5py")
pytest.importorskip("laspy")


def test_good_files_are_read(tmp_path: Path) -> None:
    for suffix, contents in good_files().items():
        for number, content in enumerate(contents):
            path = tmp_path / f"{number}{suffix}"
            path.write_bytes(content)
            assert (trial(path), suffix) == ("read", suffix) or suffix == ".npz"  # the second one is of many clouds


SLOW = {".step", ".iges"}  # many hang until their time is over
LATER = {".laz", ".npz", ".obj"}  # those are being mended


@pytest.mark.parametrize("suffix", sorted(good_files().keys() - SLOW - LATER))
def test_mutated_files(tmp_path: Path, suffix: str) -> None:
    findings = trials(suffix, tmp_path, 40, seed=1)
    assert findings.broken == []
    assert findings.counts.total() == 40
    assert findings.counts["refused"] > 0


@pytest.mark.parametrize("kind", OTHERS)
def test_mutated_files_of_other_kinds(tmp_path: Path, kind: str) -> None:
    """In this process, as their functions read them: one of their own would load torch first."""
    goods, outcomes = good_others(kind, tmp_path), []
    contents = [*goods, *(mutated(goods[0], goods, np.random.default_rng([2, number])) for number in range(20))]
    for number, content in enumerate(contents):
        path = tmp_path / f"{kind}-{number}{OTHERS[kind]}"
        path.write_bytes(content)
        outcomes.append(other_trial(kind, path))
    assert outcomes[: len(goods)] == ["read"] * len(goods)
    assert {*outcomes} <= {*KEPT}
    assert "refused" in outcomes
