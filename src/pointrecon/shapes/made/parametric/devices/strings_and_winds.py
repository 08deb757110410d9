"""Strings and wind instruments: violin and its larger sisters, harp, trumpet, saxophone, flute."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span
from pointrecon.shapes.made.parametric.meshes import TAU, arc, ball, box, cylinder, lathe, rod, slab, sweep, torus


def violin(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "small", "small", "cello-sized", "bass-sized")
    long, half = 1.0, span(rng, 0.26, 0.32)
    thick = {"small": 0.12, "cello-sized": 0.22, "bass-sized": 0.27}[kind] * span(rng, 0.8, 1.2)
    t = np.linspace(0, 1, 25)
    lower, upper = np.exp(-(((t - 0.24) / 0.26) ** 4)), 0.82 * np.exp(-(((t - 0.79) / 0.2) ** 4))
    slope = span(rng, 0.0, 0.15) if kind != "bass-sized" else span(rng, 0.2, 0.4)
    waist = span(rng, 0.52, 0.66)
    width = half * np.maximum(np.maximum(lower, upper * (1 - slope * (t - 0.6))), waist * (np.abs(t - 0.5) < 0.42))
    width[[0, -1]] = half * 0.25
    kit.add("body", slab(t * long, -width, width, thick))
    bulge = span(rng, 0.02, 0.05)
    for z in (-1, 1):
        kit.add("body", ball(half * 0.75, 0.22, bulge, 12), (0, 0.25, z * thick / 2))
        kit.add("body", ball(half * 0.6, 0.2, bulge, 12), (0, 0.75, z * thick / 2))
    neck = span(rng, 0.5, 0.7)
    top, front = long + neck, thick / 2
    kit.add("neck", box(0.075, neck + 0.05, 0.06, (0.75, 0.8)), (0, long - 0.05, front * 0.6))
    kit.add("neck", box(0.085, neck + 0.4, 0.025, (0.7, 1)), (0, long - 0.4, front + 0.05))
    kit.add("neck", box(0.06, 0.2, 0.06), (0, top - 0.02, front * 0.6), rx=-12)
    spiral = np.linspace(0, 1.6, 16)
    curl = 0.065 * (1 - spiral / 2.2)
    path = np.stack([0 * spiral, curl * np.cos(TAU * spiral), curl * np.sin(TAU * spiral)], axis=1)
    kit.add("scroll", sweep(path, 0.025, (1, 0, 0), around=6), (0, top + 0.2, front * 0.6 - 0.05))
    for i in range(4):
        peg = place(cylinder(0.012, 0.13, 0.022, 7), rz=-90 if i % 2 else 90)
        kit.add("pegs", peg, (0, top + 0.03 + 0.04 * i, front * 0.6 - 0.02))
    bridge = 0.44
    kit.add("bridge", box(0.16, 0.085, 0.02, (0.7, 1)), (0, bridge, front), rx=90)
    kit.add("bridge", slab([0, 0.28], [-0.025, -0.05], [0.025, 0.05], 0.02), (0, 0.03, front + 0.05))
    for x in (-0.03, -0.01, 0.01, 0.03):
        kit.add("strings", rod((x * 1.2, 0.3, front + 0.06), (x * 1.2, bridge, front + 0.09), 0.004))
        kit.add("strings", rod((x * 1.2, bridge, front + 0.09), (x * 0.7, top, front * 0.6 + 0.05), 0.004))
    wave = np.linspace(-1, 1, 9)
    hole = np.stack([0.02 * np.sin(wave * 3), 0.11 * wave, 0 * wave], axis=1)
    kit.pair("body", sweep(hole, 0.009, around=5), (half * 0.48, bridge, front + bulge * 0.4))
    extra = "a chin rest" if kind == "small" else "an end pin"
    if kind == "small":
        kit.add("bridge", ball(0.11, 0.08, 0.05, 10), (-half * 0.4, 0.06, front + 0.03))
    else:
        kit.add("neck", rod((0, 0, 0), (0, -span(rng, 0.12, 0.35), 0), 0.014))
    if bow := chance(rng, 0.45):
        stick = span(rng, 1.2, 1.5)
        curve = arc(stick / 2, -0.03, 0.0, 0.5, 9)
        shaft = merge([sweep(curve, 0.012, around=5), rod((-stick / 2, -0.06, 0), (stick / 2, -0.05, 0), 0.007)])
        frog = place(box(0.07, 0.06, 0.03), (-stick / 2 + 0.05, -0.06, 0))
        across = chance(rng)
        at = (0.1, bridge + 0.12, front + 0.12) if across else (half * 1.5, long * 0.7, 0)
        kit.add("bow", merge([shaft, frog]), at, rz=span(rng, -20, 20) if across else 90)
    name = {"small": "fiddle", "cello-sized": "cello", "bass-sized": "double bass"}[kind]
    size = {"small": "small", "cello-sized": "large", "bass-sized": "very large"}[kind]
    return kit.finish([size], ["four strings", extra, "a bow" if bow else ""], name, "string instrument")


def harp(kit: Assembly, rng: np.random.Generator) -> Built:
    high, wide, thick = span(rng, 1.2, 1.8), span(rng, 0.6, 1.0), span(rng, 0.03, 0.06)
    kind = one_of(rng, "curved", "angular", "lyre-like")
    strings = count(rng, 8, 24)
    if kind == "lyre-like":
        strings = min(strings, 10)
        kit.add("body", ball(wide * 0.4, wide * 0.3, 0.12, 14), (0, wide * 0.3, 0))
        bend = span(rng, 0.05, 0.25)
        s = np.linspace(0, 1, 9)
        arm = np.stack([wide * 0.35 + bend * np.sin(TAU * s), wide * 0.35 + s * high * 0.6, 0 * s], axis=1)
        kit.pair("pillar", sweep(arm, thick))
        top = wide * 0.35 + high * 0.6
        kit.add("neck", rod((-wide * 0.55, top, 0), (wide * 0.55, top, 0), thick))
        lines = [((x * 0.6, wide * 0.3, 0.13), (x, top, 0.02)) for x in np.linspace(-0.25, 0.25, strings) * wide]
    else:
        s = np.linspace(0, 1, 11)
        dip = span(rng, 0.1, 0.25) if kind == "curved" else 0.0
        neck = np.stack([(s - 0.5) * wide, high * (1 - 0.12 * s) - dip * np.sin(np.pi * s * 1.1) * s, 0 * s], axis=1)
        kit.add("neck", sweep(neck, thick))
        lean = span(rng, -0.1, 0.15)
        kit.add("pillar", sweep([(-wide / 2, high, 0), (-wide / 2 - lean, high / 2, 0), (-wide * 0.4, 0.08, 0)], thick))
        foot = np.array([-wide * 0.35, 0.08, 0.0])
        board = np.linspace(foot, neck[-1], 6)
        kit.add("body", sweep(board, thick * 2.2, scale=np.linspace(1.4, 0.7, 6)))
        kit.add("base", box(wide * 0.5, 0.1, 0.25, (0.8, 0.7)), (-wide * 0.3, 0, 0))
        u = np.linspace(0.06, 0.94, strings)
        upper = np.stack([np.interp(u, s, neck[:, k]) for k in range(3)], axis=1)
        lines = [(tuple(foot + (neck[-1] - foot) * v), tuple(p)) for v, p in zip(u, upper, strict=True)]
    for low, above in lines:
        kit.add("strings", rod(low, above, 0.006))
    return kit.finish([kind], [some(strings, "string")], "lyre" if kind == "lyre-like" else "string instrument")


def trumpet(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "valved", "valved", "valved", "straight", "looped", "sliding")
    bell, pipe = span(rng, 0.18, 0.32), span(rng, 0.022, 0.04)
    flare = span(rng, 0.35, 0.6)
    s = np.linspace(0, 1, 9)
    wall = pipe + (bell - pipe) * s ** span(rng, 3.0, 6.0)
    horn = lathe(
        [*zip(wall, s * flare, strict=True), *zip(wall[::-1] * 0.93, s[::-1] * flare + 0.004, strict=True)], 20
    )
    long = span(rng, 1.1, 1.5)
    end = long / 2
    kit.add("bell", horn, (0, 0, end - flare), rx=90)
    cup = lathe([(0.0, 0), (0.03, 0), (0.05, 0.16), (0.065, 0.2), (0.02, 0.2)], 12)
    if kind == "straight":
        kit.add("tube", rod((0, 0, end - flare), (0, 0, -long), pipe))
        kit.add("mouthpiece", cup, (0, 0, -long), rx=-90)
        rings = count(rng, 1, 4)
        for z in np.linspace(-long * 0.8, end - flare, rings):
            kit.add("ring", torus(pipe * 1.4, pipe * 0.5, 12, 5), (0, 0, float(z)), rx=90)
        if flag := chance(rng, 0.4):
            kit.add("flag", box(0.01, 0.5, 0.6), (0, -0.5 - pipe, -0.2))
        return kit.finish([kind, "long"], [some(rings, "ring"), "a flag" if flag else ""], "fanfare horn")
    drop, r = span(rng, 0.2, 0.32), pipe
    back = -end if kind != "sliding" else -end * 1.3
    bow = np.linspace(0.25, 0.75, 9) * TAU
    rear = [(0, drop / 2 * np.sin(a) - drop / 2, back + drop / 2 * np.cos(a)) for a in bow]
    kit.add("tube", sweep([(0, 0, end - flare), *rear, (0, -drop, end - flare)], r, (1, 0, 0)))
    if kind == "sliding":
        far = end + span(rng, 0.2, 0.6)
        turn = [(0.14 * (1 - np.cos(a)), -drop, far + 0.14 * np.sin(a)) for a in np.linspace(0, np.pi, 9)]
        kit.add("slide", sweep([(0, -drop, back), *turn, (0.28, -drop, back * 0.6)], r, (0, 1, 0)))
        kit.add("slide", rod((0, -drop, end - flare), (0.28, -drop, end - flare), r * 0.7))
        kit.add("mouthpiece", cup, (0.28, -drop, back * 0.6), rx=-90)
        return kit.finish([kind], ["a slide", "a mouthpiece"], "trombone", "brass instrument")
    side = span(rng, 0.05, 0.11)
    fore = [
        (side * (i / 8), drop / 2 * np.sin(-a) - drop / 2, end * 0.5 - drop / 2 * np.cos(a)) for i, a in enumerate(bow)
    ]
    kit.add("tube", sweep([(0, -drop, end - flare - 0.1), *fore[::-1][::-1]], r, (1, 0, 0)))
    lead = -end * span(rng, 1.15, 1.5)
    kit.add("tube", rod((side, 0, end * 0.5), (side, 0, lead), r))
    kit.add("mouthpiece", cup, (side, 0, lead), rx=-90)
    valves = 0 if kind == "looped" else one_of(rng, 3, 3, 3, 4)
    for i in range(valves):
        z = 0.12 * (i - 1) - 0.05
        kit.add("valve", cylinder(0.05, drop + 0.16, segments=12), (side / 2, -drop - 0.08, z))
        kit.add("valve", cylinder(0.012, 0.1, segments=6), (side / 2, 0.08, z))
        kit.add("valve", cylinder(0.035, 0.015, segments=10), (side / 2, 0.16 + span(rng, 0, 0.03), z))
    if valves:
        loop = sweep([(-0.05, -0.07, 0), (-0.22, -0.07, 0), (-0.22, -0.16, 0), (-0.05, -0.16, 0)], r * 0.8)
        kit.add("tube", loop, (side / 2, -0.04, 0.0))
    if ring := chance(rng, 0.6):
        kit.add("ring", torus(0.05, 0.012, 14, 5), (side / 2, -drop - 0.06, 0.28), rz=90)
    facts = [some(valves, "valve") if valves else "no valves", "a flared bell", "a finger ring" if ring else ""]
    return kit.finish([kind], facts, "cornet" if valves else "bugle", "brass instrument")


def saxophone(kit: Assembly, rng: np.random.Generator) -> Built:
    straight = chance(rng, 0.2)
    high, thin, wide = span(rng, 1.0, 1.5), span(rng, 0.03, 0.05), span(rng, 0.08, 0.14)
    bell, turn = span(rng, 0.2, 0.3), span(rng, 0.13, 0.2)
    s = np.linspace(0, 1, 8)
    down = np.stack([0 * s, high * (1 - s), 0 * s], axis=1)
    if straight:
        path, grow = down, np.linspace(thin, wide, 8)
        rim = [(0, -0.1, 0)]
        path, grow = np.concatenate([path, rim]), np.append(grow, bell)
    else:
        a = np.linspace(0, np.pi, 10)[1:]
        u = np.stack([0 * a, -turn * np.sin(a), turn * (1 - np.cos(a))], axis=1)
        rise = high * span(rng, 0.35, 0.55)
        up = np.stack([0 * s[1:], rise * s[1:], 2 * turn + 0.12 * s[1:] ** 2], axis=1)
        path = np.concatenate([down, u, up])
        grow = np.interp(
            np.arange(len(path)), [0, 8, 17, 21, len(path) - 1], [thin, wide * 0.8, wide, wide * 1.2, bell]
        )
    kit.add("body", sweep(path, 1.0, (1, 0, 0), scale=grow, around=12))
    neck = [(0, high, 0), (0, high + 0.12, -0.02), (0, high + 0.16, -0.12), (0, high + 0.1, -0.3)]
    kit.add(
        "neck",
        sweep(
            neck if not straight else [(0, high, 0), (0, high + 0.2, 0)],
            thin,
            (1, 0, 0),
            scale=np.linspace(1, 0.6, 4 if not straight else 2),
        ),
    )
    beak = (0, high + 0.1, -0.3) if not straight else (0, high + 0.2, 0)
    kit.add("mouthpiece", cylinder(thin * 1.1, 0.2, thin * 0.5, 10), beak, rx=-110 if not straight else 0)
    n = count(rng, 6, 12)
    for i in range(n):
        y = high * (0.9 - 0.8 * i / n)
        r = thin + (wide - thin) * (1 - y / high)
        kit.add("keys", cylinder(r * 0.65, 0.04, segments=10), (0, y, r), rx=90)
    kit.pair("keys", rod((wide * 0.7, high * 0.9, 0.04), (wide, high * 0.1, 0.04), 0.012))
    if not straight:
        kit.add("keys", cylinder(wide * 0.6, 0.04, segments=10), (-wide, high * 0.2, 2 * turn), rz=90)
    return kit.finish(["straight" if straight else "curved"], [some(n, "key"), "a wide bell"], "wind instrument")


def flute(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "side-blown", "side-blown", "recorder-like", "pan", "bamboo")
    long, radius = span(rng, 1.4, 2.2), span(rng, 0.03, 0.07)
    if kind == "pan":
        pipes, slope = count(rng, 5, 13), span(rng, 0.3, 0.7)
        bend = span(rng, 0.0, 0.25)
        for i in range(pipes):
            t = i / (pipes - 1) - 0.5
            tall = 0.9 * (1 - slope * (t + 0.5))
            kit.add("pipe", cylinder(0.055, tall, segments=10), (t * pipes * 0.115, -tall, bend * t * t * 4))
        kit.add("band", box(pipes * 0.12, 0.08, 0.14), (0, -0.25, bend * 0.3))
        return kit.finish([kind], [some(pipes, "pipe")], "panpipes", "wind instrument")
    if kind == "recorder-like":
        r = radius * np.array([0.6, 1.1, 1.3, 1.1, 1.0, 1.35, 1.35, 1.1, 1.0, 1.3, 1.3, 0.9])
        rows = long * np.array([0, 0.02, 0.1, 0.14, 0.16, 0.18, 0.24, 0.26, 0.7, 0.74, 0.84, 0.86])
        kit.add("tube", lathe([(0, 0), *zip(r, rows, strict=True), (0, long * 0.86)], 14))
        kit.add("mouthpiece", box(radius * 1.7, long * 0.14, radius * 1.8, (0.7, 0.2)), (0, long * 0.86, 0))
        kit.add("mouthpiece", box(radius, 0.05, 0.02), (0, long * 0.78, radius * 1.3))
    else:
        kit.add("tube", cylinder(radius, long, segments=14))
        rings = count(rng, 2, 5)
        for level in np.linspace(0.01, 0.97, rings):
            kit.add("ring", torus(radius, radius * 0.25, 14, 5), (0, float(level) * long, 0))
        if kind == "side-blown":
            kit.add("mouthpiece", ball(radius * 1.1, 0.1, radius * 0.5, 10), (0, long * 0.84, radius * 0.9))
        else:
            kit.add("mouthpiece", torus(radius * 0.4, radius * 0.1, 10, 5), (0, long * 0.84, radius), rx=90)
    holes = count(rng, 6, 8) if kind != "side-blown" else count(rng, 8, 14)
    for i in range(holes):
        y = long * (0.12 + 0.55 * i / holes)
        if kind == "side-blown":
            kit.add("key", cylinder(radius * 0.8, 0.03, segments=10), (0, y, radius), rx=90)
        else:
            kit.add("hole", torus(radius * 0.3, radius * 0.12, 10, 4), (0, y, radius * 1.02), rx=90)
    if kind == "side-blown":
        kit.add("key", rod((radius, long * 0.1, radius * 0.6), (radius, long * 0.65, radius * 0.6), radius * 0.2))
    facts = [some(holes, "key" if kind == "side-blown" else "finger hole")]
    turned = kind == "recorder-like"
    built = kit.finish([kind], facts, "recorder" if turned else "wind instrument")
    if not turned and chance(rng, 0.7):
        built.vertices = built.vertices[:, [1, 2, 0]]
    return built


BUILDERS = (violin, harp, trumpet, saxophone, flute)
