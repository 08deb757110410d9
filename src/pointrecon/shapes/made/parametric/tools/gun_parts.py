"""Parts of guns, muzzle along +z: barrels, grips, trigger guards, magazines, sights, stocks."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, place
from pointrecon.shapes.made.parametric.devices.casings import side_view
from pointrecon.shapes.made.parametric.dice import span
from pointrecon.shapes.made.parametric.meshes import Mesh, arc, box, cylinder, lathe, rod, sweep


def gun_barrel(start: float, stop: float, radius: float, y: float, taper: float = 1.0) -> Mesh:
    """A round bar along z whose muzzle is hollow."""
    mouth = radius * taper
    bore = min(0.05, (stop - start) / 3)
    rows = [
        (0, 0),
        (radius, 0),
        (mouth, stop - start),
        (mouth * 0.55, stop - start),
        (mouth * 0.5, stop - start - bore),
    ]
    return place(lathe([*rows, (0, stop - start - bore)], 12), (0, y, start), rx=90)


def gun_grip(high: float, deep: float, width: float, lean: float, flare: float = 1.0) -> Mesh:
    """A handle hanging down from the origin, leaning backward (degrees)."""
    return place(
        box(width, high, deep, (1.0, 1.0 / flare)),
        (0, -high * np.cos(np.radians(lean)), -high * np.sin(np.radians(lean))),
        rx=lean,
    )


def trigger_guard(
    kit: Assembly, long: float, drop: float, at: tuple[float, float, float], width: float = 0.035
) -> None:
    """A trigger and its guard, hanging down from `at`, open upward."""
    loop = arc(long / 2, drop, 0.5, 1.0, 9)[:, [2, 1, 0]]
    kit.add("trigger", sweep(loop, np.array([(-0.4, -1), (0.4, -1), (0.4, 1), (-0.4, 1)]) * width / 2, (1, 0, 0)), at)
    curve = [(0, 0, 0), (0, -drop * 0.4, 0.02), (0, -drop * 0.75, 0.0)]
    kit.add("trigger", sweep(np.array(curve), 0.012, (1, 0, 0), around=5), at)


def side_view_down(drop: np.ndarray, back: np.ndarray, front: np.ndarray, width: float) -> Mesh:
    """Body hanging down whose z lies between `back` and `front` at each depth below the origin."""
    mesh = side_view(drop, back, front, width)
    return place(mesh, rx=90)


def magazine(long: float, deep: float, width: float, bend: float) -> Mesh:
    """A box magazine hanging down from the origin; `bend` moves its foot forward."""
    t = np.linspace(0, 1, 6)
    center = bend * t * t
    return side_view_down(t * long, center - deep / 2, center + deep / 2, width)


def telescopic_sight(kit: Assembly, y: float, z: float, long: float) -> None:
    """A telescopic sight on two mounts, `y` the level it stands on."""
    r = long * 0.07
    rows = [
        (0, 0),
        (r * 1.5, 0),
        (r * 1.5, long * 0.2),
        (r, long * 0.3),
        (r, long * 0.7),
        (r * 1.8, long * 0.8),
        (r * 1.8, long),
        (0, long),
    ]
    kit.add("sight", lathe(rows, 12), (0, y + r * 2.2, z - long / 2), rx=90)
    for shift in (-0.15, 0.15):
        kit.add("sight", box(r * 1.2, r * 2.2, r), (0, y, z + shift * long))
    kit.add("sight", cylinder(r * 0.7, r * 2.0, segments=8), (0, y + r * 2.2, z))


def shoulder_stock(rng: np.random.Generator, kit: Assembly, kind: str, start: float, y: float, width: float) -> None:
    """A shoulder stock that runs back from z = `start`."""
    long, drop = span(rng, 0.45, 0.7), span(rng, 0.05, 0.14)
    if kind == "wooden":
        z = start - long * np.array([1.0, 0.97, 0.6, 0.35, 0.15, 0.0])
        low = y - np.array([drop + 0.22, drop + 0.22, drop + 0.14, 0.11, 0.1, 0.07])
        high = y + np.array([-drop * 0.5, -drop * 0.4, -drop * 0.3, -0.02, 0.02, 0.06])
        kit.add("stock", side_view(z, low, high, [0.07, 0.09, 0.1, 0.09, 0.09, width]))
    elif kind == "skeleton":
        kit.add("stock", rod((0, y, start), (0, y - 0.02, start - long), 0.022))
        kit.add("stock", rod((0, y - 0.07, start), (0, y - 0.22, start - long), 0.022))
        kit.add("stock", box(0.06, 0.27, 0.04), (0, y - 0.25, start - long))
    elif kind == "sliding":
        kit.add("stock", rod((0, y, start), (0, y, start - long * 0.7), 0.04))
        kit.add(
            "stock",
            side_view(
                start - long * np.array([1.0, 0.98, 0.5, 0.45]), y - np.array([0.22, 0.22, 0.07, 0.05]), y + 0.05, 0.08
            ),
        )
    else:
        kit.add(
            "stock", side_view(start - long * np.array([1.0, 0.05, 0.0]), [y - 0.2, y - 0.1, y - 0.08], y + 0.05, 0.08)
        )
