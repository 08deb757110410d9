"""Files that store single precision so far from the origin that its steps show are told; others are not."""

from pathlib import Path

import numpy as np
import pytest
import trimesh

from e57_samples import e57_logical, paged
from pointrecon.shapes.readers.coarse import coarse_note, step_of
from pointrecon.shapes.readers.read import clouds_of, read_shape
from pointrecon.shapes.readers.source_file import SourceFile

CUBE = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float64) * 16
FAR = np.array([1e8, 0, 0])  # where single precision keeps multiples of 8: all of these are
WHOLE = CUBE + FAR
FACES = np.array([[0, 1, 2], [0, 2, 4], [3, 1, 7]])
TOLD = "so far from the origin that its coordinates keep steps of 8 at a size of 16"


def test_the_step_is_that_of_the_stored_type() -> None:
    assert step_of(WHOLE.astype(np.float32)) == 8
    assert step_of(np.full((1, 3), -4096, np.float16)) == 4
    assert step_of(WHOLE) == step_of(WHOLE.astype(np.int64)) == step_of(np.zeros((0, 3), np.float32)) == 0
    assert step_of(np.array([[np.nan, np.inf, 1]], np.float32)) == 0
    assert TOLD in coarse_note([WHOLE], 8)
    assert coarse_note([CUBE + np.array([5000, 0, 0])], 2**-11) == ""
    assert coarse_note([WHOLE], 0) == coarse_note([], 8) == coarse_note([np.zeros((3, 3))], 8) == ""
    assert coarse_note([np.full((3, 3), np.nan)], 8) == ""


def ply(path: Path, kind: str, text: bool = False) -> None:
    rows = WHOLE.astype("<f4" if kind == "float" else "<f8")
    body = "".join(f"{x:.0f} {y:.0f} {z:.0f}\n" for x, y, z in rows).encode() if text else rows.tobytes()
    columns = "".join(f"property {kind} {axis}\n" for axis in "xyz")
    form = "ascii" if text else "binary_little_endian"
    path.write_bytes(f"ply\nformat {form} 1.0\nelement vertex 8\n{columns}end_header\n".encode() + body)


def pcd(path: Path, size: int, text: bool = False) -> None:
    rows = WHOLE.astype(f"<f{size}")
    body = "".join(f"{x:.0f} {y:.0f} {z:.0f}\n" for x, y, z in rows).encode() if text else rows.tobytes()
    head = f"FIELDS x y z\nSIZE {size} {size} {size}\nTYPE F F F\nWIDTH 8\nHEIGHT 1\n"
    path.write_bytes(f"{head}DATA {'ascii' if text else 'binary'}\n".encode() + body)


def glb(path: Path, corners: np.ndarray, *moves: np.ndarray, scale: float = 1.0) -> None:
    scene = trimesh.Scene()
    mesh = trimesh.Trimesh(corners, FACES, process=False)
    for number, move in enumerate(moves):
        placed = np.diag([scale, scale, scale, 1.0])
        placed[:3, 3] = move
        scene.add_geometry(mesh if number == 0 else mesh.copy(), node_name=f"{number}", transform=placed)
    scene.export(path)


def off(path: Path, faces: str = "", binary: bool = False) -> None:
    rows = "".join(f"{x:.0f} {y:.0f} {z:.0f}\n" for x, y, z in WHOLE)
    text = f"OFF\n8 {faces.count(chr(10))} 0\n{rows}{faces}".encode()
    path.write_bytes(b"OFF BINARY\n" + np.array([8, 0, 0], ">i4").tobytes() + WHOLE.astype(">f4").tobytes()
                     if binary else text)  # fmt: skip


def e57(path: Path, kind: str, precision: str) -> None:
    told = f'type="Float" precision="{precision}"'
    names = ("cartesianX", "cartesianY", "cartesianZ")
    path.write_bytes(paged(e57_logical([([(n, told, WHOLE[:, i].astype(kind), 0) for i, n in enumerate(names)], "")])))


WRITTEN = {
    "single.stl": lambda path: trimesh.Trimesh(WHOLE, FACES, process=False).export(path),
    "single.glb": lambda path: glb(path, WHOLE, np.zeros(3)),
    "brought near.glb": lambda path: glb(path, WHOLE, -FAR),
    "scaled.glb": lambda path: glb(path, WHOLE / 16, np.zeros(3), scale=16),
    "single.ply": lambda path: ply(path, "float"),
    "declared.ply": lambda path: ply(path, "float", text=True),
    "single.pcd": lambda path: pcd(path, 4),
    "declared.pcd": lambda path: pcd(path, 4, text=True),
    "single.npy": lambda path: np.save(path, WHOLE.astype(np.float32)),
    "mesh.npz": lambda path: np.savez(path, vertices=WHOLE.astype(np.float32), faces=FACES),
    "binary.off": lambda path: off(path, binary=True),
    "single.e57": lambda path: e57(path, "<f4", "single"),
    # the same numbers, which nothing bent
    "double.ply": lambda path: ply(path, "double"),
    "text.ply": lambda path: ply(path, "double", text=True),
    "double.pcd": lambda path: pcd(path, 8),
    "double.npy": lambda path: np.save(path, WHOLE),
    "whole.npy": lambda path: np.save(path, WHOLE.astype(np.int64)),
    "points.off": off,
    "faces.off": lambda path: off(path, "3 0 1 2\n3 0 2 4\n"),
    "text.xyz": lambda path: np.savetxt(path, WHOLE, "%d"),
    "double.e57": lambda path: e57(path, "<f8", "double"),
    "moved away.glb": lambda path: glb(path, CUBE, FAR),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_what_the_file_stores_is_told(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    WRITTEN[name](path)
    single = list(WRITTEN).index(name) < list(WRITTEN).index("double.ply")
    assert (TOLD in read_shape(path, 16).note) == single


def test_a_small_part_is_told_where_the_whole_is_not_coarse(tmp_path: Path) -> None:
    scene = trimesh.Scene()
    scene.add_geometry(trimesh.Trimesh(WHOLE, FACES, process=False), geom_name="screw")
    scene.add_geometry(trimesh.Trimesh(WHOLE * [1, 1e4, 1], FACES, process=False), geom_name="beam")
    scene.export(tmp_path / "a.glb")
    assert "steps" not in read_shape(tmp_path / "a.glb", 16).note
    parts = {cloud.name: cloud.note for cloud in clouds_of(SourceFile(tmp_path / "a.glb", apart=True), 16)}
    assert (TOLD in parts["screw"], "steps" in parts["beam"]) == (True, False)
