"""For sport: rackets, dumbbells, skateboards, balls."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span, spread
from pointrecon.shapes.made.parametric.meshes import (
    TAU,
    arc,
    ball,
    box,
    cylinder,
    lathe,
    loft,
    rod,
    rounded,
    stack,
    sweep,
    torus,
)


def racket(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "tennis", "tennis", "badminton", "table tennis")
    wide, high = span(rng, 0.4, 0.5), span(rng, 0.5, 0.7)
    grip = span(rng, 0.3, 0.5)
    if kind == "table tennis":
        kit.add(
            "head",
            place(stack(rounded(wide, wide * 1.05, 2.0, 24), (-0.03, 0.03), (1, 1)), rx=90),
            (0, grip + wide * 0.5, 0),
        )
        kit.add(
            "rubber",
            place(stack(rounded(wide * 0.97, wide, 2.0, 24), (0, 0.03), (1, 1)), rx=90),
            (0, grip + wide * 0.53, 0.03),
        )
        kit.add("handle", box(0.09, grip + 0.05, 0.08, (0.8, 0.8)))
        other = chance(rng, 0.4)
        if other:
            kit.add("ball", ball(0.07, 0.07, 0.07, 12), (wide * 0.8, 0.1, 0))
        return kit.finish([kind], ["a flat round blade", "a ball" if other else ""], "paddle", "bat")
    shaft = span(rng, 0.15, 0.3) if kind == "tennis" else span(rng, 0.5, 0.8)
    thick = span(rng, 0.018, 0.03) * (1 if kind == "tennis" else 0.6)
    middle = grip + shaft + high / 2
    kit.add("head", sweep(arc(wide / 2, high / 2, 0.0, 1.0, 33)[:-1], thick, closed=True, around=6), (0, middle, 0))
    if strung := chance(rng, 0.85):
        for x in spread(count(rng, 7, 14), wide * 0.92):
            reach = high / 2 * np.sqrt(max(0.0, 1 - (2 * x / wide) ** 2))
            kit.add("strings", rod((x, middle - reach, 0), (x, middle + reach, 0), 0.004))
        for y in spread(count(rng, 8, 16), high * 0.92):
            reach = wide / 2 * np.sqrt(max(0.0, 1 - (2 * y / high) ** 2))
            kit.add("strings", rod((-reach, middle + y, 0), (reach, middle + y, 0), 0.004))
    if kind == "tennis":
        kit.pair("shaft", rod((0.02, grip, 0), (wide * 0.25, middle - high * 0.42, 0), thick))
    else:
        kit.add("shaft", rod((0, grip, 0), (0, middle - high / 2, 0), thick))
    kit.add("handle", cylinder(0.045, grip, 0.04, 8))
    return kit.finish(
        [kind], ["strings" if strung else "no strings", "a long shaft" if shaft > 0.35 else "a short shaft"], "racquet"
    )


def dumbbell(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "round-headed", "hexagonal", "plate-loaded", "long-barred", "kettle-shaped")
    if kind == "kettle-shaped":
        r = span(rng, 0.35, 0.5)
        kit.add("weight", ball(r, r * 0.95, r, 18), (0, r * 0.9, 0))
        bow = (
            np.array([(-0.6, 1.4, 0), (-0.75, 2.0, 0), (-0.4, 2.4, 0), (0.4, 2.4, 0), (0.75, 2.0, 0), (0.6, 1.4, 0)])
            * r
        )
        kit.add("bar", sweep(bow, span(rng, 0.05, 0.09)))
        kit.add("foot", cylinder(r * 0.6, 0.06))
        return kit.finish([kind], ["a bowed grip", "a flat foot"], "kettlebell", "weight")
    long = span(rng, 1.8, 2.6) if kind == "long-barred" else span(rng, 0.6, 0.9)
    r = span(rng, 0.2, 0.4)
    kit.add("bar", cylinder(span(rng, 0.03, 0.06), long, segments=12), (long / 2, 0, 0), rz=90)
    plates = count(rng, 1, 4)
    end = long / 2
    if kind == "round-headed":
        kit.pair("weight", ball(r, r, r, 16), (end, 0, 0))
    elif kind == "hexagonal":
        kit.pair("weight", cylinder(r, r * 1.3, segments=6), (end - 0.05, 0, 0), rz=-90)
    else:
        at = end * (0.75 if kind == "long-barred" else 0.5)
        for _ in range(plates):
            thick, size = span(rng, 0.04, 0.09), r * span(rng, 0.6, 1.0)
            kit.pair(
                "weight",
                lathe([(0, 0), (size, 0), (size, thick), (size * 0.8, thick * 0.8), (0, thick)], 22),
                (at, 0, 0),
                rz=-90,
            )
            at += thick + 0.01
        kit.pair("collar", cylinder(0.09, 0.06), (at, 0, 0), rz=-90)
    facts = [f"{some(plates, 'plate')} a side" if kind in ("plate-loaded", "long-barred") else "two solid heads"]
    return kit.finish([kind], facts, "barbell" if kind == "long-barred" else "hand weight")


def skateboard(kit: Assembly, rng: np.random.Generator) -> Built:
    long, wide, thick = span(rng, 1.3, 1.9), span(rng, 0.3, 0.45), span(rng, 0.025, 0.05)
    kick = span(rng, 0.0, 0.2)
    kind = one_of(rng, "round-ended", "round-ended", "pointed", "square-ended")
    s = np.linspace(-1, 1, 21)
    power = {"round-ended": 6.0, "pointed": 2.0, "square-ended": 20.0}[kind]
    half = np.maximum(wide / 2 * (1 - np.abs(s) ** power) ** 0.5, 0.02)
    rise = kick * np.clip((np.abs(s) - 0.68) / 0.32, 0, 1) ** 1.3
    up = span(rng, 0.16, 0.24)
    path = np.stack([0 * s, up + rise, s * long / 2], axis=1)
    outline = np.array([(-0.5, -1), (0.5, -1), (0.5, 1), (-0.5, 1)])
    flat = outline[None] * np.stack([np.full(21, thick), half], axis=1)[:, None]
    sections = path[:, None] + np.stack([flat[..., 1], flat[..., 0], 0 * flat[..., 0]], axis=2)
    kit.add("deck", loft(sections))
    r = span(rng, 0.06, 0.1)
    for z in (-0.33, 0.33):
        kit.add("truck", box(0.14, up - r, 0.2, (1, 1.4)), (0, r, z * long))
        kit.add("truck", rod((-wide * 0.42, r, z * long), (wide * 0.42, r, z * long), 0.025))
        kit.pair("wheel", cylinder(r, 0.09), (wide * 0.4, r, z * long), rz=-90)
    facts = ["four wheels", "raised ends" if kick > 0.06 else "a flat deck"]
    return kit.finish([kind], facts, "board on four wheels")


def sports_ball(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "round seamed", "paneled", "oval", "three-holed", "plain")
    r = 1.0
    stretch = span(rng, 1.4, 1.8) if kind == "oval" else 1.0
    kit.add("ball", ball(r, r, r * stretch, 28))
    groove = span(rng, 0.012, 0.03)
    t = np.linspace(0, 1, 41)[:-1] * TAU
    facts = ["a smooth surface"]
    if kind == "round seamed":
        wave = 0.44 * np.sin(2 * t)
        seam = np.stack([np.cos(t) * np.cos(wave), np.sin(wave), np.sin(t) * np.cos(wave)], axis=1)
        seam = seam / np.sqrt((seam * seam).sum(axis=1, keepdims=True))
        kit.add("seam", sweep(seam * 1.005, groove, (0.01, 1, 0.02), closed=True, around=5))
        rings = count(rng, 0, 2)
        for turn in (0, 90)[:rings]:
            kit.add("seam", torus(1.0, groove, 36, 5), rx=90, ry=turn)
        facts = ["a wavy seam", f"{some(rings, 'straight seam')}" if rings else ""]
    elif kind == "paneled":
        golden = (1 + 5**0.5) / 2
        corners = np.array([(0.0, a, b * golden) for a in (-1, 1) for b in (-1, 1)])
        for x, y, z in np.concatenate([np.roll(corners, i, axis=1) for i in range(3)]):
            tilt, turn = np.degrees(np.arccos(y / np.sqrt(1 + golden**2))), np.degrees(np.arctan2(x, z))
            patch = place(cylinder(0.33, 0.05, 0.3, 5), (0, 0.945, 0))
            kit.add("panel", place(patch, rx=float(tilt)), ry=float(turn))
        facts = ["five-sided panels"]
    elif kind == "oval":
        for turn in (0, 90):
            kit.add(
                "seam", place(sweep(arc(1.0, stretch, 0, 1, 33)[:-1], groove, closed=True, around=5), rx=90), rz=turn
            )
        laces = chance(rng, 0.6)
        for along in spread(7, 0.8) if laces else ():
            kit.add("lace", box(0.2, 0.05, 0.04), (0, 0.99, along))
        facts = ["laces" if laces else "two seams"]
    elif kind == "three-holed":
        for x, along in ((-0.13, 0.0), (0.13, 0.0), (0.0, 0.25)):
            kit.add("hole", torus(0.09, 0.02, 14, 5), (x, 0.98 - along * 0.12, along))
        pins = chance(rng, 0.5)
        for x, along in ((0.0, -2.2), (-0.5, -2.9), (0.5, -2.9)) if pins else ():
            shape = [(0, -1), (0.25, -1), (0.42, -0.3), (0.3, 0.5), (0.17, 0.9), (0.24, 1.3), (0.1, 1.5), (0, 1.52)]
            kit.add("pin", lathe(shape, 16), (x, 0, along))
        facts = ["three finger holes", "three pins" if pins else ""]
    return kit.finish([kind], facts, "ball")


BUILDERS = (racket, dumbbell, skateboard, sports_ball)
