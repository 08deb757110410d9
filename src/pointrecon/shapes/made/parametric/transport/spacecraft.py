"""What really flies in space or is shot: space shuttle, satellite, missile, space station; nose along +z."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, around, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span, spread
from pointrecon.shapes.made.parametric.household.vessels import solid
from pointrecon.shapes.made.parametric.meshes import ball, box, circle, cylinder, lathe, prism, rod, torus, tube
from pointrecon.shapes.made.parametric.places.facades import copies
from pointrecon.shapes.made.parametric.transport.airframe import airfoil, barrel


def space_shuttle(kit: Assembly, rng: np.random.Generator) -> Built:
    long, fat = span(rng, 1.5, 1.9), span(rng, 0.15, 0.2)
    z = long / 2
    nose = [(z * 0.8, fat * 0.75, fat * 0.75, -0.04), (z, 0.03, 0.03, -0.08)]
    kit.add("hull", barrel([(-z, fat, fat * 1.1, 0), (z * 0.55, fat, fat * 1.05, 0), *nose], 3.0, 14))
    reach = span(rng, 0.45, 0.65)
    rear = [(0.0, -z * 0.95), (reach, -z * 0.95), (reach, -z * 0.7)]
    half = place(prism(np.array([*rear, (fat * 1.3, -z * 0.05), (fat * 0.6, z * 0.5), (0.0, z * 0.5)]), 0.04), rx=90)
    kit.add("tail", airfoil(0.45, 0.42, 0.55, 0.3, 0, "square", 0.1), (0, fat * 0.7, -z * 0.8), rz=90)
    bell = solid(np.array([(0.08, 0.0), (0.06, 0.08), (0.04, 0.14)]), 12)
    for x, y in ((-0.08, -0.03), (0.08, -0.03), (0.0, 0.1)):
        kit.add("engine", bell, (x, y, -z - 0.12), rx=90)
    pod = barrel([(-0.2, 0.06, 0.07, 0), (0.05, 0.07, 0.07, 0), (0.2, 0.01, 0.02, 0)], 2, 10)
    kit.pair("engine", pod, (fat * 0.6, fat * 0.9, -z * 0.75))
    kit.pair("wing", half, (0, -fat * 0.7, 0))
    state = one_of(rng, "landing", "landing", "launching", "orbiting")
    said = ""
    if state == "launching":
        wide = [(-z, 0.26, 0.26, 0), (z * 1.1, 0.26, 0.26, 0), (z * 1.5, 0.02, 0.02, 0)]
        kit.add("tank", barrel([(-z * 1.1, 0.15, 0.15, 0), *wide], 2, 18), (0, -fat - 0.28, 0.1))
        slim = [(-z * 1.2, 0.1, 0.1, 0), (z * 1.0, 0.1, 0.1, 0), (z * 1.2, 0.02, 0.02, 0)]
        kit.pair("booster", barrel([(-z * 1.3, 0.13, 0.13, 0), *slim], 2, 12), (0.38, -fat - 0.28, 0))
        said = "an outer tank and two boosters"
    elif state == "orbiting":
        door = prism(np.array([(0.0, 0.0), (0.25, 0.1), (0.24, 0.13), (0.0, 0.03)]), long * 0.55)
        kit.pair("door", door, (fat * 0.9, fat * 0.8, -z * 0.1))
        said = "its cargo doors open"
    elif chance(rng):
        wheel = place(cylinder(0.06, 0.05, segments=12), (0.025, 0, 0), rz=90)
        kit.pair("gear", wheel, (fat, -fat - 0.16, -z * 0.4))
        kit.pair("gear", rod((fat, -fat - 0.16, -z * 0.4), (fat * 0.8, -fat * 0.6, -z * 0.4), 0.02))
        kit.add("gear", wheel, (0, -fat - 0.16, z * 0.6))
        kit.add("gear", rod((0, -fat - 0.16, z * 0.6), (0, 0, z * 0.6), 0.02))
        said = "wheels down"
    return kit.finish([], ["delta wings", "a tail fin", said], "orbiter", "spaceplane")


def satellite(kit: Assembly, rng: np.random.Generator) -> Built:
    kind, size = one_of(rng, "box", "box", "drum", "ball", "telescope"), span(rng, 0.2, 0.36)
    long = size * span(rng, 1.2, 2.4)
    if kind == "box":
        kit.add("body", box(size * 1.4, long * 1.4, size * 1.4), (0, -long * 0.7, 0))
    elif kind == "drum":
        kit.add("body", cylinder(size, long * 1.4, segments=one_of(rng, 6, 8, 20)), (0, -long * 0.7, 0))
    elif kind == "ball":
        kit.add("body", ball(size, size, size, 16))
        rods = count(rng, 2, 5)
        for i in range(rods):
            kit.add("aerial", place(rod((0, 0, 0), (0.5, -1.0, 0), 0.012), ry=360 * i / rods + 20), rx=90)
        return kit.finish(["early round"], [some(rods, "long aerial")], "space probe")
    else:
        kit.add("body", cylinder(size * 0.8, 1.0, segments=18), (0, 0, -0.5), rx=90)
        kit.add("body", prism(circle(16) * size * 0.8, 0.03), (0, size * 0.9, 0.52), rx=-50)
    pairs, reach, wide = one_of(rng, 1, 1, 1, 2, 0), span(rng, 0.5, 1.3), span(rng, 0.22, 0.5)
    panels = count(rng, 1, 4)
    tilt = span(rng, 0, 90)
    for i in range(pairs):
        y = 0.0 if pairs == 1 else long * (0.5 - i)
        cells = [(size + 0.15 + reach * (k + 0.5) / panels, 0, 0) for k in range(panels)]
        kit.pair("panel", place(copies(box(reach / panels * 0.94, 0.02, wide), cells), rx=tilt), (0, y, 0))
        kit.pair("panel", rod((0, y, 0), (size + 0.2 + reach * 0.9, y, 0), 0.018))
    dishes = count(rng, 0, 2)
    for i in range(dishes):
        r = span(rng, 0.15, 0.35)
        shell = lathe([(0.02, -0.03), (r, r * 0.35), (r, r * 0.38), (0.0, 0.0)], 16)
        dish = merge([shell, rod((0, 0, 0), (0, r * 0.6, 0), 0.01)])
        side = (0, long * 0.6, size * 0.8) if i == 0 else (0, -long * 0.5, size * 0.9)
        kit.add("dish", dish, side, rx=span(rng, 30, 100))
    aerials = count(rng, 0, 4)
    for _ in range(aerials):
        tip = (span(rng, -0.5, 0.5), -long - span(rng, 0.1, 0.6), span(rng, -0.5, 0.5))
        kit.add("aerial", rod((0, 0, 0), tip, 0.012))
    if bell := chance(rng, 0.4):
        kit.add("engine", cylinder(size * 0.5, 0.14, size * 0.25, 12), (0, -long * 0.8, 0))
    facts = [some(pairs * 2, "solar wing") if pairs else "", some(dishes, "dish", "dishes") if dishes else ""]
    facts.append(some(aerials, "aerial") if aerials else "")
    words = {"box": "box-shaped", "drum": "drum-shaped", "telescope": "tube-shaped"}[kind]
    return kit.finish([words], [*facts, "a rocket nozzle" if bell else ""], "space probe")


def missile(kit: Assembly, rng: np.random.Generator) -> Built:
    long, fat, sides = span(rng, 1.2, 2.2), span(rng, 0.05, 0.14), one_of(rng, 8, 12, 18)
    z = long / 2
    kind = one_of(rng, "guided", "guided", "cruise", "bomb", "torpedo")
    if kind == "bomb":
        fat *= 1.8
        stations = [(-z * 0.8, fat * 0.3, fat * 0.3, 0), (-z * 0.2, fat, fat, 0), (z * 0.3, fat, fat, 0)]
        stations += [(z * 0.6, fat * 0.6, fat * 0.6, 0), (z * 0.7, 0.02, 0.02, 0)]
    else:
        nose = z * span(rng, 0.6, 0.9)
        stations = [(-z, fat * 0.85, fat * 0.85, 0), (-z * 0.95, fat, fat, 0), (nose, fat, fat, 0)]
        blunt = fat * span(rng, 0.2, 0.6)
        stations += [(z * 0.96, blunt, blunt, 0), (z, 0.01, 0.01, 0)]
    kit.add("body", barrel(stations, 2, sides))
    fins, turn = one_of(rng, 3, 4, 4), one_of(rng, 0, 45)
    size = fat * span(rng, 1.0, 2.4)
    chord, back = size * span(rng, 1.0, 2.0), size * span(rng, 0, 0.8)
    fin = airfoil(fat * 0.6 + size, chord, span(rng, 0.3, 0.9), back, 0, "square", 0.05)
    for i in range(fins):
        kit.add("fin", fin, (0, 0, -z * (0.65 if kind == "bomb" else 0.85)), rz=90 + turn + 360 * i / fins)
    facts = [some(fins, "tail fin")]
    if kind == "bomb":
        kit.add("fin", place(tube(fat * 0.9, fat * 0.82, 0.15, 16), rx=90), (0, 0, -z * 0.8))
    elif kind == "cruise":
        half = airfoil(span(rng, 0.35, 0.6), 0.2, 0.7, span(rng, 0, 0.2), 0, "square", 0.06)
        kit.pair("wing", half, (fat * 0.5, 0, 0))
        kit.add("intake", box(fat * 1.0, fat * 0.8, z * 0.5), (0, -fat * 1.6, -z * 0.4))
        facts.append("two wings")
    elif kind == "guided" and chance(rng, 0.7):
        small = airfoil(fat + size * 0.7, size, 0.4, size * 0.3, 0, "square", 0.05)
        for i in range(4):
            kit.add("wing", small, (0, 0, z * span(rng, 0.0, 0.02) + z * 0.3), rz=90 + turn + 90 * i)
        facts.append("four middle fins")
    elif kind == "torpedo":
        for i in range(5):
            kit.add("propeller", place(box(fat * 0.3, fat * 1.1, 0.02), ry=30), (0, 0, -z - 0.03), rz=72 * i)
        facts.append("a propeller")
    if stand := kind != "torpedo" and chance(rng, 0.25):
        kit.add("stand", box(fat * 2, 0.05, long * 0.8), (0, -fat - size - 0.1, 0))
        kit.pair("stand", box(0.04, size + fat + 0.1, 0.06), (fat * 0.7, -fat - size - 0.08, z * 0.4), axis=2)
        kit.pair("stand", box(0.04, size + fat + 0.1, 0.06), (-fat * 0.7, -fat - size - 0.08, z * 0.4), axis=2)
    word = {"bomb": "bomb-shaped", "torpedo": "torpedo-shaped"}.get(kind, kind)
    return kit.finish([word], [*facts, "a launch rail" if stand else ""], "weapon")


def space_station(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "modular", "modular", "ring", "ring", "cross")
    fat = span(rng, 0.1, 0.18)
    panels = 0
    if kind == "ring":
        radius, rings = span(rng, 0.7, 1.0), count(rng, 1, 2)
        spokes, thick = count(rng, 2, 6), span(rng, 0.07, 0.14)
        for y in spread(rings, 0.8 * rings):
            kit.add("ring", torus(radius, thick, 32, one_of(rng, 4, 6, 10)), (0, y, 0))
            kit.add("ring", around(rod((0, y, 0), (radius, y, 0), thick * 0.5), spokes))
        tall = 0.8 * rings + span(rng, 0.1, 0.6)
        kit.add("module", cylinder(fat, tall, segments=14), (0, -tall / 2, 0))
        kit.add("module", ball(fat * 1.6, fat * 1.3, fat * 1.6), (0, tall / 2, 0))
        told = f"{some(rings, 'ring')} on {some(spokes, 'spoke')}"
    else:
        modules = count(rng, 3, 7)
        for i in range(modules):
            long, z = span(rng, 0.35, 0.6), 0.45 * (i - (modules - 1) / 2)
            r = fat * span(rng, 0.7, 1.1)
            line = [
                (-long / 2, r * 0.5, r * 0.5, 0),
                (-long * 0.4, r, r, 0),
                (long * 0.4, r, r, 0),
                (long / 2, r * 0.5, r * 0.5, 0),
            ]
            if (kind == "cross" and i % 2) or (i and chance(rng, 0.25)):
                kit.pair("module", barrel(line, 2, 12), (0, 0, long / 2 + r), ry=90)
                kit.add(
                    "module", place(barrel(line, 2, 12), (0, 0, long / 2), rx=0), (0, 0, z), rx=one_of(rng, -90, 90)
                )
            kit.add("module", barrel(line, 2, 12), (0, 0, z))
        told = some(modules, "module")
        if beam := chance(rng, 0.6):
            kit.add("beam", box(2.6, 0.08, 0.08), (0, fat + 0.05, 0))
        panels = count(rng, 1, 4)
        for i in range(panels):
            x = 1.3 - 0.28 * i if beam else 0.35 + 0.05 * i
            for s in (-1, 1):
                at = (x, fat + 0.09, s * 0.45) if beam else (x + 0.3, 0.0, 0.45 * (i - (panels - 1) / 2) * s)
                size = (0.22, 0.012, 0.75) if beam else (0.75, 0.012, 0.2)
                kit.pair("panel", box(*size), at)
    if dish := chance(rng):
        kit.add(
            "dish",
            lathe([(0.02, -0.02), (0.2, 0.08), (0.2, 0.09), (0.0, 0.0)], 14),
            (0, fat * 1.5, 0.3),
            rx=span(rng, -60, 60),
        )
    facts = [told, f"{some(panels, 'pair')} of solar panels a side" if panels else "", "a dish" if dish else ""]
    return kit.finish([kind], facts, "orbital station")


BUILDERS = (space_shuttle, satellite, missile, space_station)
