"""An object under construction: meshes with part names and captions, and sampling of the finished surface."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pointrecon.shapes.made.parametric.meshes import TAU, Mesh

_ORIGIN = (0.0, 0.0, 0.0)
_PLURAL = ("pliers", "scissors", "shears", "headphones", "eyeglasses", "glasses", "binoculars", "field glasses")


@dataclass
class Built:
    """A finished object; y is up, the front looks along +z."""

    vertices: np.ndarray  # (K, 3) float64
    faces: np.ndarray  # (F, 3) int64, counter-clockwise seen from outside
    face_part: np.ndarray  # (F,) int64, index into `parts`
    parts: list[str]  # names such as "chair/leg"
    captions: list[str]  # two to four phrases that tell attributes this object really has


class Assembly:
    """Collects placed meshes of one object and what is to be said about them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._parts: list[str] = []
        self._meshes: list[Mesh] = []
        self._owner: list[int] = []

    def add(self, part: str, mesh: Mesh, at: Sequence[float] = _ORIGIN, **turns: float) -> None:
        """Add a mesh, turned and moved as `place` does it."""
        self._own(part, place(mesh, at, **turns))

    def pair(self, part: str, mesh: Mesh, at: Sequence[float] = _ORIGIN, *, axis: int = 0, **turns: float) -> None:
        """Add a placed mesh and its mirror image across the plane where coordinate `axis` is zero."""
        placed = place(mesh, at, **turns)
        self._own(part, placed)
        self._own(part, mirror(placed, axis))

    def corners(self, part: str, mesh: Mesh, at: Sequence[float], **turns: float) -> None:
        """Add four mirrored copies of a placed mesh about the y axis, for legs."""
        placed = place(mesh, at, **turns)
        for half in (placed, mirror(placed, 0)):
            self._own(part, half)
            self._own(part, mirror(half, 2))

    def ring(self, part: str, mesh: Mesh, count: int, start: float = 0.0) -> None:
        """Add `count` copies turned evenly about y, the first by `start` of a turn."""
        self._own(part, around(mesh, count, start))

    def finish(self, adjectives: Sequence[str], details: Sequence[str], *synonyms: str) -> Built:
        """The object, with captions made of adjectives and details (empty ones are left out)."""
        whole = merge(self._meshes)
        counts = [len(mesh.faces) for mesh in self._meshes]
        return Built(
            vertices=whole.vertices,
            faces=whole.faces,
            face_part=np.repeat(np.array(self._owner, dtype=np.int64), counts),
            parts=[f"{self.name}/{part}" for part in self._parts],
            captions=_captions(self.name, adjectives, details, synonyms),
        )

    def _own(self, part: str, mesh: Mesh) -> None:
        if part not in self._parts:
            self._parts.append(part)
        self._meshes.append(mesh)
        self._owner.append(self._parts.index(part))


def place(mesh: Mesh, at: Sequence[float] = _ORIGIN, *, rx: float = 0.0, ry: float = 0.0, rz: float = 0.0) -> Mesh:
    """The mesh turned about x, then y, then z (degrees), then moved to `at`."""
    vertices = mesh.vertices
    for degrees, a, b in ((rx, 1, 2), (ry, 2, 0), (rz, 0, 1)):
        if degrees:
            vertices = _turned(vertices, degrees / 360.0, a, b)
    return Mesh(vertices + np.asarray(at, dtype=np.float64), mesh.faces)


def mirror(mesh: Mesh, axis: int) -> Mesh:
    """Mirror image across the plane where coordinate `axis` is zero, normals still pointing out."""
    vertices = mesh.vertices.copy()
    vertices[:, axis] *= -1.0
    return Mesh(vertices, mesh.faces[:, ::-1])


def around(mesh: Mesh, count: int, start: float = 0.0) -> Mesh:
    """`count` copies of the mesh turned evenly about y."""
    return merge([Mesh(_turned(mesh.vertices, start + i / count, 2, 0), mesh.faces) for i in range(count)])


def merge(meshes: Sequence[Mesh]) -> Mesh:
    """Several meshes as one."""
    offsets = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes[:-1]])
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.faces + offset for mesh, offset in zip(meshes, offsets, strict=True)]),
    )


def sample_surface(built: Built, points: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points drawn uniformly by area: (N, 3), their outward unit normals (N, 3), float64, and parts (N,) int64."""
    corners = built.vertices[built.faces]
    origin = corners[:, 0]
    u, v = corners[:, 1] - origin, corners[:, 2] - origin
    # Written out, not np.cross or matmul, so that every machine rounds the same way.
    (a, b, c), (d, e, f) = u.T, v.T
    normal = np.stack([b * f - c * e, c * d - a * f, a * e - b * d], axis=1)
    x, y, z = (normal * normal).T
    twice_area = np.sqrt(x + y + z)
    reach = np.cumsum(twice_area)
    draw = rng.random((3, points))
    chosen = np.minimum(np.searchsorted(reach, draw[0] * reach[-1], side="right"), len(reach) - 1)
    root = np.sqrt(draw[1])[:, None]
    along = draw[2][:, None]
    xyz = origin[chosen] + u[chosen] * (root * (1.0 - along)) + v[chosen] * (root * along)
    return xyz, normal[chosen] / twice_area[chosen, None], built.face_part[chosen]


def _turned(vertices: np.ndarray, turns: float, a: int, b: int) -> np.ndarray:
    """Vertices turned in the plane of axes a and b, from a toward b."""
    cos, sin = np.cos(TAU * turns), np.sin(TAU * turns)
    turned = vertices.copy()
    turned[:, a] = cos * vertices[:, a] - sin * vertices[:, b]
    turned[:, b] = sin * vertices[:, a] + cos * vertices[:, b]
    return turned


def _captions(name: str, adjectives: Sequence[str], details: Sequence[str], synonyms: Sequence[str]) -> list[str]:
    """From most to least detailed: everything, the adjectives, the first detail, a synonym."""
    words = [word for word in adjectives if word]
    facts = [fact for fact in details if fact]
    told = " and ".join(filter(None, [", ".join(facts[:-1]), *facts[-1:]]))
    lines = [_phrase([*words, name], told), _phrase([*words[:2], name], "")]
    if facts:
        lines.append(_phrase([name], facts[0]))
    if synonyms:
        lines.append(_phrase([*words[:1], synonyms[0]], facts[-1] if facts else ""))
    if len(set(lines)) < 2:
        lines.append(f"one {name}, nothing else")
    return list(dict.fromkeys(lines))[:4]


def _phrase(words: Sequence[str], told: str) -> str:
    text = " ".join(words)
    vowel = text.startswith((*"aeiou", "I-", "H-")) and not text.startswith("one")
    article = "" if words[-1] in _PLURAL else "an " if vowel else "a "
    return article + text + (f" with {told}" if told else "")
