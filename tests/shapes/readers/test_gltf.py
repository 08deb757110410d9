"""glTF as the specification means it: each way to place, pose, pack and color a mesh gives the shape that is drawn."""

import base64
import json
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.shapes.readers.read import read_file, read_shape
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.surface import Surface, colors_at
from surfaces import area, middle_colors

# a tetrahedron whose sides all look outward
CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3]], "<f4")
SIDES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], "<u2")
AREA = 0.5 * (2 + 3 + 6 + 7)
KINDS = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}
WIDTHS = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}


class Made:
    """A small glTF file in the making."""

    def __init__(self) -> None:
        self.json: dict[str, Any] = {"asset": {"version": "2.0"}, "accessors": [], "bufferViews": []}
        self.binary = b""

    def view(self, content: bytes, **more: Any) -> int:
        self.binary += b"\0" * (-len(self.binary) % 4)
        self.json["bufferViews"].append(
            {"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(content), **more}
        )
        self.binary += content
        return len(self.json["bufferViews"]) - 1

    def accessor(self, values: Any, dtype: str = "<f4", **more: Any) -> int:
        values = np.asarray(values, dtype)
        width = 1 if values.ndim == 1 else values.shape[1]
        self.json["accessors"].append(
            {
                **{"bufferView": self.view(values.tobytes()), "componentType": KINDS[dtype[-2:]]},
                **{"count": len(values), "type": WIDTHS[width], **more},
            }
        )
        return len(self.json["accessors"]) - 1

    def primitive(self, points: Any = CORNERS, faces: Any = SIDES, **more: Any) -> dict[str, Any]:
        made: dict[str, Any] = {"attributes": {"POSITION": self.accessor(points), **more.pop("attributes", {})}, **more}
        if faces is not None:
            made["indices"] = self.accessor(np.asarray(faces).ravel(), "<u2")
        return made

    def scene(self, *nodes: dict[str, Any], **lists: Any) -> "Made":
        self.json |= {"nodes": list(nodes), "scenes": [{"nodes": list(range(len(nodes)))}], "scene": 0, **lists}
        return self

    def glb(self, path: Path) -> Path:
        self.json["buffers"] = [{"byteLength": len(self.binary)}]
        path.write_bytes(packed(json.dumps(self.json).encode(), self.binary))
        return path


def packed(text: bytes, binary: bytes) -> bytes:
    chunks = b""
    for kind, content, pad in ((b"JSON", text, b" "), (b"BIN\0", binary, b"\0")):
        content += pad * (-len(content) % 4)
        chunks += struct.pack("<I", len(content)) + kind + content
    return struct.pack("<4sII", b"glTF", 2, len(chunks) + 12) + chunks


def one(made: Made, **more: Any) -> Made:
    """A scene of one mesh at one node."""
    return made.scene({"mesh": 0, **more}, meshes=[{"primitives": [made.primitive()]}])


def read(made: Made, folder: Path) -> Surface:
    shape = read_file(SourceFile(made.glb(folder / "a.glb")))
    assert isinstance(shape, Surface)
    return shape


def volume(shape: Surface) -> float:
    """Below zero where faces look inward."""
    a, b, c = shape.triangles.transpose(1, 0, 2)
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def extent(shape: Surface) -> list[float]:
    return np.ptp(shape.triangles.reshape(-1, 3), axis=0).round(4).tolist()


def colors(shape: Surface) -> list[list[int]]:
    """At the middle of each face."""
    found = middle_colors(shape)
    assert found is not None
    return [list(color) for color in found]


def test_a_mesh_and_what_the_format_prescribes(tmp_path: Path) -> None:
    shape = read(one(Made()), tmp_path)
    assert area(shape) == pytest.approx(AREA)
    assert volume(shape) == pytest.approx(1)
    assert shape.notes == []
    assert shape.facts == {"unit": "m", "up": "y", "up_source": "format"}
    assert all(piece.paint is None for piece in shape.pieces)  # it names no color


HALF_TURN = [0, 0, 2**0.5 / 2, 2**0.5 / 2]  # about z, by 90 degrees


@pytest.mark.parametrize(
    ("nodes", "size", "content"),
    [
        ([{"mesh": 0, "scale": [2, 1, 1]}], [2, 2, 3], 2),
        ([{"mesh": 0, "scale": [-1, 1, 1]}], [1, 2, 3], 1),  # mirrored, and its outside still is outside
        ([{"mesh": 0, "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, -2, 0, 5, 6, 7, 1]}], [1, 2, 6], 2),
        ([{"mesh": 0, "rotation": HALF_TURN, "scale": [3, 1, 1]}], [2, 3, 3], 3),
        ([{"scale": [2, 2, 2], "children": [1]}, {"mesh": 0, "translation": [9, 9, 9]}], [2, 4, 6], 8),
        ([{"children": [1, 2]}, {"mesh": 0}, {"mesh": 0, "translation": [9, 0, 0]}], [10, 2, 3], 2),
        ([{"mesh": 0}, {"mesh": 0, "scale": [0, 0, 0], "translation": [9, 0, 0]}], [1, 2, 3], 1),
        ([{"mesh": 0}, {"mesh": 0, "extensions": {"KHR_node_visibility": {"visible": False}}}], [1, 2, 3], 1),
    ],
)
def test_nodes_place_their_meshes(
    tmp_path: Path, nodes: list[dict[str, Any]], size: list[float], content: float
) -> None:
    made = Made()
    shape = read(made.scene(*nodes, meshes=[{"primitives": [made.primitive()]}]), tmp_path)
    assert extent(shape) == size
    assert volume(shape) == pytest.approx(content, abs=1e-4)


def test_only_the_scene_is_drawn(tmp_path: Path) -> None:
    made = Made()
    meshes = [{"primitives": [made.primitive(CORNERS * size)]} for size in (1, 2, 4)]
    made.scene({"mesh": 0}, {"mesh": 1}, meshes=meshes)
    made.json |= {"scenes": [{"nodes": [0]}, {"nodes": [1]}], "scene": 1}
    shape = read(made, tmp_path)
    assert extent(shape) == [2, 4, 6]
    assert shape.notes == [
        "it has 2 scenes, the default one is read",
        "2 of its 3 meshes left out, which the scene does not draw",
    ]
    del made.json["scene"]
    assert extent(read(made, tmp_path)) == [1, 2, 3]
    del made.json["scenes"]
    assert volume(read(made, tmp_path)) == pytest.approx(1 + 8)
    del made.json["nodes"]
    assert volume(read(made, tmp_path)) == pytest.approx(1 + 8 + 64)


def test_instances(tmp_path: Path) -> None:
    made = Made()
    attributes = {
        "TRANSLATION": made.accessor([[0, 0, 0], [5, 0, 0]]),
        "ROTATION": made.accessor([[0, 0, 0, 127], [0, 0, 90, 90]], "<i1", normalized=True),
        "SCALE": made.accessor([[1, 1, 1], [-2, 1, 1]]),
    }
    node = {"mesh": 0, "extensions": {"EXT_mesh_gpu_instancing": {"attributes": attributes}}}
    shape = read(one(made, **node), tmp_path)
    assert volume(shape) == pytest.approx(3)
    assert extent(shape) == pytest.approx([5, 4, 3])
    colored = Made()
    attributes = {
        "TRANSLATION": colored.accessor([[0, 0, 0], [5, 0, 0]]),
        "SCALE": colored.accessor([[1, 1, 1], [1, -1, 1]]),
    }
    node["extensions"] = {"EXT_mesh_gpu_instancing": {"attributes": attributes}}
    one(colored, **node)
    shades = colored.accessor([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]])
    colored.json["meshes"][0]["primitives"][0]["attributes"]["COLOR_0"] = shades
    shape = read(colored, tmp_path)
    corner = np.tile([0.0, 1.0, 0.0], (8, 1))  # the second corner of each face, which mirrored is the third
    found = colors_at(shape, np.arange(8), corner)
    assert found is not None
    shade = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [0, 0, 0]])
    assert found.tolist() == [*shade[SIDES[:, 1]].tolist(), *shade[SIDES[:, 2]].tolist()]


STRIP = [[0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 0], [2, 0, 0]]


@pytest.mark.parametrize(
    ("mode", "points", "indices", "size"),
    [
        (5, STRIP, None, 1.5),
        (5, STRIP, [0, 1, 2, 3, 4], 1.5),
        (5, STRIP, [0, 1, 2, 65535, 1, 3, 2], 1),  # begun anew
        (5, STRIP, [0, 1, 2, 2, 2, 3, 4], 1),  # joined by faces of no area
        (6, [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], None, 1),
        (6, [[9, 9, 9], [0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], [1, 2, 3, 4], 1),
        (4, CORNERS[SIDES.ravel()], None, AREA),
    ],
)
def test_strips_and_fans(tmp_path: Path, mode: int, points: Any, indices: Any, size: float) -> None:
    made = Made()
    shape = read(
        made.scene({"mesh": 0}, meshes=[{"primitives": [made.primitive(points, indices, mode=mode)]}]), tmp_path
    )
    assert area(shape) == pytest.approx(size)
    flat = np.cross(shape.triangles[:, 1] - shape.triangles[:, 0], shape.triangles[:, 2] - shape.triangles[:, 0])[:, 2]
    if mode == 5:
        assert (flat < 0).all()  # all wound as the first one
    if mode == 6:
        assert (flat > 0).all()


def test_points_and_lines(tmp_path: Path) -> None:
    made = Made()
    extra = {
        "COLOR_0": made.accessor([[255, 0, 10, 255]] * 4, "<u1", normalized=True),
        "NORMAL": made.accessor([[0, 0.6, 0.8]] * 4),
    }
    dots = made.primitive(faces=None, mode=0, attributes=extra)
    lines = [made.primitive(faces=None, mode=mode) for mode in (1, 2, 3)]
    shape = read(made.scene({"mesh": 0, "scale": [1, 2, 1]}, meshes=[{"primitives": [dots, *lines]}]), tmp_path)
    assert not shape.pieces
    assert shape.loose is not None
    assert shape.loose.points.tolist() == (CORNERS * [1, 2, 1]).tolist()
    assert shape.loose.color is not None
    assert shape.loose.color[0].tolist() == [255, 0, 10]
    assert shape.loose.normals is not None
    np.testing.assert_allclose(shape.loose.normals[0], np.array([0, 0.3, 0.8]) / np.hypot(0.3, 0.8))
    assert shape.notes == ["9 lines left out"]
    made.json["meshes"].append({"primitives": [made.primitive()]})
    made.scene({"mesh": 0}, {"mesh": 1})
    assert read(made, tmp_path).notes == ["4 points beside its faces left out", "9 lines left out"]
    made.json["meshes"] = [{"primitives": lines}]
    made.scene({"mesh": 0})
    with pytest.raises(InputError, match="no faces and no points .9 lines left out"):
        read(made, tmp_path)


def test_how_numbers_are_stored(tmp_path: Path) -> None:
    made = one(Made())
    primitive = made.json["meshes"][0]["primitives"][0]
    quantized = np.rint(CORNERS / 3 * 32767)
    rows = np.zeros((4, 4), "<i2")
    rows[:, :3] = quantized
    view = made.view(rows.tobytes(), byteStride=8)
    made.json["accessors"].append(
        {"bufferView": view, "componentType": 5122, "count": 4, "type": "VEC3", "normalized": True}
    )
    primitive["attributes"]["POSITION"] = len(made.json["accessors"]) - 1
    assert extent(read(made, tmp_path)) == pytest.approx([1 / 3, 2 / 3, 1], abs=1e-4)
    del made.json["accessors"][-1]["normalized"]
    assert extent(read(made, tmp_path)) == pytest.approx([10922, 21845, 32767])
    for dtype in ("<u1", "<u4"):
        primitive["indices"] = made.accessor(SIDES.ravel(), dtype)
        assert len(read(made, tmp_path).triangles) == 4


def test_sparse_accessors(tmp_path: Path) -> None:
    made = one(Made())
    sparse = {
        "count": 2,
        "indices": {"bufferView": made.view(np.array([1, 3], "<u2").tobytes()), "componentType": 5123},
        "values": {"bufferView": made.view(np.array([[7, 0, 0], [0, 0, 8]], "<f4").tobytes())},
    }
    made.json["accessors"][0]["sparse"] = sparse
    assert extent(read(made, tmp_path)) == [7, 2, 8]
    del made.json["accessors"][0]["bufferView"]  # the rest is zero
    assert extent(read(made, tmp_path)) == [7, 0, 8]
    sparse["indices"]["bufferView"] = made.view(np.array([1, 4], "<u2").tobytes())  # type: ignore[index]
    with pytest.raises(InputError, match="accessor 0 replaces value 4 of 4 values"):
        read(made, tmp_path)


def test_morph_targets_and_skins_pose_the_mesh(tmp_path: Path) -> None:
    made = one(Made())
    mesh = made.json["meshes"][0]
    mesh |= {"weights": [0.5, 0]}
    mesh["primitives"][0]["targets"] = [{"POSITION": made.accessor([[0, 0, 0]] * 3 + [[0, 0, 4]])}, {}]
    assert extent(read(made, tmp_path)) == [1, 2, 5]
    made.json["nodes"][0]["weights"] = [1, 0]
    assert extent(read(made, tmp_path)) == [1, 2, 7]

    made = one(Made(), skin=0, translation=[50, 0, 0])
    made.json["nodes"] += [{"children": [2], "translation": [0, 1, 0]}, {"scale": [2, 2, 2]}]
    back = np.tile(np.eye(4), (2, 1, 1))
    back[:, 3, 1] = -1  # stored by columns
    made.json["skins"] = [{"joints": [1, 2], "inverseBindMatrices": made.accessor(back.reshape(2, 16))}]
    made.json["scenes"] = [{"nodes": [0, 1]}]
    made.json["meshes"][0]["primitives"][0]["attributes"] |= {
        "JOINTS_0": made.accessor([[0, 9, 0, 0], [0, 9, 0, 0], [0, 9, 0, 0], [1, 0, 9, 9]], "<u1"),
        "WEIGHTS_0": made.accessor(
            [[255, 0, 0, 0], [255, 0, 0, 0], [0, 0, 0, 0], [127, 127, 0, 0]], "<u1", normalized=True
        ),
    }
    shape = read(made, tmp_path)
    # the last corner goes half with the joint that doubles: (0, -1, 3) * 2 + (0, 1, 0), and stays half
    assert shape.pieces[0].vertices.tolist() == pytest.approx(np.array([*CORNERS[:3].tolist(), [0, -0.5, 4.5]]))


RED, BLUE = {"baseColorFactor": [1, 0, 0, 1]}, {"baseColorFactor": [0, 0, 0.2, 1]}


def test_colors_of_materials_and_vertices(tmp_path: Path) -> None:
    made = Made()
    parts = [made.primitive(material=0), made.primitive(material=1), made.primitive(material=2), made.primitive()]
    made.scene({"mesh": 0}, meshes=[{"primitives": parts}])
    gloss = {"KHR_materials_pbrSpecularGlossiness": {"diffuseFactor": [0, 1, 0, 1]}}
    made.json["materials"] = [{"pbrMetallicRoughness": RED}, {"pbrMetallicRoughness": BLUE}, {"extensions": gloss}]
    wanted = [[255, 0, 0]] * 4 + [[0, 0, 51]] * 4 + [[0, 255, 0]] * 4 + [[255, 255, 255]] * 4
    assert colors(read(made, tmp_path)) == wanted
    for values, dtype in (([0.2, 0.4, 1], "<f4"), ([51, 102, 255, 9], "<u1"), ([13107, 26214, 65535], "<u2")):
        shade = made.accessor([values] * 4, dtype, normalized=dtype != "<f4")
        for part in parts:
            part["attributes"]["COLOR_0"] = shade
        assert colors(read(made, tmp_path))[::4] == [[51, 0, 0], [0, 0, 51], [0, 102, 0], [51, 102, 255]]


def textured(folder: Path, uv: Any, *, info: Any = None, **texture: Any) -> Made:
    """All corners at one place of a picture, 4 wide and 2 high, whose red is 50 times the column, green the row."""
    image = pytest.importorskip("PIL.Image")
    picture = np.zeros((2, 4, 3), np.uint8)
    picture[..., 0], picture[..., 1] = 50 * np.arange(4), 50 * np.arange(2)[:, None]
    for suffix in ("png", "webp"):
        image.fromarray(picture).save(folder / f"a {suffix}.{suffix}", lossless=True)
    made = one(Made())
    attributes = made.json["meshes"][0]["primitives"][0]["attributes"]
    attributes |= {"TEXCOORD_0": made.accessor([[0, 0]] * 4), "TEXCOORD_1": made.accessor([uv] * 4)}
    made.json["meshes"][0]["primitives"][0]["material"] = 0
    made.json |= {
        "images": [{"uri": "a%20png.png"}, {"bufferView": made.view((folder / "a webp.webp").read_bytes())}],
        "textures": [{"source": 0, **texture}],
        "samplers": [{"wrapS": 33071, "wrapT": 33648}],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0, "texCoord": 1, **(info or {})}}}],
    }
    return made


