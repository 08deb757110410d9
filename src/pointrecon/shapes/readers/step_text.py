"""What the text of a STEP file tells before it is converted: whether it is whole, its unit, its faces, other files."""

import re
from pathlib import Path

from pointrecon.errors import InputError

_PREFIXES = {
    "EXA": 1e18, "PETA": 1e15, "TERA": 1e12, "GIGA": 1e9, "MEGA": 1e6, "KILO": 1e3, "HECTO": 1e2, "DECA": 1e1,
    "DECI": 1e-1, "CENTI": 1e-2, "MILLI": 1e-3, "MICRO": 1e-6, "NANO": 1e-9, "PICO": 1e-12,
}  # fmt: skip
_NUMBER = rb"[-+]?\d+\.?\d*(?:[Ee][-+]?\d+)?"
# "5E-05", which the standard writes as "5.E-05": OpenCASCADE would lose the entity, and the faces that need it
_BARE = re.compile(rb"([(,]\s*[-+]?\d+)(?=[Ee][-+]?\d+\s*[,)])")
_BARE_OR_TEXT = re.compile(rb"'[^']*'|" + _BARE.pattern)
# entities by which OpenCASCADE would look for the file of a part wherever the text says
_EXTERNAL = rb"DOCUMENT_FILE|EXTERNAL_SOURCE|EXTERNAL_IDENTIFICATION_ASSIGNMENT"


class StepText:
    """A STEP file, ISO 10303-21.

    Attributes:
        content: its bytes, without names of other files to open, with a point in each number that has an exponent.
        meters: how long its unit of length is; None where it names none.
        faces: how many it defines. missing: how many entities it refers to and does not define.
        others: names of files that hold parts of it.
    """

    def __init__(self, content: bytes, path: Path) -> None:
        """Look through it; InputError for what is no STEP file, or cut short."""
        if b"ISO-10303-21" not in content[:4096]:
            raise InputError(f"{path} is no STEP file: it does not begin with ISO-10303-21")
        if b"END-ISO-10303-21" not in content:
            raise InputError(f"{path}: cut short, it lacks END-ISO-10303-21 at its end: fetch or export it again")
        names = re.findall(rb"DOCUMENT_FILE\s*\(\s*'([^']*)'", content, re.IGNORECASE)
        self.others = sorted({name.decode("latin-1") for name in names if name.strip()})
        self.content = re.sub(_EXTERNAL, lambda found: b"X" * len(found[0]), content, flags=re.IGNORECASE)
        self.faces = len(re.findall(rb"=\s*(?:ADVANCED_FACE|FACE_SURFACE)\s*\(", content, re.IGNORECASE))
        bare = re.sub(rb"'[^']*'", b"", content)
        if _BARE.search(bare):
            self.content = _BARE_OR_TEXT.sub(lambda found: found[0] + b"." * bool(found[1]), self.content)
        self.missing = len({*re.findall(rb"#(\d+)", bare)} - {*re.findall(rb"#(\d+)\s*=", bare)})
        self.meters = self._unit()

    def _unit(self) -> float | None:
        found = re.search(rb"GLOBAL_UNIT_ASSIGNED_CONTEXT\s*\(\s*\(([#\d\s,]*)\)", self.content, re.IGNORECASE)
        for number in re.findall(rb"#(\d+)", found[1]) if found else ():
            entity = self._entity(number)
            if b"LENGTH_UNIT" in entity:
                return self._meters(entity)
        return None

    def _meters(self, entity: bytes, depth: int = 4) -> float | None:
        """Of a unit of length: an SI one, or so many of another."""
        if si := re.search(rb"SI_UNIT\s*\(\s*(?:\.(\w+)\.|\$)\s*,\s*\.METRE\.", entity):
            return _PREFIXES.get(si[1].decode()) if si[1] else 1.0
        converted = re.search(rb"CONVERSION_BASED_UNIT\s*\(\s*'[^']*'\s*,\s*#(\d+)", entity)
        if converted is None or not depth:
            return None
        measure = self._entity(converted[1])
        number, base = re.search(rb"\(\s*(" + _NUMBER + rb")", measure), re.search(rb"#(\d+)", measure)
        unit = self._meters(self._entity(base[1]), depth - 1) if base else None
        return float(number[1]) * unit if number and unit and float(number[1]) > 0 else None

    def _entity(self, number: bytes) -> bytes:
        """The text of an entity, without line ends; empty where there is none."""
        found = re.search(rb"(?:^|[;\s])#" + number + rb"\s*=([^;]*);", self.content)
        return b" ".join(found[1].upper().split()) if found else b""
