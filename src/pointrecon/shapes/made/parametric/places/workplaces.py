"""Buildings that people work in: barn, factory, gas station."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span, spread
from pointrecon.shapes.made.parametric.meshes import arc, box, cylinder, dome, prism, rod
from pointrecon.shapes.made.parametric.places.facades import copies, dressed, gable, rooftop, windows
from pointrecon.shapes.made.parametric.transport.vehicles import hull


def barn(kit: Assembly, rng: np.random.Generator) -> Built:
    width, depth, height = span(rng, 0.7, 1.1), span(rng, 0.9, 1.8), span(rng, 0.35, 0.6)
    kind, rise = one_of(rng, "gambrel", "gambrel", "gabled", "arched"), span(rng, 0.35, 0.6)
    w = width / 2 * 1.06
    if kind == "gambrel":
        line = np.array([(-w, 0.0), (w, 0.0), (w * 0.62, rise * 0.65), (0.0, rise), (-w * 0.62, rise * 0.65)])
        kit.add("roof", prism(line, depth * 1.04), (0, height, 0))
    elif kind == "gabled":
        kit.add("roof", gable(width, depth, rise), (0, height, 0))
    else:
        kit.add("roof", prism(arc(w, rise, 0, 0.5, 12)[:, :2], depth * 1.02), (0, height, 0))
    if opened := chance(rng, 0.25):
        kit.add("wall", box(width, height, 0.04), (0, 0, -depth / 2))
        kit.pair("wall", box(0.04, height, depth), (width / 2, 0, 0))
        kit.pair("post", box(0.05, height, 0.05), (width * 0.17, 0, depth / 2))
    else:
        kit.add("wall", box(width, height, depth))
        apart = one_of(rng, 0.11, 0.11, 0.3)
        kit.pair("door", box(width * 0.2, height * 0.8, 0.04), (width * apart, 0, depth / 2))
        kit.add("door", box(0.14, 0.14, 0.04), (0, height + 0.08, depth / 2))
    silos = one_of(rng, 0, 0, 1, 2)
    for i in range(silos):
        r, tall = span(rng, 0.15, 0.25), span(rng, 0.8, 1.4)
        at = (width / 2 + r * 1.1, 0.0, depth * (0.25 - 0.4 * i))
        kit.add("silo", cylinder(r, tall, segments=14), at)
        kit.add("silo", dome(r * 1.02, r * span(rng, 0.5, 1), 14), (at[0], tall, at[2]))
    if lean := chance(rng, 0.35):
        side = width * span(rng, 0.4, 0.6)
        kit.add("wall", box(side, height * 0.6, depth * 0.8), (-(width + side) / 2, 0, 0))
        kit.add("roof", gable(side, depth * 0.8, height * 0.3, 1.05, 1.0), (-(width + side) / 2, height * 0.6, 0))
    vents = count(rng, 0, 2)
    for z in spread(vents, depth):
        kit.add("vent", box(0.1, 0.16, 0.1), (0, height + rise * 0.95, z))
        kit.add("vent", box(0.15, 0.08, 0.15, (0.05, 0.05)), (0, height + rise * 0.95 + 0.16, z))
    facts = [some(silos, "silo") if silos else "", "a lean-to" if lean else ""]
    facts += ["an open front" if opened else "large doors", some(vents, "roof vent") if vents else ""]
    return kit.finish([kind], facts, "farm building")


def factory(kit: Assembly, rng: np.random.Generator) -> Built:
    width, depth, height = span(rng, 1.0, 1.8), span(rng, 0.7, 1.3), span(rng, 0.3, 0.5)
    roof = one_of(rng, "a sawtooth roof", "a sawtooth roof", "a flat roof", "gabled halls", "arched halls")
    kit.add("wall", box(width, height, depth))
    bays = count(rng, 2, 6)
    for x in spread(bays, width):
        wide = width / bays
        if "sawtooth" in roof:
            kit.add("roof", gable(wide, depth, span(rng, 0.15, 0.2), 1.0, 1.0), (x, height, 0))
        elif "gabled" in roof:
            kit.add("roof", gable(wide, depth, wide * 0.35, 1.0), (x, height, 0))
        elif "arched" in roof:
            kit.add("roof", prism(arc(wide / 2, wide * 0.35, 0, 0.5, 10)[:, :2], depth), (x, height, 0))
    if "flat" in roof:
        rooftop(kit, rng, width, depth, (0, height, 0))
    kit.add("window", windows(width, depth, height, 1, count(rng, 4, 8)))
    stacks = count(rng, 0, 3)
    for i in range(stacks):
        stack = cylinder(span(rng, 0.05, 0.09), span(rng, 1.0, 1.7), 0.045, 12)
        kit.add("stack", stack, (width * (0.3 - 0.25 * i), 0, -depth * 0.62))
    tanks = count(rng, 0, 3)
    for i in range(tanks):
        r, tall, x, z = span(rng, 0.1, 0.2), span(rng, 0.3, 0.8), width / 2 + 0.25, depth * (0.35 - 0.4 * i)
        kit.add("tank", cylinder(r, tall, segments=12), (x, 0, z))
        kit.add("tank", dome(r, r * 0.4, 12), (x, tall, z))
        kit.add("tank", rod((x, tall * 0.8, z), (width * 0.4, tall * 0.8, 0), 0.02))
    if annexe := chance(rng):
        dressed(
            kit,
            rng,
            width * 0.35,
            depth * 0.4,
            height * span(rng, 1.1, 2.0),
            3,
            (-width * 0.6, 0, depth * 0.3),
            "panes",
        )
    doors = count(rng, 1, 4)
    for x in spread(doors, width * 0.7):
        kit.add("door", box(0.14, 0.2, 0.04), (x, 0, depth / 2))
    facts = [roof, some(stacks, "chimney") if stacks else "", some(tanks, "tank") if tanks else ""]
    facts.append("an office wing" if annexe else "")
    return kit.finish([], [*facts, some(doors, "gate")], "industrial building")


def gas_station(kit: Assembly, rng: np.random.Generator) -> Built:
    width, depth, high, thick = span(rng, 0.9, 1.7), span(rng, 0.6, 1.0), span(rng, 0.45, 0.6), span(rng, 0.05, 0.14)
    round_roof = chance(rng, 0.2)
    kit.add(
        "canopy", cylinder(depth * 0.6, thick, segments=20) if round_roof else box(width, thick, depth), (0, high, 0)
    )
    posts = 1 if round_roof else one_of(rng, 2, 4, 4, 6)
    rows = [0.0] if posts < 4 else [-depth * 0.25, depth * 0.25]
    for x in spread(posts // len(rows), width * 0.9):
        for z in rows:
            kit.add("post", box(0.06, high, 0.06), (x, 0, z))
    islands = count(rng, 1, 4)
    for x in spread(islands, width * 0.9):
        kit.add("pump", box(0.1, 0.04, depth * 0.6), (x, 0, 0))
        for z in spread(one_of(rng, 1, 2, 2), depth * 0.5):
            kit.add("pump", box(0.09, span(rng, 0.2, 0.28), 0.12), (x, 0, z))
            kit.add("pump", rod((x + 0.05, 0.15, z), (x + 0.08, 0.05, z + 0.05), 0.01))
    if shop := chance(rng, 0.75):
        wide, deep = width * span(rng, 0.6, 1.1), span(rng, 0.4, 0.6)
        z = -depth / 2 - deep / 2 - span(rng, 0.1, 0.3)
        kit.add("shop", box(wide, span(rng, 0.32, 0.42), deep), (0, 0, z))
        kit.add("shop", box(wide * 1.06, 0.05, deep * 1.1), (0, 0.42, z))
        panes = count(rng, 2, 5)
        at = [(x, 0.06, z + deep / 2) for x in spread(panes, wide)]
        kit.add("shop", copies(box(wide / panes * 0.8, 0.22, 0.02), at))
    if sign := chance(rng, 0.7):
        x = width / 2 + 0.2
        kit.add("sign", box(0.04, span(rng, 0.5, 0.9), 0.04), (x, 0, depth * 0.4))
        kit.add("sign", box(0.22, 0.3, 0.05), (x, 0.55, depth * 0.4))
    if ground := chance(rng):
        kit.add("ground", box(width * 1.7, 0.03, depth * 2.6), (0, -0.03, -depth * 0.3))
    if car := chance(rng, 0.25):
        kit.add("car", hull((-0.25, 0.1, 0.03, 0.1), (0.25, 0.1, 0.03, 0.09)), (width * 0.2, 0, 0))
        kit.add("car", hull((-0.18, 0.08, 0.1, 0.16), (0.08, 0.08, 0.1, 0.16)), (width * 0.2, 0, 0))
    facts = [some(islands, "pump island"), "a shop" if shop else "", "a sign" if sign else "", "a car" if car else ""]
    return kit.finish(
        ["round-roofed" if round_roof else ""], [*facts, "a forecourt" if ground else ""], "filling station"
    )


BUILDERS = (barn, factory, gas_station)
