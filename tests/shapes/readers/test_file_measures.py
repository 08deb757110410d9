"""What a file measures is what the shape is: extents, area, volume where it is closed, faces, bodies."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.readers.file_measures import measured
from pointrecon.shapes.readers.read import read_shape
from pointrecon.shapes.readers.solid import _connected, numbered
from pointrecon.shapes.readers.surface import Piece, Surface
from pointrecon.shapes.readers.surface_integrals import squares

CORNERS = np.array([[x, y, z] for x in (0.0, 1) for y in (0.0, 1) for z in (0.0, 1)])
FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
     [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]]
)  # fmt: skip
BOX = CORNERS[FACES]  # (12, 3, 3), wound outward


def facts(*soups: np.ndarray) -> dict:
    """Of triangles (F, 3, 3), which share no vertex: one piece each."""
    return measured(Surface([Piece(t.reshape(-1, 3), np.arange(3 * len(t)).reshape(-1, 3)) for t in soups]))


def ball(rings: int = 40) -> np.ndarray:
    """Triangles of a sphere of radius 1, with flat ones at the poles."""
    down, round_ = np.linspace(0, np.pi, rings), np.linspace(0, 2 * np.pi, 2 * rings)
    u, v = (values.ravel() for values in np.meshgrid(down, round_[:-1], indexing="ij"))
    points = np.stack([np.sin(u) * np.cos(v), np.sin(u) * np.sin(v), np.cos(u)], 1).reshape(rings, -1, 3)
    points[0], points[-1] = points[0, 0], points[-1, 0]
    a, b = points[:-1], points[1:]
    c, d = np.roll(b, -1, 1), np.roll(a, -1, 1)
    return np.concatenate([np.stack([a, b, c], 2), np.stack([a, c, d], 2)]).reshape(-1, 3, 3)


def test_a_box() -> None:
    found = facts(BOX * [1, 2, 3])
    assert [found[f"extent_{axis}"] for axis in "xyz"] == [1, 2, 3]
    assert (found["area"], found["volume"]) == pytest.approx((22, 6))
    assert (found["vertices"], found["faces"], found["bodies"]) == (36, 12, 1)


def test_a_ball() -> None:
    found = facts(ball(80))
    assert (found["area"], found["volume"]) == pytest.approx((4 * np.pi, 4 / 3 * np.pi), rel=5e-3)
    assert found["bodies"] == 1


@pytest.mark.parametrize("offset", [1e6, -3e5, 1e3])
def test_far_from_the_origin(offset: float) -> None:
    found = facts(0.5 * BOX + offset)
    assert (found["area"], found["volume"]) == pytest.approx((1.5, 0.125), rel=1e-6)


@pytest.mark.parametrize(
    ("soups", "volume", "bodies"),
    [
        ([BOX, BOX + 5], 2, 2),
        ([BOX, (2 * BOX + 5)[:, ::-1]], 9, 2),  # one of them is inside out
        ([BOX[:, ::-1]], 1, 1),
        ([4 * BOX, (BOX + 1)[:, ::-1]], 63, 2),  # a cavity
        ([(4 * BOX)[:, ::-1], BOX + 1], 63, 2),
        ([4 * BOX, BOX + 1], 65, 2),  # a part in a part
        ([BOX, BOX + np.array([1, 1, 0])], 2, 1),  # they touch at an edge
        ([BOX, BOX[:3]], 1, 1),  # faces twice
        ([BOX, BOX], 1, 1),
        ([BOX, BOX[:, ::-1]], 1, 1),  # two-sided
        ([BOX, BOX[:1, [0, 0, 1]]], 1, 1),  # a face without area
        ([BOX, np.stack([BOX[0], BOX[0]])[:, [1, 2, 0]]], 1, 1),
    ],
)
def test_bodies(soups: list[np.ndarray], volume: float, bodies: int) -> None:
    found = facts(*soups)
    assert found["volume"] == pytest.approx(volume)
    assert found["bodies"] == bodies
    assert found["faces"] == sum(map(len, soups))


@pytest.mark.parametrize("seed", range(4))
def test_faces_wound_by_chance(seed: int) -> None:
    rng = np.random.default_rng(seed)

    def mixed(soup: np.ndarray) -> np.ndarray:
        over = rng.random(len(soup)) < 0.5
        return np.where(over[:, None, None], soup[:, ::-1], soup)[rng.permutation(len(soup))]

    whole = facts(ball(10))["volume"]
    assert facts(mixed(ball(10)))["volume"] == pytest.approx(whole)
    assert facts(mixed(ball(10)), mixed(BOX + 5))["volume"] == pytest.approx(whole + 1)
    assert "volume" not in facts(mixed(4 * BOX), mixed(BOX + 1))  # a cavity, or a part in it: nothing tells


def strip(turns: int, steps: int = 24) -> np.ndarray:
    """A band that is closed after so many half turns: one of 1 is a Moebius strip."""
    angle = np.linspace(0, 2 * np.pi, steps + 1)
    angle[-1] = 0
    lean = np.arange(steps + 1) * np.pi * turns / steps
    way = np.stack([np.cos(angle) * np.cos(lean), np.sin(angle) * np.cos(lean), np.sin(lean)], 1)
    middle = 3 * np.stack([np.cos(angle), np.sin(angle), 0 * angle], 1)
    low, high = middle - way, middle + way
    if turns % 2:
        low[-1], high[-1] = high[0], low[0]
    return np.concatenate([np.stack([low[:-1], high[:-1], high[1:]], 1), np.stack([low[:-1], high[1:], low[1:]], 1)])


@pytest.mark.parametrize(
    "soups",
    [
        [BOX[:-1]],
        [BOX[:1]],
        [BOX, BOX[:-1] + 5],  # one of two is open
        [BOX[:6], BOX[:6, ::-1]],  # an open sheet with two sides
        [BOX[:2], BOX[:2]],
        [BOX[:1], BOX[:1, ::-1]],
        [BOX[:1, [0, 1, 1]]],
        [strip(0)],
        [strip(1)],
        [np.array([[[0.0, 0, 0], [1, 0, 0], [1, 1, 0]], [[0, 0, 0], [1, 1, 0], [0, 1, 0]],
                   [[0, 0, 0], [0, 1, 0], [1, 0, 0]], [[1, 0, 0], [0, 1, 0], [1, 1, 0]]])],  # flat, but without an edge
    ],
)  # fmt: skip
def test_what_is_not_closed_has_no_volume(soups: list[np.ndarray]) -> None:
    assert "volume" not in facts(*soups)


def test_negative_zero_and_unused_vertices() -> None:
    soup = BOX.copy()
    soup[soup == 0] = np.where(np.arange((soup == 0).sum()) % 2, 0.0, -0.0)
    surface = Surface(
        [Piece(np.concatenate([np.full((5, 3), 9.0), soup.reshape(-1, 3)]), 5 + np.arange(36).reshape(-1, 3))]
    )
    found = measured(surface)
    assert (found["volume"], found["extent_x"], found["bodies"], found["vertices"]) == (pytest.approx(1), 1, 1, 41)


def test_equal_columns_have_equal_numbers() -> None:
    values = np.random.default_rng(0).integers(0, 4, (3, 500)).astype(np.float64)
    number, count = numbered(values)
    assert count == len(np.unique(values, axis=1).T)
    alike = (values[:, :, None] == values[:, None]).all(0)
    assert ((number[:, None] == number[None]) == alike).all()


@pytest.mark.parametrize(("groups", "nodes"), [(0, 0), (0, 3), (1, 9), (30, 90), (200, 90), (500, 4000), (3000, 4000)])
@pytest.mark.parametrize("size", [2, 3])
def test_connected_parts_are_those_of_scipy(groups: int, nodes: int, size: int) -> None:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = np.random.default_rng(groups).integers(0, max(nodes, 1), (size, groups))
    owner = np.tile(np.arange(groups), size)
    graph = coo_array((np.ones(links.size), (owner, links.ravel() + groups)), (groups + nodes,) * 2)
    count, part = connected_components(graph, directed=False) if groups + nodes else (0, np.zeros(0, int))
    found = _connected(links, nodes)
    assert found[0] == count
    assert np.array_equal(found[1], part[groups:])  # numbered alike, too


def test_a_long_chain_is_one_part() -> None:
    order = np.random.default_rng(0).permutation(5000)
    for chain in (np.arange(5000), np.arange(5000)[::-1], order):
        assert _connected(np.stack([chain[1:], chain[:-1]]), 5000)[0] == 1


def test_squared_lengths_are_numpys_to_the_bit() -> None:
    columns = np.random.default_rng(0).standard_normal((3, 999)) * 10.0 ** np.arange(-8, 8, 16 / 999)[:999]
    assert np.array_equal(squares(columns), (columns**2).sum(0))


def test_what_cannot_be_told_is_left_out() -> None:
    found = facts(BOX * 1e300)
    assert "area" not in found
    assert found["extent_x"] == 1e300


def test_a_cloud() -> None:
    found = measured(Cloud(np.array([[0.0, 0, 0], [1, 2, 4]]), facts={"unit": "m"}))
    assert found.pop("unit") == "m"
    spreads = {"spread_1": 21**0.5 / 2, "spread_2": 0.0, "spread_3": 0.0, "skew": 0.0}
    told = {"extent_x": 1, "extent_y": 2, "extent_z": 4, "vertices": 2, "faces": 0}
    assert found == pytest.approx(told | spreads, abs=1e-4)


def test_a_file_is_told_with_its_points(tmp_path: Path) -> None:
    path = tmp_path / "box.OBJ"
    lines = [f"v {x} {y} {z}" for x, y, z in CORNERS * 3 + 7] + [f"f {a} {b} {c}" for a, b, c in FACES + 1]
    path.write_text("\n".join(lines))
    shape = read_shape(path, 2048)
    found = shape.facts
    assert found["hash"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (found["bytes"], found["format"]) == (path.stat().st_size, "obj")
    assert (found["volume"], found["area"]) == pytest.approx((27, 54))
    assert "up" not in found
    # points times the scale are as large as the file says
    np.testing.assert_allclose(np.ptp(shape.points.astype(float), axis=0) * found["scale"], 3, rtol=5e-3)


def test_reader_and_what_a_format_prescribes_are_told(tmp_path: Path) -> None:
    trimesh = pytest.importorskip("trimesh")
    trimesh.Trimesh(CORNERS, FACES).export(tmp_path / "box.glb")
    found = read_shape(tmp_path / "box.glb", 64).facts
    assert (found["unit"], found["up"], found["up_source"]) == ("m", "y", "format")
    np.save(tmp_path / "c.npy", CORNERS)
    assert read_shape(tmp_path / "c.npy", 8).facts["reader"] == "pointrecon"
    laspy = pytest.importorskip("laspy")
    cloud = laspy.create(point_format=0)
    cloud.x, cloud.y, cloud.z = CORNERS.T
    cloud.write(tmp_path / "c.las")
    assert read_shape(tmp_path / "c.las", 8).facts["reader"] == f"laspy {laspy.__version__}"
