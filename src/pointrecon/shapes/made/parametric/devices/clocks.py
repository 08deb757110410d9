"""Clocks for wall, table, floor and wrist."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.devices.casings import board
from pointrecon.shapes.made.parametric.dice import chance, one_of, span
from pointrecon.shapes.made.parametric.meshes import (
    TAU,
    Mesh,
    arc,
    ball,
    box,
    cylinder,
    lathe,
    prism,
    rod,
    rounded,
    sweep,
    torus,
)


def _hands(radius: float, hour: float, long: float = 0.8) -> Mesh:
    """Two hands in the x-y plane about the origin, pointing as at that hour, facing +z."""
    minute = place(box(radius * 0.06, radius * long, 0.02, (0.4, 1)), rz=-360 * (hour % 1))
    short = place(box(radius * 0.09, radius * long * 0.62, 0.02, (0.5, 1)), (0, 0, 0.0), rz=-30 * hour)
    return merge([minute, place(short, (0, 0, 0.02)), place(cylinder(radius * 0.07, 0.05, segments=8), rx=90)])


def clock(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "wall", "wall", "alarm", "grandfather", "mantel", "cuckoo", "wrist")
    r = span(rng, 0.35, 0.5)
    hour = span(rng, 0.0, 12.0)
    face, y = 0.05, 0.0
    facts: list[str] = []
    if kind == "wall":
        square = chance(rng, 0.35)
        side = rounded(2.1 * r, 2.1 * r, one_of(rng, 2.0, 2.0, 8.0, 4.0), 32)
        if square:
            side = rounded(2.2 * r, 2.2 * r, 20.0, 32)
        kit.add("case", prism(side, 0.1))
        kit.add("case", prism(side * 1.08, 0.16, side * 0.92))
        facts = ["a square case" if square else "a rounded case"]
    elif kind == "alarm":
        kit.add("case", cylinder(r * 1.05, 0.3, segments=24), (0, 0, -0.25), rx=90)
        kit.add("case", torus(r * 1.03, 0.04, 24, 6), (0, 0, 0.05), rx=90)
        kit.pair("bell", lathe([(0, 0), (0.17, 0), (0.14, 0.1), (0, 0.14)], 12), (r * 0.55, r * 0.95, -0.1), rz=-35)
        kit.pair("foot", rod((r * 0.5, -r * 0.85, -0.1), (r * 0.8, -r * 1.25, -0.1), 0.035))
        if handle := chance(rng, 0.6):
            kit.add("bell", sweep(arc(r * 0.45, 0.25, 0, 0.5, 9), 0.025, around=5), (0, r * 1.15, -0.1))
        facts = ["two bells", "a handle" if handle else ""]
    elif kind == "grandfather":
        tall, w = span(rng, 2.2, 3.0), r * 2.4
        kit.add("case", box(w * 1.15, tall * 0.2, 0.45), (0, r * 1.4 - tall, -0.25))
        kit.add("case", board(w * 0.85, tall * 0.6, 0.36), (0, r * 1.4 - tall * 0.85, -0.25))
        kit.add("case", box(w, r * 2.7, 0.42), (0, -r * 1.3, -0.18))
        top = one_of(rng, "a peaked top", "a flat top", "a round top")
        if top == "a peaked top":
            kit.add("top", prism(np.array([(-w * 0.58, 0), (w * 0.58, 0), (0, r * 0.8)]), 0.45), (0, r * 1.4, -0.2))
        elif top == "a flat top":
            kit.add("top", box(w * 1.15, 0.08, 0.5), (0, r * 1.4, -0.2))
        else:
            kit.add("top", place(cylinder(w / 2, 0.42, segments=24), (0, 0, -0.21), rx=90), (0, r * 1.35, -0.18))
        kit.add("pendulum", rod((0, -r * 1.5, 0.0), (0, -tall * 0.55, 0.0), 0.02))
        kit.add("pendulum", cylinder(0.14, 0.04), (0, -tall * 0.55, -0.02), rx=90)
        facts = ["a pendulum", top]
    elif kind == "mantel":
        w = r * span(rng, 1.3, 2.4)
        t = np.linspace(0, 1, 15)
        outline = np.concatenate(
            [
                [(-w, -r * 1.2), (w, -r * 1.2)],
                np.stack(
                    [w * np.cos(np.pi * t), -r * 0.9 + r * 2.1 * np.sin(np.pi * t) ** span(rng, 0.7, 2.5)], axis=1
                ),
            ]
        )
        kit.add("case", prism(outline, 0.36), (0, 0, -0.15))
        kit.add("case", box(2.2 * w, 0.1, 0.5), (0, -r * 1.3, -0.15))
        facts = ["a curved case"]
    elif kind == "cuckoo":
        w = r * 1.6
        kit.add("case", box(2 * w, r * 2.6, 0.5), (0, -r * 1.3, -0.27))
        for s in (-1, 1):
            kit.add(
                "roof", place(place(box(w * 1.7, 0.07, 0.75), (s * w * 0.7, 0, 0)), (0, r * 2.25, -0.2), rz=-s * 36)
            )
        kit.add("case", prism(np.array([(-w, 0), (w, 0), (0, r * 1.1)]), 0.5), (0, r * 1.3, -0.27))
        for x in (-0.12, 0.12):
            drop = span(rng, 0.5, 1.2)
            kit.add("pendulum", rod((x, -r * 1.3, -0.2), (x, -r * 1.3 - drop, -0.2), 0.012))
            kit.add(
                "pendulum", lathe([(0, 0), (0.06, 0.08), (0.05, 0.2), (0, 0.25)], 8), (x, -r * 1.3 - drop - 0.2, -0.2)
            )
        kit.add("bird", ball(0.07, 0.07, 0.14, 8), (0, r * 1.45, 0.08))
        r *= 0.85
        facts = ["a peaked roof", "hanging weights"]
    else:
        kit.add("case", cylinder(r, 0.14, r * 0.92, 24), (0, 0, -0.09), rx=90)
        kit.add("case", cylinder(0.05, 0.12, segments=8), (r, 0, 0), rz=-90)
        closed = chance(rng, 0.6)
        wide = r * span(rng, 0.7, 1.1)
        band = np.array([(-0.02, -wide / 2), (0.02, -wide / 2), (0.02, wide / 2), (-0.02, wide / 2)])
        if closed:
            turn = np.linspace(0.03, 0.97, 25) * TAU
            path = np.stack([0 * turn, r * 0.95 * np.sin(turn), r * 0.95 * (np.cos(turn) - 1.05)], axis=1)
        else:
            path = np.array([(0, s, -0.06) for s in np.linspace(-2.6, 2.6, 9) * r])
        kit.add("strap", sweep(path, band, (1, 0, 0)))
        facts = ["a closed strap" if closed else "an open strap"]
    kit.add("face", cylinder(r * 0.93, 0.04, segments=24), (0, y, face - 0.02), rx=90)
    for i in range(12):
        a = TAU * i / 12
        kit.add("face", box(0.03, 0.09, 0.02), (r * 0.78 * np.sin(a), y + r * 0.78 * np.cos(a) - 0.045, face + 0.02))
    kit.add("hand", _hands(r, hour), (0, y, face + 0.04))
    facts.append("two hands")
    return kit.finish([kind], facts, "watch" if kind == "wrist" else "timepiece")


BUILDERS = (clock,)
