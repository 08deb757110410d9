"""Small good files of every format that is read: what mutated files begin from."""

import io
import json
import struct
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from cad_samples import iges_text, step_text
from e57_samples import e57_logical, paged

# a wedge: five vertices, a quad and four triangles
VERTICES = np.array([[0, 0, 0], [2, 0, 0], [2, 1, 0], [0, 1, 0], [1, 0.5, 1.4]], np.float32)
POLYGONS = [[0, 3, 2, 1], [0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]]
TRIANGLES = np.array([[0, 3, 2], [0, 2, 1], *POLYGONS[1:]], np.uint32)
E57_NAMES = ("cartesianX", "cartesianY", "cartesianZ")
_RNG = np.random.default_rng(0)
CLOUD = _RNG.normal(size=(40, 3)).astype(np.float32)
COLOR = _RNG.integers(0, 256, (40, 3), dtype=np.uint8)
NORMALS = (CLOUD / np.linalg.norm(CLOUD, axis=1, keepdims=True)).astype(np.float32)


def good_files() -> dict[str, list[bytes]]:
    """Suffix -> contents of good files with it; those of optional packages only where they are installed."""
    made = {
        ".obj": [_obj(), _obj(negative=True)],
        ".off": [_off(""), _off("C")],
        ".stl": [_stl_binary(), _stl_text()],
        ".ply": [_ply("ascii"), _ply("binary_little_endian"), _ply("binary_big_endian"), _ply_cloud()],
        ".glb": [_glb()],
        ".gltf": [_gltf()],
        ".xyz": [_text(CLOUD)],
        ".txt": [_text(np.hstack([CLOUD, COLOR]), "x y z r g b"), _text(np.hstack([CLOUD, NORMALS]))],
        ".csv": [_text(np.hstack([CLOUD, COLOR]), "X [m],Y [m],Z [m],red,green,blue", ",")],
        ".pts": [f"{len(CLOUD)}\n".encode() + _text(np.hstack([CLOUD, COLOR[:, :1], COLOR]))],
        ".asc": [_text(CLOUD, "//X Y Z", ";").replace(b".", b",")],
        ".ptx": [
            b"40\n1\n"
            + b"0 0 0\n" * 4
            + b"1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n"
            + _text(np.hstack([CLOUD, CLOUD[:, :1]]))
        ],
        ".pcd": [_pcd("ascii"), _pcd("binary")],
        ".e57": [_e57()],
        ".3mf": [_3mf(8), _3mf(0)],
        ".npy": [_written(lambda file: np.save(file, CLOUD)), _written(lambda file: np.save(file, CLOUD.T))],
        ".npz": [
            _written(lambda file: np.savez(file, points=CLOUD, color=COLOR, normals=NORMALS)),
            _written(lambda file: np.savez_compressed(file, points=CLOUD[None].repeat(3, 0), label=[0, 1, 0])),
        ],
    }
    for suffix, make in ((".h5", _hdf5), (".las", _las), (".laz", _las), (".step", _step), (".iges", _iges)):
        try:
            made[suffix] = [make(suffix)]
        except ImportError:
            continue
    return made


def _obj(negative: bool = False) -> bytes:
    lines = ["mtllib none.mtl", "o wedge", *(f"v {x:g} {y:g} {z:g}" for x, y, z in VERTICES.tolist())]
    lines += ["vt 0 0", "vt 1 0.5", "vn 0 0 1", "usemtl red"]
    lines += ["f " + " ".join(f"{i - 5 if negative else i + 1}/1/1" for i in polygon) for polygon in POLYGONS]
    return "\n".join([*lines, "l 1 2", ""]).encode()


def _off(kind: str) -> bytes:
    color = " 255 0 0 255" if kind == "C" else ""
    lines = [f"{kind}OFF", "# a wedge", f"{len(VERTICES)} {len(POLYGONS)} 0"]
    lines += [f"{x:g} {y:g} {z:g}{color}" for x, y, z in VERTICES.tolist()]
    lines += [f"{len(p)} {' '.join(map(str, p))} 10 20 30" for p in POLYGONS]
    return "\n".join([*lines, ""]).encode()


def _stl_binary() -> bytes:
    facets = np.zeros(len(TRIANGLES), [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("color", "<u2")])
    facets["corners"] = VERTICES[TRIANGLES]
    return b"wedge".ljust(80, b"\0") + struct.pack("<I", len(facets)) + facets.tobytes()


def _stl_text() -> bytes:
    lines = ["solid wedge"]
    for corners in VERTICES[TRIANGLES].tolist():
        lines += ["facet normal 0 0 0", "outer loop", *(f"vertex {x:e} {y:e} {z:e}" for x, y, z in corners)]
        lines += ["endloop", "endfacet"]
    return "\n".join([*lines, "endsolid wedge", ""]).encode()


