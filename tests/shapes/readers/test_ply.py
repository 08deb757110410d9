"""Clouds with part labels as PLY: other programs read the coordinates, colors and parts."""

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.shapes.readers.ply import write_parts

trimesh = pytest.importorskip("trimesh")


def test_others_read_what_is_written(tmp_path) -> None:
    points = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    part = np.arange(40) % 3 - 1
    colors = {-1: "#000000", 0: "#ff8001", 1: "#0102fe"}
    write_parts(tmp_path / "cloud.ply", points, part, ["Cup/the\nhandle", "Cup/body"], colors)
    cloud = trimesh.load(tmp_path / "cloud.ply")
    assert np.allclose(cloud.vertices, points)
    assert cloud.colors[:4, :3].tolist() == [[0, 0, 0], [255, 128, 1], [1, 2, 254], [0, 0, 0]]
    own = cloud.metadata["_ply_raw"]["vertex"]["data"]["part"]
    assert own.ravel().tolist() == part.tolist()
    header = (tmp_path / "cloud.ply").read_bytes().split(b"end_header")[0].decode()
    assert "comment part 0 Cup/the handle\ncomment part 1 Cup/body\nelement vertex 40" in header


def test_another_suffix_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match=r"something\.ply"):
        write_parts(tmp_path / "cloud.obj", np.zeros((1, 3)), np.zeros(1, int), ["a"], {0: "#000000"})
    assert not list(tmp_path.iterdir())
