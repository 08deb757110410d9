"""Parts that aircraft of many kinds are made of, nose along +z: bodies, wings, propellers, landing gear, tails."""

from collections.abc import Sequence

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, merge, place
from pointrecon.shapes.made.parametric.dice import one_of, span
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, box, cylinder, loft, rod, rounded


def barrel(stations: Sequence[tuple[float, float, float, float]], square: float = 2.0, sides: int = 12) -> Mesh:
    """A body along z through stations (z upward, half width, half height, middle y), its section a superellipse."""
    s = np.array(stations, dtype=np.float64)
    ring = rounded(2.0, 2.0, square, sides)
    x, y = s[:, 1:2] * ring[:, 0], s[:, 3:4] + s[:, 2:3] * ring[:, 1]
    return loft(np.stack([x, y, np.broadcast_to(s[:, :1], x.shape)], axis=2)[::-1])


# share of the half span, share of the chord there
_TIPS = {
    "square": [(0.0, 1.0), (1.0, 1.0)],
    "round": [(0.0, 1.0), (0.8, 1.0), (0.93, 0.8), (1.0, 0.35)],
    "elliptic": [(0.0, 1.0), (0.3, 0.96), (0.6, 0.8), (0.85, 0.53), (1.0, 0.12)],
}


def airfoil(
    reach: float,
    root: float,
    tip: float,
    back: float = 0.0,
    rise: float = 0.0,
    ends: str = "square",
    thick: float = 0.1,
) -> Mesh:
    """Half a wing from the origin along +x with a curved section; `tip` is a share of `root`, `ends` a key of tips."""
    rows = []
    for x, share in _TIPS[ends]:
        chord = root * share * (1.0 + (tip - 1.0) * x)
        z = np.array([0.5, 0.3, 0.0, -0.5, 0.0, 0.3]) * chord - back * x
        y = np.array([0.0, 0.8, 1.0, 0.0, -0.4, -0.4]) * thick * chord / 2 + rise * x
        rows.append(np.stack([np.full(6, reach * x), y, z], axis=1))
    return loft(np.stack(rows))


def propeller(blades: int, reach: float, spinner: float, spinning: bool = False) -> Mesh:
    """Blades in the x-y plane about the origin with a spinner ahead, or the disc that turning blades look like."""
    nose = barrel([(-0.03, spinner, spinner, 0), (0.02, spinner * 0.8, spinner * 0.8, 0), (0.1, 0.01, 0.01, 0)], 2, 10)
    if spinning:
        return merge([nose, place(cylinder(reach, 0.012, segments=24), rx=90)])
    blade = place(box(reach * 0.16, reach, 0.02, (0.6, 1)), ry=25)
    return merge([nose, *(place(blade, rz=360 * i / blades + 10) for i in range(blades))])


def landing_gear(kit: Assembly, rng: np.random.Generator, fat: float, z: float, tail: float) -> str:
    """Wheels or floats under a fuselage; a small third wheel at `tail`."""
    kind = one_of(rng, "fixed wheels", "fixed wheels", "spatted wheels", "floats", "")
    out, low, size = fat * span(rng, 1.3, 2.2), -fat - span(rng, 0.1, 0.24), span(rng, 0.05, 0.09)
    if kind == "floats":
        long = span(rng, 0.35, 0.5)
        stations = [
            (-long, 0.02, 0.03, 0.03),
            (0, 0.06, 0.06, 0),
            (long * 0.7, 0.06, 0.06, 0),
            (long, 0.02, 0.02, 0.04),
        ]
        kit.pair("gear", barrel(stations, 3, 8), (out, low, z))
        for end in (-0.2, 0.15):
            kit.pair("gear", rod((out, low, z + end), (fat * 0.5, -fat * 0.5, z + end), 0.014))
    elif kind:
        hub = place(cylinder(size, 0.04, segments=12), (0.02, 0, 0), rz=90)
        kit.pair("gear", hub, (out, low, z))
        kit.pair("gear", rod((out, low, z), (fat * 0.5, -fat * 0.6, z - 0.08), 0.014))
        kit.pair("gear", rod((out, low, z), (fat * 0.5, -fat * 0.6, z + 0.08), 0.014))
        kit.add("gear", place(cylinder(size * 0.6, 0.03, segments=10), rz=90), (0, low + size * 0.4, tail))
        kit.add("gear", rod((0, low + size * 0.4, tail), (0, 0, tail * 0.95), 0.012))
        if "spatted" in kind:
            kit.pair("gear", ball(0.04, size * 0.9, size * 2, 10), (out, low + size * 0.4, z))
    return kind


def tail_planes(kit: Assembly, rng: np.random.Generator, z: float, y: float, size: float) -> str:
    """Fins and stabilizers at the rear end."""
    kind = one_of(rng, "a plain tail", "a plain tail", "a plain tail", "a T-tail", "a twin tail")
    ends, back = one_of(rng, "square", "round", "round"), span(rng, 0.0, 0.2)
    fin = airfoil(size, size * span(rng, 0.7, 1.0), span(rng, 0.4, 0.8), back, 0, ends, 0.08)
    broad = size * span(rng, 1.0, 1.5)
    flat = airfoil(broad, size * span(rng, 0.6, 0.9), span(rng, 0.5, 1.0), span(rng, 0, 0.12), 0, ends, 0.08)
    level = y + size * 0.95 if kind == "a T-tail" else y
    kit.pair("tail", flat, (0, level, z - back * (kind == "a T-tail")))
    if kind == "a twin tail":
        kit.pair("tail", place(fin, rz=90), (broad * 0.97, y - size * 0.25, z))
    else:
        kit.add("tail", fin, (0, y, z), rz=90)
    return kind
