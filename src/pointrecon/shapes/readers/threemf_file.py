"""Reading 3MF, the format of 3D printing: what is built, put together, with colors."""

import io
import posixpath
import re
from collections import Counter
from urllib.parse import unquote
from xml.parsers.expat import ExpatError

import numpy as np

from pointrecon.errors import InputError, first_line
from pointrecon.progress import plural
from pointrecon.shapes.readers.limits import check_triangles
from pointrecon.shapes.readers.paints import vertex_paint
from pointrecon.shapes.readers.placed import placed
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.surface import Paint, Piece, Placing, Surface
from pointrecon.shapes.readers.threemf_model import Place, ThreemfModel, ThreemfObject
from pointrecon.shapes.readers.threemf_slicers import CONFIGS, SlicerNotes
from pointrecon.shapes.readers.zip_members import ZipMembers
from pointrecon.shapes.table.file_facts import Facts

_UNITS = {
    "micron": "um", "millimeter": "mm", "centimeter": "cm", "inch": "in", "foot": "ft", "meter": "m"
}  # fmt: skip
_SUPPORTS = ("support", "solidsupport")
_DEEP, _MOST_PLACES = 64, 1_000_000
# triangles that a file may come to by placing its objects again and again: so many, or so many for each byte
_REPEATED, _REPEATED_A_BYTE = 4_000_000, 4


def read_3mf(source: SourceFile) -> Surface:
    """All that a 3MF file builds, in its unit, z up; else all its objects.

    With colors of base materials and color groups; textures, other properties, beams, supports and the modifiers
    of slicers are left out and told. InputError for damage, a required extension that is not
    read, too many triangles.
    """
    content = source.read_bytes()
    try:
        return _Package(source, content).surface()
    except InputError:
        raise
    except (ExpatError, LookupError, ValueError, ArithmeticError) as error:
        why = f"it lacks {error}" if isinstance(error, KeyError) else first_line(error)[:100]
        raise InputError(f"{source.path} is no readable 3MF file ({why})") from error