def transform(**how: Any) -> dict[str, Any]:
    return {"extensions": {"KHR_texture_transform": how}}


@pytest.mark.parametrize(
    ("uv", "info", "texture", "color"),
    [
        ([0.6, 0.2], {}, {}, [100, 0, 0]),
        ([0.6, 0.7], {}, {}, [100, 50, 0]),
        ([2.6, -0.2], {}, {}, [100, 50, 0]),
        ([2.6, -0.2], {}, {"sampler": 0}, [150, 0, 0]),  # the edge, and mirrored
        ([0.6, 0.7], {"texCoord": 0}, {}, [0, 0, 0]),
        ([0.6, 0.7], {}, {"source": None, "extensions": {"EXT_texture_webp": {"source": 1}}}, [100, 50, 0]),
        ([0.1, 0.2], transform(offset=[0.5, 0.5]), {}, [100, 50, 0]),
        ([0.3, 0.2], transform(scale=[2, 3], texCoord=1), {}, [100, 50, 0]),
        ([0.2, 0.6], transform(rotation=np.pi / 2), {}, [100, 50, 0]),  # to (0.6, -0.2)
    ],
)
def test_pictures(tmp_path: Path, uv: Any, info: Any, texture: Any, color: list[int]) -> None:
    made = textured(tmp_path, uv, info=info, **texture)
    assert colors(read(made, tmp_path)) == [color] * 4
    material = made.json["materials"][0]["pbrMetallicRoughness"]
    material["baseColorFactor"] = [0.5, 1, 1, 1]
    assert colors(read(made, tmp_path)) == [[color[0] // 2, *color[1:]]] * 4
    shades = made.accessor([[1, 0, 1]] * 4)
    made.json["meshes"][0]["primitives"][0]["attributes"]["COLOR_0"] = shades
    assert colors(read(made, tmp_path)) == [[color[0] // 2, 0, 0]] * 4


def test_pictures_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    made = textured(tmp_path, [0, 0])
    made.json["images"][0]["uri"] = "gone.png"
    shape = read(made, tmp_path)
    assert shape.notes == ["1 picture not read ('gone.png', which it names, is not there)"]
    assert area(shape) == pytest.approx(AREA)
    (tmp_path / "gone.png").write_bytes(b"no picture")
    assert read(made, tmp_path).notes == ["1 picture not read (no picture of a known kind)"]
    made.json["images"][0]["uri"] = "../gone.png"
    with pytest.raises(InputError, match="outside the folder"):
        read(made, tmp_path)


def test_gltf_with_files_beside_it_or_data_in_it(tmp_path: Path) -> None:
    made = one(Made())
    (tmp_path / "my data.bin").write_bytes(made.binary)
    whole = "data:application/octet-stream;base64," + base64.b64encode(made.binary).decode()
    escaped = "data:," + "".join(f"%{byte:02x}" for byte in made.binary)
    for uri in ("my%20data.bin", "my data.bin", whole, whole.rstrip("="), escaped):
        made.json["buffers"] = [{"uri": uri, "byteLength": len(made.binary)}]
        text = json.dumps(made.json).encode()
        for content in (text, b"\xef\xbb\xbf" + text):
            (tmp_path / "a.gltf").write_bytes(content)
            shape = read_file(SourceFile(tmp_path / "a.gltf"))
            assert isinstance(shape, Surface)
            assert area(shape) == pytest.approx(AREA)
    for uri, why in (("gone.bin", "'gone.bin', which it names, is not there"), ("../a.bin", "outside the folder")):
        made.json["buffers"] = [{"uri": uri, "byteLength": len(made.binary)}]
        (tmp_path / "a.gltf").write_text(json.dumps(made.json))
        with pytest.raises(InputError, match=why):
            read_file(SourceFile(tmp_path / "a.gltf"))


def draco(made: Made, **more: Any) -> dict[str, Any]:
    """A primitive packed with Draco: the tetrahedron with a color for each corner."""
    packing = pytest.importorskip("DracoPy")
    colors = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]], np.uint8)
    content = packing.encode(CORNERS, SIDES.astype(np.uint32), colors=colors, quantization_bits=20)
    found = {one["attribute_type"]: one["unique_id"] for one in packing.decode(content).attributes}
    kinds = [(5126, "VEC3", {}), (5121, "VEC3", {"normalized": True}), (5123, "SCALAR", {})]
    made.json["accessors"] = [{"componentType": c, "type": kind, "count": 4, **rest} for c, kind, rest in kinds]
    packed_as = {"bufferView": made.view(content), "attributes": {"POSITION": found[0], "COLOR_0": found[2]}}
    made.json["extensionsRequired"] = ["KHR_draco_mesh_compression"]
    plain = {"attributes": {"POSITION": 0, "COLOR_0": 1}, "indices": 2}
    return {**plain, **more, "extensions": {"KHR_draco_mesh_compression": packed_as}}


def test_draco(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Made()
    primitive = draco(made)
    beside = made.primitive(CORNERS + 10)
    made.scene({"mesh": 0, "scale": [2, 2, 2]}, {"mesh": 1}, meshes=[{"primitives": [p]} for p in (primitive, beside)])
    for mode in (4, 5):  # a list or strips of triangles: what is packed are triangles
        primitive["mode"] = mode
        shape = read(made, tmp_path)
        assert area(shape) == pytest.approx(5 * AREA, rel=1e-4)
        corners = [shape.pieces[0].vertices[shape.pieces[0].faces[face]].sum() for face in range(4)]
        assert sorted(corners) == pytest.approx([6, 8, 10, 12], abs=1e-3)
        color = colors_at(shape, np.repeat(np.arange(4), 3), np.tile(np.eye(3), (4, 1)))
        assert color is not None
        assert {*map(tuple, color.tolist())} == {(255, 0, 0), (0, 255, 0), (0, 0, 255), (9, 9, 9)}
    del primitive["indices"]
    assert len(read(made, tmp_path).triangles) == 8
    attributes = primitive["extensions"]["KHR_draco_mesh_compression"]["attributes"]
    attributes["POSITION"] = 77
    with pytest.raises(InputError, match="packed lacks POSITION"):
        read(made, tmp_path)
    del attributes["POSITION"]
    with pytest.raises(InputError, match="accessor 0 of a mesh has no data"):
        read(made, tmp_path)
    monkeypatch.setitem(sys.modules, "DracoPy", None)
    with pytest.raises(InputError, match="KHR_draco_mesh_compression, which needs 'DracoPy': pip install"):
        read(made, tmp_path)


def test_damaged_draco(tmp_path: Path) -> None:
    made = Made()
    primitive = draco(made)
    made.scene({"mesh": 0}, meshes=[{"primitives": [primitive]}])
    made.binary = made.binary[:20] + b"\xff" * (len(made.binary) - 20)
    with pytest.raises(InputError, match="what KHR_draco_mesh_compression packed is damaged"):
        read(made, tmp_path)


def test_packed_meshes_are_read_only_beside_plain_data(tmp_path: Path) -> None:
    made = one(Made())
    primitive = made.json["meshes"][0]["primitives"][0]
    primitive["extensions"] = {"KHR_draco_mesh_compression": {"bufferView": 0, "attributes": {"POSITION": 0}}}
    assert area(read(made, tmp_path)) == pytest.approx(AREA)
    del made.json["accessors"][0]["bufferView"]
    del primitive["extensions"]
    with pytest.raises(InputError, match="accessor 0 of a mesh has no data"):
        read(made, tmp_path)
    made = one(Made())
    made.json["bufferViews"][0]["extensions"] = {"EXT_meshopt_compression": {"buffer": 0}}
    assert area(read(made, tmp_path)) == pytest.approx(AREA)
    made.json["bufferViews"][0]["buffer"] = 1
    path = made.glb(tmp_path / "b.glb")
    made.json["buffers"].append({"byteLength": 99, "extensions": {"EXT_meshopt_compression": {"fallback": True}}})
    path.write_bytes(packed(json.dumps(made.json).encode(), made.binary))
    with pytest.raises(InputError, match="packed with EXT_meshopt_compression"):
        read_file(SourceFile(path))


def changed(**entries: Any) -> Any:
    return lambda made: made.json.update(entries)


def accessor_with(index: int, **entries: Any) -> Any:
    return lambda made: made.json["accessors"][index].update(entries)


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (changed(asset={"version": "1.0"}), "it is glTF 1.0, and only glTF 2.0 is read"),
        (changed(asset={"version": "3.0"}), "it is glTF 3.0"),
        (changed(asset={"version": "2.1", "minVersion": "2.1"}), "it is glTF 2.1"),
        (changed(asset={}), "does not say which version"),
        (changed(extensionsRequired=["KHR_materials_unlit", "ACME_blobs"]), "requires ACME_blobs, not read here"),
        (changed(nodes=[{"mesh": 0, "children": [0]}]), "in a circle"),
        (changed(nodes=[{"children": [1]}, {"children": [2]}, {"mesh": 0, "children": [0]}]), "in a circle"),
        (changed(nodes=[{"children": [2]}, {"children": [2]}, {"mesh": 0}]), "has two parents"),
        (changed(nodes=[{"mesh": 3}]), "names meshes 3, but has 1"),
        (changed(nodes=[{"mesh": -1}]), "names meshes -1"),
        (changed(nodes=[{"mesh": 0, "scale": [0, 0, 0]}]), "1 part left out, scaled to nothing"),
        (changed(nodes=[{}]), "draws no faces and no points"),
        (changed(nodes=[{"mesh": 0, "translation": [1, 2]}]), "no readable GLB"),
        (changed(nodes=[{"mesh": 0, "scale": [1e999, 1, 1]}]), "NaN or infinite"),
        (changed(accessors=[]), "names accessors 0, but has 0"),
        (accessor_with(0, count=5), "accessor 0 needs 60 bytes, its bufferView has 48"),
        (accessor_with(0, count=10**12), "accessor 0 needs 12000000000000 bytes"),
        (accessor_with(0, count=-1), "no readable GLB"),
        (accessor_with(0, byteOffset=4), "accessor 0 needs 52 bytes"),
        (accessor_with(0, type="VEC2"), "accessor 0 is of type VEC2"),
        (accessor_with(1, componentType=5126, count=6), "holds no indices"),
    ],
)
def test_what_is_refused(tmp_path: Path, damage: Any, why: str) -> None:
    made = one(Made())
    damage(made)
    with pytest.raises(InputError) as caught:
        read(made, tmp_path)
    assert why in str(caught.value)
    assert str(tmp_path / "a.glb") in str(caught.value)


