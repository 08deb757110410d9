"""Instruments to see with: binoculars, telescopes, microscopes."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.devices.casings import board
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span
from pointrecon.shapes.made.parametric.meshes import arc, box, cylinder, lathe, rod, rounded, sweep


def binoculars(kit: Assembly, rng: np.random.Generator) -> Built:
    r, long = span(rng, 0.16, 0.24), span(rng, 0.5, 0.9)
    eye, gap = r * span(rng, 0.5, 0.75), span(rng, 0.24, 0.34)
    bent = chance(rng, 0.5)
    rows = [
        (0, 0),
        (r, 0),
        (r, long * 0.3),
        (r * 0.8, long * 0.45),
        (eye, long * 0.6),
        (eye, long),
        (eye * 1.15, long),
        (0, long),
    ]
    if bent:
        kit.pair(
            "barrel",
            lathe([(0, 0), (r, 0), (r * 0.7, long * 0.5), (0, long * 0.5)], 16),
            (gap * 1.15, 0, long * 0.5),
            rx=-90,
        )
        kit.pair("body", box(gap, r * 1.3, 0.2), (gap * 0.9, -r * 0.65, -0.05))
        kit.pair("eyepiece", cylinder(eye, long * 0.4), (gap * 0.7, 0, -0.1), rx=-90)
    else:
        kit.pair("barrel", lathe(rows, 16), (gap, 0, long * 0.5), rx=-90)
    for z in (-0.12, 0.12):
        kit.add("bridge", box(2 * gap, 0.07, 0.07), (0, -0.03, z))
    kit.add("wheel", cylinder(0.06, 0.2), (0, 0.02, -0.1), rx=90)
    strap = chance(rng, 0.4)
    if strap:
        kit.add("strap", sweep(arc(gap * 1.2, span(rng, 0.5, 0.9), 0.0, -0.5, 13), 0.02, around=5), (0, 0, -0.1))
    return kit.finish(
        ["bent" if bent else "straight"], ["two barrels", "a strap" if strap else "no strap"], "field glasses"
    )


def telescope(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "slender", "slender", "thick", "spyglass-like")
    long = span(rng, 1.2, 1.9) if kind != "thick" else span(rng, 0.9, 1.3)
    r = span(rng, 0.07, 0.12) if kind != "thick" else span(rng, 0.18, 0.28)
    sections = count(rng, 2, 4) if kind == "spyglass-like" else 1
    tilt = span(rng, 0, 50)
    rows: list[tuple[float, float]] = [(0.0, 0.0)]
    for i in range(sections):
        size = r * (0.6 + 0.4 * (i + 1) / sections)
        rows += [(size, long * i / sections), (size, long * (i + 1) / sections)]
    rows += [(r * 1.15, long), (r * 1.15, long * 1.1), (r, long * 1.1), (r * 0.95, long * 1.03), (0, long * 1.03)]
    body = merge(
        [
            place(lathe(rows, 16), (0, 0, -long / 2), rx=90),
            place(cylinder(r * 0.35, 0.2), (0, 0, -long / 2 - 0.18), rx=90),
        ]
    )
    if kind == "slender":
        body = merge([body, place(cylinder(0.03, 0.35), (0, r * 1.5, -long * 0.3), rx=90)])
    stand = (
        one_of(rng, "a tripod", "a tripod", "a fork mount", "no stand")
        if kind != "spyglass-like"
        else one_of(rng, "a tripod", "no stand", "no stand")
    )
    up = 0.0 if stand == "no stand" else span(rng, 0.8, 1.4)
    kit.add("tube", body, (0, up, 0), rx=-tilt)
    if stand == "a tripod":
        kit.ring("tripod", rod((0.05, up - 0.12, 0), (up * 0.45, 0, 0), 0.03), 3, 0.1)
        kit.add("mount", cylinder(0.07, 0.2), (0, up - 0.2, 0))
    elif stand == "a fork mount":
        kit.pair("mount", board(0.05, 0.5, 0.2), (r + 0.05, up - 0.45, 0))
        kit.add("mount", cylinder(r + 0.12, up - 0.42, r + 0.1))
    facts = [stand, f"{some(sections, 'section')}" if sections > 1 else "one tube"]
    return kit.finish(
        [kind, "tilted" if tilt > 20 else "level"], facts, "spyglass" if kind[:2] == "sp" else "optical instrument"
    )


def microscope(kit: Assembly, rng: np.random.Generator) -> Built:
    base, high = span(rng, 0.35, 0.5), span(rng, 0.8, 1.1)
    foot = one_of(rng, "a square foot", "a horseshoe foot", "a round foot")
    if foot == "a square foot":
        kit.add("foot", box(base * 1.3, 0.1, base * 1.7, (0.9, 0.9)))
    elif foot == "a round foot":
        kit.add("foot", cylinder(base * 0.9, 0.1))
    else:
        kit.add(
            "foot",
            sweep(
                arc(base * 0.6, base * 0.8, -0.05, 0.55, 12)[:, [0, 2, 1]] * (1, 1, -1),
                rounded(0.12, 0.2, 4, 8),
                (0, 1, 0),
            ),
            (0, 0.06, 0.2),
        )
    spine = [(0, 0.05, -0.3), (0, high * 0.45, -0.38), (0, high * 0.8, -0.3), (0, high * 0.92, -0.05)]
    kit.add("arm", sweep(spine, rounded(0.12, 0.14, 4, 8), (1, 0, 0)))
    kit.add("stage", box(base * 1.1, 0.05, base * 1.1), (0, high * 0.4, 0.05))
    kit.add("stage", cylinder(0.08, 0.2), (0, high * 0.15, 0.05))
    tilt = span(rng, 0, 35)
    eyes = one_of(rng, 1, 2)
    kit.add("tube", cylinder(0.09, 0.3), (0, high * 0.72, 0.05))
    for x in (0.0,) if eyes == 1 else (-0.1, 0.1):
        kit.add("tube", cylinder(0.05, span(rng, 0.35, 0.5), 0.06), (x, high * 0.95, 0.05), rx=-tilt)
    lenses = count(rng, 1, 4)
    for i in range(lenses):
        turned = place(cylinder(0.03, 0.18, 0.05), (0, -0.2, 0))
        kit.add("lens", place(place(turned, rx=25 * (i > 0)), (0, high * 0.74, 0.05), ry=360 * i / lenses))
    kit.pair("knob", cylinder(0.07, 0.08), (0.08, high * 0.3, -0.33), rz=-90)
    return kit.finish(
        ["slanted" if tilt > 15 else "straight"],
        [f"{some(eyes, 'eyepiece')}", some(lenses, "lens", "lenses"), foot],
        "optical instrument",
        "laboratory device",
    )


BUILDERS = (binoculars, telescope, microscope)
