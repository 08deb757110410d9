"""Barrels, crates and treasure chests."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.devices.casings import board
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span, spread
from pointrecon.shapes.made.parametric.meshes import (
    Mesh,
    arc,
    ball,
    box,
    cushion,
    cylinder,
    lathe,
    prism,
    rod,
    sweep,
    torus,
    tube,
)


def barrel(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "wooden", "wooden", "oil", "small keg-like")
    r, high = span(rng, 0.35, 0.5), span(rng, 1.0, 1.5)
    bulge = 0.0 if kind == "oil" else span(rng, 0.12, 0.3)
    t = np.linspace(0, 1, 11)
    wall = r * (1 + bulge * np.sin(np.pi * t))
    is_open = chance(rng, 0.25)
    staves = count(rng, 10, 20) if kind != "oil" and chance(rng, 0.5) else 24
    profile = [(0, 0.04), (r * 0.93, 0.04), (r * 0.93, 0), *zip(wall, t * high, strict=True), (r * 0.92, high)]
    profile += [(r * 0.9, 0.1), (0, 0.1)] if is_open else [(r * 0.92, high - 0.05), (0, high - 0.05)]
    body = lathe(profile, staves)
    hoops = count(rng, 2, 6) if kind != "oil" else 2
    at = np.linspace(0.06, 0.94, hoops) if kind != "oil" else np.array([0.33, 0.67])
    rings = []
    for y in at:
        size = float(np.interp(y, t, wall))
        ring = tube(size * 1.03, size * 0.97, 0.07, 24) if kind != "oil" else torus(size, 0.03, 24, 6)
        rings.append(place(ring, (0, float(y) * high - 0.035, 0)))
    lying = chance(rng, 0.3)
    up = r * (1 + bulge) if lying else 0.0
    turn = {True: 90.0, False: 0.0}[lying]
    shift = (0.0, up, -high / 2) if lying else (0.0, 0.0, 0.0)
    kit.add("body", body, shift, rx=turn)
    kit.add("hoop", merge(rings), shift, rx=turn)
    tap = lying and chance(rng)
    if tap:
        kit.add(
            "tap",
            merge(
                [
                    rod((0, up * 0.5, high / 2), (0, up * 0.5, high / 2 + 0.2), 0.04),
                    place(cylinder(0.03, 0.15), (0, up * 0.5, high / 2 + 0.12)),
                ]
            ),
        )
    cradle = lying and chance(rng)
    if cradle:
        for z in (-0.3, 0.3):
            kit.add("cradle", box(2 * r, r * 0.5, 0.12), (0, 0, z * high))
    facts = [
        some(hoops, "hoop"),
        "no lid" if is_open else "a lid",
        "a tap" if tap else "",
        "a cradle" if cradle else "",
    ]
    return kit.finish(["lying" if lying else "standing", kind], facts, "oil drum" if kind == "oil" else "cask")


def crate(kit: Assembly, rng: np.random.Generator) -> Built:
    w, h, d = span(rng, 0.7, 1.3), span(rng, 0.5, 1.1), span(rng, 0.7, 1.0)
    kind = one_of(rng, "slatted", "braced", "cardboard", "plain")
    is_open, facts = False, [""]
    if kind == "slatted":
        is_open = chance(rng, 0.6)
        rows, t = count(rng, 3, 6), 0.04
        slat = h / rows * span(rng, 0.6, 0.92)
        for i in range(rows):
            y = h * i / rows
            for s in (-1, 1):
                kit.add("slat", box(w, slat, t), (0, y, s * d / 2))
                kit.add("slat", box(t, slat, d), (s * w / 2, y, 0))
        kit.corners("post", box(0.08, h, 0.08), (w / 2 - 0.06, 0, d / 2 - 0.06))
        for top in (False,) if is_open else (False, True):
            for x in spread(5, w):
                kit.add("slat", box(w / 5 * 0.85, t, d), (x, h if top else 0.0, 0))
        facts = [some(rows, "row") + " of slats"]
    elif kind == "braced":
        kit.add("side", box(w, h, d))
        b = span(rng, 0.07, 0.12)
        for x in (-1, 1):
            for y in (0.0, h - b):
                kit.add("frame", box(b, b, d + b), (x * w / 2, y, 0))
            for z in (-1, 1):
                kit.add("frame", box(b, h, b), (x * w / 2, 0, z * d / 2))
        for z in (-1, 1):
            for y in (0.0, h - b):
                kit.add("frame", box(w + b, b, b), (0, y, z * d / 2))
            if chance(rng, 0.7):
                kit.add(
                    "brace", rod((-w / 2, b / 2, z * (d / 2 + 0.01)), (w / 2, h - b / 2, z * (d / 2 + 0.01)), b * 0.4)
                )
                facts = ["diagonal braces"]
        facts = ["a frame along its edges", *facts]
    elif kind == "cardboard":
        is_open = chance(rng, 0.6)
        if is_open:
            for s in (-1, 1):
                kit.add("side", board(w, h, 0.03), (0, 0, s * d / 2))
                kit.add("side", board(0.03, h, d), (s * w / 2, 0, 0))
                angle = span(rng, 20, 130)
                kit.add("flap", place(board(w, d * 0.48, 0.02), rx=s * angle), (0, h, s * d / 2))
                kit.add("flap", place(board(0.02, w * 0.4, d * 0.98), rz=-s * span(rng, 20, 130)), (s * w / 2, h, 0))
            kit.add("side", box(w, 0.03, d))
        else:
            kit.add("side", box(w, h, d))
            kit.add("tape", box(0.1, h * 0.3, d + 0.02), (0, h * 0.71, 0))
        facts = ["four flaps" if is_open else "tape over the lid"]
    else:
        kit.add("side", (cushion if chance(rng) else box)(w, h, d))
        kit.pair("handle", box(0.04, 0.06, d * 0.35), (w / 2 + 0.02, h * 0.65, 0))
        kit.add("lid", box(w * 1.04, 0.08, d * 1.04), (0, h, 0))
        facts = ["a lid", "two handles"]
    return kit.finish(["open" if is_open else "closed", kind], facts, "box")


def treasure_chest(kit: Assembly, rng: np.random.Generator) -> Built:
    w, h, d = span(rng, 0.9, 1.3), span(rng, 0.35, 0.6), span(rng, 0.55, 0.75)
    wall, bow = 0.06, span(rng, 0.15, 0.45)
    for s in (-1, 1):
        kit.add("box", board(w, h, wall), (0, 0, s * (d - wall) / 2))
        kit.add("box", board(wall, h, d), (s * (w - wall) / 2, 0, 0))
    kit.add("box", box(w, wall, d))
    curve = arc(d / 2, bow, 0.0, 0.5, 13)

    def vault(wide: float, grow: float, thick: float) -> Mesh:
        """A strip of the arched lid, `wide` along x, from its hinge at the origin toward +z."""
        strip = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]) * (thick, wide)
        return place(sweep(curve * grow, strip), (0, 0, d / 2), ry=90)

    lid = vault(w, 0.97, 0.06)
    end = place(place(prism(np.concatenate([curve[:, :2], [(0.0, -0.001)]]), wall), ry=90), (0, 0, d / 2))
    is_open = chance(rng, 0.6)
    angle = span(rng, 35, 110) if is_open else 0.0
    kit.add(
        "lid",
        place(merge([lid, *[place(end, (s * (w - wall) / 2, 0, 0)) for s in (-1, 1)]]), rx=-angle),
        (0, h, -d / 2),
    )
    bands = count(rng, 2, 4)
    for x in spread(bands, w):
        kit.add("band", box(0.09, h, 0.04), (x, 0, d / 2))
        kit.add("band", box(0.09, h, 0.04), (x, 0, -d / 2))
        strip = place(vault(0.09, 1.03, 0.05), (x, 0, 0))
        kit.add("band", place(strip, rx=-angle), (0, h, -d / 2))
    kit.add("lock", box(0.16, 0.2, 0.06), (0, h - 0.16, d / 2 + 0.02))
    kit.pair(
        "handle",
        sweep(arc(0.1, 0.12, 0.5, 1.0, 7)[:, [2, 1, 0]], 0.02, (1, 0, 0), around=5),
        (w / 2 + 0.02, h * 0.6, 0),
    )
    gold = is_open and chance(rng, 0.6)
    if gold:
        kit.add("treasure", ball(w * 0.42, 0.18, d * 0.4, 14), (0, h * 0.85, 0))
        for _ in range(14):
            at = (span(rng, -0.35, 0.35) * w, h * 0.95 + span(rng, 0, 0.08), span(rng, -0.3, 0.3) * d)
            kit.add("treasure", cylinder(0.06, 0.02, segments=10), at, rx=span(rng, -60, 60))
    return kit.finish(
        ["open" if is_open else "closed"],
        [some(bands, "band"), "a lock", "coins in it" if gold else ""],
        "chest",
        "trunk",
    )


BUILDERS = (barrel, crate, treasure_chest)
