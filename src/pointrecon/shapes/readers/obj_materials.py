"""The materials an OBJ file names: colors and pictures from its .mtl files."""

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

import numpy as np

from pointrecon.errors import InputError
from pointrecon.files import text_lines
from pointrecon.shapes.readers.paints import decoded_picture
from pointrecon.shapes.readers.source_file import SourceFile

_TOLD = 3  # names of what is missing
_PIXELS = 2**26  # of all pictures together
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
# the options of a picture: -o 0 0 0 -s 2 2 -clamp on ...
_SHIFTS = re.compile(rf"(?:(?<=\s)|^)-([ost])((?:\s+{_NUMBER}){{1,3}})(?=\s|$)")
_SWITCHES = re.compile(
    r"(?:(?<=\s)|^)-(blendu|blendv|bm|boost|cc|clamp|imfchan|texres|type|colorspace)\s+(\S+)(?=\s|$)"
)
_GAINS = re.compile(rf"(?:(?<=\s)|^)-mm\s+{_NUMBER}\s+{_NUMBER}(?=\s|$)")
_WORDS = re.compile(r'"[^"]*"|\S+')


@dataclass
class ObjMaterial:
    """One material.

    Attributes:
        color: (3,) uint8 of Kd, or None. map: what follows map_Kd, or "". mtl: the file it stands in.
        picture: (H, W, 3) uint8. scale, offset: (2,) of its coordinates. clamp: whether its edge goes on, no repeats.
    """

    mtl: SourceFile
    color: np.ndarray | None = None
    map: str = ""
    picture: np.ndarray | None = None
    scale: tuple[float, float] = (1.0, 1.0)
    offset: tuple[float, float] = (0.0, 0.0)
    clamp: bool = False


def obj_materials(
    source: SourceFile, libraries: list[str], used: list[str]
) -> tuple[dict[str, ObjMaterial], list[str]]:
    """Those of the materials ``used`` that are there, by name, and notes of what is not.

    Args:
        source: the OBJ file. libraries: what follows each of its mtllib. used: what follows each of its usemtl.

    Specification: "MTL material format (Lightwave, OBJ)", Wavefront; pictures: map_Kd with its options.
    """
    known: dict[str, ObjMaterial] = {}
    notes: list[str] = []
    for library in dict.fromkeys(libraries):
        for mtl in _named_files(source, library, notes):
            known.update(_read_mtl(mtl, notes))
    found, missing = {}, []
    for name in dict.fromkeys(used):
        material = next((known[n] for n in (_spaced(name), _spaced(name.split(" #")[0])) if n in known), None)
        if material is not None:
            found[name] = material
        elif name.lower() not in ("", "none", "(null)"):
            missing.append(name)
    if missing:
        some = ", ".join(missing[:_TOLD]) + (", ..." if len(missing) > _TOLD else "")
        notes.append(f"without the colors of materials that are not there: {some}")
    return found, notes + _take_pictures(source, [material for material in found.values() if material.map])


def _named_files(source: SourceFile, names: str, notes: list[str]) -> list[SourceFile]:
    """The files of one mtllib: one name, blanks in it or not, or several; the reading that finds most."""
    best: tuple[list[SourceFile], list[str]] = ([], [])
    for way in ([names], [names.split(" #")[0]], re.split(r"(?<=\.mtl)\s+", names, flags=re.I), _WORDS.findall(names)):
        found, reasons = [], []
        for name in way:
            try:
                found.append(_companion(source, name))
            except InputError as error:
                reasons.append(_reason(error, source))
        if not reasons:
            return found
        if len(found) > len(best[0]) or not best[1]:
            best = found, reasons
    notes.extend(best[1])
    return best[0]


