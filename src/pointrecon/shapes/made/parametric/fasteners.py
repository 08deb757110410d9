"""Fasteners: bolt, screw, nail, nut, washer."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, sized, span
from pointrecon.shapes.made.parametric.meshes import (
    TAU,
    ball,
    circle,
    cylinder,
    lathe,
    prism,
    rounded,
    sweep,
    torus,
    tube,
)


def _threads(radius: float, y0: float, y1: float, turns: int, deep: float) -> np.ndarray:
    """A zigzag profile (2 turns + 1, 2), which reads as a thread."""
    y = np.linspace(y0, y1, 2 * turns + 1)
    return np.stack([np.where(np.arange(2 * turns + 1) % 2, radius, radius - deep), y], axis=1)


def _shank(radius: float, long: float, threaded: float, point: float) -> np.ndarray:
    """Profile of a shank hanging from y = 0, its lower part threaded, the end tapered over `point`."""
    low = -long
    cut = low + point + (long - point) * threaded
    thread = _threads(radius, low + point, cut, 8, radius * 0.18)
    return np.array([(0.0, low), *thread, (radius, cut), (radius, 0.0), (0.0, 0.0)])


def _head(kit: Assembly, rng: np.random.Generator, radius: float) -> str:
    kind = one_of(rng, "hexagonal", "hexagonal", "round", "countersunk", "socket", "square")
    height = radius * span(rng, 0.5, 1.3)
    wide = radius * span(rng, 1.5, 2.3)
    if kind == "hexagonal":
        kit.add("head", cylinder(wide, height, segments=6))
    elif kind == "square":
        kit.add("head", cylinder(wide, height, segments=4), ry=45)
    elif kind == "round":
        kit.add("head", lathe([(0, 0), (wide, 0), (wide * 0.85, height * 0.6), (wide * 0.4, height), (0, height)]))
    elif kind == "countersunk":
        kit.add("head", cylinder(radius, height, wide))
    else:
        rim, hole, floor = wide * 0.9, wide * 0.5, height * 0.3
        kit.add("head", lathe([(0, 0), (rim, 0), (rim, height), (hole, height), (hole, floor), (0, floor)]))
    return kind


def _length(long: float) -> str:
    return "long" if long > 1.1 else "short" if long < 0.7 else ""


def bolt(kit: Assembly, rng: np.random.Generator) -> Built:
    radius, long = span(rng, 0.1, 0.22), span(rng, 0.4, 1.6)
    threaded = span(rng, 0.35, 1.0)
    kit.add("shank", lathe(_shank(radius, long, threaded, 0.0)))
    head = _head(kit, rng, radius)
    if washer := chance(rng, 0.2):
        kit.add("washer", tube(radius * 2.6, radius, 0.04), (0, -0.04, 0))
    if nut := chance(rng, 0.2):
        kit.add("nut", cylinder(radius * 1.8, radius * 1.4, segments=6), (0, -long * 0.8, 0))
    length, thread = _length(long), "a full thread" if threaded > 0.9 else "a partial thread"
    more = ["a washer" if washer else "", "a nut on it" if nut else ""]
    return kit.finish([length], [f"a {head} head", thread, *more], "machine screw")


def screw(kit: Assembly, rng: np.random.Generator) -> Built:
    radius, long = span(rng, 0.08, 0.17), span(rng, 0.5, 1.6)
    point, threaded = span(rng, 0.2, 0.5), span(rng, 0.5, 1.0)
    kit.add("shank", lathe(_shank(radius, long, threaded, point)))
    kind = one_of(rng, "countersunk", "countersunk", "round", "hexagonal", "eye")
    wide = radius * span(rng, 1.7, 2.6)
    if kind == "eye":
        kit.add("head", torus(wide, radius * 0.6, 20, 7), (0, wide, 0), rx=90)
    elif kind == "hexagonal":
        kit.add("head", cylinder(wide, radius, segments=6))
    elif kind == "round":
        kit.add("head", lathe([(0, 0), (wide, 0), (wide * 0.8, radius * 0.7), (0, radius)]))
    else:
        kit.add("head", cylinder(radius, radius * span(rng, 0.8, 1.4), wide))
    head = f"a{'n' if kind == 'eye' else ''} {kind} head"
    return kit.finish([_length(long)], [head, "a pointed tip"], "wood screw")


def nail(kit: Assembly, rng: np.random.Generator) -> Built:
    radius, long = span(rng, 0.03, 0.09), span(rng, 0.8, 1.5)
    kit.add("shank", lathe([(0, -long), (radius, -long + radius * 3), (radius, 0), (0, 0)], one_of(rng, 12, 4)))
    wide, head = sized(rng, 1.4, 4.5, "small", "wide", "flat")
    kit.add("head", cylinder(radius * wide, radius * span(rng, 0.4, 1.2), radius * wide * span(rng, 0.5, 1)))
    return kit.finish(["long" if long > 1.15 else "short"], [f"a {head} head"], "pin")


def nut(kit: Assembly, rng: np.random.Generator) -> Built:
    sides = one_of(rng, 6, 6, 6, 4, 8)
    height, thick = sized(rng, 0.25, 0.9, "thin", "thick")
    hole = span(rng, 0.4, 0.7)
    points = 24
    ring = circle(points)
    step = TAU / sides
    angle = np.arange(points) * TAU / points
    edge = np.cos(step / 2) / np.cos(np.mod(angle, step) - step / 2)
    kit.add("body", prism(ring * edge[:, None], height, ring * hole * np.cos(step / 2)), rx=90)
    extra = one_of(rng, "", "", "a flange", "a dome cap", "two wings")
    if extra == "a flange":
        kit.add("flange", tube(1.25, hole * 0.8, 0.1), (0, -height / 2 - 0.05, 0))
    elif extra == "a dome cap":
        kit.add("cap", lathe([(0.8, 0), (0.7, 0.35), (0.4, 0.6), (0, 0.7)]), (0, height / 2, 0))
    elif extra:
        kit.pair("wing", ball(0.4, 0.35, 0.08, 10), (1.0, height * 0.5, 0))
    name = {4: "square", 6: "hexagonal", 8: "octagonal"}[sides]
    return kit.finish([thick, name], [extra, "a threaded hole"], "fastener")


def washer(kit: Assembly, rng: np.random.Generator) -> Built:
    hole, wide = sized(rng, 0.35, 0.78, "broad", "narrow")
    height = span(rng, 0.04, 0.25)
    kind = one_of(rng, "flat", "flat", "conical", "spring", "toothed")
    if kind == "conical":
        kit.add("ring", lathe([(hole, 0.2), (1, 0), (1, height), (hole, 0.2 + height)], 24, wrap=True))
    elif kind == "spring":
        angle = np.linspace(0.0, 0.94, 24) * TAU
        mid = (1 + hole) / 2
        path = np.stack([mid * np.cos(angle), np.linspace(0, 0.3, 24), mid * np.sin(angle)], axis=1)
        kit.add("ring", sweep(path, rounded(1 - hole, height, 8.0, 8), (0, 1, 0)))
    elif kind == "toothed":
        teeth = count(rng, 8, 14)
        ring = circle(4 * teeth)
        radius = np.where(np.arange(4 * teeth) % 4 < 2, 1.0, 0.85)
        kit.add("ring", prism(ring * radius[:, None], height, ring * hole), rx=90)
    else:
        kit.add("ring", tube(1, hole, height, 24))
    return kit.finish([wide, kind], ["a large hole" if hole > 0.6 else "a small hole"], "ring")


BUILDERS = (bolt, screw, nail, nut, washer)