def test_cut_short_or_longer(tmp_path: Path) -> None:
    path = one(Made()).glb(tmp_path / "a.glb")
    content = path.read_bytes()
    for size in (8, 11, 40, len(content) - 1):
        path.write_bytes(content[:size])
        with pytest.raises(InputError, match="cut short"):
            read_file(SourceFile(path))
    path.write_bytes(content + b"behind the end")
    assert isinstance(read_file(SourceFile(path)), Surface)
    made = one(Made())
    (tmp_path / "a.bin").write_bytes(made.binary[:40])
    made.json["buffers"] = [{"uri": "a.bin", "byteLength": len(made.binary)}]
    (tmp_path / "a.gltf").write_text(json.dumps(made.json))
    with pytest.raises(InputError, match="cut short: 40 of 48 bytes"):
        read_file(SourceFile(tmp_path / "a.gltf"))


def test_odd_ends_are_told(tmp_path: Path) -> None:
    made = Made()
    parts = [made.primitive(faces=[0, 2, 1, 0, 1]), {"attributes": {}}, {"attributes": {}}]
    shape = read(made.scene({"mesh": 0, "skin": None}, meshes=[{"primitives": parts}]), tmp_path)
    assert len(shape.triangles) == 1
    assert shape.notes == ["2 corners left out, which make no triangle", "2 parts left out, without vertices"]
    made.json["meshes"] = [{"primitives": [made.primitive(faces=[0, 9, 1], mode=0)]}]
    assert read(made, tmp_path).notes == ["1 point left out, which the file does not hold"]


