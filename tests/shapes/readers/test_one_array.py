"""One cloud from arrays: axes, names, records, colors by type; headers, links and archives that lie are told."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.readers.read import read_file
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.surface import Surface, colors_at

h5py = pytest.importorskip("h5py")
CLOUD = np.random.default_rng(0).normal(size=(50, 3))
BYTES = np.random.default_rng(1).integers(0, 256, (50, 3), np.uint8)


def read(path: Path, **arrays: Any) -> Cloud:
    np.savez(path / "a.npz", **arrays)
    cloud = read_file(SourceFile(path / "a.npz"))
    assert isinstance(cloud, Cloud)
    return cloud


@pytest.mark.parametrize("name", ["normals", "faces", "colors"])
def test_an_array_that_goes_with_points_is_not_the_points(tmp_path: Path, name: str) -> None:
    np.savez(tmp_path / "a.npz", **{name: np.arange(60).reshape(20, 3)})
    assert f"no array called points (it has: {name}" in refused(tmp_path / "a.npz")


def refused(path: Path) -> str:
    with pytest.raises(InputError) as told:
        read_file(SourceFile(path))
    return str(told.value)


def npy(shape: tuple[int, ...], content: bytes = b"", kind: str = "<f8") -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": kind, "fortran_order": False, "shape": shape})
    return file.getvalue() + content


@pytest.mark.parametrize(
    "points",
    [
        CLOUD.T, CLOUD[None], CLOUD.T[None], CLOUD[:, None], CLOUD.astype(">f8"), np.asfortranarray(CLOUD),
        np.c_[CLOUD, np.ones(50)], np.c_[CLOUD, np.ones(50)].T,
    ],
    ids=lambda values: f"{values.dtype.str}{values.shape}",
)  # fmt: skip
def test_axes_and_orders(tmp_path: Path, points: np.ndarray) -> None:
    np.save(tmp_path / "a.npy", points)
    cloud = read_file(SourceFile(tmp_path / "a.npy"))
    assert isinstance(cloud, Cloud)
    np.testing.assert_array_equal(cloud.points, CLOUD)
    assert ("swapped" in cloud.note) == (points.shape[-1] == 50)
    assert "left out" not in cloud.note


@pytest.mark.parametrize("shape", [(3, 3), (3, 4), (3, 16), (6, 9), (90, 99), (9,), (3, 2), (2, 3, 4, 3), (32, 32, 32)])
def test_axes_that_cannot_be_told(tmp_path: Path, shape: tuple[int, ...]) -> None:
    np.save(tmp_path / "a.npy", np.random.default_rng(0).normal(size=shape))
    assert any(word in refused(tmp_path / "a.npy") for word in ("could be (points", "expected (points"))


@pytest.mark.parametrize("key", ["pc", "pc_norm", "coord", "Points", "pointcloud", "arr_0", "anything"])
def test_names_of_the_points(tmp_path: Path, key: str) -> None:
    cloud = read(tmp_path, **{key: CLOUD, "scale": 1.0, "loc": np.zeros(3), "meta": np.arange(4)})
    np.testing.assert_array_equal(cloud.points, CLOUD)
    assert cloud.note == ""


def test_several_arrays_that_could_be_the_points_are_listed(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", CLOUD, CLOUD)
    assert "(arr_0 (50, 3), arr_1 (50, 3))" in refused(tmp_path / "a.npz")
    np.savez(tmp_path / "a.npz", pc=CLOUD, xyz=CLOUD)
    assert "(xyz (50, 3), pc (50, 3))" in refused(tmp_path / "a.npz")
    assert read(tmp_path, this=CLOUD, feature=np.zeros((50, 64))).note == "left out: feature (50, 64)"
    assert read(tmp_path, points=CLOUD, xyz=CLOUD).note == "left out: xyz (50, 3)"


@pytest.mark.parametrize("around", [{"occupancies": np.zeros(7, np.uint8)}, {"sdf": np.zeros(50)}, {"neg": CLOUD}])
def test_points_around_a_shape_are_no_cloud(tmp_path: Path, around: dict) -> None:
    np.savez(tmp_path / "a.npz", pos=CLOUD, **around)
    assert "space around" in refused(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("colors", "expected"),
    [
        (BYTES, BYTES), (BYTES & 1, BYTES & 1), (BYTES.astype(float), BYTES), (BYTES / 255, BYTES),
        (BYTES.astype(np.int64), BYTES), (BYTES.astype(np.uint16) * 257, BYTES), (np.c_[BYTES, BYTES[:, 0]], BYTES),
        (BYTES[None], BYTES), (BYTES / 255 - 0.5, None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("key", ["rgb", "colors"])
def test_colors_by_type(tmp_path: Path, key: str, colors: np.ndarray, expected: np.ndarray | None) -> None:
    cloud = read(tmp_path, points=CLOUD, **{key: colors})
    if expected is None:
        assert cloud.color is None
        assert "colors left out" in cloud.note
    else:
        np.testing.assert_array_equal(cloud.color, expected)


def test_records_by_the_names_of_their_fields(tmp_path: Path) -> None:
    kinds: list[list] = [
        [("intensity", "<f4"), ("z", "<f4"), ("x", ">f8"), ("y", "<f4"), ("label", "u1")],
        [("Y", "<f4"), ("X", "<f4"), ("Z", "<f4"), ("label", "u1")],
        [("normal", "<f4", (3,)), ("xyz", "<f8", (3,)), ("rgb", "u1", (3,)), ("label", "u1")],
        [("at", [("x", "<f8"), ("y", "<f8"), ("z", "<f8")]), ("label", "u1")],
    ]
    for kind in kinds:
        records = np.zeros(50, kind)
        places = records["at"] if "at" in records.dtype.names else records
        for axis, name in enumerate("xyz"):
            if name in places.dtype.names or name.upper() in places.dtype.names:
                places[name if name in places.dtype.names else name.upper()] = CLOUD[:, axis]
        if "xyz" in records.dtype.names:
            records["xyz"], records["rgb"], records["normal"] = CLOUD, BYTES, [0, 0, 2]
        records["label"] = np.arange(50) % 3
        np.save(tmp_path / "a.npy", records)
        cloud = read_file(SourceFile(tmp_path / "a.npy"))
        assert isinstance(cloud, Cloud)
        np.testing.assert_allclose(cloud.points, CLOUD, atol=1e-6)
        assert cloud.part is not None
        assert cloud.part[:4].tolist() == [0, 1, 2, 0]
        if "xyz" in records.dtype.names:
            np.testing.assert_array_equal(cloud.color, BYTES)
            np.testing.assert_array_equal(cloud.normals[0], [0, 0, 1])


def test_what_lies_beside_the_points(tmp_path: Path) -> None:
    cloud = read(tmp_path, points=CLOUD, normals=CLOUD * 3, seg=np.arange(50)[:, None], heat=np.ones(50))
    np.testing.assert_allclose(cloud.normals, CLOUD / np.linalg.norm(CLOUD, axis=1, keepdims=True))
    np.testing.assert_array_equal(cloud.part, np.arange(50))
    assert cloud.note == "left out: heat (50,)"
    np.testing.assert_array_equal(read(tmp_path, x=CLOUD[:, 0], y=CLOUD[:, 1], z=CLOUD[:, 2]).points, CLOUD)


def test_vertices_with_faces_are_a_mesh(tmp_path: Path) -> None:
    for faces in ([[0, 1, 2], [2, 1, 3]], [[0, 1, 3, 2]], [[0, 1, 2, -1], [2, 1, 3, -1]]):
        np.savez(tmp_path / "a.npz", vertices=CLOUD * [1, 1, 0], faces=np.array(faces, np.int32), colors=BYTES)
        mesh = read_file(SourceFile(tmp_path / "a.npz"))
        assert isinstance(mesh, Surface)
        assert sorted({*mesh.pieces[0].faces.reshape(-1).tolist()}) == [0, 1, 2, 3]
        assert len(mesh.pieces[0].faces) == 2
        corner = mesh.pieces[0].faces[0, 0]
        np.testing.assert_array_equal(colors_at(mesh, np.array([0]), np.array([[1, 0, 0]]))[0], BYTES[corner])


@pytest.mark.parametrize("shape", [(10**12, 3), (10**6, 350, 3), (51, 3), (-1, 3), (10**30, 3)])
def test_headers_that_promise_more_than_there_is(tmp_path: Path, shape: tuple[int, ...]) -> None:
    content = npy(shape, CLOUD.tobytes())
    (tmp_path / "a.npy").write_bytes(content)
    assert any(word in refused(tmp_path / "a.npy") for word in ("only 1200 are there", "damaged"))
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("points.npy", content)
    assert any(word in refused(tmp_path / "a.npz") for word in ("only 1200 are there", "damaged"))


def test_a_file_that_goes_on_behind_its_array(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(npy((50, 3), CLOUD.tobytes()) + npy((50, 3), CLOUD.tobytes()))
    assert "several arrays belong in a .npz" in refused(tmp_path / "a.npy")


def test_archives_that_would_fill_the_memory(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("heat.npy", b"")
        with archive.open("points.npy", "w", force_zip64=True) as file:
            file.write(npy((12_000_000, 3)))
            for _ in range(36):
                file.write(bytes(8_000_000))
    assert "would unpack to 0.3 GB" in refused(tmp_path / "a.npz")
    with h5py.File(tmp_path / "a.h5", "w") as made:
        made.create_dataset("points", (300_000_000, 3), "f8", chunks=(65536, 3), compression="gzip")
    assert "would unpack to 7.2 GB" in refused(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "w") as made:  # one chunk is unpacked as a whole
        made.create_dataset("points", (50, 3), "f8", maxshape=(None, 3), chunks=(100_000_000, 3), compression="gzip")
    assert "would unpack to 2.4 GB" in refused(tmp_path / "a.h5")


def test_archives_that_are_damaged_or_hold_more(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", points=CLOUD)
    whole = (tmp_path / "a.npz").read_bytes()
    for broken in (whole[:-1], whole[1:], whole[:700] + b"\0" + whole[701:]):
        (tmp_path / "a.npz").write_bytes(broken)
        assert "damaged" in refused(tmp_path / "a.npz")
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("README.txt", "hello")
        archive.writestr("extra.npy", npy((1,), b"\x80\x04N.", "|O"))  # a pickle, which is not needed
        archive.writestr("points", npy((50, 3), CLOUD.tobytes()))
    cloud = read_file(SourceFile(tmp_path / "a.npz"))
    assert isinstance(cloud, Cloud)
    np.testing.assert_array_equal(cloud.points, CLOUD)
    (tmp_path / "b.npy").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    assert "git lfs pull" in refused(tmp_path / "b.npy")


def test_hdf5_leads_to_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(CLOUD.tobytes())
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["points"] = CLOUD
    layout = h5py.VirtualLayout((50, 3), "f8")
    layout[:] = h5py.VirtualSource(tmp_path / "other.h5", "points", (50, 3))
    with h5py.File(tmp_path / "virtual.h5", "w") as file:
        file.create_virtual_dataset("points", layout)
    with h5py.File(tmp_path / "raw.h5", "w") as file:
        file.create_dataset("points", (50, 3), "f8", external=[(str(tmp_path / "secret"), 0, 1200)])
    for name, link in (("link", h5py.ExternalLink("other.h5", "points")), ("soft", h5py.SoftLink("/elsewhere"))):
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            file["points"] = link
    for name, reason in (("virtual", "other files"), ("raw", "other files"), ("link", "a link"), ("soft", "a link")):
        assert reason in refused(tmp_path / f"{name}.h5")


def test_hdf5_groups(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["scan/points"], file["scan/rgb"] = CLOUD, BYTES
    cloud = read_file(SourceFile(tmp_path / "a.h5"))
    assert isinstance(cloud, Cloud)
    np.testing.assert_array_equal(cloud.color, BYTES)
    with h5py.File(tmp_path / "a.h5", "a") as file:
        file["other/points"] = CLOUD
    assert "other/points (50, 3)" in refused(tmp_path / "a.h5")