class _Package:
    """A file's models, and where their objects are placed."""

    def __init__(self, source: SourceFile, content: bytes) -> None:
        self._path, self._size, self._apart = source.path, len(content), source.apart
        self._zip = ZipMembers(io.BytesIO(content), source.path)
        self._names = {name.lower(): name for name in self._zip.infos}
        self._models: dict[str, ThreemfModel] = {}
        self._places: dict[tuple[str, int], list[np.ndarray]] = {}
        self._left_out: Counter[str] = Counter()
        self._modifiers: set[tuple[int, int]] = set()
        self._visits = self._triangles = self._uncolored = 0

    def surface(self) -> Surface:
        root = self._root()
        model, notes = self._model(root), list[str]()
        items = model.items
        if not items:
            used = {id for one in model.objects.values() for _, id, _ in one.components}
            items = [("", id, np.eye(4)) for id in model.objects if id not in used]
            notes.append("it builds nothing: all its objects are read")
        self._heed_slicers(model)
        for item in items:
            self._visit(root, item, np.eye(4), 0)
        parts = [(part, self._models[part].objects[id], places) for (part, id), places in self._places.items()]
        self._size += sum(one.file_size for one in self._zip.infos.values())
        if self._triangles > max(_REPEATED, _REPEATED_A_BYTE * self._size):
            size = f"{self._triangles:,} triangles from {self._size:,} bytes"
            raise InputError(f"{self._path}: it places at least {size}, more than is read: thin it out")
        pieces: list[Piece] = []
        for part, one, places in parts:
            one.faces[(one.faces >= len(one.vertices)).any(1)] = -1  # the check behind every reader counts them
            paint = self._paint(one, self._models[part].palettes)
            piece = placed(one.vertices, one.faces, paint, np.stack(places))
            if self._apart:
                piece.placing = Placing(len(pieces), one.name, (one.vertices, one.faces), np.stack(places))
            pieces.append(piece)
        for found in self._models.values():
            self._left_out += found.left_out
        notes += [f"{plural(count, what)} left out" for what, count in self._left_out.items()]
        if self._uncolored:
            notes.append(f"the colors of {plural(self._uncolored, 'triangle')} are of a kind that is not read")
        facts: Facts = {"unit": _UNITS.get(model.unit, model.unit), "up": "z", "up_source": "format"}
        return Surface(pieces, notes=notes, facts=facts)

    def _root(self) -> str:
        """The part that holds the model, by the package's relationships."""
        if "_rels/.rels" in self._names:
            text = self._zip.read(self._names["_rels/.rels"]).decode("utf-8", "replace")
            for entry in re.findall(r"<\w*:?Relationship\s[^>]*>", text):
                target = re.search(r"""Target\s*=\s*["']([^"']+)""", entry)
                if target and re.search(r"""Type\s*=\s*["'][^"']*/3dmodel["']""", entry):
                    return target[1]
        models = [name for name in sorted(self._names) if name.endswith(".model")]
        if not models:
            raise InputError(f"{self._path} is no readable 3MF file (it has no model)")
        return "3d/3dmodel.model" if "3d/3dmodel.model" in models else models[0]

    def _model(self, part: str) -> ThreemfModel:
        if part not in self._models:
            name = posixpath.normpath(unquote(part)).lstrip("/").lower()
            if name not in self._names:
                raise InputError(f"{self._path}: its part '{part[:60]}' is not there: export it again")
            model = self._models[part] = ThreemfModel(self._zip.read(self._names[name]))
            if model.required:
                raise InputError(
                    f"{self._path}: it requires {', '.join(model.required)}, not read here: export it without"
                )
        return self._models[part]

    def _visit(self, part: str, place: Place, above: np.ndarray, deep: int) -> None:
        """Place an object, or what it is put together of."""
        other, id, matrix = place
        part, matrix = other or part, above @ matrix
        one = self._model(part).objects.get(id)
        if one is None:
            raise InputError(f"{self._path}: it names object {id}, which is not there: export it again")
        self._visits += 1
        if deep > _DEEP or self._visits > _MOST_PLACES:
            what = (
                f"more than {_MOST_PLACES:,} places" if deep <= _DEEP else f"objects more than {_DEEP} deep in others"
            )
            raise InputError(f"{self._path}: it has {what}: thin it out")
        if one.kind in _SUPPORTS:
            self._left_out["support"] += 1
            return
        if len(one.faces):
            self._places.setdefault((part, id), []).append(matrix)
            self._triangles += len(one.faces)
            check_triangles(self._triangles, self._path)
        for component in one.components:
            if (id, component[1]) in self._modifiers:
                self._left_out["modifier"] += 1
                continue
            self._visit(part, component, matrix, deep + 1)

    def _heed_slicers(self, model: ThreemfModel) -> None:
        """Leave out what slicers put beside a shape: modifiers, negative volumes, support blockers."""
        for name in CONFIGS:
            if name not in self._names:
                continue
            found = SlicerNotes(self._zip.read(self._names[name]))
            self._modifiers |= found.parts
            for id, ranges in found.ranges.items():
                if (one := model.objects.get(id)) is not None:
                    kept = np.ones(len(one.faces), bool)
                    for first, last in ranges:
                        kept[max(first, 0) : last + 1] = False
                    one.faces, one.palette, one.color = one.faces[kept], one.palette[kept], one.color[kept]
                    self._left_out["modifier"] += len(ranges)

    def _paint(self, one: ThreemfObject, palettes: dict[int, list[list[int]]]) -> Paint | None:
        """The colors of its triangles' corners; gray, and told, where they have none that is read."""
        color = np.full((len(one.faces), 3, 3), 128, np.uint8)
        known = np.zeros(len(one.faces), bool)
        for id in np.unique(one.palette).tolist():
            colors = np.asarray(palettes.get(id, ()), np.uint8).reshape(-1, 3)
            mine = (one.palette == id) & ((one.color >= 0) & (one.color < len(colors))).all(1)
            color[mine], known = colors[one.color[mine]], known | mine
        self._uncolored += int((~known & (one.palette >= 0)).sum())
        return vertex_paint(color.reshape(-1, 3), np.arange(color.size // 3).reshape(-1, 3)) if known.any() else None
