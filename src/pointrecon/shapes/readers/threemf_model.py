"""What the XML of a 3MF file says: objects with their triangles, components and colors, and what is built of them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

import numpy as np

_OWN = "http://schemas.microsoft.com/3dmanufacturing/"
# extensions that a file may require: what they add is read, or is no shape
_READ = ("core/", "production/", "material/", "trianglesets/", "slice/")
_NO_SHAPES = ("http://schemas.slic3r.org/", "http://schemas.bambulab.com/")
_CORNERS = ("v1", "v2", "v3")
Place = tuple[str, int, np.ndarray]  # the part of the package that an object is in ("": this one), its id, a (4, 4)


@dataclass
class ThreemfObject:
    """A mesh, or other objects put together.

    Shape:
        vertices: (V, 3). faces: (F, 3). palette, color: (F,) and (F, 3), for the corners of each face the palette and
            the place in it, -1 for none.
    """

    kind: str = "model"
    name: str = ""
    vertices: np.ndarray = field(default_factory=lambda: np.zeros((0, 3)))
    faces: np.ndarray = field(default_factory=lambda: np.zeros((0, 3), np.int64))
    palette: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    color: np.ndarray = field(default_factory=lambda: np.zeros((0, 3), np.int64))
    components: list[Place] = field(default_factory=list)


class ThreemfModel:
    """One model part, by https://github.com/3MFConsortium/spec_core with the materials and production extensions.

    Attributes:
        unit: "millimeter", ...; objects: by id; items: what is built; palettes: colors, k times r g b, by id; required:
            extensions it requires that are not read; left_out: what is not read -> how many.
    """

    def __init__(self, content: bytes) -> None:
        """Read the XML; ExpatError, ValueError, LookupError or OverflowError for damage, ValueError for a DTD."""
        self.unit = "millimeter"
        self.required: list[str] = []
        self.objects: dict[int, ThreemfObject] = {}
        self.items: list[Place] = []
        self.palettes: dict[int, list[list[int]]] = {}
        self.left_out: Counter[str] = Counter()
        self._spaces: dict[str, str] = {}
        self._colors: list[list[int]] = []
        self._object, self._default = ThreemfObject(), (-1, -1)
        self._xyz: list[str] = []
        self._corners: list[str] = []
        self._painted: list[tuple[int, ...]] = []
        self._known: dict[str, Callable[[list[str]], None] | None] = {}
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartNamespaceDeclHandler = lambda prefix, uri: self._spaces.update({prefix or "": uri or ""})
        parser.StartDoctypeDeclHandler = _no_dtd
        parser.Parse(content, True)

    def _start(self, name: str, attributes: list[str]) -> None:
        if name not in self._known:
            space, _, tag = name.rpartition(" ")
            self._known[name] = getattr(self, f"_on_{tag}", None) if space.startswith(_OWN) or not space else None
        if (handler := self._known[name]) is not None:
            handler(attributes)

    def _end(self, name: str) -> None:
        if (name.endswith(" mesh") or name == "mesh") and self._known.get(name) is not None:
            self._finish_mesh()

    def _on_model(self, attributes: list[str]) -> None:
        found = _named(attributes)
        self.unit = found.get("unit", self.unit)
        uris = [self._spaces.get(prefix, prefix) for prefix in found.get("requiredextensions", "").split()]
        read = (*(_OWN + name for name in _READ), *_NO_SHAPES)
        self.required = [uri for uri in uris if not uri.startswith(read)]

    def _on_basematerials(self, attributes: list[str]) -> None:
        self._colors = self._new_palette(attributes)

    _on_colorgroup = _on_basematerials

    def _on_base(self, attributes: list[str]) -> None:
        self._colors.append(_color(_named(attributes).get("displaycolor", "")))

    def _on_color(self, attributes: list[str]) -> None:
        self._colors.append(_color(_named(attributes).get("color", "")))

    def _new_palette(self, attributes: list[str]) -> list[list[int]]:
        colors: list[list[int]] = []
        self.palettes[int(_named(attributes)["id"])] = colors
        return colors

    def _on_object(self, attributes: list[str]) -> None:
        found = _named(attributes)
        self._object = ThreemfObject(found.get("type", "model"), found.get("name", ""))
        self._default = int(found.get("pid", -1)), int(found.get("pindex", -1))
        self.objects[int(found["id"])] = self._object

    def _on_mesh(self, attributes: list[str]) -> None:
        self._xyz, self._corners, self._painted = [], [], []

    def _on_vertex(self, attributes: list[str]) -> None:
        if attributes[::2] == ["x", "y", "z"]:
            self._xyz += attributes[1::2]
        else:
            found = _named(attributes)
            self._xyz += [found["x"], found["y"], found["z"]]

    def _on_triangle(self, attributes: list[str]) -> None:
        if len(attributes) == 6 and attributes[0] == "v1" and attributes[2] == "v2" and attributes[4] == "v3":
            self._corners += attributes[1::2]
            return
        found = _named(attributes)
        self._corners += [found[name] for name in _CORNERS]
        if "p1" in found or "pid" in found:
            first = int(found.get("p1", self._default[1]))
            colors = (first, int(found.get("p2", first)), int(found.get("p3", first)))
            self._painted.append((len(self._corners) // 3 - 1, int(found.get("pid", self._default[0])), *colors))

    def _on_component(self, attributes: list[str]) -> None:
        self._object.components.append(_place(attributes))

    def _on_item(self, attributes: list[str]) -> None:
        self.items.append(_place(attributes))

    def _on_beam(self, attributes: list[str]) -> None:
        self.left_out["beam"] += 1

    def _finish_mesh(self) -> None:
        one = self._object
        one.vertices = np.fromiter(map(float, self._xyz), np.float64, len(self._xyz)).reshape(-1, 3)
        one.faces = np.fromiter(map(int, self._corners), np.int64, len(self._corners)).reshape(-1, 3)
        count = len(one.faces)
        one.palette, one.color = np.full(count, self._default[0]), np.full((count, 3), self._default[1])
        if self._painted:
            face, palette, *colors = np.array(self._painted, np.int64).T
            one.palette[face], one.color[face] = palette, np.stack(colors, 1)
        self._xyz, self._corners, self._painted = [], [], []


def _named(attributes: list[str]) -> dict[str, str]:
    """Attributes by name, without the space that a name is of."""
    return {name.rpartition(" ")[2]: value for name, value in zip(attributes[::2], attributes[1::2], strict=True)}


def _place(attributes: list[str]) -> Place:
    found = _named(attributes)
    matrix = np.eye(4)
    if "transform" in found:
        matrix[:3] = np.array([float(word) for word in found["transform"].split()]).reshape(4, 3).T
    return found.get("path", ""), int(found["objectid"]), matrix


def _color(text: str) -> list[int]:
    """Of "#RRGGBB" or "#RRGGBBAA"; gray where it is none."""
    try:
        return list(bytes.fromhex(text.strip().removeprefix("#"))[:3].ljust(3, b"\0")) if text else [128] * 3
    except ValueError:
        return [128] * 3


def _no_dtd(*_: Any) -> None:
    raise ValueError("a DTD, which the format forbids")
