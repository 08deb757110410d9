"""What floats or dives, nose along +z: boat, ship, submarine."""

import numpy as np

from pointrecon.shapes.made.parametric.aircraft import spindle, wing
from pointrecon.shapes.made.parametric.assembly import Assembly, Built, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span
from pointrecon.shapes.made.parametric.meshes import box, cylinder, loft, rod, tube
from pointrecon.shapes.made.parametric.vehicles import hull


def boat(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "sailing", "motor", "rowing", "fishing")
    long, half, deep = span(rng, 1.6, 2.4), span(rng, 0.25, 0.42), span(rng, 0.2, 0.4)
    z = long / 2
    stations = [
        (-z, half * span(rng, 0.5, 1), 0.1, deep),
        (0, half, 0, deep),
        (z * 0.6, half * 0.75, 0, deep * 1.05),
        (z, 0.02, deep * 0.7, deep * 1.2),
    ]
    kit.add("hull", hull(*stations, soft=0.3))
    if kind == "sailing":
        mast = span(rng, 1.2, 2.2)
        kit.add("mast", cylinder(0.025, mast, segments=8), (0, deep, 0.1))
        sails = count(rng, 1, 2)
        for i in range(sails):
            sign = 1 if i else -1
            foot = z * span(rng, 0.6, 0.85)
            head = (0, deep + mast * span(rng, 0.75, 0.98), 0.1 + sign * 0.03)
            corners = np.array([(0, deep + 0.12, 0.1), (0, deep + 0.12, 0.1 + sign * foot), head])
            bulge = np.array([0.015 * sign, 0, 0])
            kit.add("sail", loft(np.stack([corners - bulge, corners + bulge])))
        said = some(sails, "sail")
    elif kind == "rowing":
        benches = count(rng, 1, 3)
        for i in range(benches):
            kit.add("hull", box(half * 1.7, 0.03, 0.15), (0, deep + 0.02, z * (0.4 - 0.4 * i)))
        kit.pair("oar", rod((half * 0.5, deep + 0.15, 0), (half + 0.8, 0, -0.1), 0.02))
        kit.pair("oar", box(0.25, 0.015, 0.12), (half + 0.8, 0.0, -0.1), rz=-15)
        said = f"{some(benches, 'bench', 'benches')} and two oars"
    else:
        cab = span(rng, 0.2, 0.45)
        at = z * span(rng, -0.5, 0.2)
        kit.add("cabin", box(half * 1.3, cab, long * span(rng, 0.2, 0.45), (0.85, 0.8)), (0, deep, at))
        said = "a cabin"
        if kind == "fishing":
            kit.add("mast", cylinder(0.03, 0.9, segments=8), (0, deep, -z * 0.5))
            kit.add("mast", rod((0, deep + 0.4, -z * 0.5), (0, deep + 0.9, z * 0.4), 0.02))
            said = "a cabin and a mast with a boom"
        elif chance(rng):
            kit.add("mast", cylinder(0.015, 0.4, segments=6), (0, deep + cab, at))
            kit.add("engine", box(0.15, 0.35, 0.15), (0, deep * 0.4, -z - 0.05))
            said = "a cabin and an outboard engine"
    return kit.finish([kind], [said], "sailing vessel" if kind == "sailing" else "small vessel")


