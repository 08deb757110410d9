"""Small pictures: stored ones that fit, else clouds, upright, in their colors, on transparent white."""

import io

import numpy as np
import pytest
from PIL import Image

from pointrecon import as_shapes
from pointrecon.shapes.pictures.thumbnails import drawn, png, thumbnails
from pointrecon.shapes.table.arrays import ShapeArrays


def opened(file: bytes) -> np.ndarray:
    """(H, W, 4) of a PNG."""
    picture = Image.open(io.BytesIO(file))
    assert picture.format == "PNG"
    return np.asarray(picture.convert("RGBA"))


def rods(up: str = "y", **more) -> ShapeArrays:
    """Three rods along y."""
    points = np.random.default_rng(0).uniform(-0.1, 0.1, (3, 400, 3))
    points[..., 1] *= 10
    return ShapeArrays.from_points(points, up=up, **more)


def stored(size: tuple[int, int], color: tuple[int, ...]) -> bytes:
    """A picture with a square of that color in the middle of white."""
    picture = np.full((*size, 3), 255, np.uint8)
    picture[size[0] // 4 : -size[0] // 4, size[1] // 4 : -size[1] // 4] = color
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(("up", "stands"), [("y", True), ("z", False), ("unknown", True)])
def test_a_rod_stands_where_its_axis_is_up(up, stands):
    alpha = opened(thumbnails(as_shapes(rods(up)), [1], size=48)[0])[..., 3] > 0
    rows, columns = np.ptp(np.argwhere(alpha), axis=0)
    assert (rows > 2 * columns) == stands
    assert not alpha[0, 0]


def test_colors_show_where_a_shape_has_some():
    color = np.full((3, 400, 3), 128)
    color[1] = (230, 20, 20)
    plain, red, again = drawn(as_shapes(rods(color=color)), [0, 1, 0], size=32)
    assert plain.shape == (32, 32, 2)
    assert (plain == again).all()
    solid = red[red[..., 3] > 0].astype(int)
    assert (solid[:, 0] > solid[:, 1] + 20).all()


def test_a_stored_picture_serves_where_it_is_square_and_large_enough():
    blue = (20, 40, 200)
    pictures = [[stored((64, 64), blue)], [stored((64, 80), blue)], [stored((16, 16), blue)]]
    files = thumbnails(as_shapes(rods(pictures=pictures)), [2, 0, 1], size=32)
    assert opened(files[1]).shape == (32, 32, 4)
    assert opened(files[1])[16, 16].tolist() == [*blue, 255]
    assert opened(files[1])[2, 2, 3] == 0
    for file in (files[0], files[2]):  # drawn: gray
        solid = opened(file)[opened(file)[..., 3] > 0]
        assert (solid[:, 0] == solid[:, 2]).all()


def test_what_is_no_picture_is_drawn_instead():
    arrays = rods(pictures=[[b"no picture"], [], [stored((64, 64), (0, 0, 0))[:60]]])
    assert [opened(file).shape for file in thumbnails(as_shapes(arrays), range(3), size=32)] == [(32, 32, 4)] * 3


@pytest.mark.parametrize("picture", [np.array([[[0, 255], [200, 0]]]), np.array([[[255, 255], [9, 30]]])])
def test_png_keeps_what_is_seen(picture):
    seen = opened(png(picture.astype(np.uint8)))
    assert seen[..., 3].tolist() == picture[..., 1].tolist()
    assert (seen[..., 0] == picture[..., 0])[picture[..., 1] > 0].all()


def test_there_is_one_for_each_place_and_none_for_none():
    assert thumbnails(as_shapes(rods()), []) == []
    files = thumbnails(as_shapes(rods()), [2, 2])
    assert files[0] == files[1]
