"""Files whose coordinates single precision made coarse before they were read are told."""

from pathlib import Path

import numpy as np
import pytest

from pointrecon.shapes.readers.coarse import coarse_note
from pointrecon.shapes.readers.read import read_shape

CUBE = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float64) * [20, 10, 5]
FAR = np.array([1e8, 0, 0])


def test_a_part_far_from_the_origin_is_told_where_float32_bent_it() -> None:
    far = CUBE + FAR
    assert "steps of 8 at a size of 16" in coarse_note([far.astype(np.float32)])
    assert coarse_note([far]) == ""  # in double precision it is what it was
    assert coarse_note([CUBE.astype(np.float32)]) == ""
    assert coarse_note([(CUBE + FAR / 20000).astype(np.float32)]) == ""
    assert coarse_note([]) == coarse_note([np.zeros((3, 3))]) == coarse_note([np.full((3, 3), np.nan)]) == ""
    assert coarse_note([np.array([[0, 0, 0], [1e300, 0, 0]])]) == ""


@pytest.mark.parametrize("faces", ["", "3 0 1 2\n3 0 2 4\n"])
def test_its_shape_is_read_with_a_note(faces: str, tmp_path: Path) -> None:
    points = (CUBE + FAR).astype(np.float32).astype(int)
    rows = "".join(f"{x} {y} {z}\n" for x, y, z in points)
    count = faces.count("\n")
    (tmp_path / "far.off").write_text(f"OFF\n8 {count} 0\n{rows}{faces}")
    assert "lies so far from the origin (1e+08)" in read_shape(tmp_path / "far.off", 16).note