def ship(kit: Assembly, rng: np.random.Generator) -> Built:
    long, half, deep = span(rng, 2.4, 3.4), span(rng, 0.22, 0.36), span(rng, 0.22, 0.4)
    z = long / 2
    body = hull(
        (-z, half * 0.8, 0.1, deep),
        (-z * 0.8, half, 0, deep),
        (z * 0.6, half, 0, deep),
        (z, 0.02, deep * 0.5, deep * 1.25),
        soft=0.15,
    )
    kit.add("hull", body)
    kind = one_of(rng, "container", "passenger", "tanker", "war")
    if kind == "passenger":
        decks = count(rng, 2, 5)
        for i in range(decks):
            kit.add("deck", box(half * 1.8, 0.11, long * (0.75 - 0.09 * i)), (0, deep + 0.12 * i, -0.05 * i))
        top = deep + 0.12 * decks
        said = some(decks, "upper deck")
    else:
        rear = -z * span(rng, 0.6, 0.85)
        size = span(rng, 0.3, 0.55)
        kit.add("deck", box(half * 1.7, size, 0.3), (0, deep, rear))
        top = deep + size
        said = "a bridge aft"
        if kind == "container":
            rows = count(rng, 3, 6)
            for i in range(rows):
                at = rear + 0.3 + (z * 0.6 - rear) * i / rows
                row = box(half * 1.9, span(rng, 0.1, 0.4), (z * 0.55 - rear) / rows * 0.85)
                kit.add("cargo", row, (0, deep, at + 0.1))
            said += f" and {some(rows, 'stack')} of cargo"
        elif kind == "tanker":
            kit.add("cargo", cylinder(0.04, z * 1.2, segments=8), (0, deep + 0.06, rear), rx=90)
        else:
            turrets = count(rng, 1, 3)
            for i in range(turrets):
                at = z * (0.5 - 0.28 * i)
                kit.add("turret", cylinder(0.11, 0.1), (0, deep, at))
                kit.add("turret", rod((0, deep + 0.07, at), (0, deep + 0.13, at + 0.3), 0.02))
            said += f" and {some(turrets, 'gun turret')}"
    funnels = count(rng, 1, 3)
    for i in range(funnels):
        at = -z * 0.6 + 0.28 * i * (kind == "passenger")
        kit.add("funnel", cylinder(0.07, span(rng, 0.15, 0.3), 0.06, 10), (0, top, at))
    return kit.finish([kind], [said, some(funnels, "funnel") if kind == "passenger" else "a funnel"], "vessel")


def submarine(kit: Assembly, rng: np.random.Generator) -> Built:
    fat, long = span(rng, 0.16, 0.28), span(rng, 1.8, 2.5)
    z = long / 2
    blunt = span(rng, 0.4, 0.9)
    body = spindle(
        (-z, 0.03, 0),
        (-z * 0.5, fat * 0.8, 0),
        (0, fat, 0),
        (z * 0.75, fat, 0),
        (z * 0.93, fat * blunt, 0),
        (z, 0.03, 0),
    )
    kit.add("hull", body)
    up, long_tower = span(rng, 0.12, 0.32), span(rng, 0.25, 0.55)
    kit.add("tower", box(0.13, fat + up, long_tower, (0.8, 0.8)), (0, 0, span(rng, -0.1, 0.4)))
    masts = count(rng, 0, 3)
    for i in range(masts):
        kit.add("periscope", cylinder(0.015, fat + up + 0.2, segments=6), (0, 0, 0.1 + 0.08 * i))
    fin = wing(span(rng, 0.25, 0.4), 0.22, 0.14, 0.08, 0, 0.02)
    for turn in (0, 90, 180, 270):
        kit.add("fin", fin, (0, 0, -z * 0.82), rz=turn)
    if chance(rng, 0.3):
        kit.add("propeller", tube(fat * 0.8, fat * 0.75, 0.15), (0, 0, -z - 0.05), rx=90)
    kit.ring("propeller", place(box(fat * 0.7, 0.02, 0.05), (fat * 0.35, 0, 0)), 1)
    if planes := chance(rng):
        kit.pair("fin", wing(0.3, 0.15, 0.1, 0.03, 0, 0.02), (fat * 0.7, 0, z * 0.55))
    words = ["blunt" if blunt > 0.7 else "slender"]
    return kit.finish(words, ["a tower", some(masts, "periscope"), "bow planes" if planes else ""], "submersible")


BUILDERS = (boat, ship, submarine)
