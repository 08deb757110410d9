"""A mesh as its author meant it: what every mesh reader gives, one check behind them, and points sampled on it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.progress import plural
from pointrecon.shapes.readers.clouds import Cloud, unit
from pointrecon.shapes.readers.limits import check_triangles
from pointrecon.shapes.readers.surface_integrals import normals_of
from pointrecon.shapes.table.file_facts import Facts

# from faces (m,) and barycentric weights (m, 3) to colors (m, 3) uint8
Paint = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass
class Placing:
    """Which part of an assembly a piece is of, and where that part stands.

    Attributes:
        number, name: of the part, in its file; the name may be "".
        local: (V, 3) and (F, 3), the piece in the part's own coordinates. places: (k, 4, 4), of the whole.
    """

    number: int
    name: str
    local: tuple[np.ndarray, np.ndarray]
    places: np.ndarray


@dataclass
class Piece:
    """One part of a mesh with one way to color it.

    Shape:
        vertices: (V, 3) float64, in the coordinates of the whole. faces: (F, 3) whole numbers, into the vertices.
        paint: from faces (m,) and barycentric weights (m, 3) to colors (m, 3) uint8; None without color.
        placing: of an assembly that is to be taken apart; its places follow one another in vertices and faces.
        step: between coordinates that the file can store there, see `coarse.step_of`.
    """

    vertices: np.ndarray
    faces: np.ndarray
    paint: Paint | None = None
    placing: Placing | None = None
    step: float = 0.0

    @property
    def triangles(self) -> np.ndarray:
        """(F, 3, 3)."""
        return self.vertices[self.faces]


@dataclass
class Surface:
    """What a mesh file holds.

    Attributes:
        pieces: those with faces. loose: the points of a file without any face.
        notes: what the user should know, most of all what was left out and why.
        facts: what the format tells itself: "unit", "up".
    """

    pieces: list[Piece]
    loose: Cloud | None = None
    notes: list[str] = field(default_factory=list)
    facts: Facts = field(default_factory=dict)

    @property
    def triangles(self) -> np.ndarray:
        """(F, 3, 3) float64 of all pieces."""
        return np.concatenate([np.zeros((0, 3, 3)), *(piece.triangles for piece in self.pieces)])


def checked(surface: Surface, path: Path) -> Surface:
    """The surface without senseless faces, of which a note tells; every mesh reader's result goes through here.

    InputError where all faces are senseless, a corner is NaN or infinite, nothing is there, or more faces than the
    limits allow.
    """
    check_triangles(sum(len(piece.faces) for piece in surface.pieces), path)
    lost = total = 0
    pieces = []
    for piece in surface.pieces:
        faces = np.asarray(piece.faces, np.int64).reshape(-1, 3)
        total += len(faces)
        if faces.size and not (faces.min() >= 0 and faces.max() < len(piece.vertices)):
            inside = ((faces >= 0) & (faces < len(piece.vertices))).all(1)
            lost += int((~inside).sum())
            piece = replace(piece, faces=faces[inside], paint=_chosen(piece.paint, np.flatnonzero(inside)))
        if len(piece.faces):
            pieces.append(piece)
            finite = np.isfinite(piece.vertices)
            if not finite.all() and (wrong := int((~finite.all(1))[piece.faces].any(1).sum())):
                raise InputError(
                    f"{path} has NaN or infinite coordinates in {plural(wrong, 'face')}: repair it or remove it"
                )
    surface.pieces = pieces
    if lost:
        if not pieces:
            raise InputError(
                f"{path}: all its {plural(total, 'face')} name vertices that are not there: export it again"
            )
        surface.notes.append(f"{lost} of {plural(total, 'face')} left out: they name vertices that are not there")
    if not pieces and (surface.loose is None or not len(surface.loose.points)):
        raise InputError(f"{path} is an empty mesh, without faces or vertices: remove it or export it again")
    return surface


def sample(surface: Surface, count: int, rng: np.random.Generator) -> Cloud:
    """`count` points on the surface, by area, with face normals and colors; else its loose points, or its vertices.

    A checked surface without any area (no faces, or flat ones) gives its points as they are.
    """
    note = "; ".join(surface.notes)
    if not surface.pieces:
        assert surface.loose is not None
        surface.loose.note = "; ".join(filter(None, [surface.loose.note, note]))
        return surface.loose
    triangles = _by_corner(surface)
    span = max(triangles.max(), -triangles.min())
    triangles /= span if span > 0 else 1.0
    cross, area = normals_of(triangles)
    if not area.sum() > 0:
        used = [piece.vertices[np.unique(piece.faces)] for piece in surface.pieces]
        return Cloud(
            np.concatenate(used), note="; ".join([*surface.notes, "faces without area, its vertices are used"])
        )
    ends = np.cumsum(area)
    # one point in each of `count` equal slices of the area: as fair as independent draws, and more even
    slices = (np.arange(count) + rng.random(count)) / count * ends[-1]
    faces = np.minimum(np.searchsorted(ends, slices, side="right"), len(area) - 1)
    u, v = np.sqrt(rng.random(count)), rng.random(count)
    order = rng.permutation(count)  # else points would come sorted by face, and any prefix would be one-sided
    faces, weights = faces[order], np.stack([1 - u, u * (1 - v), u * v])[:, order]
    a, b, c = triangles.take(faces, 2)
    points = (a * weights[0] + b * weights[1] + c * weights[2]) * span
    return Cloud(
        np.ascontiguousarray(points.T), colors_at(surface, faces, weights.T), unit(cross.take(faces, 1).T), note=note
    )


def _by_corner(surface: Surface) -> np.ndarray:
    """Triangles (3 corners, 3 coordinates, F) of all pieces."""
    parts = []
    for piece in surface.pieces:
        places = np.ascontiguousarray(piece.vertices.T, np.float64)
        parts.append(np.stack([places.take(corner, 1) for corner in np.asarray(piece.faces, np.int64).T]))
    return parts[0] if len(parts) == 1 else np.concatenate(parts, 2)


def colors_at(surface: Surface, faces: np.ndarray, weights: np.ndarray) -> np.ndarray | None:
    """Colors (m, 3) uint8 at these places of the surface, mid-gray where a piece has none; None where all lack them.

    ``faces`` (m,) count through all pieces; ``weights`` (m, 3) are barycentric.
    """
    if not any(piece.paint for piece in surface.pieces):
        return None
    color = np.full((len(faces), 3), 128, np.uint8)
    start = 0
    for piece in surface.pieces:
        mine = np.flatnonzero((faces >= start) & (faces < start + len(piece.faces)))
        if piece.paint is not None and len(mine):
            color[mine] = piece.paint(faces[mine] - start, weights[mine])
        start += len(piece.faces)
    return color


def _chosen(paint: Paint | None, kept: np.ndarray) -> Paint | None:
    return None if paint is None else lambda index, weights: paint(kept[index], weights)
