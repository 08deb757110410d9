"""Every format gives back the shape that was written; what is no shape is refused with one sentence."""

import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pointrecon.errors import InputError
from pointrecon.shapes.readers.read import SUFFIXES, read_file, read_shape
from pointrecon.shapes.readers.source_file import SourceFile

trimesh = pytest.importorskip("trimesh")
h5py = pytest.importorskip("h5py")
laspy = pytest.importorskip("laspy")

RNG = np.random.default_rng(0)
# an off-center box of 3 x 2 x 1 with corner (10, 20, 30)
BOX = trimesh.creation.box(bounds=[[10, 20, 30], [13, 22, 31]])
CLOUD = RNG.uniform([10, 20, 30], [13, 22, 31], (400, 3))
COLOR = RNG.integers(0, 256, (400, 3), dtype=np.uint8)
NORMALS = RNG.normal(size=(400, 3))
NORMALS /= np.linalg.norm(NORMALS, axis=1, keepdims=True)


def extent(points: np.ndarray) -> np.ndarray:
    size = np.ptp(points.astype(float), axis=0)
    return size / size[2]


def check(shape: object, count: int) -> None:
    points = shape.points.astype(float)  # type: ignore[attr-defined]
    assert points.shape == (count, 3)
    assert shape.points.dtype == np.float16  # type: ignore[attr-defined]
    assert np.abs(points.mean(0)).max() < 2e-3
    assert abs(np.linalg.norm(points, axis=1).max() - 1) < 2e-3
    np.testing.assert_allclose(extent(points), [3, 2, 1], rtol=0.05)


