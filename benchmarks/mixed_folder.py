"""A folder as engineers have them: machine parts in many formats and a ZIP, with copies of some, and damaged files.

    python -m benchmarks.mixed_folder OUT [--count 120] [--seed 0] [--plain] [--overwrite]

Formats are STL, STEP, OBJ, 3MF, PLY, GLB, OFF, LAS and, from 137 parts on, text; without --plain one file is an IGES.
Nothing in it is anyone's: every shape is made from the seed (`machine_parts`). What was planted stands in
OUT-planted.csv beside it: file, kind, and of which file it is what (identical, mirrored, rescaled, remeshed).
"""

import argparse
import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.machine_parts import KINDS, Mesh, machine_part
from pointrecon.screen import say

_TURN = np.array([[0.36, 0.48, -0.8], [-0.8, 0.6, 0.0], [0.48, 0.64, 0.6]])  # a rotation


def as_obj(mesh: Mesh) -> bytes:
    """Wavefront OBJ."""
    lines = [f"v {x:.9g} {y:.9g} {z:.9g}" for x, y, z in mesh[0].tolist()]
    lines += [f"f {a} {b} {c}" for a, b, c in (mesh[1] + 1).tolist()]
    return "\n".join(lines).encode() + b"\n"


def as_stl(mesh: Mesh) -> bytes:
    """Binary STL."""
    corners = mesh[0][mesh[1]]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30)
    rows = np.zeros(len(corners), [("numbers", "<f4", 12), ("color", "<u2")])
    rows["numbers"] = np.concatenate([normal[:, None], corners], 1).reshape(-1, 12)
    return bytes(80) + np.uint32(len(rows)).tobytes() + rows.tobytes()


def as_ply(mesh: Mesh) -> bytes:
    """Binary PLY."""
    vertices, faces = mesh
    head = f"ply\nformat binary_little_endian 1.0\nelement vertex {len(vertices)}\n"
    head += "".join(f"property double {axis}\n" for axis in "xyz")
    head += f"element face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    rows = np.zeros(len(faces), [("count", "u1"), ("corners", "<i4", 3)])
    rows["count"], rows["corners"] = 3, faces
    return head.encode() + vertices.astype("<f8").tobytes() + rows.tobytes()


def as_off(mesh: Mesh) -> bytes:
    """Object File Format."""
    lines = ["OFF", f"{len(mesh[0])} {len(mesh[1])} 0"]
    lines += [f"{x:.9g} {y:.9g} {z:.9g}" for x, y, z in mesh[0].tolist()]
    lines += [f"3 {a} {b} {c}" for a, b, c in mesh[1].tolist()]
    return "\n".join(lines).encode() + b"\n"


def as_3mf(mesh: Mesh) -> bytes:
    """3MF, in millimeters."""
    vertices = "".join(f'<vertex x="{x:.9g}" y="{y:.9g}" z="{z:.9g}"/>' for x, y, z in mesh[0].tolist())
    faces = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in mesh[1].tolist())
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><model unit="millimeter" '
        'xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"><resources><object id="1" type="model">'
        f"<mesh><vertices>{vertices}</vertices><triangles>{faces}</triangles></mesh></object></resources>"
        '<build><item objectid="1"/></build></model>'
    )
    return zipped({"3D/3dmodel.model": text.encode()})


def as_glb(mesh: Mesh) -> bytes:
    """glTF 2.0, in meters and y up, as that format has it."""
    import json

    vertices = (mesh[0][:, [0, 2, 1]] * [0.001, 0.001, -0.001]).astype("<f4")
    faces = mesh[1].astype("<u4")
    data = vertices.tobytes() + faces.tobytes()
    low, high = vertices.min(0).tolist(), vertices.max(0).tolist()
    scene = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": len(vertices), "type": "VEC3", "min": low, "max": high},
            {"bufferView": 1, "componentType": 5125, "count": faces.size, "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteLength": vertices.nbytes},
            {"buffer": 0, "byteOffset": vertices.nbytes, "byteLength": faces.nbytes},
        ],
        "buffers": [{"byteLength": len(data)}],
    }
    text = json.dumps(scene).encode()
    text += b" " * (-len(text) % 4)
    chunks = np.array([len(text)], "<u4").tobytes() + b"JSON" + text
    chunks += np.array([len(data)], "<u4").tobytes() + b"BIN\0" + data
    return b"glTF" + np.array([2, 12 + len(chunks)], "<u4").tobytes() + chunks


def as_las(mesh: Mesh) -> bytes:
    """LAS 1.2: 5,000 points of the surface, as a scanner gives them."""
    import laspy

    cloud = laspy.create(point_format=2, file_version="1.2")
    cloud.header.scales = [0.001] * 3
    cloud.x, cloud.y, cloud.z = scanned(mesh, 5000).T
    file = io.BytesIO()
    cloud.write(file)
    return file.getvalue()


def as_xyz(mesh: Mesh) -> bytes:
    """A text of 3,000 points."""
    return "\n".join(f"{x:.4f} {y:.4f} {z:.4f}" for x, y, z in scanned(mesh, 3000).tolist()).encode() + b"\n"


