"""Machine parts: gear, spring, bearing, bracket, steel beam, hinge."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, place
from pointrecon.shapes.made.parametric.dice import chance, count, number, one_of, sized, some, span
from pointrecon.shapes.made.parametric.meshes import TAU, ball, box, circle, cylinder, prism, sweep, torus, tube


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


BUILDERS = (gear, spring, bearing, bracket, steel_beam, hinge)
