"""Vessels and crockery, mostly turned: mugs, bottles, glasses, bowls, pots."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, Mesh, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, sized, some, span
from pointrecon.shapes.made.parametric.meshes import arc, ball, box, cylinder, lathe, rod, sweep, torus


def smooth(knots: list[tuple[float, float]], points: int = 13) -> np.ndarray:
    """A rounded profile (points, 2) through (radius, y) knots in rising y, by cosine interpolation."""
    line = np.array(knots, dtype=np.float64)
    t = np.linspace(0.0, len(line) - 1.0, points)
    i = np.minimum(t.astype(np.int64), len(line) - 2)
    f = (t - i)[:, None]
    blend = f * f * (3.0 - 2.0 * f)
    low, high = line[i], line[i + 1]
    return np.stack([(low + (high - low) * blend)[:, 0], (low + (high - low) * f)[:, 1]], axis=1)


def vessel(outside: np.ndarray, wall: float, segments: int = 18) -> Mesh:
    """Open container from an outside profile (P, 2) going up; the inside runs parallel."""
    inside = outside[::-1].copy()
    inside[:, 0] = np.maximum(inside[:, 0] - wall, wall * 0.2)
    inside[-1, 1] += wall
    floor = inside[-1, 1]
    return lathe(np.concatenate([[(0.0, outside[0, 1])], outside, inside, [(0.0, floor)]]), segments)


def solid(outside: np.ndarray, segments: int = 18) -> Mesh:
    """Closed turned body from an outside profile (P, 2) going up."""
    return lathe(np.concatenate([[(0.0, outside[0, 1])], outside, [(0.0, outside[-1, 1])]]), segments)


def mug(kit: Assembly, rng: np.random.Generator) -> Built:
    height, tall = sized(rng, 0.55, 1.4, "low", "tall")
    top, bottom, middle = span(rng, 0.33, 0.52), span(rng, 0.25, 0.5), span(rng, 0.34, 0.5)
    shape = one_of(rng, "straight", "conical", "barrel")
    knots = [(bottom, 0), (middle, height / 2), (top, height)]
    if shape == "straight":
        knots = [(top, 0), (top, height)]
    elif shape == "conical":
        knots = [(bottom, 0), (top, height)]
    kit.add("body", vessel(smooth(knots, 7), span(rng, 0.02, 0.07)))
    kind = one_of(rng, "round", "square", "ear-shaped")
    reach, size = span(rng, 0.15, 0.35), height * span(rng, 0.2, 0.4)
    at = (min(top, middle, bottom) - 0.02, height * span(rng, 0.45, 0.6), 0)
    thick = span(rng, 0.025, 0.06)
    if kind == "square":
        path = np.array([(0, -size, 0), (reach, -size, 0), (reach, size, 0), (0, size, 0)], dtype=np.float64)
    else:
        path = arc(reach, size, -0.25, 0.25, 9)
        path[:, 1] += (0.15 if kind == "ear-shaped" else 0.0) * path[:, 0]
    kit.add("handle", sweep(path, thick, around=6), at)
    return kit.finish([tall, shape], [f"a {kind} handle".replace("a ear", "an ear")], "coffee cup")


def bottle(kit: Assembly, rng: np.random.Generator) -> Built:
    height, tall = sized(rng, 0.9, 2.0, "squat", "tall")
    radius, neck = span(rng, 0.2, 0.42), span(rng, 0.06, 0.16)
    shoulder, throat = span(rng, 0.4, 0.7), span(rng, 0.75, 0.9)
    shape = one_of(rng, "cylindrical", "waisted", "pear-shaped")
    low = radius * {"cylindrical": 1.0, "waisted": 0.95, "pear-shaped": 0.8}[shape]
    mid = radius * {"cylindrical": 1.0, "waisted": 0.75, "pear-shaped": 1.0}[shape]
    knots = [(low, 0.0), (mid, shoulder / 2), (radius * (0.7 if shape[0] == "p" else 1), shoulder)]
    knots += [(neck, throat), (neck, 1.0)]
    profile = smooth([(r, y * height) for r, y in knots], 17)
    square = chance(rng, 0.2)
    body = vessel(profile, 0.02, 4 if square else 18)
    kit.add("body", body, ry=45 if square else 0)
    cap = one_of(rng, "a screw cap", "a cork", "no cap")
    if cap != "no cap":
        wide = neck * (1.25 if cap[2] == "s" else 0.85)
        kit.add("cap", cylinder(wide, span(rng, 0.06, 0.14), segments=12), (0, height * 0.97, 0))
    if handled := chance(rng, 0.12):
        kit.add("handle", sweep(arc(0.2, height * 0.15, -0.25, 0.25), 0.03), (neck, height * throat - 0.05, 0))
    return kit.finish([tall, shape, "square" if square else ""], [cap, "a handle" if handled else ""], "flask")


def wine_glass(kit: Assembly, rng: np.random.Generator) -> Built:
    stem, long = sized(rng, 0.15, 0.8, "short-stemmed", "long-stemmed")
    cup, radius, rim = span(rng, 0.35, 0.8), span(rng, 0.2, 0.42), span(rng, 0.5, 1.25)
    thin = span(rng, 0.02, 0.05)
    shape = one_of(rng, "tulip", "conical", "flute")
    if shape == "conical":
        knots = [(thin, 0), (radius * 1.2, cup * 0.8)]
    elif shape == "flute":
        knots = [(thin, 0), (radius * 0.5, cup * 0.5), (radius * 0.5, cup * 1.3)]
    else:
        knots = [(thin, 0), (radius, cup * 0.5), (radius * rim, cup)]
    kit.add("bowl", vessel(smooth(knots, 9), 0.015), (0, stem, 0))
    if chance(rng, 0.25):
        kit.add("stem", solid(smooth([(thin, 0), (thin * 2.5, stem / 2), (thin, stem)], 7), 10))
    else:
        kit.add("stem", cylinder(thin, stem, segments=10))
    kit.add("foot", cylinder(radius * span(rng, 0.6, 1.0), 0.05, thin))
    return kit.finish([long], [f"a {shape} bowl", "a round foot"], "goblet")


def bowl(kit: Assembly, rng: np.random.Generator) -> Built:
    height, deep = sized(rng, 0.18, 0.7, "shallow", "deep")
    rim, base = span(rng, 0.45, 0.65), span(rng, 0.15, 0.35)
    foot = span(rng, 0.03, 0.2) if chance(rng) else 0.0
    curve = one_of(rng, "rounded", "conical", "flared")
    knots = [(base, 0), (rim * 0.93, height * 0.5), (rim, height)]
    if curve == "conical":
        knots = [(base, 0), (rim, height)]
    elif curve == "flared":
        knots = [(base, 0), (rim * 0.7, height * 0.6), (rim * 1.1, height)]
    kit.add("body", vessel(smooth(knots, 9), span(rng, 0.015, 0.05)), (0, foot, 0))
    if foot:
        kit.add("foot", cylinder(base * span(rng, 0.7, 1.2), foot, base * 0.8))
    if handles := chance(rng, 0.15):
        kit.pair("handle", torus(0.1, 0.02, 14, 6), (rim, foot + height * 0.75, 0))
    return kit.finish([deep, curve], ["a foot" if foot else "no foot", "two handles" if handles else ""], "dish")


def plate(kit: Assembly, rng: np.random.Generator) -> Built:
    rim, broad = sized(rng, 0.1, 0.35, "narrow-rimmed", "broad-rimmed")
    height = span(rng, 0.02, 0.15)
    flat = 0.65 - rim
    profile = smooth([(flat, 0), (flat + 0.03, height * 0.6), (0.65, height)], 7)
    square = chance(rng, 0.2)
    kit.add("rim", vessel(profile, 0.03, 4 if square else 22), ry=45 if square else 0)
    if ring := chance(rng, 0.4):
        kit.add("foot", torus(flat * 0.8, 0.025, 20, 6))
    words = [broad, "square" if square else "round"]
    return kit.finish(words, ["a foot ring" if ring else "a flat base"], "dinner plate")


def teapot(kit: Assembly, rng: np.random.Generator) -> Built:
    radius, height = span(rng, 0.35, 0.55), span(rng, 0.45, 1.0)
    shape = one_of(rng, "round", "conical", "straight")
    base, top = {"round": (0.6, 0.5), "conical": (1.0, 0.5), "straight": (0.95, 0.9)}[shape]
    knots = [(radius * base, 0), (radius, height * 0.45), (radius * top, height)]
    kit.add("body", solid(smooth(knots, 9)))
    rise, reach = height * span(rng, 0.4, 0.8), span(rng, 0.25, 0.5)
    bend = arc(reach, rise, 0.75, 1.0, 7) + np.array([radius * 0.8, height * 0.3 + rise, 0.0])
    kit.add("spout", sweep(bend, 0.09, scale=np.linspace(1.2, 0.5, 7)))
    if over := chance(rng, 0.3):
        kit.add("handle", sweep(arc(radius * top, height * 0.6, 0, 0.5), 0.03, around=6), (0, height, 0))
    else:
        loop = arc(span(rng, 0.2, 0.35), height * 0.32, 0.25, 0.75, 9)
        kit.add("handle", sweep(loop, 0.04, around=6), (-radius * 0.85, height * 0.5, 0))
    lid = one_of(rng, "domed", "flat")
    rise = 0.16 if lid == "domed" else 0.05
    cover = smooth([(radius * top, 0), (radius * top * 0.7, rise * 0.8), (0.05, rise)], 7)
    kit.add("lid", solid(cover), (0, height, 0))
    kit.add("lid", ball(0.06, 0.06, 0.06, 8), (0, height + rise + 0.04, 0))
    side = "a handle over the top" if over else "a side handle"
    return kit.finish([shape], [side, "a curved spout", f"a {lid} lid"], "kettle")


def vase(kit: Assembly, rng: np.random.Generator) -> Built:
    height, tall = sized(rng, 0.6, 1.8, "squat", "tall")
    belly, neck = span(rng, 0.28, 0.5), span(rng, 0.1, 0.3)
    base, lip, at = span(rng, 0.15, 0.35), span(rng, 0.15, 0.45), span(rng, 0.25, 0.6)
    shape = one_of(rng, "bellied", "trumpet", "cylindrical", "waisted")
    if shape == "bellied":
        knots = [(base, 0), (belly, at), (neck, at + (1 - at) * 0.65), (lip, 1)]
    elif shape == "trumpet":
        knots = [(base, 0), (base * 0.6, 0.4), (lip + 0.15, 1)]
    elif shape == "waisted":
        knots = [(belly * 0.8, 0), (neck, 0.5), (belly * 0.8, 1)]
    else:
        knots = [(belly * 0.7, 0), (belly * 0.75, 0.5), (belly * 0.7, 1)]
    kit.add("body", vessel(smooth([(r, y * height) for r, y in knots], 15), 0.03, one_of(rng, 18, 18, 6, 4)))
    if handles := chance(rng, 0.2):
        kit.pair("handle", sweep(arc(0.16, height * 0.2, -0.25, 0.25), 0.03, around=6), (neck, height * 0.65, 0))
    flowers = count(rng, 1, 6) if chance(rng, 0.3) else 0
    for _ in range(flowers):
        tip = (span(rng, -0.35, 0.35), height + span(rng, 0.3, 0.7), span(rng, -0.35, 0.35))
        kit.add("flower", rod((0, height * 0.5, 0), tip, 0.015))
        kit.add("flower", ball(0.07, 0.05, 0.07, 8), tip)
    facts = [some(flowers, "flower") if flowers else "", "two handles" if handles else "no handles"]
    return kit.finish([tall, shape], facts, "flower vase")


def bucket(kit: Assembly, rng: np.random.Generator) -> Built:
    height, tall = sized(rng, 0.5, 1.1, "low", "tall")
    top = span(rng, 0.35, 0.55)
    bottom = top * span(rng, 0.6, 0.95)
    kit.add("body", vessel(np.array([(bottom, 0.0), (top, height)]), 0.02))
    kit.add("rim", torus(top, span(rng, 0.015, 0.04), 20, 6), (0, height, 0))
    swing = one_of(rng, 0.0, 0.0, 75.0, -75.0)
    kit.add("handle", sweep(arc(top, top * span(rng, 0.7, 1.1), 0, 0.5), 0.018, around=6), (0, height, 0), rx=swing)
    return kit.finish([tall], ["its handle up" if swing == 0 else "its handle down", "a rim"], "pail")


def pan(kit: Assembly, rng: np.random.Generator) -> Built:
    name = one_of(rng, "frying pan", "saucepan")
    flat = name == "frying pan"
    height, radius = span(rng, 0.1, 0.22) if flat else span(rng, 0.3, 0.65), span(rng, 0.38, 0.55)
    kit.add("body", vessel(np.array([(radius * span(rng, 0.75, 1.0), 0.0), (radius, height)]), 0.025))
    tilt, long = span(rng, 0, 25), span(rng, 0.5, 1.0)
    kit.add("handle", box(0.08, 0.05, long, (0.7, 1.0)), (0, height * 0.75, radius + long / 2 - 0.03), rx=-tilt / 4)
    if lid := not flat and chance(rng):
        cover = solid(smooth([(radius, 0), (radius * 0.6, 0.07), (0.04, 0.1)], 6))
        kit.add("lid", cover, (0, height, 0))
        kit.add("lid", ball(0.06, 0.05, 0.06, 8), (0, height + 0.13, 0))
    if second := chance(rng, 0.2):
        kit.add("handle", box(0.2, 0.04, 0.12), (0, height * 0.75, -radius - 0.04))
    depth = "shallow" if flat else "deep"
    return kit.finish([depth], ["a long handle", "a lid" if lid else "", "a grip opposite" if second else ""], name)


def flower_pot(kit: Assembly, rng: np.random.Generator) -> Built:
    height, top = span(rng, 0.3, 0.65), span(rng, 0.25, 0.42)
    square = chance(rng, 0.25)
    pot = vessel(np.array([(top * span(rng, 0.6, 0.9), 0.0), (top, height)]), 0.04, 4 if square else 16)
    kit.add("pot", pot, ry=45 if square else 0)
    kit.add("soil", cylinder(top * 0.8, 0.02), (0, height * 0.85, 0))
    kind = one_of(rng, "leaves", "a cactus", "a bush", "a palm")
    n = count(rng, 4, 9)
    if kind == "leaves":
        size = span(rng, 0.4, 0.9)
        blade = place(ball(0.07, size / 2, 0.015, 8), (0, size / 2, 0))
        kit.ring("plant", place(blade, (0, height * 0.85, 0.03), rx=span(rng, 10, 50)), n)
    elif kind == "a cactus":
        kit.add("plant", ball(0.15, span(rng, 0.25, 0.5), 0.15), (0, height + 0.15, 0))
        kit.add("plant", ball(0.07, 0.15, 0.07, 8), (0.18, height + 0.25, 0))
    elif kind == "a bush":
        for _ in range(n):
            r = span(rng, 0.1, 0.22)
            at = (span(rng, -0.2, 0.2), height + span(rng, 0.1, 0.4), span(rng, -0.2, 0.2))
            kit.add("plant", ball(r, r, r, 8), at)
    else:
        kit.add("plant", cylinder(0.03, span(rng, 0.3, 0.6), segments=8), (0, height * 0.85, 0))
        frond = sweep(arc(0.4, 0.2, 0.25, 0.05, 6), 0.05, scale=np.linspace(1, 0.2, 6), around=4)
        kit.ring("plant", place(frond, (0, height * 0.85 + 0.25, 0)), n)
    return kit.finish(["square" if square else "round"], [kind, "soil"], "potted plant")


BUILDERS = (mug, bottle, wine_glass, bowl, plate, teapot, vase, bucket, pan, flower_pot)