@pytest.mark.parametrize("suffix", ["obj", "off", "stl", "ply", "glb", "gltf"])
def test_meshes(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"box.{suffix}"
    if suffix == "gltf":
        for name, content in trimesh.exchange.gltf.export_gltf(trimesh.Scene(BOX)).items():
            (tmp_path / name.replace("model.gltf", "box.gltf")).write_bytes(content)
    else:
        BOX.export(path)
    shape = read_shape(path, 500)
    check(shape, 500)
    assert shape.note == ""
    assert shape.normals is not None
    np.testing.assert_allclose(np.abs(shape.normals.astype(float)).max(1), 1)  # along the axes
    # outward: the normal points away from the center
    assert ((shape.normals.astype(float) * shape.points.astype(float)).sum(1) > 0).all()
    # by area: of the box's 22, the two largest sides have 6 each
    top = np.abs(shape.normals[:, 2].astype(float)) > 0.5
    assert abs(top.mean() - 12 / 22) < 0.01


def write_cloud(path: Path) -> None:
    """CLOUD with COLOR, and NORMALS where the format has them."""
    both = np.hstack([CLOUD, COLOR, NORMALS])
    if path.suffix in (".xyz", ".txt", ".asc"):
        np.savetxt(path, both, delimiter="," if path.suffix == ".txt" else " ")
    elif path.suffix == ".ptx":
        placed = "400\n1\n" + "0 0 0\n" * 4 + "1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1"
        np.savetxt(path, np.hstack([CLOUD, CLOUD[:, :1], COLOR]), comments="", header=placed)
    elif path.suffix == ".csv":
        np.savetxt(
            path, both[:, [6, 7, 8, 2, 1, 0, 3, 4, 5]], delimiter=",", comments="", header="nx,ny,nz,z,y,x,r,g,b"
        )
    elif path.suffix == ".pts":
        np.savetxt(path, np.insert(both, 3, 17, axis=1), comments="", header="400")
    elif path.suffix == ".npy":
        np.save(path, both)
    elif path.suffix == ".npz":
        np.savez(path, points=CLOUD, colors=COLOR / 255, normals=NORMALS)
    elif path.suffix == ".ply":
        rows = "\n".join(" ".join(map(str, row)) for row in np.hstack([CLOUD, NORMALS]).tolist())
        names = "\n".join(f"property float {n}" for n in ("x", "y", "z", "nx", "ny", "nz"))
        path.write_text(f"ply\nformat ascii 1.0\nelement vertex 400\n{names}\nend_header\n{rows}\n")
    elif path.suffix in (".h5", ".hdf5"):
        with h5py.File(path, "w") as file:
            file.update({"data": CLOUD, "normal": NORMALS, "rgb": COLOR})
    elif path.suffix in (".las", ".laz"):
        header = laspy.LasHeader(point_format=2, version="1.2")
        header.scales, header.offsets = [1e-4] * 3, [600_000, 5_000_000, 0]
        las = laspy.LasData(header)
        las.x, las.y, las.z = (CLOUD + np.array([600_000, 5_000_000, 0])).T
        las.red, las.green, las.blue = COLOR.astype(np.uint16).T * 257
        las.write(str(path))


CLOUD_SUFFIXES = ["xyz", "txt", "csv", "pts", "asc", "ptx", "npy", "npz", "ply", "h5", "hdf5", "las", "laz"]


@pytest.mark.parametrize("suffix", CLOUD_SUFFIXES)
def test_clouds(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"cloud.{suffix}"
    write_cloud(path)
    shape = read_shape(path, 400)  # as many as there are: the order stays
    check(shape, 400)
    centered = CLOUD - CLOUD.mean(0)
    np.testing.assert_allclose(shape.points, centered / np.linalg.norm(centered, axis=1).max(), atol=1e-3)
    if suffix != "ply":
        np.testing.assert_array_equal(shape.color, COLOR)
    if suffix not in ("las", "laz", "ptx"):
        np.testing.assert_allclose(shape.normals, NORMALS, atol=1e-3)


def lzf(data: bytes) -> bytes:
    """LZF that uses back references for runs of four bytes or more, literals else."""
    out, at = bytearray(), 0
    while at < len(data):
        if at and data[at : at + 4] == data[at - 1 : at] * 4:
            out += bytes([(4 - 2) << 5, 0])
            at += 4
        else:
            out += bytes([0, data[at]])
            at += 1
    return bytes(out)


@pytest.mark.parametrize("kind", ["ascii", "binary", "binary_compressed"])
@pytest.mark.parametrize("color_type", ["F", "U"])
def test_pcd(tmp_path: Path, kind: str, color_type: str) -> None:
    packed = (COLOR.astype(np.uint32) << [16, 8, 0]).sum(1).astype(np.uint32)
    rgb = packed.view(np.float32) if color_type == "F" else packed
    table = np.zeros(401, [("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("rgb", rgb.dtype)])
    for i, name in enumerate("xyz"):
        table[name][:400], table[name][400] = CLOUD[:, i], np.nan
    table["rgb"][:400] = rgb
    header = f"# .PCD v0.7\nVERSION 0.7\nFIELDS x y z rgb\nSIZE 4 4 4 4\nTYPE F F F {color_type}\nCOUNT 1 1 1 1\n"
    header += f"WIDTH 401\nHEIGHT 1\nPOINTS 401\nDATA {kind}\n"
    if kind == "ascii":
        body = "\n".join(" ".join(repr(v) for v in row) for row in table.tolist()).encode()
    elif kind == "binary":
        body = table.tobytes()
    else:
        raw = b"".join(table[name].tobytes() for name in table.dtype.names)
        squeezed = lzf(raw)
        body = struct.pack("<II", len(squeezed), len(raw)) + squeezed
    path = tmp_path / "a.pcd"
    path.write_bytes(header.encode() + body)
    shape = read_shape(path, 400)
    check(shape, 400)
    np.testing.assert_array_equal(shape.color, COLOR)
    assert "1 invalid" in shape.note
    for cut in (0.5, 0.99):
        path.write_bytes((header.encode() + body)[: int((len(header) + len(body)) * cut)])
        with pytest.raises(InputError, match="damaged|cut short"):
            read_shape(path, 400)


def test_las_tells_what_it_leaves_out(tmp_path: Path) -> None:
    path = tmp_path / "a.las"
    write_cloud(path)
    assert read_shape(path, 4).note == ""
    las = laspy.read(path)
    las.add_extra_dim(laspy.ExtraBytesParams("height", "f4"))
    las.intensity[3], las.classification[5], las.height[7] = 9, 2, 1
    las.write(str(path))
    assert read_shape(path, 4).note == "left out: intensity, classification, height"


def test_las_cut_between_two_points_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.las"
    write_cloud(path)
    path.write_bytes(path.read_bytes()[: -5 * 26])  # bytes of a point
    with pytest.raises(InputError, match="cut short: it has 395 of the 400 points"):
        read_shape(path, 100)


def test_copies_have_the_same_points_by_any_name_and_another_seed_gives_others(tmp_path: Path) -> None:
    BOX.export(tmp_path / "a.obj")
    (tmp_path / "copy.obj").write_bytes((tmp_path / "a.obj").read_bytes())
    (tmp_path / "other.obj").write_bytes((tmp_path / "a.obj").read_bytes() + b"# saved again\n")
    first = read_shape(tmp_path / "a.obj", 100, seed=1).points
    np.testing.assert_array_equal(first, read_shape(tmp_path / "copy.obj", 100, seed=1).points)
    for other in (read_shape(tmp_path / "a.obj", 100, seed=2), read_shape(tmp_path / "other.obj", 100, seed=1)):
        assert not np.array_equal(first, other.points)


def test_too_few_points_are_repeated_too_many_drawn_from(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", CLOUD[:100])
    up = read_shape(tmp_path / "a.npy", 250)
    assert "100 points, repeated up to 250" in up.note
    values, counts = np.unique(up.points, axis=0, return_counts=True)
    assert len(values) == 100
    assert set(counts.tolist()) == {2, 3}
    np.save(tmp_path / "b.npy", CLOUD)
    down = read_shape(tmp_path / "b.npy", 64)
    assert down.note == ""
    assert len(np.unique(down.points, axis=0)) == 64


def test_scenes_are_flattened_with_their_transforms(tmp_path: Path) -> None:
    scene = trimesh.Scene()
    cube = trimesh.creation.box((1, 1, 1))
    scene.add_geometry(cube)
    scene.add_geometry(cube, transform=trimesh.transformations.translation_matrix([9, 0, 0]))
    scene.export(tmp_path / "two.glb")
    size = np.ptp(read_shape(tmp_path / "two.glb", 400).points.astype(float), axis=0)
    np.testing.assert_allclose(size / size[1], [10, 1, 1], rtol=0.05)


def test_colors_of_meshes(tmp_path: Path) -> None:
    mesh = trimesh.creation.box((1, 1, 1))
    mesh.visual.vertex_colors = np.where(mesh.vertices[:, 2:] > 0, [[255, 0, 0, 255]], [[0, 0, 255, 255]])
    mesh.export(tmp_path / "v.ply")
    shape = read_shape(tmp_path / "v.ply", 300)
    assert shape.color is not None
    assert (shape.color[shape.points[:, 2] > 0.56] == [255, 0, 0]).all(1).mean() > 0.9
    image = pytest.importorskip("PIL.Image").new("RGB", (4, 4), (10, 200, 30))
    uv = np.random.default_rng(0).random((len(mesh.vertices), 2))
    mesh.visual = trimesh.visual.TextureVisuals(uv=uv, image=image)
    mesh.export(tmp_path / "t.glb")
    shape = read_shape(tmp_path / "t.glb", 50)
    assert shape.color is not None
    assert (shape.color == [10, 200, 30]).all()


OBJ_IN_THE_WILD = """# polygons, relative numbers, faces out of range, lines that make no sense
v 0 0 0
v 3 0 0
v 3 2 0
v 0 2 0
v 0 0 1
v 3 0 1
v 3 2 1
v 0 2 1
f 1 2 3 4
f -4/1/1 -3//2 -2/3 -1
f 1 2 99
f 1 2
f 0 1 2
f a b c
f 1 1 1
"""


def test_meshes_in_the_wild(tmp_path: Path) -> None:
    (tmp_path / "odd.obj").write_text(OBJ_IN_THE_WILD)
    check(read_shape(tmp_path / "odd.obj", 500), 500)
    off = "OFF8 2 0\n" + "\n".join(line[2:] for line in OBJ_IN_THE_WILD.splitlines() if line.startswith("v "))
    (tmp_path / "broken.off").write_text(off + "\n4 0 1 2 3\n4 4 5 6 7\n")
    check(read_shape(tmp_path / "broken.off", 500), 500)


def test_a_mesh_without_area_gives_its_vertices(tmp_path: Path) -> None:
    (tmp_path / "line.obj").write_text("v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n")
    shape = read_shape(tmp_path / "line.obj", 30)
    assert "without area" in shape.note
    np.testing.assert_allclose(np.unique(shape.points[:, 0]), [-1, 0, 1])
    (tmp_path / "points.obj").write_text("v 0 0 0\nv 1 0 0\nv 2 0 0\n")
    assert "repeated up" in read_shape(tmp_path / "points.obj", 30).note


def npy(values: object) -> Callable[[Path], None]:
    return lambda path: np.save(path, np.asarray(values), allow_pickle=True)


def text(content: str) -> Callable[[Path], None]:
    return lambda path: path.write_text(content)


def stl_without_faces(path: Path) -> None:
    path.write_bytes(b"\0" * 80 + struct.pack("<I", 0))


def multi_cloud(path: Path) -> None:
    np.savez(path, points=np.zeros((7, 5, 3)))


BAD = [
    ("a.obj", text(""), "empty file"),
    ("a.obj", text("# nothing\n"), "empty mesh"),
    ("a.obj", text("v 0 0 nan\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"), "NaN or infinite"),
    ("a.obj", text("v 0 0 1e999\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"), "NaN or infinite"),
    ("a.obj", text("v 1 1 1\nv 1 1 1\nv 1 1 1\nf 1 2 3\n"), "all points are equal"),
    ("a.off", text("OFF\n0 0 0\n"), "a.off"),
    ("a.off", text("this is no mesh"), "no readable OFF"),
    ("a.stl", stl_without_faces, "a.stl"),
    ("a.stl", text("solid\ngarbage"), "a.stl"),
    ("a.ply", text("ply\nformat ascii 1.0\nelement vertex 9\nproperty float x\nend_header\n1\n"), "a.ply"),
    ("a.glb", text("glTF, not really"), "no readable GLB"),
    ("a.gltf", text("{"), "no readable GLTF"),
    ("a.xyz", text("1 2\n3 4\n"), "3 or more"),
    ("a.xyz", text("1 2 3\n4 5\n"), "columns of numbers"),
    ("a.txt", text("Dear reader,\nthis is a letter.\n"), "columns of numbers"),
    ("a.txt", text("# only a comment\n"), "no points"),
    ("a.csv", text("x,y,z\n1,2,nan\n3,4,5\n"), "NaN or infinite"),
    ("a.csv", text("x,y,z\n"), "no points"),
    ("a.pts", text("2\n1 2 3\n1 2 3\n"), "all points are equal"),
    ("a.npy", npy(np.zeros((9, 2))), "3 or more"),
    ("a.npy", npy(np.zeros((3, 900))[:, :2]), "transpose"),
    ("a.npy", npy(np.zeros(9)), "3 or more"),
    ("a.npy", npy(np.zeros((0, 3))), "no points"),
    ("a.npy", npy(np.full((9, 3), np.inf)), "NaN or infinite"),
    ("a.npy", npy(np.full((9, 3), 5.0)), "all points are equal"),
    ("a.npy", npy(np.full((9, 3), "1.0")), "not numbers"),
    ("a.npy", npy(np.full((9, 3), 1j)), "not numbers"),
    ("a.npy", npy(np.full((9, 3), None)), "never opened"),
    ("a.npy", text("not an array"), "no readable array"),
    ("a.npz", text("not an archive"), "no readable archive"),
    ("a.npz", multi_cloud, "holds 7 clouds"),
    ("a.h5", text("not HDF5"), "no readable HDF5"),
    ("a.las", text("not LAS"), "no readable LAS"),
    ("a.laz", text("LASF" + "x" * 400), "no readable LAS"),
    ("a.pcd", text("VERSION 0.7\nFIELDS x y\nDATA ascii\n"), "no readable PCD"),
    ("a.pcd", text("FIELDS x y\nSIZE 4 4\nTYPE F F\nPOINTS 1\nDATA ascii\n1 2\n"), "no columns x, y, z"),
    ("a.docx", text("x"), "unknown format"),
]


@pytest.mark.parametrize(("name", "write", "reason"), BAD)
def test_what_is_no_shape_is_refused(tmp_path: Path, name: str, write: Callable, reason: str) -> None:
    write(tmp_path / name)
    with pytest.raises(InputError) as caught:
        read_shape(tmp_path / name, 64)
    assert reason in str(caught.value)
    assert str(tmp_path / name) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.obj", b"\0" * 80 + struct.pack("<I", 1) + b"\0" * 50, "STL: rename it to .stl"),
        ("a.ply", b"solid part\nfacet normal 0 0 1\n", "STL: rename it to .stl"),
        ("a.stl", b"ply\nformat ascii 1.0\n", "PLY: rename it to .ply"),
        ("a.ply", b"OFF\n0 0 0\n", "OFF: rename it to .off"),
        ("a.gltf", b"glTF\2\0\0\0", "glTF: rename it to .glb"),
        ("a.igs", b"ISO-10303-21;\nHEADER;\n", "STEP: rename it to .step or .stp"),
        ("a.stl", b"PK\3\4" + b"\0" * 90, "3MF or another ZIP archive: rename it to .3mf or .zip"),
        ("a.npy", b"\x89HDF\r\n\x1a\n" + b"\0" * 90, "HDF5: rename it to .h5 or .hdf5"),
        ("a.dat", b"\x93NUMPY\1\0", "a numpy array: rename it to .npy"),
        ("a.stl", b"solid\ngarbage", ""),
        ("a.obj", b"# nothing\n", ""),
    ],
)
def test_a_wrong_name_is_told_by_the_first_bytes(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_file(SourceFile(tmp_path / name))
    assert str(caught.value).partition("; it looks like ")[2] == told


def test_missing_files_and_silly_counts(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        read_shape(tmp_path / "a.obj")
    with pytest.raises(InputError, match="at least one point"):
        read_shape(tmp_path / "a.obj", 0)


@pytest.mark.parametrize("suffix", sorted({*SUFFIXES} - {".gltf", ".step", ".stp", ".iges", ".igs", ".3mf", ".e57"}))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files_give_a_sentence_or_a_shape(tmp_path: Path, suffix: str, data: st.DataObject) -> None:
    """Cut anywhere, or with any few bytes changed: never another exception, never NaN."""
    path = tmp_path / f"cloud{suffix}"
    good = tmp_path / f"good{suffix}"
    if not good.exists():
        if suffix in (".obj", ".off", ".stl", ".glb"):
            BOX.export(good)
        elif suffix == ".pcd":
            fields = "FIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nPOINTS 400\nDATA binary\n"
            good.write_bytes(fields.encode() + CLOUD.astype("<f4").tobytes())
        else:
            write_cloud(good)
    content = bytearray(good.read_bytes())
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    shape = None
    with suppress(InputError):
        shape = read_shape(path, 16)
    if shape is not None:
        assert np.isfinite(shape.points).all()
        assert shape.points.shape == (16, 3)
