"""Buildings: house, tent, church."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span
from pointrecon.shapes.made.parametric.meshes import arc, box, cylinder, dome, prism, rod, sweep


def _roof(kit: Assembly, rng: np.random.Generator, width: float, depth: float, y: float) -> str:
    kind = one_of(rng, "gabled", "hipped", "flat", "shed", "pyramid")
    rise, over = span(rng, 0.2, 0.6), span(rng, 1.02, 1.2)
    if kind in ("gabled", "shed"):
        ridge = 0.0 if kind == "gabled" else -width * over / 2
        gable = np.array([(-width * over / 2, 0.0), (width * over / 2, 0.0), (ridge, rise)])
        kit.add("roof", prism(gable, depth * over), (0, y, 0))
    elif kind == "flat":
        kit.add("roof", box(width * over, 0.06, depth * over), (0, y, 0))
    else:
        top = (0.02, 0.02) if kind == "pyramid" else (0.05, span(rng, 0.3, 0.6))
        kit.add("roof", box(width * over, rise, depth * over, top), (0, y, 0))
    return f"a {kind} roof"


def house(kit: Assembly, rng: np.random.Generator) -> Built:
    width, depth, floors = span(rng, 0.7, 1.3), span(rng, 0.8, 1.5), count(rng, 1, 3)
    height = floors * span(rng, 0.32, 0.45)
    kit.add("wall", box(width, height, depth))
    roof = _roof(kit, rng, width, depth, height)
    kit.add("door", box(0.18, 0.28, 0.05), (span(rng, -0.25, 0.25) * width, 0, depth / 2))
    columns = count(rng, 2, 4)
    for floor in range(floors):
        for i in range(columns):
            x = width * ((i + 0.5) / columns - 0.5)
            y = height * (floor + 0.4) / floors
            kit.pair("window", box(0.13, 0.14, 0.04), (x, y, depth / 2), axis=2)
    if chimney := chance(rng):
        kit.add("chimney", box(0.12, span(rng, 0.4, 0.7), 0.12), (width * 0.25, height, -depth * 0.2))
    extra = one_of(rng, "", "a porch", "a garage", "a balcony")
    if extra == "a porch":
        kit.add("annexe", box(width * 0.5, 0.04, 0.3), (0, height / floors * 0.8, depth / 2 + 0.15))
        kit.pair("annexe", cylinder(0.03, height / floors * 0.8, segments=8), (width * 0.22, 0, depth / 2 + 0.27))
    elif extra == "a garage":
        kit.add("annexe", box(0.5, 0.32, depth * 0.6), (width / 2 + 0.25, 0, 0))
    elif extra:
        kit.add("annexe", box(width * 0.5, 0.15, 0.2), (0, height * 0.55, depth / 2 + 0.1))
    words = [f"{('one', 'two', 'three')[floors - 1]}-storey"]
    return kit.finish(words, [roof, "a chimney" if chimney else "", extra], "home")


def tent(kit: Assembly, rng: np.random.Generator) -> Built:
    width, depth, height = span(rng, 0.8, 1.4), span(rng, 0.9, 1.8), span(rng, 0.6, 1.1)
    kind = one_of(rng, "ridge", "dome", "tunnel", "tipi", "pavilion")
    if kind == "ridge":
        kit.add("canvas", prism(np.array([(-width / 2, 0.0), (width / 2, 0.0), (0.0, height)]), depth))
        kit.pair("pole", cylinder(0.02, height * 1.1, segments=6), (0, 0, depth / 2), axis=2)
    elif kind == "dome":
        kit.add("canvas", dome(width * 0.6, height * 0.8, segments=one_of(rng, 6, 8, 16)))
        kit.pair("pole", sweep(arc(width * 0.62, height * 0.82, 0, 0.5, 11), 0.015, around=5), ry=45)
    elif kind == "tunnel":
        kit.add("canvas", prism(arc(width / 2, height * 0.7, 0, 0.5, 13)[:, :2], depth))
        for z in (-0.5, 0.0, 0.5):
            kit.add("pole", sweep(arc(width * 0.51, height * 0.72, 0, 0.5, 11), 0.015, around=5), (0, 0, z * depth))
    elif kind == "tipi":
        kit.add("canvas", cylinder(width * 0.5, height * 1.5, 0.06, count(rng, 6, 12)))
        kit.ring("pole", rod((width * 0.5, 0, 0), (-0.1, height * 1.75, 0), 0.015), count(rng, 4, 7))
    else:
        kit.add("canvas", box(width, height * 0.5, width, (0.05, 0.05)), (0, height * 0.9, 0))
        kit.add("canvas", box(width, height * 0.12, width), (0, height * 0.8, 0))
        kit.corners("pole", cylinder(0.025, height * 0.9, segments=6), (width * 0.47, 0, width * 0.47))
    if ropes := chance(rng, 0.6):
        rope = rod((width * 0.4, height * 0.5, depth * 0.4), (width * 0.9, 0, depth * 0.6), 0.012)
        kit.corners("rope", rope, (0, 0, 0))
    return kit.finish([kind], ["guy ropes" if ropes else "no ropes", "poles"], "camping shelter")


def church(kit: Assembly, rng: np.random.Generator) -> Built:
    width, depth, height = span(rng, 0.5, 0.8), span(rng, 1.0, 1.7), span(rng, 0.4, 0.7)
    kit.add("nave", box(width, height, depth))
    rise = span(rng, 0.25, 0.5)
    gable = np.array([(-width * 0.54, 0.0), (width * 0.54, 0.0), (0.0, rise)])
    kit.add("roof", prism(gable, depth * 1.04), (0, height, 0))
    towers, size = one_of(rng, 1, 1, 2), width * span(rng, 0.35, 0.55)
    up = height + span(rng, 0.3, 0.8)
    spire, tip = one_of(rng, "a spire", "a dome", "a pointed roof"), span(rng, 0.3, 0.8)
    for x in (0.0,) if towers == 1 else (-width / 2, width / 2):
        at = (x, up, depth / 2)
        kit.add("tower", box(size, up, size), (x, 0, depth / 2))
        if spire == "a dome":
            kit.add("spire", dome(size * 0.6, size * 0.8), at)
        else:
            kit.add("spire", box(size * 1.1, tip if "spire" in spire else tip * 0.4, size * 1.1, (0.02, 0.02)), at)
    if aisle := chance(rng, 0.4):
        kit.pair("nave", box(width * 0.35, height * 0.55, depth * 0.8), (width * 0.66, 0, -depth * 0.08))
    if apse := chance(rng, 0.4):
        kit.add("nave", cylinder(width * 0.4, height * 0.9), (0, 0, -depth / 2))
    facts = [some(towers, "tower"), spire, "side aisles" if aisle else "", "an apse" if apse else ""]
    return kit.finish([], facts, "chapel")


BUILDERS = (house, tent, church)
