"""The figure of part labels: colors tell parts apart, the eye is where it should be, and a picture is written."""

import numpy as np

from parted import PARTS, parted
from pointrecon.drawing import flattened
from pointrecon.transfer.part_figure import Panel, draw_parts, part_colors


def test_colors_differ() -> None:
    for count in (1, 8, 9, 24):
        colors = part_colors(list(range(3, 3 + count)))
        assert list(colors) == [-1, *range(3, 3 + count)]
        assert len(set(colors.values())) == count + 1
        assert all(len(color) == 7 and int(color[1:], 16) >= 0 for color in colors.values())


def test_up_is_up_for_every_axis() -> None:
    for up, axis in (("x", 0), ("y", 1), ("z", 2), ("unknown", 1)):
        tip = np.eye(3)[[axis]]
        right, high, near = flattened(tip, up)[0]
        assert abs(right) < 1e-12
        assert high > 0.9
        assert 0 < near < 0.5
    cloud = np.random.default_rng(0).normal(size=(20, 3))
    assert np.allclose(np.linalg.norm(flattened(cloud, "z"), axis=1), np.linalg.norm(cloud, axis=1))


def test_a_picture_is_written(tmp_path) -> None:
    arrays = parted(2)
    panels = [Panel("Rod", arrays.points[i].astype(float), arrays.part[i], arrays.part[i], 1.0, PARTS) for i in (0, 1)]
    draw_parts(tmp_path / "parts.png", panels, up="y")
    assert (tmp_path / "parts.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["parts.png"]
