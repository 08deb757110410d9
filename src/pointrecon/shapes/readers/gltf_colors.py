"""How a glTF file colors its parts: materials, their pictures, colors of vertices."""

import math
from collections import Counter
from typing import Any

import numpy as np

from pointrecon.errors import InputError, first_line
from pointrecon.progress import plural
from pointrecon.shapes.readers.gltf_data import GltfData
from pointrecon.shapes.readers.paints import decoded_picture, multiplied, picture_paint, plain_paint, vertex_paint
from pointrecon.shapes.readers.surface import Paint

_WRAPS = {33071: "clamp", 33648: "mirror"}
_TRIMESH_GRAY = [0.4, 0.4, 0.4, 1.0]  # what trimesh writes beside each picture, without looking at it when it reads
_PIXELS = 2**27  # of all pictures of a file together


class GltfColors:
    """Paints for the parts of one file (sections 3.9 and 3.7.2.1).

    A base color is the picture times the material's factor times the vertex's color, each as the file stores it: that
    factors and vertex colors are said to be linear is left aside, since most files that hold them mean what is seen.

    Attributes:
        named: whether any part so far names a color; notes: on pictures that could not be read.
    """

    def __init__(self, data: GltfData) -> None:
        """Colors of this file."""
        self._data = data
        self._pictures: dict[int, np.ndarray | None] = {}
        self._pixels = _PIXELS
        self._unread: Counter[str] = Counter()
        self._by_trimesh = "trimesh" in str(data.json.get("asset", {}).get("generator", ""))
        self.named = False

    @property
    def notes(self) -> list[str]:
        """What could not be read, counted."""
        return [f"{plural(count, 'picture')} not read ({why})" for why, count in self._unread.items()]

    def paint(self, primitive: dict[str, Any], faces: np.ndarray, count: int) -> Paint | None:
        """How to color the ``faces`` (F, 3) of a primitive of `count` vertices; white where it names no color."""
        factor, texture = self._base_color(primitive)
        colors = self._vertex_colors(primitive, count)
        picture = None if texture is None else self._laid(primitive, texture, faces, count, factor)
        self.named |= picture is not None or colors is not None or factor is not None
        if picture is not None:
            return picture if colors is None else multiplied(picture, vertex_paint(_bytes(colors), faces))
        if colors is not None:
            return vertex_paint(_bytes(colors if factor is None else colors * factor), faces)
        if factor is None and texture is not None:
            return None  # its picture is missing
        return plain_paint(_bytes(np.ones(3) if factor is None else factor))

    def point_colors(self, primitive: dict[str, Any], count: int) -> np.ndarray | None:
        """Colors (count, 3) uint8 of points; None where none are named."""
        factor, _ = self._base_color(primitive)
        colors = self._vertex_colors(primitive, count)
        if factor is None and colors is None:
            return None
        return _bytes((np.ones((count, 3)) if colors is None else colors) * (1.0 if factor is None else factor))

    def _base_color(self, primitive: dict[str, Any]) -> tuple[np.ndarray | None, dict[str, Any] | None]:
        """The factor (3,) and the texture of a primitive's material, None where it names none."""
        if "material" not in primitive:
            return None, None
        material = self._data.item("materials", primitive["material"])
        metal = material.get("pbrMetallicRoughness", {})
        gloss = material.get("extensions", {}).get("KHR_materials_pbrSpecularGlossiness", {})
        factor, texture = gloss.get("diffuseFactor"), gloss.get("diffuseTexture")
        if factor is None and texture is None:
            factor, texture = metal.get("baseColorFactor"), metal.get("baseColorTexture")
        if texture is not None and factor == _TRIMESH_GRAY and self._by_trimesh:
            factor = None
        return None if factor is None else np.asarray(factor, np.float64)[:3].reshape(3), texture

    def _vertex_colors(self, primitive: dict[str, Any], count: int) -> np.ndarray | None:
        """COLOR_0 as (count, 3) float64, 0 to 1; None where there is none."""
        if "COLOR_0" not in primitive["attributes"]:
            return None
        colors = self._data.numbers(primitive["attributes"]["COLOR_0"], "VEC3", "VEC4")[:, :3]
        if len(colors) != count:
            raise self._data.refusal(f"it has {plural(len(colors), 'color')} for {count} vertices: export it again")
        if colors.dtype.kind in "iu":  # the format knows normalized ones only
            colors = colors / np.iinfo(colors.dtype).max
        return np.asarray(colors, np.float64)

    def _laid(
        self, primitive: dict[str, Any], info: dict[str, Any], faces: np.ndarray, count: int, factor: np.ndarray | None
    ) -> Paint | None:
        """The paint of a texture; None where its picture or its coordinates are not there."""
        moved = info.get("extensions", {}).get("KHR_texture_transform", {})
        name = f"TEXCOORD_{moved.get('texCoord', info.get('texCoord', 0))}"
        texture = self._data.item("textures", info["index"])
        picture = self._picture(texture)
        if picture is None or name not in primitive["attributes"]:
            return None
        uv = self._data.numbers(primitive["attributes"][name], "VEC2").astype(np.float64)
        if len(uv) != count:
            raise self._data.refusal(f"{name} has {len(uv)} places for {count} vertices: export it again")
        sampler = self._data.item("samplers", texture["sampler"]) if "sampler" in texture else {}
        wraps = (_WRAPS.get(sampler.get(key, 0), "repeat") for key in ("wrapS", "wrapT"))
        tint = None if factor is None else np.clip(factor, 0.0, 1.0)
        return picture_paint(picture, _transformed(uv, moved)[faces], tint, (next(wraps), next(wraps)))

    def _picture(self, texture: dict[str, Any]) -> np.ndarray | None:
        """The first of a texture's pictures that can be read: its own, else those of extensions, such as WebP."""
        sources = [texture.get("source"), *(e.get("source") for e in texture.get("extensions", {}).values())]
        known = [source for source in sources if source is not None]
        why = "a texture without picture"
        for index in known:
            if self._pictures.get(index) is not None:
                return self._pictures[index]
            if index in self._pictures:
                return None  # told before
            try:
                self._pictures[index] = self._decoded(self._data.item("images", index))
                return self._pictures[index]
            except (OSError, ValueError) as error:
                if isinstance(error, InputError) and "outside" in str(error):
                    raise
                why = first_line(error).removeprefix(f"{self._data.path}: ")
        self._pictures |= dict.fromkeys(known)
        self._unread[why] += 1
        return None

    def _decoded(self, image: dict[str, Any]) -> np.ndarray:
        if "bufferView" in image:
            content = bytes(self._data.view(image["bufferView"]))
        else:
            content = self._data.fetched(image["uri"])
        if content[1:7] == b"KTX 20":
            raise ValueError("KTX 2 is not read")
        picture = decoded_picture(content, min(2**22, self._pixels // 8))
        self._pixels -= picture.shape[0] * picture.shape[1]
        return picture


def _transformed(uv: np.ndarray, moved: dict[str, Any]) -> np.ndarray:
    """Texture coordinates (V, 2) scaled, turned counter-clockwise as seen, and shifted (KHR_texture_transform)."""
    if not moved:
        return uv
    angle = float(moved.get("rotation", 0.0))
    cos, sin = math.cos(angle), math.sin(angle)
    scaled = uv * np.asarray(moved.get("scale", (1.0, 1.0)), np.float64)
    return scaled @ np.array([[cos, -sin], [sin, cos]]) + np.asarray(moved.get("offset", (0.0, 0.0)), np.float64)


def _bytes(colors: np.ndarray) -> np.ndarray:
    """Colors 0 to 1 as uint8."""
    return np.rint(np.clip(np.nan_to_num(colors), 0.0, 1.0) * 255).astype(np.uint8)