def scanned(mesh: Mesh, count: int) -> np.ndarray:
    """(count, 3) points drawn from the surface by area, always the same ones."""
    rng, corners = np.random.default_rng(0), mesh[0][mesh[1]]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    own = corners[rng.choice(len(corners), count, p=area / area.sum())]
    weights = rng.dirichlet(np.ones(3), count)
    return (own * weights[:, :, None]).sum(1)


def as_step(mesh: Mesh) -> bytes:
    """STEP AP214 of plane triangles, in millimeters."""
    from tests.cad_samples import step_text

    return step_text(mesh[0].tolist(), mesh[1].tolist()).encode()


def zipped(files: dict[str, bytes]) -> bytes:
    """A ZIP of files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


WRITERS: dict[str, Callable[[Mesh], bytes]] = {
    ".stl": as_stl, ".step": as_step, ".obj": as_obj, ".3mf": as_3mf, ".ply": as_ply, ".glb": as_glb, ".off": as_off,
    ".las": as_las, ".xyz": as_xyz,
}  # fmt: skip


def write_folder(out: Path, count: int, seed: int, *, plain: bool) -> None:
    """Write ``count`` parts, and unless ``plain`` copies of every eighth, an IGES, a ZIP and damaged files."""
    kinds, planted = list(KINDS), []
    for number in range(count):
        kind = kinds[number % len(kinds)]
        mesh = machine_part(kind, seed * 100_000 + number)
        suffix = list(WRITERS)[number // len(kinds) % len(WRITERS)]
        if suffix == ".step" and len(mesh[1]) > 600:
            suffix = ".stl"  # plane triangles one by one are no way to write a spring
        path = out / _folder(number) / f"{kind}_{number:04d}{suffix}"
        _write(path, WRITERS[suffix](mesh))
        if not plain and number % 8 == 0 and suffix not in (".las", ".xyz"):
            planted += _copies(out, path, mesh, number)
    if plain:
        return
    from tests.cad_samples import iges_text

    _write(out / "cad" / "cover_0001.igs", iges_text(120, 80).encode())
    sheet = machine_part("plate", seed)
    members = {f"delivery/plate_{i}.stl": as_stl(machine_part("plate", seed * 7 + i)) for i in range(4)}
    _write(out / "delivery.zip", zipped(members | {"delivery/readme.txt": b"four plates\n"}))
    _write(out / "downloads" / "cut_short.stl", as_stl(sheet)[:-1001])
    _write(out / "downloads" / "cut_short.step", as_step(sheet)[:9000])
    _write(out / "downloads" / "empty.obj", b"")
    _write(out / "downloads" / "not_a_number.ply", as_ply((sheet[0] * np.nan, sheet[1])))
    _write(out / "downloads" / "page.glb", b"<!DOCTYPE html><title>404 Not Found</title>")
    _write(out / "notes.txt", b"ask the supplier for the flanges\n")
    with open(out.with_name(out.name + "-planted.csv"), "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["file", "is", "of"], *planted])


def _copies(out: Path, path: Path, mesh: Mesh, number: int) -> list[tuple[str, str, str]]:
    """One copy of a part, of a kind that its number tells, somewhere else and under another name."""
    vertices, faces = mesh
    away = vertices @ _TURN.T + [310.0, -45.0, 12.5]
    kind, suffix, other = [
        ("identical", ".stl", (away, faces)),
        ("mirrored", ".obj", (away * [-1, 1, 1], faces[:, ::-1])),
        ("rescaled", ".stl", (vertices / 25.4, faces)),
        ("remeshed", ".ply", _finer(away, faces)),
    ][number // 8 % 4]
    copy = out / "archive" / f"old_{number:04d}{suffix}"
    _write(copy, WRITERS[suffix](other))
    return [(copy.relative_to(out).as_posix(), kind, path.relative_to(out).as_posix())]


def _finer(vertices: np.ndarray, faces: np.ndarray) -> Mesh:
    """Every triangle as four."""
    edges, of = np.unique(
        np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 3, 2), 2).reshape(-1, 2), axis=0, return_inverse=True
    )
    middle = of.reshape(-1, 3) + len(vertices)
    a, b, c = faces.T
    ab, bc, ca = middle.T
    finer = np.concatenate([np.stack(t, 1) for t in ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))])
    return np.concatenate([vertices, vertices[edges].mean(1)]), finer


def _folder(number: int) -> str:
    return ["cad", "suppliers/north", "suppliers/south", "workshop"][number % 4]


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def main() -> None:
    """Write the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=120, help="parts, beside copies and damaged files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plain", action="store_true", help="no IGES, ZIP, copies or damaged files")
    into = "write into a folder that is there: files of these names are replaced, others stay"
    parser.add_argument("--overwrite", action="store_true", help=into)
    given = parser.parse_args()
    if given.out.exists() and not given.overwrite:
        parser.error(f"'{given.out}' exists already: choose another name, or pass --overwrite")
    write_folder(given.out, given.count, given.seed, plain=given.plain)
    copies = "" if given.plain else f"; {given.out}-planted.csv tells what is a copy of what"
    say(f"written to {given.out}{copies}")


if __name__ == "__main__":
    main()
