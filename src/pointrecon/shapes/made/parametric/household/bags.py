"""Handbags and backpacks."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span
from pointrecon.shapes.made.parametric.meshes import arc, ball, box, cushion, cylinder, rounded, stack, sweep


def handbag(kit: Assembly, rng: np.random.Generator) -> Built:
    w, h, d = span(rng, 0.8, 1.2), span(rng, 0.5, 0.9), span(rng, 0.2, 0.4)
    kind = one_of(rng, "boxy", "soft", "tote", "flap", "clutch")
    if kind == "tote":
        outline = rounded(w, d, 6.0, 24)
        rows = np.array([0, 0.05, 1, 1, 0.08]) * h
        kit.add("body", stack(outline, rows, [0.85, 0.9, 1.0, 0.94, 0.85]))
    elif kind == "boxy":
        kit.add("body", box(w, h, d, (span(rng, 0.7, 1.0), span(rng, 0.5, 0.9))))
    else:
        kit.add(
            "body",
            stack(
                rounded(w, d, 3.5, 20),
                np.array([0, 0.1, 0.35, 0.8, 1]) * h,
                np.array([(0.9, 0.7), (1, 1), (1, 1), (0.92, 0.5), (0.85, 0.12)]),
            ),
        )
    if kind in ("flap", "clutch"):
        kit.add("flap", box(w * 0.9, h * 0.45, 0.05), (0, h * 0.5, d * 0.4), rx=-14)
        kit.add("clasp", cylinder(0.05, 0.05), (0, h * 0.55, d * 0.48), rx=90)
    grips = "no handles" if kind == "clutch" else one_of(rng, "two handles", "one handle", "a long strap")
    rise = span(rng, 0.25, 0.5)
    if grips == "two handles":
        for z in (-0.25, 0.25):
            kit.add("handle", sweep(arc(w * 0.25, rise, 0.0, 0.5, 11), 0.03, around=6), (0, h * 0.95, z * d))
    elif grips == "one handle":
        kit.add("handle", sweep(arc(w * 0.35, rise, 0.0, 0.5, 11), rounded(0.04, 0.08, 4, 8)), (0, h * 0.95, 0))
    elif grips == "a long strap":
        kit.add(
            "handle",
            sweep(arc(w * 0.45, rise + span(rng, 0.4, 0.9), 0.0, 0.5, 15), rounded(0.02, 0.06, 4, 8)),
            (0, h * 0.9, 0),
        )
    feet = chance(rng, 0.3)
    if feet:
        kit.corners("foot", ball(0.03, 0.03, 0.03, 7), (w * 0.35, 0, d * 0.3))
    return kit.finish(
        [kind], [grips, "a clasp" if kind in ("flap", "clutch") else "", "feet" if feet else ""], "purse", "bag"
    )


def backpack(kit: Assembly, rng: np.random.Generator) -> Built:
    w, h, d = span(rng, 0.6, 0.85), span(rng, 0.8, 1.3), span(rng, 0.3, 0.45)
    kit.add(
        "body",
        stack(
            rounded(w, d, span(rng, 3, 6), 24),
            np.array([0, 0.06, 0.5, 0.85, 0.97, 1.0]) * h,
            [0.9, 1, 1, 0.95, 0.75, 0.4],
        ),
    )
    pockets = count(rng, 0, 2)
    for i in range(pockets):
        kit.add("pocket", cushion(w * (0.75 - 0.15 * i), h * 0.3, d * 0.4), (0, h * (0.08 + 0.38 * i), d * 0.5))
    sides = chance(rng, 0.4)
    if sides:
        kit.pair("pocket", cushion(d * 0.35, h * 0.35, d * 0.6), (w * 0.52, h * 0.08, 0))
    strap = sweep(
        [(0, h * 0.9, 0), (0.02, h * 0.8, -0.16), (0.04, h * 0.45, -0.2), (0.03, h * 0.12, 0.0)],
        rounded(0.04, 0.11, 4, 8),
        (1, 0, 0),
    )
    kit.pair("strap", strap, (w * 0.25, 0, -d * 0.46))
    kit.add("handle", sweep(arc(0.1, 0.12, 0.0, 0.5, 9), 0.025, around=6), (0, h * 0.96, -d * 0.25))
    roll = chance(rng, 0.3)
    if roll:
        kit.add(
            "roll",
            place(cylinder(0.13, w * 1.1), (w * 0.55, 0, 0), rz=90),
            (0, h + 0.1, 0) if chance(rng) else (0, -0.12, 0),
        )
    flap = chance(rng, 0.4)
    if flap:
        kit.add("flap", cushion(w * 1.02, h * 0.22, d * 1.08), (0, h * 0.82, 0.02))
    facts = [
        some(pockets, "front pocket") if pockets else "no front pockets",
        "side pockets" if sides else "",
        "a rolled mat" if roll else "",
        "a flap" if flap else "",
    ]
    return kit.finish(["tall" if h > 1.05 else "small"], facts, "rucksack", "school bag")


BUILDERS = (handbag, backpack)
