"""For show: trophies, crowns, hourglasses."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span
from pointrecon.shapes.made.parametric.meshes import TAU, arc, ball, box, cylinder, lathe, prism, sweep, torus


def trophy(kit: Assembly, rng: np.random.Generator) -> Built:
    high, r = span(rng, 0.6, 1.0), span(rng, 0.25, 0.45)
    kind = one_of(rng, "cup", "cup", "star", "column", "medal-like")
    up = span(rng, 0.15, 0.35)
    sides = one_of(rng, 4, 18, 18)
    kit.add(
        "base", lathe([(0, 0), (r * 1.0, 0), (r * 0.95, up * 0.5), (r * 0.7, up * 0.5), (r * 0.65, up), (0, up)], sides)
    )
    facts = ["a square base" if sides == 4 else "a round base"]
    stem = span(rng, 0.15, 0.4)
    kit.add(
        "stem",
        lathe(
            [
                (0, 0),
                (r * 0.45, 0),
                (0.05, stem * 0.4),
                (0.09, stem * 0.55),
                (0.05, stem * 0.7),
                (0.07, stem),
                (0, stem),
            ],
            14,
        ),
        (0, up, 0),
    )
    y = up + stem
    if kind == "cup":
        t = np.linspace(0, 1, 8)
        wall = 0.06 + (r - 0.06) * t ** span(rng, 0.3, 0.8)
        rows = [
            (0, 0),
            *zip(wall, t * high, strict=True),
            *zip(wall[::-1] * 0.92, t[::-1] * high * 0.98 + 0.01, strict=True),
        ]
        kit.add("bowl", lathe(rows, 22), (0, y, 0))
        handles = chance(rng, 0.8)
        if handles:
            bow = arc(high * span(rng, 0.2, 0.35), high * 0.33, -0.25, 0.25, 11)
            kit.pair("handle", sweep(bow, 0.03, around=6), (r * 0.85, y + high * 0.6, 0))
        lid = chance(rng, 0.25)
        if lid:
            kit.add(
                "lid",
                lathe([(0, 0), (r, 0), (r * 0.5, 0.15), (0.06, 0.2), (0.09, 0.28), (0, 0.33)], 20),
                (0, y + high, 0),
            )
        facts = ["two handles" if handles else "no handles", "a lid" if lid else "", *facts]
    elif kind == "column":
        kit.add("column", cylinder(r * 0.3, high, segments=12), (0, y, 0))
        kit.add("top", ball(r * 0.5, r * 0.5, r * 0.5, 14), (0, y + high + r * 0.4, 0))
        facts = ["a ball on a column", *facts]
    else:
        spikes = 5 if kind == "star" else 24
        a = TAU * (np.arange(2 * spikes) / (2 * spikes) + 0.25)
        reach = np.where(np.arange(2 * spikes) % 2 == 0, 1.0, 0.45 if kind == "star" else 0.9) * r * 1.2
        kit.add("top", prism(np.stack([reach * np.cos(a), reach * np.sin(a)], axis=1), 0.12), (0, y + r * 1.0, 0))
        if kind != "star":
            kit.add("top", torus(r * 0.8, 0.03, 24, 5), (0, y + r, 0.06), rx=90)
        facts = ["a five-pointed star" if kind == "star" else "a round disc", *facts]
    return kit.finish([kind], facts, "award", "prize")


def crown(kit: Assembly, rng: np.random.Generator) -> Built:
    r, high = span(rng, 0.45, 0.6), span(rng, 0.15, 0.3)
    points, flare = count(rng, 5, 12), span(rng, 1.0, 1.25)
    kit.add(
        "band",
        lathe(
            [(r * 0.95, 0), (r, 0), (r * (1 + (flare - 1) * 0.4), high), (r * 0.96 * (1 + (flare - 1) * 0.4), high)],
            30,
            wrap=True,
        ),
    )
    tall = span(rng, 0.2, 0.5)
    shape = one_of(rng, "pointed", "rounded", "crossed")
    size = TAU * r / points
    for i in range(points):
        spike = place(
            box(0.05, tall, size * 0.95, (1, 0.06 if shape == "pointed" else 0.5)),
            rz=-np.degrees(np.arctan((flare - 1) * 2)),
        )
        kit.add("point", place(place(spike, (r * 1.0, high * 0.9, 0)), ry=360 * i / points))
        tip = (r * flare * 0.99, high + tall * 0.95, 0.0)
        if shape == "rounded" or (shape == "pointed" and points < 9):
            kit.add("ball", place(place(ball(0.05, 0.05, 0.05, 8), tip), ry=360 * i / points))
        elif shape == "crossed":
            cross = merge([box(0.04, 0.2, 0.05), place(box(0.04, 0.05, 0.17), (0, 0.08, 0))])
            kit.add("cross", place(place(cross, tip), ry=360 * i / points))
    gems = chance(rng, 0.6)
    if gems:
        kit.ring("gem", place(ball(0.04, 0.05, 0.05, 8), (r * 1.03, high * 0.5, 0)), points, 0.5 / points)
    arches = chance(rng, 0.3)
    if arches:
        for turn in (0, 90):
            kit.add(
                "arch", sweep(arc(r, high + tall + 0.25, 0.0, 0.5, 15), 0.035, around=6), (0, high * 0.5, 0), ry=turn
            )
        kit.add("arch", ball(0.09, 0.09, 0.09, 10), (0, high * 1.5 + tall + 0.3, 0))
    facts = [some(points, "point"), "gems" if gems else "no gems", "two arches" if arches else ""]
    return kit.finish([shape], facts, "royal headdress")


def hourglass(kit: Assembly, rng: np.random.Generator) -> Built:
    r, high = span(rng, 0.35, 0.5), span(rng, 1.1, 1.6)
    t = np.linspace(0, 1, 17)
    wall = 0.04 + (r * 0.85) * np.abs(np.sin(TAU * t)) ** span(rng, 0.5, 0.9)
    kit.add("glass", lathe([(0, 0), *zip(wall, t * high, strict=True), (0, high)], 20), (0, 0.1, 0))
    sides = one_of(rng, 4, 6, 22)
    plate = lathe([(0, 0), (r * 1.2, 0), (r * 1.2, 0.06), (r * 1.05, 0.1), (0, 0.1)], sides)
    kit.add("plate", plate)
    kit.add("plate", place(plate, rx=180), (0, high + 0.2, 0))
    posts = one_of(rng, 3, 4, 6)
    s = np.linspace(0, 1, 7)
    turned = lathe(
        [(0, 0), *zip(0.045 * np.array([1, 1.5, 0.8, 1.2, 0.8, 1.5, 1]), s * high, strict=True), (0, high)], 8
    )
    kit.ring("post", place(turned, (r * 1.02, 0.1, 0)), posts, 0.125)
    sand = chance(rng, 0.5)
    if sand:
        kit.add("sand", cylinder(r * 0.5, high * 0.15, 0.02), (0, 0.12, 0))
    shape = {4: "square", 6: "six-sided", 22: "round"}[sides]
    return kit.finish([shape], [some(posts, "post"), f"{shape} end plates"], "sand timer")


BUILDERS = (trophy, crown, hourglass)
