"""Cannons of field, ship and fortress, muzzle along +z."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.devices.casings import spoked_wheel
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span
from pointrecon.shapes.made.parametric.meshes import ball, box, cylinder, lathe, rod, torus, tube


def cannon(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "field", "field", "naval", "modern", "mortar-like")
    long = span(rng, 1.2, 2.2) if kind != "mortar-like" else span(rng, 0.7, 0.9)
    thick = span(rng, 0.14, 0.2) * (1.5 if kind == "mortar-like" else 0.55 if kind == "modern" else 1)
    aim = span(rng, 40, 60) if kind == "mortar-like" else span(rng, 0, 28)
    s = [0.0, 0.02, 0.3, 0.32, 0.6, 0.62, 0.93, 0.95, 1.0, 1.0]
    r = (
        [0.95, 1.05, 0.98, 0.9, 0.8, 0.76, 0.66, 0.8, 0.76, 0.45]
        if kind != "modern"
        else [1.6, 1.6, 1.5, 0.9, 0.85, 0.8, 0.75, 1.1, 1.1, 0.6]
    )
    tube_ = lathe(
        [
            (0, 0),
            *zip(np.array(r) * thick, np.array(s) * long, strict=True),
            (thick * 0.4, long * 0.5),
            (0, long * 0.5),
        ],
        18,
    )
    gun = merge([place(tube_, (0, 0, -long * 0.35), rx=90)])
    if kind != "modern":
        gun = merge([gun, place(ball(thick * 0.4, thick * 0.4, thick * 0.5, 10), (0, 0, -long * 0.35 - thick * 0.4))])
    wheels, size = 0, 0.0
    if kind in ("field", "modern"):
        size = span(rng, 0.4, 0.62) if kind == "field" else span(rng, 0.28, 0.4)
        spokes = count(rng, 8, 14)
        rim = place(tube(size, size * 0.86, 0.08, 24), (0.04, 0, 0), rz=90)
        disc = place(cylinder(size * 0.6, 0.1), (0.05, 0, 0), rz=90)
        solid = merge([place(torus(size * 0.8, size * 0.2, 20, 8), rz=90), disc])
        half = thick + span(rng, 0.15, 0.3)
        kit.pair(
            "wheel",
            spoked_wheel(size * 0.9, spokes, rim, 0.1, 0.028) if kind == "field" else solid,
            (half + 0.08, size, 0),
        )
        kit.add("carriage", rod((-half - 0.1, size, 0), (half + 0.1, size, 0), 0.05))
        up = size + thick + 0.06
        kit.pair("carriage", box(0.06, up - size + 0.1, 0.4), (thick + 0.05, size - 0.05, 0))
        back = -long * span(rng, 0.7, 1.1)
        open_ = kind == "modern" and chance(rng, 0.7)
        kit.pair("trail", rod((thick * 0.7, size, 0.1), (0.6 if open_ else thick * 0.5, 0.04, back), 0.06))
        if not open_:
            kit.add("trail", box(thick * 1.6, 0.08, 0.2), (0, 0.02, back))
        if shield := kind == "modern" and chance(rng, 0.6):
            kit.pair("shield", box(half, 0.6, 0.03), (half * 0.5 + thick, size * 0.7, 0.2), rx=-12)
        facts = [
            f"{some(spokes, 'spoke')} a wheel" if kind == "field" else "a split trail" if open_ else "a trail",
            "a shield" if shield else "",
        ]
        wheels = 2
    elif kind == "naval":
        size, half = span(rng, 0.1, 0.16), thick + 0.08
        up = size * 2 + span(rng, 0.25, 0.35)
        for z, h in ((0.2, 1.0), (-0.05, 0.85), (-0.3, 0.6), (-0.5, 0.4)):
            kit.pair("carriage", box(0.07, (up - size) * h, 0.26), (half, size, z))
        kit.add("carriage", box(2 * half, 0.07, 0.9), (0, size, -0.15))
        for z in (0.22, -0.5):
            kit.pair("wheel", place(cylinder(size, 0.07), (0.05, 0, 0), rz=90), (half + 0.06, size, z))
        facts, wheels = ["a stepped wooden carriage"], 4
    else:
        up = thick + 0.12
        kit.add("carriage", box(thick * 3.2, 0.1, 0.8))
        kit.pair("carriage", box(0.1, up + thick * 0.4, 0.5, (1, 0.5)), (thick + 0.06, 0.1, 0))
        facts = ["a flat bed"]
    kit.add("barrel", place(gun, rx=-aim), (0, up, 0))
    kit.add("barrel", place(cylinder(0.045, 2 * thick + 0.2), (thick + 0.1, 0, 0), rz=90), (0, up, 0))
    if balls := chance(rng, 0.25) and kind != "modern":
        for x, y, z in ((0, 0, 0), (1, 0, 0), (0.5, 0, 0.85), (0.5, 0.8, 0.3)):
            kit.add("cannonballs", ball(0.09, 0.09, 0.09, 9), (0.7 + 0.18 * x, 0.09 + 0.18 * y, 0.2 + 0.18 * z))
    tilt = "its barrel raised" if aim > 14 else "its barrel level"
    return kit.finish(
        [kind],
        [*facts, tilt, some(wheels, "wheel") if wheels else "", "a pile of balls" if balls else ""],
        "artillery gun",
    )


BUILDERS = (cannon,)
