"""An assembly taken apart: each of its parts once, with how often and where it stands."""

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pointrecon.readable import printable
from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.readers.surface import Paint, Piece, Surface
from pointrecon.shapes.table.file_facts import Facts

_ALIKE = 1e-4  # how far a matrix may be from one that only turns, for rounding


@dataclass
class AssemblyPart:
    """One part, as it first stands in the whole; its facts tell of all places. Or a shape that has no parts."""

    name: str
    surface: Surface | Cloud
    facts: Facts


class _Stand(NamedTuple):
    """One place of one part of the file: its pieces, which of their places, and the matrix of that."""

    pieces: list[Piece]
    place: int
    matrix: np.ndarray


def parts_of(surface: Surface) -> list[AssemblyPart]:
    """The different parts of a checked surface whose pieces tell where they stand; none where it is one part.

    Parts are meshes of the file; two with the same vertices and faces are one, and so are those that are only turned
    and moved. A mirrored or scaled one is another part. What is beside the faces is left out.
    """
    pieces: defaultdict[int, list[Piece]] = defaultdict(list)
    for piece in surface.pieces:
        if piece.placing is None:
            return []
        pieces[piece.placing.number].append(piece)
    alike: defaultdict[bytes, list[list[Piece]]] = defaultdict(list)
    for own in pieces.values():
        alike[_content(own)].append(own)
    groups = [group for same in alike.values() for group in _rigid_groups(same)]
    if len(groups) == 1 and len(groups[0]) == 1:
        return []
    parts: list[AssemblyPart] = []
    used = Counter[str]()
    for number, stands in enumerate(groups):
        first = stands[0]
        placing = first.pieces[0].placing
        name = _plain(placing.name if placing else "") or f"part {number + 1}"
        while name in used:
            used[name] += 1
            name = f"{name} ({used[name]})"
        used[name] = 1
        notes = [] if parts else [*surface.notes]
        shape = Surface([_at(piece, first.place) for piece in first.pieces], notes=notes, facts=dict(surface.facts))
        parts.append(AssemblyPart(name, shape, {"instances": len(stands), "places": _places(stands)}))
    return parts


def _plain(name: str) -> str:
    """A name that can be a file's last part, and of one line."""
    return printable(" ".join(re.sub(r"[/\\~]", "_", name).split()))[:100]


def _content(pieces: list[Piece]) -> bytes:
    """What tells one part from another: its pieces in its own coordinates."""
    digest = hashlib.sha256()
    for piece in pieces:
        assert piece.placing is not None
        for values in piece.placing.local:
            digest.update(f"{values.shape}".encode())
            digest.update(values.astype(np.float64 if values.dtype.kind == "f" else np.int64).tobytes())
    return digest.digest()


def _rigid_groups(same: list[list[Piece]]) -> Iterator[list[_Stand]]:
    """The places of parts of one content, those together that are turned and moved copies."""
    stands = [
        _Stand(own, index, matrix)
        for own in same
        if own[0].placing is not None
        for index, matrix in enumerate(own[0].placing.places)
    ]
    linear = np.stack([stand.matrix[:3, :3] for stand in stands])
    left = np.arange(len(stands))
    while len(left):
        first = linear[left[0]]
        turns = linear[left] @ (np.linalg.inv(first) if abs(np.linalg.det(first)) > 1e-12 else np.full((3, 3), np.nan))
        with np.errstate(invalid="ignore"):
            off = np.abs(turns @ turns.transpose(0, 2, 1) - np.eye(3)).max((1, 2))
            mine = (off < _ALIKE) & (np.linalg.det(turns) > 0)
        mine[0] = True
        yield [stands[place] for place in left[mine]]
        left = left[~mine]


def _at(piece: Piece, index: int) -> Piece:
    """A piece at one of its places alone."""
    assert piece.placing is not None
    count = len(piece.placing.places)
    vertices, faces = len(piece.vertices) // count, len(piece.faces) // count
    own = piece.faces[index * faces : (index + 1) * faces] - index * vertices
    paint = None if piece.paint is None else _from(piece.paint, index * faces)
    return Piece(piece.vertices[index * vertices : (index + 1) * vertices], own, paint, step=piece.step)


def _from(paint: Paint, start: int) -> Paint:
    return lambda index, weights: paint(index + start, weights)


def _places(stands: list[_Stand]) -> str:
    """From where the part stands first to each of its places, the first among them, rounded to 7 digits."""
    first = stands[0].matrix
    if not abs(np.linalg.det(first)) > 0:
        return ""
    back = np.linalg.inv(first)
    rows = [(stand.matrix @ back)[:3].reshape(-1) for stand in stands]
    return json.dumps([[float(f"{value:.7g}") + 0.0 for value in row] for row in rows])
