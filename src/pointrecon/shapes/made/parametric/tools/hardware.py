"""Fasteners (bolt, screw, nail, nut, washer) and machine parts (gear, spring, bearing, bracket, beam, hinge)."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, place
from pointrecon.shapes.made.parametric.dice import chance, count, number, one_of, sized, some, span
from pointrecon.shapes.made.parametric.meshes import (
    TAU,
    ball,
    box,
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


def gear(kit: Assembly, rng: np.random.Generator) -> Built:
    teeth, deep = count(rng, 8, 30), span(rng, 0.08, 0.22)
    thick, said = sized(rng, 0.1, 0.6, "thin", "thick")
    ring = circle(4 * teeth)
    radius = np.where(np.arange(4 * teeth) % 4 < 2, 1.0, 1.0 - deep)[:, None]
    bore, kind = span(rng, 0.12, 0.3), one_of(rng, "solid", "rimmed", "spoked", "stepped")
    if kind == "spoked":
        kit.add("teeth", prism(ring * radius, thick, ring * (0.85 - deep)), rx=90)
        n = count(rng, 3, 6)
        kit.ring("web", place(box(0.9 - deep, thick * 0.7, 0.14), (0.45, -thick * 0.35, 0)), n)
        kit.add("hub", tube(bore + 0.12, bore, thick * 1.2), (0, -thick * 0.6, 0))
        said_kind = some(n, "spoke")
    else:
        kit.add("teeth", prism(ring * radius, thick, ring * bore), rx=90)
        said_kind = {"solid": "a plain bore", "rimmed": "a hub", "stepped": "a smaller gear on it"}[kind]
        if kind == "rimmed":
            kit.add("hub", tube(bore + 0.2, bore, thick + span(rng, 0.2, 0.7)), (0, -thick / 2, 0))
        elif kind == "stepped":
            small = span(rng, 0.45, 0.65)
            kit.add("hub", prism(ring * radius * small, thick, ring * bore), (0, thick, 0), rx=90)
    return kit.finish([said, kind], [some(teeth, "tooth", "teeth"), said_kind], "cogwheel")


def spring(kit: Assembly, rng: np.random.Generator) -> Built:
    turns, wire = count(rng, 3, 9), span(rng, 0.03, 0.09)
    height, long = sized(rng, 0.6, 2.0, "short", "long")
    t = np.linspace(0, 1, 12 * turns + 1)
    shape = one_of(rng, "cylindrical", "cylindrical", "conical", "barrel-shaped")
    swell = {"cylindrical": 1 + 0 * t, "conical": 1 - 0.6 * t, "barrel-shaped": 0.6 + 1.6 * t * (1 - t)}[shape]
    radius = span(rng, 0.25, 0.5) * swell
    path = np.stack([radius * np.cos(TAU * turns * t), height * t, radius * np.sin(TAU * turns * t)], axis=1)
    kit.add("coil", sweep(path, wire, (0, 1, 0), around=6))
    ends = one_of(rng, "open ends", "flat ends", "hooks")
    if ends == "flat ends":
        kit.add("end", torus(float(radius[0]), wire, 20, 6))
        kit.add("end", torus(float(radius[-1]), wire, 20, 6), (0, height, 0))
    elif ends == "hooks":
        kit.add("end", torus(0.14, wire, 14, 6), (0, -0.14, 0), rx=90)
        kit.add("end", torus(0.14, wire, 14, 6), (0, height + 0.14, 0), rx=90)
    return kit.finish([long, shape], [some(turns, "turn"), ends], "coil")


def bearing(kit: Assembly, rng: np.random.Generator) -> Built:
    bore, thick = span(rng, 0.25, 0.55), span(rng, 0.15, 0.7)
    gap = (1 - bore) / 3
    kit.add("outer ring", tube(1, 1 - gap, thick), (0, -thick / 2, 0))
    kit.add("inner ring", tube(bore + gap, bore, thick), (0, -thick / 2, 0))
    n, kind = count(rng, 6, 14), one_of(rng, "ball", "roller", "sealed")
    middle = bore + 1.5 * gap
    if kind == "ball":
        kit.ring("ball", place(ball(gap * 0.6, gap * 0.6, gap * 0.6, 8), (middle, 0, 0)), n)
    elif kind == "roller":
        kit.ring("roller", place(cylinder(gap * 0.5, thick * 0.8, segments=8), (middle, -thick * 0.4, 0)), n)
    else:
        kit.add("seal", tube(1 - gap, bore + gap, thick * 0.8), (0, -thick * 0.4, 0))
    if flange := chance(rng, 0.2):
        kit.add("outer ring", tube(1.2, 0.95, thick * 0.15), (0, -thick / 2, 0))
    said = f"{number(n)} {kind}s" if kind != "sealed" else "closed sides"
    words = ["thin" if thick < 0.3 else "thick" if thick > 0.5 else "", kind]
    return kit.finish(words, [said, "a flange" if flange else ""], "race")


def bracket(kit: Assembly, rng: np.random.Generator) -> Built:
    width, thick = span(rng, 0.25, 0.9), span(rng, 0.04, 0.14)
    up, out = span(rng, 0.5, 1.2), span(rng, 0.5, 1.2)
    kit.add("wall plate", box(width, up, thick))
    kit.add("arm", box(width, thick, out), (0, 0, out / 2))
    kind = one_of(rng, "plain", "gusseted", "braced", "U-shaped", "Z-shaped")
    if kind == "gusseted":
        n = count(rng, 1, 2)
        rib = prism(np.array([(0.0, 0.0), (out * 0.8, 0.0), (0.0, up * 0.8)]), thick)
        for x in (0.0,) if n == 1 else (-width * 0.4, width * 0.4):
            kit.add("rib", rib, (x, thick, 0), ry=-90)
    elif kind == "braced":
        kit.add("rib", box(thick, (up**2 + out**2) ** 0.5 * 0.75, thick), (0, 0.05, out * 0.75), rx=-45 * out / up)
    elif kind == "U-shaped":
        kit.add("wall plate", box(width, up * span(rng, 0.6, 1.0), thick), (0, 0, out))
    elif kind == "Z-shaped":
        kit.add("wall plate", box(width, up * span(rng, 0.4, 0.8), thick), (0, -up * 0.4, out))
    holes = count(rng, 0, 3)
    for i in range(holes):
        y = up * (0.3 + 0.6 * (i + 0.5) / holes)
        kit.add("boss", tube(min(0.1, width * 0.2), min(0.06, width * 0.1), thick), (0, y, -thick), rx=90)
    return kit.finish([kind], [some(holes, "boss", "bosses") if holes else "", "a flat arm"], "angle bracket")


def steel_beam(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "I-shaped", "T-shaped", "C-shaped", "H-shaped")
    long, said = sized(rng, 0.8, 3.0, "short", "long")
    height, width = span(rng, 0.35, 0.6), span(rng, 0.25, 0.6)
    web, flange = span(rng, 0.03, 0.1), span(rng, 0.03, 0.12)
    if kind == "H-shaped":
        width = height * span(rng, 1.0, 1.3)
    shift = -width / 2 if kind == "C-shaped" else 0.0
    kit.add("web", box(web, height, long), (shift, 0, 0))
    kit.add("flange", box(width, flange, long), (0, height, 0))
    if kind != "T-shaped":
        kit.add("flange", box(width, flange, long), (0, -flange, 0))
    if plate := chance(rng, 0.3):
        kit.add("end plate", box(width * 1.2, height * 1.3, 0.05), (0, -height * 0.15, long / 2))
    facts = ["an end plate" if plate else "", "a thin web" if web < 0.06 else "a thick web"]
    return kit.finish([said, kind], facts, "girder")


def hinge(kit: Assembly, rng: np.random.Generator) -> Built:
    tall, wide, thick = span(rng, 0.5, 1.5), span(rng, 0.3, 0.8), span(rng, 0.03, 0.08)
    knuckles, open_by = count(rng, 3, 7), span(rng, 0, 150)
    radius = span(rng, 0.06, 0.12)
    leaf = place(box(wide, tall, thick), (wide / 2, 0, 0))
    kit.add("leaf", leaf, ry=open_by / 2)
    kit.add("leaf", leaf, ry=180 - open_by / 2)
    for i in range(knuckles):
        kit.add("knuckle", cylinder(radius, tall / knuckles * 0.9), (0, tall * i / knuckles, 0))
    kit.add("pin", cylinder(radius * 0.6, tall * 1.12, segments=10), (0, -tall * 0.06, 0))
    n = count(rng, 0, 3)
    for i in range(n):
        y = tall * (i + 0.5) / n
        for turn in (open_by / 2, 180 - open_by / 2):
            stud = place(cylinder(0.05, thick + 0.03, segments=8), (wide * 0.6, y, -thick / 2 - 0.01), rx=90)
            kit.add("screw", stud, ry=turn)
    words = ["folded" if open_by > 100 else "flat" if open_by < 40 else "half-open"]
    return kit.finish(words, [some(knuckles, "knuckle"), some(2 * n, "screw") if n else ""], "door hinge")


BUILDERS = (bolt, screw, nail, nut, washer, gear, spring, bearing, bracket, steel_beam, hinge)
