"""Fittings of a bathroom: toilet, bathtub, sink."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.devices.casings import basin, board
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span, spread
from pointrecon.shapes.made.parametric.meshes import (
    Mesh,
    arc,
    ball,
    box,
    cushion,
    cylinder,
    lathe,
    loft,
    rod,
    rounded,
    stack,
    sweep,
)


def _tap(rng: np.random.Generator, high: float, reach: float) -> Mesh:
    """A faucet on y = 0 that reaches toward +z."""
    bow = arc(reach / 2, reach * span(rng, 0.3, 0.6), 0.5, 0.0, 8)[:, [2, 1, 0]] + np.array([0, high, reach / 2])
    spout = sweep([(0, 0, 0), *bow, bow[-1] - np.array([0, high * 0.3, 0])], 0.025, (1, 0, 0), around=7)
    if chance(rng):
        grips = [place(cylinder(0.04, 0.07, 0.03, 8), (s * 0.12, 0, 0)) for s in (-1, 1)]
    else:
        grips = [rod((0, high * 0.9, 0), (0, high * 1.25, -0.1), 0.02), cylinder(0.045, 0.05, segments=10)]
    return merge([spout, *grips])


def toilet(kit: Assembly, rng: np.random.Generator) -> Built:
    width, long, high = span(rng, 0.44, 0.56), span(rng, 0.6, 0.78), span(rng, 0.48, 0.58)
    kind = one_of(rng, "with a tank", "with a tank", "with a tank", "wall-hung", "high tank", "squat")
    egg = rounded(width, long, span(rng, 2.0, 2.6), 20)
    egg = egg * np.stack([1 - 0.12 * egg[:, 1] / long, np.ones(20)], axis=1)
    if kind == "squat":
        pan = rounded(width * 1.1, long * 1.3, 5.0, 20)
        kit.add("bowl", basin(pan, (0, 1, 0), (0.1, 1, 0), (0.1, 0.85, 0), (0.06, 0.6, 0), (0.02, 0.4, 0)))
        kit.pair("foot rest", box(width * 0.2, 0.05, long * 0.5), (width * 0.42, 0.1, -0.05))
        kit.add("bowl", ball(width * 0.28, 0.16, 0.2, 12), (0, 0.05, long * 0.5))
        pipe = chance(rng)
        if pipe:
            kit.add("pipe", cylinder(0.03, span(rng, 0.6, 1.2)), (0, 0.05, -long * 0.68))
        return kit.finish(["squat"], ["two foot rests", "a pipe" if pipe else ""], "lavatory", "water closet")
    base = span(rng, 0.45, 0.75)
    low = high * 0.3 if kind == "wall-hung" else 0.0
    waist = span(rng, 0.45, 0.7)
    rows = [
        (low, base, -long * 0.12),
        (low + 0.03, base, -long * 0.12),
        (low + (high - low) * 0.45, waist, -long * 0.1),
    ]
    rows += [
        (high * 0.9, 0.96, 0),
        (high, 1.0, 0),
        (high, 0.76, 0.02),
        (high * 0.75, 0.62, 0.02),
        (high * 0.55, 0.3, 0),
    ]
    kit.add("bowl", basin(egg, *rows))
    back = -long / 2
    kit.add("bowl", box(width * 0.75, high * (1 - low) * 0.4, 0.22), (0, high * 0.58, back + 0.02))
    ring = basin(egg * 1.03, (0, 1, 0), (0.035, 1, 0), (0.035, 0.7, 0.02), (0, 0.7, 0.02), wrap=True)
    state = one_of(rng, "open", "open", "closed", "missing")
    if state != "missing" or chance(rng):
        kit.add("seat", ring, (0, high, 0))
    if state != "missing":
        lid = stack(egg * 1.03, (0, 0.03, 0.045), (1, 1, 0.9))
        lid = place(lid, (0, 0, long / 2))
        if state == "closed":
            kit.add("lid", lid, (0, high + 0.036, back))
        else:
            kit.add("lid", place(lid, rx=-span(rng, 88, 102)), (0, high + 0.05, back + 0.03))
    if kind != "wall-hung":
        tall, up = span(rng, 0.38, 0.55), high * 0.95 if kind == "with a tank" else high + span(rng, 0.7, 1.2)
        wide, deep = width * span(rng, 0.9, 1.2), span(rng, 0.2, 0.26)
        kit.add("tank", (cushion if chance(rng) else box)(wide, tall, deep), (0, up, back - deep * 0.45))
        kit.add("tank", box(wide * 1.06, 0.05, deep * 1.12), (0, up + tall, back - deep * 0.45))
        kit.add("handle", box(0.12, 0.025, 0.03), (-wide * 0.33, up + tall * 0.85, back + deep * 0.08))
        if kind == "high tank":
            kit.add("pipe", cylinder(0.03, up - high * 0.5), (0, high * 0.5, back - 0.05))
            kit.add("handle", rod((wide * 0.4, up, back), (wide * 0.4, up - 0.4, back), 0.012))
    else:
        kit.add("tank", board(span(rng, 0.7, 1.0), high * 2.2, 0.08), (0, 0, back - 0.12))
        kit.add("handle", box(0.2, 0.13, 0.03), (0, high * 1.7, back - 0.07))
    word = {"with a tank": "a tank behind", "high tank": "a tank high on a pipe", "wall-hung": "a wall panel"}[kind]
    return kit.finish(
        ["wall-hung" if kind == "wall-hung" else "floor-standing"],
        [f"its lid {state}" if state != "missing" else "no lid", word],
        "lavatory",
        "water closet",
    )


def bathtub(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "clawfoot", "clawfoot", "built-in", "built-in", "freestanding", "round", "slipper", "wooden")
    long, width, high = span(rng, 1.4, 1.9), span(rng, 0.65, 0.9), span(rng, 0.42, 0.65)
    facts = []
    if kind == "built-in":
        hull, hole = rounded(long, width, 30.0, 24), span(rng, 3.0, 7.0)
        edge = rounded(long, width, hole, 24)
        rows = [
            (hull, 0, 1.0),
            (hull, high, 1.0),
            (edge, high, 0.86),
            (edge, high * 0.5, 0.8),
            (edge, high * 0.2, 0.68),
        ]
        kit.add(
            "tub",
            loft(np.stack([np.stack([o[:, 0] * s, 0 * s + np.full(24, y), o[:, 1] * s], axis=1) for o, y, s in rows])),
        )
        if panel := chance(rng):
            kit.add("tub", board(long * 0.85, high * 0.65, 0.03), (0, high * 0.15, width / 2))
        facts = ["a front panel" if panel else "straight sides"]
        up = 0.0
    else:
        up = span(rng, 0.1, 0.2) if kind in ("clawfoot", "slipper") else 0.0
        if kind == "round" or kind == "wooden":
            long = width * span(rng, 1.0, 1.5)
        outline = rounded(long, width, span(rng, 2.2, 3.5), 24)
        foot = span(rng, 0.65, 0.85) if kind != "wooden" else 0.92
        rise = span(rng, 0.15, 0.35) if kind == "slipper" else 0.0
        levels = [
            (0, foot),
            (high * 0.15, foot * 1.05),
            (high * 0.6, 0.95),
            (high, 1.0),
            (high, 0.93),
            (high * 0.6, 0.87),
            (high * 0.14, foot * 0.9),
        ]
        x, z = outline.T
        tilt = rise * np.clip(-x / long + 0.1, 0, 1)
        sections = [np.stack([x * s, up + y + tilt * (y / high) * 1.5, z * s], axis=1) for y, s in levels]
        kit.add("tub", loft(np.stack(sections)))
        rim = np.stack([x * 0.97, up + high + tilt * 1.5, z * 0.97], axis=1)[::-1]
        kit.add("rim", sweep(rim, span(rng, 0.025, 0.05), (0, 1, 0), closed=True, around=6))
        if up:
            claw = merge(
                [rod((0, up + 0.1, 0), (0.06, 0.05, 0.04), 0.04), place(ball(0.06, 0.05, 0.06, 8), (0.06, 0.045, 0.04))]
            )
            kit.corners("foot", claw, (long * 0.28, 0, width * 0.25))
            facts = ["four feet"]
        elif kind == "wooden":
            for y in (0.2, 0.75):
                kit.add(
                    "hoop",
                    loft(
                        np.stack(
                            [
                                np.stack([x * s, np.full(24, high * y + d), z * s], axis=1)
                                for s, d in ((1.0, 0), (1.02, 0), (1.02, 0.05), (1.0, 0.05))
                            ]
                        ),
                        wrap=True,
                    ),
                )
            facts = ["two hoops"]
        else:
            facts = ["a rounded body"]
    if tap := chance(rng, 0.65):
        at = one_of(rng, (long * 0.46, up + high), (long * 0.6, 0.0))
        spout = place(_tap(rng, 0.12, 0.22), ry=-90)
        if at[1] == 0.0:
            kit.pair("tap", cylinder(0.02, up + high + 0.1), (at[0], 0, 0.06), axis=2)
            kit.add("tap", spout, (at[0], up + high + 0.1, 0))
        else:
            kit.add("tap", spout, (at[0], at[1], 0))
    if water := chance(rng, 0.25):
        kit.add("water", stack(rounded(long * 0.82, width * 0.82, 2.6, 24), (0, 0.02), (1, 1)), (0, up + high * 0.6, 0))
    if shower := kind in ("built-in", "clawfoot") and chance(rng, 0.25):
        kit.add(
            "shower",
            sweep(
                [(long * 0.5, 0.1, 0), (long * 0.5, 1.7, 0), (long * 0.4, 1.85, 0), (long * 0.3, 1.8, 0)],
                0.02,
                (0, 0, 1),
                around=6,
            ),
        )
        kit.add("shower", cylinder(0.1, 0.05, 0.03), (long * 0.3, 1.75, 0))
    return kit.finish(
        [kind],
        [*facts, "a tap" if tap else "no tap", "water" if water else "", "a shower" if shower else ""],
        "bath",
        "tub",
    )


def sink(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "pedestal", "pedestal", "wall-hung", "cabinet", "kitchen", "bowl-shaped", "double")
    width, deep, high = span(rng, 0.6, 0.95), span(rng, 0.42, 0.6), span(rng, 0.8, 0.95)
    tall = span(rng, 0.16, 0.28)
    square = span(rng, 2.2, 9.0)
    outline = rounded(width, deep, square, 20)
    bowls = 2 if kind == "double" or (kind == "kitchen" and chance(rng, 0.4)) else 1

    def hollow(w: float, d: float) -> Mesh:
        """A bowl that hangs below y = 0, with its rim on it."""
        shape = rounded(w, d, square, 20)
        return basin(
            shape,
            (-tall, 0.7, 0),
            (-tall * 0.6, 0.92, 0),
            (0.02, 1, 0),
            (0.02, 0.9, 0),
            (-tall * 0.5, 0.82, 0),
            (-tall * 0.9, 0.55, 0),
        )

    faucet = -deep * 0.4
    if kind in ("pedestal", "wall-hung", "bowl-shaped"):
        foot = 0.4 if kind == "bowl-shaped" else 0.6
        rim = 0.98 if kind == "bowl-shaped" else 0.8
        shift = 0.0 if kind == "bowl-shaped" else deep * 0.05
        rows = [
            (0, foot, 0),
            (tall * 0.5, 0.9, 0),
            (tall, 1, 0),
            (tall, rim * 0.97, shift),
            (tall * 0.6, rim * 0.85, shift),
            (tall * 0.25, rim * 0.5, shift),
        ]
        kit.add("bowl", basin(outline, *rows), (0, high, 0))
        if kind == "pedestal":
            t = np.linspace(0, 1, 6)
            r = width * np.array([0.24, 0.2, 0.13, 0.12, 0.15, 0.2]) * span(rng, 0.8, 1.1)
            kit.add("pedestal", lathe([(0, 0), *zip(r, t * high, strict=True), (0, high)], 14))
        elif kind == "bowl-shaped":
            kit.add("counter", box(width * span(rng, 1.3, 2.2), 0.06, deep * 1.4), (0, high - 0.06, 0))
            if chance(rng):
                kit.corners("leg", box(0.05, high - 0.06, 0.05), (width * 0.6, 0, deep * 0.6))
            faucet = -deep * 0.6
        else:
            kit.add(
                "pipe",
                sweep(
                    [(0, high, 0), (0, high - 0.25, 0), (0, high - 0.3, -deep * 0.2), (0, high - 0.25, -deep * 0.4)],
                    0.03,
                    (1, 0, 0),
                ),
            )
            if chance(rng, 0.4):
                kit.add("wall", board(width * 1.2, 0.7, 0.05), (0, high - 0.2, -deep * 0.55))
        top = high + tall
    else:
        long = width * (bowls + span(rng, 0.2, 0.9))
        w, d = width * 0.75, deep * 0.75
        for x in spread(bowls, long * 0.95 if bowls == 2 else 0.0):
            kit.add("bowl", hollow(w, d), (x * 0.9, high, 0.02))
        top = high
        if bowls == 1:
            kit.pair("counter", box((long - w) / 2, 0.05, deep), ((long + w) / 4, high - 0.05, 0))
        else:
            kit.pair("counter", box(0.08, 0.05, deep), (long / 2, high - 0.05, 0))
            kit.add("counter", box(0.1, 0.05, deep), (0, high - 0.05, 0))
        for s in (-1, 1):
            kit.add("counter", box(long, 0.05, (deep - d) / 2), (0, high - 0.05, s * (deep + d) / 4 + 0.01))
        if kind == "cabinet" or chance(rng, 0.4):
            kit.pair("cabinet", board(0.04, high - 0.05, deep * 0.95), (long / 2 - 0.03, 0, 0))
            kit.add("cabinet", board(long, high - 0.05, 0.03), (0, 0, -deep * 0.46))
            doors = count(rng, 2, 4)
            for x in spread(doors, long * 0.96):
                kit.add("cabinet", board(long / doors * 0.9, high * 0.8, 0.03), (x, 0.06, deep * 0.46))
                kit.add("cabinet", box(0.03, 0.1, 0.04), (x + long / doors * 0.35, high * 0.55, deep * 0.49))
        elif chance(rng):
            kit.corners("leg", box(0.05, high - 0.05, 0.05), (long / 2 - 0.04, 0, deep / 2 - 0.04))
    kit.add("faucet", _tap(rng, span(rng, 0.1, 0.22), deep * 0.35), (0, top, faucet))
    kit.add("bowl", cylinder(0.035, 0.015, segments=10), (0, high + (tall * 0.25 if top > high else -tall * 0.9), 0.02))
    if mirror := chance(rng, 0.15):
        kit.add("mirror", board(width, 0.7, 0.03), (0, high + 0.5, -deep * 0.6))
    support = {"pedestal": "a pedestal", "bowl-shaped": "a counter below", "wall-hung": "a drain pipe"}.get(
        kind, "a counter"
    )
    return kit.finish([kind], [some(bowls, "bowl"), support, "a faucet", "a mirror" if mirror else ""], "washbasin")


BUILDERS = (toilet, bathtub, sink)
