"""Cutlery and hand tools, upright along y with the handle down."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, sized, some, span
from pointrecon.shapes.made.parametric.meshes import (
    Mesh,
    arc,
    ball,
    box,
    circle,
    cylinder,
    lathe,
    loft,
    prism,
    slab,
    sweep,
    torus,
)


def _wire(long: float, width: float, thick: float) -> Mesh:
    """The flat, widening handle of a spoon or fork."""
    y = np.linspace(0, long, 5)
    half = width * np.array([0.8, 1.0, 0.8, 0.45, 0.35])
    return slab(y, -half, half, thick)


def knife(kit: Assembly, rng: np.random.Generator) -> Built:
    grip, kind = handle(rng, span(rng, 0.35, 0.55), span(rng, 0.035, 0.06))
    top = float(grip.vertices[:, 1].max())
    kit.add("handle", grip)
    long, said = sized(rng, 0.4, 1.1, "short", "long")
    wide = span(rng, 0.05, 0.2)
    shape = one_of(rng, "pointed", "rounded", "square", "curved")
    t = np.linspace(0, 1, 7)
    edge = {
        "pointed": 1 - t**2 * 0.98,
        "rounded": np.sqrt(np.maximum(1 - t**4, 0.0004)),
        "square": np.ones(7),
        "curved": 1 - t**2 * 0.98,
    }[shape]
    lean = 0.12 * t * t if shape == "curved" else 0 * t
    kit.add("blade", slab(t * long, -0.03 + lean, -0.03 + lean + wide * edge, 0.02), (0, top, 0))
    if guard := chance(rng, 0.25):
        kit.add("guard", box(wide + 0.15, 0.03, 0.06), (0.02, top, 0))
    return kit.finish([said, shape], [kind, "a guard" if guard else ""], "blade")


def spoon(kit: Assembly, rng: np.random.Generator) -> Built:
    long, said = sized(rng, 0.5, 1.1, "short", "long")
    kit.add("handle", _wire(long, span(rng, 0.04, 0.08), 0.025))
    width, size = span(rng, 0.11, 0.24), span(rng, 0.16, 0.28)
    deep = one_of(rng, "flat", "deep", "ladle-like")
    depth = {"flat": 0.04, "deep": 0.1, "ladle-like": 0.2}[deep]
    cup = lathe(np.stack([np.sin(np.linspace(0, 1.57, 6)), -np.cos(np.linspace(0, 1.57, 6))], axis=1), 16)
    inner = Mesh(cup.vertices * (0.94, 0.85, 0.94), cup.faces[:, ::-1])
    for shell in (cup, inner):
        tilt = 70 if deep == "ladle-like" else 90
        kit.add("bowl", Mesh(shell.vertices * (width, depth, size), shell.faces), (0, long + size * 0.9, 0.02), rx=tilt)
    return kit.finish([said], [f"a {deep} bowl"], "ladle" if deep[0] == "l" else "tablespoon")


def fork(kit: Assembly, rng: np.random.Generator) -> Built:
    long, said = sized(rng, 0.5, 1.1, "short", "long")
    kit.add("handle", _wire(long, span(rng, 0.04, 0.08), 0.03))
    tines, width, size = count(rng, 2, 5), span(rng, 0.16, 0.32), span(rng, 0.22, 0.5)
    y = np.linspace(0, 0.2, 4)
    half = np.array([0.03, 0.35 * width, 0.48 * width, 0.5 * width])
    kit.add("head", slab(y, -half, half, 0.03), (0, long, 0))
    bow = span(rng, 0, 0.12)
    for x in np.linspace(-0.5, 0.5, tines) * width * 0.88:
        path = np.array([(x, 0, 0), (x, size * 0.5, -bow * 0.4), (x, size, 0)])
        kit.add("tine", sweep(path, 0.018, (1, 0, 0), scale=[1, 1, 0.4], around=5), (0, long + 0.18, 0))
    return kit.finish([said], [some(tines, "tine")], "eating fork")


def handle(rng: np.random.Generator, long: float, thick: float) -> tuple[Mesh, str]:
    """A grip from y = 0 up to `long` and what it is called."""
    kind = one_of(rng, "round", "flat", "swelling", "waisted")
    y = np.linspace(0, long, 6)
    if kind == "flat":
        half = thick * np.array([1.1, 1.2, 1.0, 0.9, 1.0, 1.0])
        return slab(y, -half, half, thick * 0.9), "a flat handle"
    swell: dict[str, list[float]] = {
        "round": [1, 1, 1, 1, 1, 1],
        "swelling": [0.7, 1, 1.2, 1.2, 1, 0.6],
        "waisted": [1.2, 1, 0.7, 0.7, 0.9, 1],
    }
    radius = np.array([0.0, *swell[kind], 0.0]) * thick
    return lathe(np.stack([radius, [0, *y, long]], axis=1), 10), f"a {kind} handle"


def hammer(kit: Assembly, rng: np.random.Generator) -> Built:
    long, said = sized(rng, 0.6, 1.3, "short", "long")
    grip, kind = handle(rng, long, span(rng, 0.03, 0.055))
    kit.add("handle", grip)
    style = one_of(rng, "claw", "sledge", "ball-peen", "mallet", "pick")
    half, thick = span(rng, 0.15, 0.28), span(rng, 0.06, 0.13)
    if style == "mallet":
        kit.add("head", cylinder(thick * 1.5, 2.2 * half), (half * 1.1, long, 0), rz=90)
    elif style == "sledge":
        kit.add("head", box(2 * half, 2 * thick, 2 * thick), (0, long - thick, 0))
    else:
        kit.add("head", box(half, thick * 1.3, thick * 1.3), (0, long - thick * 0.65, 0))
        kit.add("head", cylinder(thick, half * 0.7, thick * 1.1, 12), (half * 0.3, long, 0), rz=-90)
        if style == "ball-peen":
            kit.add("peen", ball(thick * 0.9, thick * 0.9, thick * 0.9), (-half * 0.7, long, 0))
        elif style == "pick":
            kit.add("peen", cylinder(thick * 0.8, half * 1.4, 0.01, 6), (-half * 0.4, long, 0), rz=95)
        else:
            path, scale = arc(half, half * 0.7, 0.25, 0.48, 6), [1.6, 1.5, 1.3, 1, 0.7, 0.4]
            claw = sweep(path, thick * 0.35, scale=scale, around=6)
            kit.pair("peen", claw, (-half * 0.4, long - half * 0.62, thick * 0.55), axis=2)
    return kit.finish([said, style], [kind], "mallet" if style == "mallet" else "striking tool")


def screwdriver(kit: Assembly, rng: np.random.Generator) -> Built:
    grip, kind = handle(rng, span(rng, 0.35, 0.6), span(rng, 0.07, 0.14))
    top = float(grip.vertices[:, 1].max())
    kit.add("handle", grip)
    long, said = sized(rng, 0.25, 1.0, "stubby", "long")
    thin = span(rng, 0.018, 0.04)
    kit.add("shaft", cylinder(thin, long, segments=8), (0, top, 0))
    tip = one_of(rng, "flat", "cross", "hexagonal")
    if tip == "flat":
        half = thin * np.array([1.0, 1.8, 1.5])
        kit.add("tip", slab([0, 0.06, 0.12], -half, half, thin), (0, top + long, 0))
    else:
        kit.add("tip", cylinder(thin * 1.4, 0.12, thin * 0.3, 4 if tip == "cross" else 6), (0, top + long, 0))
    if collar := chance(rng, 0.4):
        kit.add("handle", torus(thin * 2, thin, 14, 6), (0, top, 0))
    return kit.finish([said], [f"a {tip} tip", kind, "a collar" if collar else ""], "hand tool")


def _open_jaw(size: float, thick: float) -> Mesh:
    """A forked wrench end about the origin, its mouth up."""
    outer = arc(size, size, 0.34, 1.16, 14)[:, :2]
    inner = outer * np.linspace(0.62, 0.5, 14)[:, None]
    rows = np.stack([outer, outer, inner, inner], axis=1)
    z = np.broadcast_to(np.array([-0.7, 0.7, 0.7, -0.7]) * thick, rows.shape[:2])
    return loft(np.concatenate([rows, z[..., None]], axis=2))


def wrench(kit: Assembly, rng: np.random.Generator) -> Built:
    long, said = sized(rng, 0.6, 1.3, "short", "long")
    width, thick = span(rng, 0.05, 0.09), span(rng, 0.04, 0.09)
    kit.add("handle", box(2 * width, long, thick, (span(rng, 0.7, 1.1), 1)))
    style = one_of(rng, "open-ended", "ring", "combination", "adjustable")
    size = span(rng, 0.13, 0.22)
    upper, lower = (0, long + size * 0.7, 0), (0, -size * 0.6, 0)
    eye = prism(circle(18) * size, thick * 1.3, circle(18) * size * 0.6)
    if style == "adjustable":
        kit.add("jaw", box(size, size * 1.6, thick * 1.3), (-size * 0.5, long, 0))
        kit.add("jaw", box(size, size * 0.8, thick * 1.2), (size * 0.9, long - size * 0.5, 0))
        kit.add("jaw", box(size * 2.3, size * 0.5, thick * 1.2), (size * 0.2, long - size * 0.4, 0))
        ends = "a sliding jaw"
    elif style == "ring":
        kit.add("ring", eye, upper)
        kit.add("ring", eye, lower)
        ends = "two rings"
    elif style == "combination":
        kit.add("jaw", _open_jaw(size, thick), upper, rz=15)
        kit.add("ring", eye, lower)
        ends = "one jaw and one ring"
    else:
        kit.add("jaw", _open_jaw(size, thick), upper, rz=15)
        kit.add("jaw", _open_jaw(size * 0.85, thick), lower, rz=195)
        ends = "two jaws"
    return kit.finish([said, style], [ends], "spanner")


def saw(kit: Assembly, rng: np.random.Generator) -> Built:
    long, said = sized(rng, 0.7, 1.4, "short", "long")
    if chance(rng, 0.3):
        kit.add("blade", slab([0, long], -0.02, 0.04, 0.015))
        path = np.array([(0, 0, 0), (-0.25, 0.1, 0), (-0.3, long * 0.5, 0), (-0.25, long - 0.1, 0), (0, long, 0)])
        kit.add("frame", sweep(path, 0.025, around=6))
        kit.add("handle", cylinder(0.05, 0.3, segments=10), (-0.05, -0.3, 0), rz=15)
        return kit.finish([said], ["a bow frame", "one straight handle"], "bow saw")
    deep, tip, teeth = span(rng, 0.2, 0.35), span(rng, 0.06, 0.2), count(rng, 10, 24)
    y = np.linspace(0, long, 2 * teeth)
    line = deep + (tip - deep) * y / long
    kit.add("blade", slab(y, -deep / 2, line - deep / 2 + np.where(np.arange(2 * teeth) % 2, 0.03, 0.0), 0.015))
    loop = sweep(arc(0.12, 0.17, 0, 1, 15)[:-1], 0.045, closed=True, around=6)
    kit.add("handle", loop, (0, -0.12, 0), rz=span(rng, -20, 20))
    return kit.finish([said], [some(teeth, "tooth", "teeth"), "a looped handle"], "hand saw")


def pliers(kit: Assembly, rng: np.random.Generator) -> Built:
    gap, long = span(rng, 0.12, 0.3), span(rng, 0.5, 0.8)
    thick = span(rng, 0.03, 0.05)
    path = np.array([(gap, 0, 0), (gap * 1.1, long * 0.5, 0), (0.05, long * 0.95, 0), (-0.03, long + 0.05, 0)])
    kit.pair("handle", sweep(path, thick, around=6))
    kit.add("joint", cylinder(0.1, 0.1, segments=12), (0, long + 0.03, -0.05), rx=90)
    jaw, kind = sized(rng, 0.18, 0.6, "stub-nosed", "long-nosed")
    apart = span(rng, 0, 12)
    half = span(rng, 0.05, 0.1)
    nose = slab([0, jaw * 0.4, jaw], [0.005] * 3, [half, half, half * span(rng, 0.2, 0.9)], [0.1, 0.1, 0.05])
    kit.pair("jaw", nose, (0, long + 0.05, 0), rz=-apart)
    return kit.finish([kind], ["open jaws" if apart > 5 else "closed jaws", "two curved handles"], "gripping tool")


def scissors(kit: Assembly, rng: np.random.Generator) -> Built:
    apart, blade, width = span(rng, 3, 25), span(rng, 0.5, 0.9), span(rng, 0.05, 0.09)
    loop, arm = span(rng, 0.11, 0.17), span(rng, 0.1, 0.3)
    bladed = slab([0, blade * 0.7, blade], -width * 0.5, [width * 0.6, width * 0.2, -width * 0.4], 0.02)
    kit.pair("blade", bladed, rz=apart)
    kit.pair("handle", slab([-arm, 0], -width * 0.5, width * 0.5, 0.03), rz=apart)
    ring = sweep(arc(loop, loop * span(rng, 1.0, 1.5), 0, 1, 13)[:-1], 0.03, closed=True, around=6)
    kit.pair("handle", place(ring, (loop * 0.5, -arm - loop, 0)), rz=apart)
    kit.add("screw", cylinder(0.035, 0.06, segments=10), (0, 0, -0.03), rx=90)
    words = ["open" if apart > 10 else "closed"]
    return kit.finish(words, ["long blades" if blade > 0.7 else "short blades", "two finger loops"], "shears")


def axe(kit: Assembly, rng: np.random.Generator) -> Built:
    long, said = sized(rng, 0.7, 1.5, "short", "long")
    grip, kind = handle(rng, long, span(rng, 0.03, 0.05))
    kit.add("handle", grip)
    reach, edge = span(rng, 0.22, 0.4), span(rng, 0.15, 0.4)
    head = slab([-0.06, 0.08, reach], [-0.07, -0.07, -edge / 2], [0.07, 0.07, edge / 2], [0.12, 0.12, 0.01])
    double = chance(rng, 0.25)
    (kit.pair if double else kit.add)("head", head, (0, long - 0.08, 0), rz=-90)
    return kit.finish([said], ["two blades" if double else "one blade", kind], "hatchet")


def shovel(kit: Assembly, rng: np.random.Generator) -> Built:
    long, said = sized(rng, 0.5, 1.4, "short", "long")
    kit.add("handle", cylinder(0.03, long, segments=8))
    grip = one_of(rng, "a D-shaped grip", "a T-shaped grip", "a plain end")
    if "D" in grip:
        kit.add("grip", sweep(arc(0.1, 0.1, 0, 1, 9)[:-1], 0.02, closed=True, around=6), (0, -0.08, 0))
    elif "T" in grip:
        kit.add("grip", cylinder(0.03, 0.26, segments=8), (0.13, 0, 0), rz=90)
    wide, size = span(rng, 0.1, 0.22), span(rng, 0.3, 0.5)
    pointed = chance(rng)
    t = np.linspace(0, 1, 6)
    half = wide * (np.sqrt(np.maximum(1 - t**3, 0.001)) if pointed else np.ones(6))
    kit.add("blade", slab(t * size, -half, half, 0.03), (0, long - 0.03, 0), rx=span(rng, 0, 15))
    if sides := chance(rng, 0.3):
        kit.pair("blade", box(0.02, size * 0.8, 0.08), (wide, long, 0.02))
    return kit.finish([said, "pointed" if pointed else "square"], [grip, "raised edges" if sides else ""], "spade")


BUILDERS = (knife, spoon, fork, hammer, screwdriver, wrench, saw, pliers, scissors, axe, shovel)
