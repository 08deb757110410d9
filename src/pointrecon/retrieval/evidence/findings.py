"""What one shape is of another: one word, the numbers behind it, and a line for people."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

# from the same to the merely alike; docs/evidence.md says what each means and within which tolerances
KINDS = ("identical", "rescaled", "mirrored", "remeshed", "variant", "similar")
_PHRASES = {
    "identical": "identical",
    "rescaled": "rescaled copy",
    "mirrored": "mirrored copy",
    "remeshed": "same surface, other triangles",
    "variant": "variant",
    "similar": "similar",
}
_UNITS = {
    25.4: "inch to mm",
    1000.0: "m to mm",
    10.0: "cm to mm",
    100.0: "m to cm",
    304.8: "foot to mm",
    12.0: "foot to inch",
}
_CLOSE = 1e-4  # a factor this near to a unit's is that unit's
_NEAR_ONE = 0.01  # a scale this near to 1 is told to more digits
_LEAST = 0.001  # per cent: less is not told in digits


@dataclass(frozen=True)
class Region:
    """A place where one shape is off the other, in the second shape's coordinates and unit.

    Attributes:
        center, size: (3,) each: the box around it. far: the largest distance to the other shape. share: of the surface
            of the shape that has it, 0 to 1. of: "a" or "b", which of the two has it.
    """

    center: np.ndarray
    size: np.ndarray
    far: float
    share: float
    of: str


@dataclass(frozen=True)
class Evidence:
    """What shape b is of shape a: b = scale * rotation a + translation, as near as it gets, a taken in b's unit.

    Attributes:
        kind: one of `KINDS`. scale: above 0; exactly 1 where sizes agree within tolerance.
        residual: in per cent of b's diameter: the largest distance between the two, of a variant or of what is only
            similar the mean one.
        rotation: (3, 3); its determinant is -1 where a mirrored fits b. translation: (3,), in b's unit.
        share: of the surface (the smaller of a's and b's share) that is the same, 0 to 1.
        tolerance: in per cent of the diameter, within which corners and surfaces counted as the same.
        regions: of a variant, where it differs, the largest first.
        note: what limits this, such as a cloud's sampling; "" where nothing does.
        units: of a and of b, where both are known and differ (see `in_units`); else "", and numbers are compared.
        same_numbers: of what has another size: whether it is the unit alone that differs.
    """

    kind: str
    scale: float
    residual: float
    rotation: np.ndarray
    translation: np.ndarray
    share: float = 1.0
    tolerance: float = 0.0
    regions: tuple[Region, ...] = field(default=())
    note: str = ""
    units: tuple[str, str] = ("", "")
    same_numbers: bool = False

    @property
    def mirrored(self) -> bool:
        """Whether a has to be mirrored to fit b."""
        return bool(np.linalg.det(self.rotation) < 0)

    def words(self) -> str:
        """One line, such as "mirrored copy, 102% size, off by 0.003% of the diameter"."""
        parts = ["same surface, other points" if self._sampled else _PHRASES[self.kind]]
        if self.mirrored and self.kind in ("remeshed", "variant"):
            parts.append("mirrored")
        if self.scale != 1 and self.kind != "similar":
            by_units = "" if self.units[0] else _unit(self.scale)
            parts.append(f"{_plain(100 * self.scale, 6 if abs(self.scale - 1) < _NEAR_ONE else 4)}% size{by_units}")
        if self.units[0]:
            parts.append(f"{'the same numbers ' * self.same_numbers}in {' and '.join(self.units)}")
        if self.kind == "variant":
            parts.append(f"{100 * self.share:.3g}% of the surface the same")
            if self.regions:
                first = self.regions[0]
                place = ", ".join(_plain(value) for value in np.round(first.center, _decimals(first.far)) + 0.0)
                parts.append(f"differs in {len(self.regions)} {'places' if self.regions[1:] else 'place'}")
                parts.append(f"most at ({place}) by {_plain(first.far, 3)}")
        else:
            off = _plain(self.residual, 2) if self.residual >= _LEAST else f"less than {_LEAST}"
            parts.append(f"off by {off}% of the diameter{' on average' * (self.kind == 'similar')}")
        return ", ".join([*parts, *([self.note] if self.note else [])])

    @property
    def _sampled(self) -> bool:
        return self.kind == "remeshed" and "sampling" in self.note

    def to_dict(self) -> dict[str, Any]:
        """All of it as numbers, texts and lists, ready for JSON."""
        return {
            "kind": self.kind,
            "words": self.words(),
            "scale": self.scale,
            "mirrored": self.mirrored,
            "residual": self.residual,
            "tolerance": self.tolerance,
            "share": self.share,
            "rotation": self.rotation.tolist(),
            "translation": self.translation.tolist(),
            "regions": [
                {"center": r.center.tolist(), "size": r.size.tolist(), "far": r.far, "share": r.share, "of": r.of}
                for r in self.regions
            ],
            "note": self.note,
            "units": list(self.units) if self.units[0] else None,
        }


def in_units(found: Evidence, unit_a: str, unit_b: str, per_unit: float) -> Evidence:
    """Evidence that was taken of the numbers of two files, told of their true sizes.

    A part in inches is identical to the same part in millimeters; one of the same numbers is 25.4 times as large.

    Args:
        found: of the numbers. unit_a, unit_b: what they are in. per_unit: how many of b's unit one of a's is.
    """
    scale, within = found.scale / per_unit, found.tolerance
    if found.kind in ("remeshed", "variant", "similar"):
        within = max(2 * within, found.residual if found.kind == "remeshed" else 0.0)
    if abs(scale - 1) / 2 < within / 100:  # no corner is nearer to the center than half the diameter, if it is farthest
        scale = 1.0
    kind = found.kind
    if kind in ("identical", "rescaled"):
        kind = "identical" if scale == 1 else "rescaled"
    same = found.scale == 1 != scale
    return replace(found, kind=kind, scale=scale, units=(unit_a, unit_b), same_numbers=same)


def _plain(value: float, digits: int | None = None) -> str:
    """A number without an exponent, to so many significant digits where it has more."""
    return np.format_float_positional(value, digits, fractional=digits is None, trim="-")


def _decimals(far: float) -> int:
    """How many decimals tell a place to a hundredth of how far off it is."""
    return 2 - int(np.floor(np.log10(far))) if far > 0 else 6


def _unit(scale: float) -> str:
    for factor, name in _UNITS.items():
        if abs(scale / factor - 1) < _CLOSE:
            return f" ({name})"
        if abs(scale * factor - 1) < _CLOSE:
            return f" ({' to '.join(reversed(name.split(' to ')))})"
    return ""