def _ply(kind: str) -> bytes:
    header = [
        *("ply", f"format {kind} 1.0", "comment a wedge", f"element vertex {len(VERTICES)}"),
        *(f"property float {axis}" for axis in "xyz"),
        *(f"property uchar {name}" for name in ("red", "green", "blue")),
        *(f"element face {len(POLYGONS)}", "property list uchar int vertex_indices", "end_header"),
    ]
    start = "\n".join([*header, ""]).encode()
    if kind == "ascii":
        rows = [f"{x:g} {y:g} {z:g} 255 0 7" for x, y, z in VERTICES.tolist()]
        rows += [" ".join(map(str, [len(p), *p])) for p in POLYGONS]
        return start + "\n".join([*rows, ""]).encode()
    order = "<" if "little" in kind else ">"
    body = b"".join(struct.pack(f"{order}fff3B", *vertex, 255, 0, 7) for vertex in VERTICES.tolist())
    return start + body + b"".join(struct.pack(f"{order}B{len(p)}i", len(p), *p) for p in POLYGONS)


def _ply_cloud() -> bytes:
    header = ["ply", "format binary_little_endian 1.0", f"element vertex {len(CLOUD)}"]
    header += [f"property float {name}" for name in ("x", "y", "z", "nx", "ny", "nz")]
    return "\n".join([*header, "end_header", ""]).encode() + np.hstack([CLOUD, NORMALS]).tobytes()


def _scene(buffer: dict) -> dict:
    views = [
        {"buffer": 0, "byteOffset": 0, "byteLength": VERTICES.nbytes},
        {"buffer": 0, "byteOffset": VERTICES.nbytes, "byteLength": TRIANGLES.nbytes},
    ]
    low, high = VERTICES.min(0).tolist(), VERTICES.max(0).tolist()
    return {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "translation": [1, 2, 3], "children": [1]}, {"mesh": 0, "scale": [2, 2, 2]}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "mode": 4, "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorFactor": [1, 0, 0, 1]}}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 5, "type": "VEC3", "min": low, "max": high},
            {"bufferView": 1, "componentType": 5125, "count": TRIANGLES.size, "type": "SCALAR"},
        ],
        "bufferViews": views,
        "buffers": [buffer],
    }


def _glb() -> bytes:
    binary = VERTICES.tobytes() + TRIANGLES.tobytes()
    text = json.dumps(_scene({"byteLength": len(binary)})).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def _gltf() -> bytes:
    import base64

    binary = VERTICES.tobytes() + TRIANGLES.tobytes()
    uri = "data:application/octet-stream;base64," + base64.b64encode(binary).decode()
    return json.dumps(_scene({"byteLength": len(binary), "uri": uri})).encode()


def _text(values: np.ndarray, header: str = "", between: str = " ") -> bytes:
    rows = [between.join(f"{value:g}" for value in row) for row in values.tolist()]
    return "\n".join([*([header] if header else []), *rows, ""]).encode()


def _pcd(kind: str) -> bytes:
    header = ["# .PCD v0.7", "VERSION 0.7", "FIELDS x y z", "SIZE 4 4 4", "TYPE F F F", "COUNT 1 1 1"]
    header += [f"WIDTH {len(CLOUD)}", "HEIGHT 1", "VIEWPOINT 0 0 0 1 0 0 0", f"POINTS {len(CLOUD)}", f"DATA {kind}", ""]
    return "\n".join(header).encode() + (_text(CLOUD) if kind == "ascii" else CLOUD.tobytes())


def _e57() -> bytes:
    columns = [(name, 'type="Float"', CLOUD[:, i].astype("<f8"), 0) for i, name in enumerate(E57_NAMES)]
    return paged(e57_logical([(columns, "")]))


def _3mf(method: int) -> bytes:
    vertices = "".join(f'<vertex x="{x:g}" y="{y:g}" z="{z:g}"/>' for x, y, z in VERTICES.tolist())
    faces = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}" pid="1" p1="0"/>' for a, b, c in TRIANGLES.tolist())
    space = 'xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"'
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><model unit="inch" {space}><resources>'
        '<basematerials id="1"><base name="red" displaycolor="#FF0000"/></basematerials><object id="2"><mesh>'
        f'<vertices>{vertices}</vertices><triangles>{faces}</triangles></mesh></object><object id="3"><components>'
        '<component objectid="2"/><component objectid="2" transform="1 0 0 0 1 0 0 0 1 5 0 0"/></components></object>'
        '</resources><build><item objectid="3"/></build></model>'
    )

    def write(file: io.BytesIO) -> None:
        with zipfile.ZipFile(file, "w", method) as archive:
            archive.writestr("3D/3dmodel.model", text)

    return _written(write)


def _written(write: Callable[[io.BytesIO], None]) -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def _hdf5(suffix: str) -> bytes:
    import h5py

    def write(file: io.BytesIO) -> None:
        with h5py.File(file, "w") as content:
            content["data"], content["normal"] = CLOUD, NORMALS

    return _written(write)


def _las(suffix: str) -> bytes:
    import laspy

    cloud = laspy.create(point_format=2, file_version="1.2")
    cloud.header.scales = [0.001] * 3
    cloud.x, cloud.y, cloud.z = CLOUD.T
    cloud.red, cloud.green, cloud.blue = COLOR.T.astype(np.uint16) * 257
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "cloud" + suffix)
        cloud.write(str(path))
        return path.read_bytes()


def _step(suffix: str) -> bytes:
    import cascadio  # noqa: F401

    return step_text(VERTICES.tolist(), POLYGONS, color=(0.5, 0.25, 1)).encode()


def _iges(suffix: str) -> bytes:
    import cascadio  # noqa: F401

    return iges_text(3, 2).encode()
