"""Keys, padlocks, bells, globes, dice, anchors."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.devices.casings import board
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span
from pointrecon.shapes.made.parametric.meshes import (
    TAU,
    arc,
    ball,
    box,
    cushion,
    cylinder,
    lathe,
    loft,
    prism,
    rod,
    rounded,
    sweep,
    torus,
)


def door_key(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "old", "old", "flat")
    long = span(rng, 0.8, 1.3)
    if kind == "old":
        r = span(rng, 0.03, 0.06)
        kit.add("shaft", cylinder(r, long, segments=12))
        bow = one_of(rng, "a round bow", "a three-lobed bow", "a heart-shaped bow")
        if bow == "a round bow":
            kit.add("bow", torus(span(rng, 0.14, 0.22), r * 0.8, 20, 6), (0, long + 0.17, 0), rx=90)
        elif bow[2] == "t":
            for a in (0.0, TAU / 3, -TAU / 3):
                kit.add("bow", torus(0.1, r * 0.7, 16, 6), (0.13 * np.sin(a), long + 0.18 + 0.13 * np.cos(a), 0), rx=90)
        else:
            s = np.linspace(0, 1, 25)[:-1] * TAU
            heart = np.stack(
                [
                    0.2 * np.sin(s) ** 3,
                    0.16 * np.cos(s) - 0.06 * np.cos(2 * s) - 0.03 * np.cos(3 * s) + long + 0.2,
                    0 * s,
                ],
                axis=1,
            )
            kit.add("bow", sweep(heart, r * 0.7, closed=True, around=6))
        for i in range(count(rng, 1, 3)):
            kit.add("collar", torus(r * 1.1, r * 0.4, 14, 5), (0, long * (0.95 - 0.06 * i), 0))
        teeth = count(rng, 2, 4)
        kit.add("bit", box(0.06, 0.05 * teeth * 2, 0.03), (r + 0.02, 0.05, 0))
        for i in range(teeth):
            kit.add("bit", box(span(rng, 0.1, 0.2), 0.06, 0.03), (r + 0.1, 0.05 + 0.1 * i, 0))
    else:
        bow = one_of(rng, "a round bow", "a square bow")
        r = span(rng, 0.2, 0.28)
        side = rounded(2 * r, 2 * r * span(rng, 0.8, 1.1), 2.2 if bow == "a round bow" else 8.0, 24)
        inner = rounded(r * 0.5, r * 0.5, 2.2, 24)
        kit.add("bow", prism(side, 0.05, inner), (0, long + r * 0.9, 0))
        teeth = count(rng, 4, 7)
        y = np.linspace(0, long, 2 * teeth + 3)
        edge = 0.1 - 0.05 * (np.arange(2 * teeth + 3) % 2) * rng.random(2 * teeth + 3)
        edge[0] = 0.01
        from_slab = np.stack([0 * y - 0.06, edge], axis=1)
        sections = [
            np.stack([np.array([a, b, b, a]), np.full(4, v), np.array([-1, -1, 1, 1]) * 0.02], axis=1)
            for v, (a, b) in zip(y, from_slab, strict=True)
        ]
        kit.add("blade", loft(np.stack(sections)))
    ring = chance(rng, 0.25)
    if ring:
        kit.add("ring", torus(0.22, 0.015, 22, 5), (0, long + 0.45, 0), rx=30)
    return kit.finish([kind], [bow, some(teeth, "tooth", "teeth"), "a key ring" if ring else ""], "key")


def padlock(kit: Assembly, rng: np.random.Generator) -> Built:
    w, h, d = span(rng, 0.6, 0.9), span(rng, 0.5, 0.8), span(rng, 0.2, 0.35)
    kind = one_of(rng, "square", "round", "shield-like", "dial")
    if kind == "square":
        kit.add("body", (cushion if chance(rng) else box)(w, h, d))
    elif kind == "shield-like":
        kit.add(
            "body",
            prism(
                np.array(
                    [
                        (-w / 2, h),
                        (-w / 2, h * 0.4),
                        (-w * 0.3, h * 0.1),
                        (0, 0),
                        (w * 0.3, h * 0.1),
                        (w / 2, h * 0.4),
                        (w / 2, h),
                    ]
                ),
                d,
            ),
        )
    else:
        h = w
        kit.add("body", cylinder(w / 2, d, segments=24), (0, w / 2, -d / 2), rx=90)
        if kind == "dial":
            kit.add("dial", cylinder(w * 0.3, 0.08, w * 0.26, 20), (0, w / 2, d / 2), rx=90)
    is_open = chance(rng, 0.4)
    reach, r, rise = w * span(rng, 0.26, 0.36), span(rng, 0.04, 0.07), span(rng, 0.15, 0.5)
    bow = arc(reach, reach, 0.0, 0.5, 11) + np.array([0, rise, 0])
    path = np.concatenate([[(reach, 0.0 if not is_open else rise * 0.7, 0)], bow, [(-reach, -0.05, 0)]])
    lift = 0.15 if is_open else 0.0
    shackle = place(sweep(path, r), (reach, 0, 0))
    kit.add("shackle", place(shackle, ry=span(rng, 20, 150) * is_open), (-reach, h * 0.97 + lift, 0))
    if is_open:
        kit.add("shackle", cylinder(r, lift + 0.05), (-reach, h * 0.95, 0))
    if kind != "dial":
        kit.add("keyhole", torus(0.06, 0.015, 14, 5), (0, h * 0.5, d / 2), rx=90)
        kit.add("keyhole", box(0.04, 0.14, 0.02), (0, h * 0.5 - 0.16, d / 2))
    return kit.finish(
        ["open" if is_open else "closed", kind],
        ["a dial" if kind == "dial" else "a keyhole", "a bowed shackle"],
        "lock",
    )


def bell(kit: Assembly, rng: np.random.Generator) -> Built:
    r, high = span(rng, 0.4, 0.6), span(rng, 0.6, 1.0)
    t = np.linspace(0, 1, 11)
    crown = span(rng, 0.35, 0.6)
    wall = r * (crown + (1 - crown) * (1 - t) ** span(rng, 1.6, 3.5)) * np.sqrt(np.clip(1.02 - t**8, 0, 1))
    inside = [(x * 0.9, y * 0.93) for x, y in zip(wall[::-1], (t * high)[::-1], strict=True)]
    kit.add("bell", lathe([*zip(wall, t * high, strict=True), (0, high), (0, high * 0.93), *inside], 24))
    for y in np.linspace(0.05, 0.8, count(rng, 0, 3)):
        kit.add("band", torus(float(np.interp(y, t, wall)), 0.02, 24, 5), (0, float(y) * high, 0))
    clapper = chance(rng, 0.7)
    if clapper:
        kit.add("clapper", rod((0, high * 0.9, 0), (0.05, 0.02, 0), 0.025))
        kit.add("clapper", ball(0.09, 0.1, 0.09, 10), (0.05, 0.0, 0))
    kind = one_of(rng, "hand", "hand", "church", "hanging", "desk")
    if kind == "hand":
        grip = span(rng, 0.5, 0.9)
        s = np.linspace(0, 1, 7)
        kit.add(
            "handle",
            lathe([(0, 0), *zip(0.06 + 0.04 * np.sin(np.pi * s), s * grip, strict=True), (0, grip)], 12),
            (0, high, 0),
        )
        said = "a handle on top"
    elif kind == "church":
        kit.add("yoke", box(r * 2.6, 0.16, 0.18), (0, high + 0.12, 0))
        kit.add("yoke", cylinder(0.08, 0.15), (0, high, 0))
        frame = chance(rng, 0.6)
        if frame:
            kit.pair("frame", board(0.12, high * 1.5, 0.3), (r * 1.4, -high * 0.35, 0))
            kit.pair("frame", box(0.2, 0.1, 0.7), (r * 1.4, -high * 0.4, 0))
        said = "a frame" if frame else "a yoke"
    elif kind == "hanging":
        kit.add("ring", torus(0.1, 0.03, 16, 6), (0, high + 0.1, 0), rx=90)
        said = "a ring on top"
    else:
        kit.add("base", cylinder(r * 1.15, 0.08, segments=24), (0, -0.1, 0))
        kit.add("button", cylinder(0.04, 0.1), (0, high, 0))
        kit.add("button", cylinder(0.09, 0.03), (0, high + 0.1, 0))
        said = "a button on top"
    return kit.finish([kind], [said, "a clapper" if clapper else ""], "ringing bell")


def globe(kit: Assembly, rng: np.random.Generator) -> Built:
    r, up = span(rng, 0.4, 0.55), span(rng, 0.25, 0.5)
    tilt = span(rng, 0, 35)
    y = up + r * 1.1
    kit.add("sphere", ball(r, r, r, 22), (0, y, 0))
    half = one_of(rng, "a half ring", "a full ring", "a fork")
    reach = r * 1.1
    ring = {"a half ring": (-0.27, 0.27), "a full ring": (0.0, 0.98), "a fork": (0.5, 1.0)}[half]
    path = arc(reach, reach, *ring, 25)
    kit.add("ring", place(sweep(path, rounded(0.03, 0.09, 4, 8)), rz=-tilt if half != "a fork" else 0), (0, y, 0))
    axis = place(rod((0, -reach, 0), (0, reach, 0), 0.02), rz=-tilt if half != "a fork" else 90)
    kit.add("axis", axis, (0, y, 0))
    lands = count(rng, 3, 7)
    for _ in range(lands):
        patch = place(place(cylinder(span(rng, 0.1, 0.22), 0.02, segments=9), (0, r * 0.985, 0)), rx=span(rng, 20, 160))
        kit.add("land", place(patch, ry=span(rng, 0, 360)), (0, y, 0))
    foot = one_of(rng, "a round foot", "a round foot", "three legs", "a tall floor stand")
    if foot == "a round foot":
        kit.add("foot", lathe([(0, 0), (r * 0.7, 0), (r * 0.6, 0.05), (0.07, 0.1), (0.05, up), (0, up)], 20))
    else:
        drop = 0.0 if foot == "three legs" else -span(rng, 0.5, 0.8)
        kit.ring("foot", rod((0.05, up, 0), (r * 0.8, drop, 0), 0.035), 3, 0.1)
        kit.add("foot", cylinder(0.09, 0.1), (0, up - 0.05, 0))
    return kit.finish(
        ["tilted" if tilt > 12 and half != "a fork" else "upright"],
        [half, foot, some(lands, "land patch", "land patches")],
        "world globe",
    )


def die(kit: Assembly, rng: np.random.Generator) -> Built:
    number_of = one_of(rng, 1, 1, 2, 3)
    soft = chance(rng)
    dots = one_of(rng, "raised", "ringed")
    spots = {1: [(0, 0)], 2: [(-1, -1), (1, 1)], 3: [(-1, -1), (0, 0), (1, 1)], 4: [(-1, -1), (1, 1), (-1, 1), (1, -1)]}
    spots[5] = [*spots[4], (0, 0)]
    spots[6] = [*spots[4], (-1, 0), (1, 0)]
    pip = ball(0.09, 0.03, 0.09, 9) if dots == "raised" else torus(0.08, 0.025, 12, 5)
    if soft:
        cube = place(cushion(1, 1, 1, span(rng, 0.08, 0.2)), (0, -0.5, 0))
    else:
        cube = place(box(1, 1, 1), (0, -0.5, 0))
    pips = []
    for value, turn in ((1, (0, 0)), (6, (180, 0)), (2, (90, 0)), (5, (-90, 0)), (3, (0, 90)), (4, (0, -90))):
        for x, z in spots[value]:
            pips.append(place(place(pip, (x * 0.27, 0.5, z * 0.27)), rx=turn[0], rz=turn[1]))
    for i in range(number_of):
        at = ((1.3 * i, 0.5, span(rng, -0.4, 0.4)), (1.3 * i, 0.5, 0.0))[number_of == 1]
        if i == 2:
            at = (0.65, 1.5, 0.0)
        turn_x, turn_y = 90.0 * count(rng, 0, 3), span(rng, 0, 90)
        rolled = chance(rng, 0.3) and number_of == 1
        for part, mesh in (("cube", cube), ("pip", merge(pips))):
            kit.add(part, place(place(mesh, rx=turn_x), rz=30.0 * rolled), at, ry=turn_y)
    words = ["rounded" if soft else "sharp-edged"]
    return kit.finish(
        words,
        [f"{dots} spots", f"{some(number_of - 1, 'other')} beside it" if number_of > 1 else "its six faces numbered"],
        "gaming cube",
    )


def anchor(kit: Assembly, rng: np.random.Generator) -> Built:
    long, r = span(rng, 1.2, 1.7), span(rng, 0.04, 0.07)
    reach, rise = long * span(rng, 0.32, 0.5), long * span(rng, 0.2, 0.4)
    kit.add("shank", rod((0, 0, 0), (0, long, 0), r))
    s = np.linspace(-1, 1, 15)
    kit.add("arms", sweep(np.stack([s * reach, rise * s * s, 0 * s], axis=1), r * 1.3, scale=1.1 - 0.5 * np.abs(s)))
    fluke = prism(np.array([(-0.14, -0.05), (0.02, -0.12), (0.16, 0.18), (-0.02, 0.06)]) * span(rng, 0.8, 1.5), r * 3)
    kit.pair("fluke", fluke, (reach, rise, 0), rz=-10)
    stock = chance(rng, 0.75)
    if stock:
        wide = span(rng, 0.25, 0.45) * long
        bar = box(2 * wide, 0.09, 0.09) if chance(rng) else place(cylinder(0.045, 2 * wide), (wide, 0.04, 0), rz=90)
        kit.add("stock", bar, (0, long * 0.85, 0), ry=one_of(rng, 0.0, 90.0))
    kit.add("ring", torus(span(rng, 0.1, 0.16), 0.025, 18, 6), (0, long + 0.12, 0), rx=90)
    rope = chance(rng, 0.4)
    if rope:
        t = np.linspace(0, 1, 21)
        path = np.stack(
            [0.16 * np.sin(TAU * t * 1.5), long + 0.1 - t * long * 0.9, 0.14 * np.cos(TAU * t * 1.5)], axis=1
        )
        kit.add("rope", sweep(path, 0.03, (1, 0.0, 0.2), around=6))
    return kit.finish(
        ["slender" if r < 0.055 else "stout"],
        ["a cross bar" if stock else "no cross bar", "a ring", "a rope around it" if rope else ""],
        "ship's anchor",
    )


BUILDERS = (door_key, padlock, bell, globe, die, anchor)