def test_indices_out_of_range_are_counted_at_each_place(tmp_path: Path) -> None:
    made = Made()
    primitive = made.primitive(faces=[[0, 2, 1], [0, 1, 3], [0, 1, 4]])
    shape = read(made.scene({"mesh": 0}, {"mesh": 0}, meshes=[{"primitives": [primitive]}]), tmp_path)
    assert len(shape.triangles) == 4
    assert shape.notes == ["2 of 6 faces left out: they name vertices that are not there"]


def places_in(value: Any) -> list[tuple[Any, Any]]:
    """Every container of a JSON, with each of its keys."""
    pairs = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [(value, key) for key, _ in pairs] + [place for _, inner in pairs for place in places_in(inner)]


@pytest.mark.parametrize("odd", [-1, 10**12, "x", []])
def test_any_entry_may_be_odd(tmp_path: Path, odd: Any) -> None:
    made = textured(tmp_path, [0.6, 0.2], info=transform(offset=[1, 2], rotation=1), sampler=0)
    made.json["nodes"][0] |= {"skin": 0, "children": [1], "scale": [1, 2, 1]}
    instances = {"EXT_mesh_gpu_instancing": {"attributes": {"SCALE": made.accessor([[1, 1, 1]])}}}
    made.json["nodes"].append({"mesh": 0, "rotation": HALF_TURN, "extensions": instances})
    made.json["skins"] = [{"joints": [1], "inverseBindMatrices": made.accessor(np.eye(4).reshape(1, 16))}]
    made.json["meshes"][0]["weights"] = [1]
    part = made.json["meshes"][0]["primitives"][0]
    part["targets"] = [{"POSITION": made.accessor(CORNERS)}]
    part["attributes"] |= {"JOINTS_0": made.accessor([[0] * 4] * 4, "<u1"), "WEIGHTS_0": made.accessor([[1] * 4] * 4)}
    made.json["accessors"][-1]["sparse"] = {
        "count": 1,
        "indices": {"bufferView": made.view(b"\0\0"), "componentType": 5123},
        "values": {"bufferView": made.view(bytes(16))},
    }
    read(made, tmp_path)
    for container, key in places_in(made.json):
        before, container[key] = container[key], odd
        with suppress(InputError):
            read(made, tmp_path)
        container[key] = before


