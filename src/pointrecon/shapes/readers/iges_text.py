"""What the text of an IGES file tells before it is converted: whether it is whole, its unit, its faces."""

import re
from collections import Counter
from pathlib import Path

from pointrecon.errors import InputError
from pointrecon.progress import plural

# flag and name of a unit -> meters, section 2.2.4.3.14 of IGES 5.3
_FLAGS = {
    1: 0.0254, 2: 1e-3, 4: 0.3048, 5: 1609.344, 6: 1.0, 7: 1e3, 8: 2.54e-5, 9: 1e-6, 10: 1e-2, 11: 2.54e-8,
}  # fmt: skip
_NAMES = {
    "IN": 1, "INCH": 1, "MM": 2, "FT": 4, "MI": 5, "M": 6, "KM": 7, "MIL": 8, "UM": 9, "CM": 10, "UIN": 11
}  # fmt: skip
_FACES = (143, 144, 510)  # bounded surface, trimmed surface, face of a solid
_UNIT_FLAG, _UNIT_NAME = 13, 14  # of the global parameters


class IgesText:
    """An IGES file, https://paulbourke.net/dataformats/iges/IGES.pdf, in lines of 80 letters.

    Attributes:
        content: its bytes. meters: how long its unit is, None where it names none. faces: how many it defines.
    """

    def __init__(self, content: bytes, path: Path) -> None:
        """Look through it; InputError for what is no IGES file, or cut short."""
        self.content = content
        lines = [line for line in re.split(rb"\r\n|\r|\n", content) if line.strip()]
        sections = Counter(line[72:73] for line in lines)
        if not (sections[b"S"] and sections[b"G"]) or lines[0][72:73] != b"S":
            raise InputError(f"{path} is no IGES file in lines of 80 letters")
        if lines[-1][72:73] != b"T":
            raise InputError(f"{path}: cut short, it lacks the section T at its end: fetch or export it again")
        for section, told in re.findall(rb"([SGDP])\s*(\d+)", lines[-1][:32]):
            if sections[section] < int(told):
                has = f"{sections[section]} of {plural(int(told), 'line')} of section {section.decode()}"
                raise InputError(f"{path}: cut short, {has}: fetch or export it again")
        entries = [line for line in lines if line[72:73] == b"D"][::2]
        self.faces = sum(line[:8].strip().isdigit() and int(line[:8]) in _FACES for line in entries)
        self.meters = _meters(b"".join(line[:72] for line in lines if line[72:73] == b"G").decode("latin-1"))


def _meters(text: str) -> float | None:
    """The unit by the global parameters, which are numbers and texts such as 4HINCH."""
    between, end = ",", ";"
    if text.startswith("1H"):
        between, rest = text[2:3], text[3:].removeprefix(text[2:3])
        end = rest[2:3] if rest.startswith("1H") else end
    values: list[str] = []
    at = 0
    while at < len(text) and len(values) <= _UNIT_NAME:
        if hollerith := re.match(r"\s*(\d+)H", text[at:]):
            start = at + hollerith.end()
            values.append(text[start : start + int(hollerith[1])])
            at = start + int(hollerith[1])
            at += text[at : at + 1] in (between, end)
            continue
        stop = next((place for place in range(at, len(text)) if text[place] in (between, end)), len(text))
        values.append(text[at:stop].strip())
        at = stop + 1
    values += [""] * (_UNIT_NAME + 1 - len(values))
    flag = int(values[_UNIT_FLAG]) if values[_UNIT_FLAG].isdigit() else 0
    return _FLAGS.get(flag) or _FLAGS.get(_NAMES.get(values[_UNIT_NAME].strip().upper(), 0))
