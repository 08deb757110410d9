"""What the name of a column says: coordinate, color, normal or part, in the spellings that exporters use."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pointrecon.errors import InputError

IGNORED = ("-", "_")  # as a column's name: leave it out
# never coordinates of a cloud here
UNNAMED = re.compile(
    r"(?:v|var|variable|c|col|column|f|field|attribute|dim|feature)\d+"
)  # what tools call columns without
DEGREES = frozenset({"lat", "latitude", "lon", "lng", "long", "longitude", "azimuth", "theta", "phi"})

_UNIT = r"(?:[cmdk]?m|in|inch|inches|ft|feet|us_?ft|(?:milli|centi)?met(?:er|re)s?)"
_PLACE = (
    "(?:p|pt|pos|positions?|coords?|coordinates?|points?|loc|location|vertex|vertices|world|global|local|cartesian|utm|"
    "pose|field|wert|koord|koordinaten?|coordonn[ée]es?|coordenadas?){0,3}"
)
_NORMAL = r"(?:n|nrm|norm|(?:point|vertex|surface)?normals?(?:xyz)?)"
_COLOR = r"(?:vertex)?(?:c|col|colors?|colours?|rgba?|diffuse)"
# kind -> patterns of the name without blanks and signs; each has one group of three
_SPELLINGS = {
    "xyz": (rf"{_PLACE}(x|y|z){_PLACE}", rf"(?=[a-z]){_PLACE}m?(?:xyz)?(0|1|2)"),
    "ground": (
        rf"{_PLACE}(east|north|-){_PLACE}",
        rf"{_PLACE}(easting|northing|-){_PLACE}",
        "(e|n|-)",
        "(ost|est|este|nord|norte|-)",
        "(rechtswert|hochwert|-)",
        "(rechts|hoch|-)",
    ),
    "height": (rf"{_PLACE}(?:(-)|(--)|(elev|elevation|height|altitude|alt|h|u|up|höhe|hoehe)){_PLACE}",),
    "color": (
        rf"(?:{_COLOR})?(r|g|b)(?:f|{_COLOR})?",
        rf"(?:{_COLOR})?(red|green|blue)(?:{_COLOR})?",
        f"{_COLOR}(0|1|2)",
        "(rot|grün|gruen|blau)",
        "(rouge|vert|bleu)",
    ),
    "normals": (rf"{_NORMAL}(x|y|z)", rf"(x|y|z){_NORMAL}", rf"{_NORMAL}(0|1|2)"),
}
_AXES = {
    axis: number
    for trio in (
        *("x y z", "0 1 2", "east north -", "easting northing -", "e n -", "ost nord -", "est nord -", "este norte -"),
        *("rechtswert hochwert -", "rechts hoch -", "r g b", "red green blue", "rot grün blau", "rot gruen blau"),
        "rouge vert bleu",
    )
    for number, axis in enumerate(trio.split())
}
_PARTS = ("part", "label", "partlabel")


class Spelled(NamedTuple):
    """One column's name, taken apart: which of a kind's three it is, what stands around that, and its unit."""

    kind: str
    axis: int
    style: tuple[str, ...]
    unit: str


@dataclass(frozen=True)
class Roles:
    """Which columns are what, by their places; None for what is not there. `packed`: one column of 0xRRGGBB."""

    xyz: tuple[int, ...] | None = None
    color: tuple[int, ...] | None = None
    normals: tuple[int, ...] | None = None
    packed: int | None = None
    part: int | None = None

    @property
    def used(self) -> list[int]:
        """The places of all columns that have a role, ascending."""
        trios = [place for trio in (self.xyz, self.color, self.normals) for place in trio or ()]
        return sorted([*trios, *(place for place in (self.packed, self.part) if place is not None)])


def column_names(given: str | Sequence[str]) -> tuple[str, ...]:
    """What ``--columns x,y,z,r,g,b`` names, in order; "_" or "-" stands for a column to leave out.

    InputError where x, y and z are not among them, or one name is there twice.
    """
    names = tuple(re.split(r"[,;\s]+", given.strip()) if isinstance(given, str) else given)
    said = [name.lower() for name in names if name not in IGNORED]
    if len(set(said)) < len(said) or roles_of(names).xyz is None:
        raise InputError(f"--columns {','.join(names)} should name x, y and z once, and _ for columns to leave out")
    return names


def roles_of(names: Sequence[str]) -> Roles:
    """Which of these columns are what. Three that belong together are spelled alike, each once, in one unit."""
    spelled = [spell(name) for name in names]
    plain = [squashed(name)[0] for name in names]
    xyz = _trio(spelled, "xyz") or _ground(spelled)
    color = _trio(spelled, "color")
    packed = (
        next((place for place, name in enumerate(plain) if name in ("rgb", "rgba")), None) if color is None else None
    )
    part = next((plain.index(name) for name in _PARTS if name in plain), None)
    return Roles(xyz, color, _trio(spelled, "normals"), packed, part)


def spell(name: str) -> Spelled | None:
    """A name taken apart; None for one that is no coordinate, color or normal."""
    base, unit = squashed(name)
    for kind, patterns in _SPELLINGS.items():
        for number, pattern in enumerate(patterns):
            if match := re.fullmatch(pattern, base):
                axis = 2 if kind == "height" else _AXES[match.group(1)]
                start, end = match.span(match.lastindex or 1)
                return Spelled(kind, axis, (str(number), base[:start], base[end:]), unit)
    return None


def squashed(name: str) -> tuple[str, str]:
    """A name in small letters without quotes, comment marks, blanks and signs; and its unit, or ""."""
    name = re.sub(r"^(?://|[#%;])\s*", "", name[:200].strip().strip("\"'`").strip().lower())
    name = re.sub(r"[\[(]([0-2xyz])[\])]$", r":\1", name)  # position[0]
    unit = ""
    bracketed, behind = r"(.*?[^\W_])[\s_]*[\[({<]\s*(.*?)\s*[\])}>]", rf"(.*?[^\W_])[\s_/.,-]+(?:in[\s_]+)?({_UNIT})"
    if match := re.fullmatch(bracketed, name) or re.fullmatch(behind, name):
        name, unit = match.groups()
    return re.sub(r"[\W_]+", "", name), unit


def _trio(spelled: Sequence[Spelled | None], kind: str) -> tuple[int, ...] | None:
    """The first three of one style, plain ones before those with more words."""
    styles = list(dict.fromkeys(one.style for one in spelled if one is not None and one.kind == kind))
    for style in sorted(styles, key=lambda style: style[1:] != ("", "")):
        places = [_places(spelled, kind, axis, style) for axis in range(3)]
        if all(len(own) == 1 for own in places) and _one_unit(spelled, found := tuple(own[0] for own in places)):
            return found
    return None


def _ground(spelled: Sequence[Spelled | None]) -> tuple[int, ...] | None:
    """East and north, or x and y, with a height."""
    heights = [place for place, one in enumerate(spelled) if one is not None and one.kind == "height"]
    for kind in ("ground", "xyz"):
        for style in dict.fromkeys(one.style for one in spelled if one is not None and one.kind == kind):
            x, y = (_places(spelled, kind, axis, style) for axis in range(2))
            z = [place for place, one in enumerate(spelled) if one and one.kind == "xyz" and one.axis == 2] or heights
            if len(x) == len(y) == len(z) == 1 and _one_unit(spelled, found := (x[0], y[0], z[0])):
                return found
    return None


def _places(spelled: Sequence[Spelled | None], kind: str, axis: int, style: tuple[str, ...]) -> list[int]:
    return [
        place for place, one in enumerate(spelled) if one and (one.kind, one.axis, one.style) == (kind, axis, style)
    ]


def _one_unit(spelled: Sequence[Spelled | None], places: tuple[int, ...]) -> bool:
    return len({one.unit for place in places if (one := spelled[place]) is not None and one.unit}) <= 1