def test_small_files_do_not_blow_up(tmp_path: Path) -> None:
    made = Made()
    many = made.accessor(np.zeros((4000, 3)))
    primitive = made.primitive(np.zeros((4000, 3)))
    node = {"mesh": 0, "extensions": {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": many}}}}
    with pytest.raises(InputError, match="16,000,000 triangles or vertices from 96,"):
        read(made.scene(node, meshes=[{"primitives": [primitive]}]), tmp_path)
    made.scene(*[node] * 251)
    with pytest.raises(InputError, match="more than 1,000,000 places"):
        read(made, tmp_path)
    made = one(Made())
    made.json["accessors"][0] |= {"count": 10**9, "sparse": {"count": 0, "indices": {}, "values": {}}}
    del made.json["accessors"][0]["bufferView"]
    with pytest.raises(InputError, match="promises 1000000000 values without data"):
        read(made, tmp_path)


@pytest.mark.parametrize("code", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le"])
def test_json_is_read_in_any_of_its_encodings(tmp_path: Path, code: str) -> None:
    made = one(Made())
    uri = "data:;base64," + base64.b64encode(made.binary).decode()
    made.json["buffers"] = [{"byteLength": len(made.binary), "uri": uri}]
    (tmp_path / "a.gltf").write_text(json.dumps(made.json), encoding=code)
    assert read_shape(tmp_path / "a.gltf", 4).facts["faces"] == len(SIDES)


@pytest.mark.parametrize("text", [b"\xff\xfe\0\xd8garbage", b"\0\1\2\3", b"{ \n 'asset': }", b"", b"[" * 100_000])
def test_what_is_no_json_is_told_in_plain_words(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "a.glb").write_bytes(packed(text, b""))
    with pytest.raises(InputError, match=r"is no readable GLB file \((its JSON is damaged|something)") as caught:
        read_shape(tmp_path / "a.glb", 4)
    assert "char" not in str(caught.value)
