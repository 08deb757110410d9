"""The header of a PLY file: its elements, in order, and what each row of them holds."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pointrecon.errors import InputError

_TYPES = {"char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4"}
_TYPES |= {"float": "f4", "double": "f8"}
_TYPES |= {f"{kind}{8 * size}": f"{kind[0]}{size}" for kind in ("int", "uint") for size in (1, 2, 4, 8)}
_TYPES |= {"float32": "f4", "float64": "f8"}
_FORMATS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}


@dataclass
class Property:
    """One value of a row, or a list of them: its name, the type of its values, and of a list's length."""

    name: str
    kind: np.dtype
    length: np.dtype | None = None


@dataclass
class Element:
    """So many rows of the same properties."""

    name: str
    count: int
    properties: list[Property] = field(default_factory=list)

    @property
    def lists(self) -> list[Property]:
        """Those that are lists: rows differ in length where there are any."""
        return [each for each in self.properties if each.length is not None]


@dataclass
class Header:
    """What a PLY file says of itself. ``order`` is "<" or ">", "" of ascii; ``size`` the bytes of the header."""

    order: str
    elements: list[Element]
    comments: list[str]
    size: int


class Lists(NamedTuple):
    """A list in each row: ``sizes`` (rows,), and all ``values`` one list after the other."""

    sizes: np.ndarray
    values: np.ndarray


# of one element: property -> its values (rows,), or its lists; of two properties of one name the first
Columns = dict[str, np.ndarray | Lists]


def ply_header(content: bytes, path: Path) -> Header:
    """The header (Turk, "The PLY Polygon File Format", 1994), with the sized type names that are also written.

    InputError where the file is no PLY, or what its header says makes no sense.
    """
    mark = len(content) - len(content.removeprefix(b"\xef\xbb\xbf"))
    begin = re.compile(rb"\s*ply[ \t]*(\r\n|\n|\r)", re.IGNORECASE).match(content, mark)
    if begin is None:
        raise InputError(f"{path} is no readable PLY file: it does not begin with 'ply'")
    end = re.compile(rb"[\r\n][ \t]*end_header[ \t]*(\r\n|\n|\r|$)", re.IGNORECASE).search(content, begin.end() - 1)
    if end is None:
        raise InputError(f"{path} is no readable PLY file: its header has no end")
    # a header of carriage returns is ended by one: a line feed behind it is the first byte of the data
    size = end.start(1) + 1 if begin[1] == b"\r" and end[1] else end.end()
    header = Header("none", [], [], size)
    lines = re.split(r"[\r\n]+", content[begin.end() : end.start()].decode("latin-1"))
    for line in sorted(lines, key=lambda line: line.split()[:1] != ["format"]):  # the types need the order of bytes
        try:
            _take(header, line)
        except (KeyError, IndexError, ValueError, TypeError, OverflowError) as error:
            shown = " ".join(line.split())[:60]
            raise InputError(f"{path} is no readable PLY file: its header says '{shown}'") from error
    if header.order == "none":
        raise InputError(f"{path} is no readable PLY file: its header tells no format")
    names = [element.name for element in header.elements]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise InputError(f"{path} has two elements '{twice}': which one is meant is not known, export it again")
    return header


def _take(header: Header, line: str) -> None:
    """One line of a header into it."""
    words = line.split()
    first = words[0].lower() if words else ""
    if first == "format":
        header.order = _FORMATS[words[1].lower()]
    elif first == "comment":
        header.comments.append(line.strip()[len("comment") :].strip())
    elif first == "element":
        count = int(words[2])
        if count < 0:
            raise ValueError(line)
        header.elements.append(Element(words[1].lower(), count))
    elif first == "property":
        order = header.order if header.order in ("<", ">") else "<"
        kinds = [np.dtype(order + _TYPES[word.lower()]) for word in words[2 if words[1] == "list" else 1 : -1]]
        lengths = kinds[:-1]
        if len(kinds) != (2 if words[1] == "list" else 1) or any(kind.kind == "f" for kind in lengths):
            raise ValueError(line)
        header.elements[-1].properties.append(Property(words[-1].lower(), kinds[-1], *lengths))
    elif first not in ("", "obj_info"):
        raise ValueError(line)