def _companion(source: SourceFile, name: str) -> SourceFile:
    """A file by the name it is given, else by its last part alone, in capitals or not: paths of other machines."""
    name = name.strip().strip('"')
    folder, root = source.path.parent, source.root or source.path.parent
    try:
        return SourceFile(source.companion(name), root, named=source.named)
    except InputError:
        bare = PureWindowsPath(name).name.lower()  # it knows / and \
        parent = PureWindowsPath(name).parent
        for place in dict.fromkeys((folder / parent.as_posix(), folder / parent.name, folder)):
            with suppress(OSError, ValueError):
                if place.resolve().is_relative_to(root.resolve()):
                    same = sorted(path for path in place.iterdir() if path.name.lower() == bare)
                    if same:
                        return SourceFile(source.companion(str(same[0])), root, named=source.named)
        raise


def _read_mtl(mtl: SourceFile, notes: list[str]) -> dict[str, ObjMaterial]:
    try:
        text = mtl.read_text()
    except (InputError, OSError) as error:
        notes.append(_reason(error, mtl))
        return {}
    materials: dict[str, ObjMaterial] = {}
    material = ObjMaterial(mtl)
    for line in text_lines(text):
        word, _, rest = line.strip().replace("\t", " ").partition(" ")
        rest = rest.strip()
        if word.lower() == "newmtl":
            material = materials[_spaced(rest)] = ObjMaterial(mtl)
        elif word.lower() == "kd":
            material.color = _color(rest)
        elif word.lower() == "map_kd":
            material.map = rest
    return materials


def _color(words: str) -> np.ndarray | None:
    """Kd: three numbers from 0 to 1, or one for all; None where it is told by a curve (spectral, xyz)."""
    try:
        numbers = [float(word) for word in words.split("#")[0].split()[:3]]
    except ValueError:
        return None
    if not numbers or not np.isfinite(numbers).all():
        return None
    color = np.array(numbers if len(numbers) == 3 else numbers[:1] * 3)
    whole = color.max() > 1 and (color % 1 == 0).all()  # some write bytes
    return np.clip(np.rint(color if whole else color * 255), 0, 255).astype(np.uint8)


def _take_pictures(source: SourceFile, materials: list[ObjMaterial]) -> list[str]:
    """Give each its picture, and how it is laid; notes of those that cannot be read. Of many, each is smaller.

    They are named from where the .mtl file lies, by some programs from where the OBJ file does.
    """
    pictures: dict[tuple[Path, str], np.ndarray | None] = {}
    lost = []
    for material in materials:
        name = _options(material)
        key = material.mtl.path.parent, name
        if key not in pictures:
            pictures[key] = None
            try:
                try:
                    picture = _companion(material.mtl, name)
                except InputError:
                    picture = _companion(source, name)
                pictures[key] = decoded_picture(picture.read_bytes(), _PIXELS // max(16, len(materials)))
            except InputError as error:
                lost.append(_reason(error, source))
            except (OSError, ValueError) as error:
                lost.append(f"'{name}' is no picture that can be read ({' '.join(str(error).split())[:150]})")
        material.picture = pictures[key]
    return lost[:_TOLD] + ([f"{len(lost) - _TOLD} more pictures cannot be read"] if len(lost) > _TOLD else [])


def _options(material: ObjMaterial) -> str:
    """The name of its picture, once the options before or after it are taken in."""
    name = material.map
    for option in _SHIFTS.finditer(name):
        values = [float(word) for word in option[2].split()]
        pair = (values[0], values[1] if len(values) > 1 else (0.0 if option[1] == "o" else 1.0))
        if option[1] == "s":
            material.scale = pair
        elif option[1] == "o":
            material.offset = pair
    material.clamp = any(o[1] == "clamp" and o[2].lower() == "on" for o in _SWITCHES.finditer(name))
    for options in (_SHIFTS, _SWITCHES, _GAINS):
        name = options.sub("", name)
    return name.strip()


def _reason(error: Exception, file: SourceFile) -> str:
    """What is wrong, without the folder of the file that names another."""
    return str(error).removeprefix(f"{file.path}: ").replace(f"{file.path.parent}/", "")


def _spaced(name: str) -> str:
    return " ".join(name.split())
