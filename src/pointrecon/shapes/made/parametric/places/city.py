"""Groups of houses and small houses: city block, row of houses, cottage."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built
from pointrecon.shapes.made.parametric.dice import chance, count, number, one_of, some, span, spread
from pointrecon.shapes.made.parametric.meshes import arc, box, cylinder, prism, rod
from pointrecon.shapes.made.parametric.places.facades import (
    copies,
    covered,
    dressed,
    gable,
    rooftop,
    small_tree,
    windows,
)


def _lot(kit: Assembly, rng: np.random.Generator, style: str, size: float, high: float, x: float, z: float) -> None:
    """One building of a district on its lot about (x, z)."""
    w, d = size * span(rng, 0.5, 0.95), size * span(rng, 0.5, 0.95)
    if style == "houses":
        h = size * span(rng, 0.3, 0.5)
        kit.add("house", box(w * 0.8, h, d * 0.8), (x, 0, z))
        covered(kit, rng, w * 0.8, d * 0.8, (x, h, z))
        if chance(rng, 0.4):
            kit.add("house", box(w * 0.3, h * 0.7, d * 0.4), (x + w * 0.5, 0, z))
        return
    kind = one_of(rng, "box", "box", "stepped", "round", "windowed", "banded", "L")
    if kind == "round":
        kit.add("house", cylinder(min(w, d) / 2, high, segments=12), (x, 0, z))
    elif kind == "windowed":
        kit.add("house", box(w, high, d), (x, 0, z))
        kit.add("window", windows(w, d, high, max(2, min(8, round(high / 0.07))), count(rng, 2, 4)), (x, 0, z))
    elif kind == "banded":
        floors = max(2, min(14, round(high / 0.06)))
        kit.add("house", box(w, high, d), (x, 0, z))
        slab = box(w * 1.06, high / floors * 0.4, d * 1.06)
        kit.add("window", copies(slab, [(x, high * (i + 0.5) / floors, z) for i in range(floors)]))
    elif kind == "stepped":
        kit.add("house", box(w, high * 0.55, d), (x, 0, z))
        kit.add("house", box(w * 0.65, high * 0.45, d * 0.65), (x, high * 0.55, z))
    elif kind == "L":
        kit.add("house", box(w, high, d * 0.45), (x, 0, z - d * 0.25))
        kit.add("house", box(w * 0.45, high * span(rng, 0.5, 1), d), (x - w * 0.25, 0, z))
    else:
        kit.add("house", box(w, high, d), (x, 0, z))
    if kind in ("box", "windowed") and chance(rng):
        rooftop(kit, rng, w * 0.9, d * 0.9, (x, high, z))
    elif kind == "box" and chance(rng, 0.4):
        covered(kit, rng, w, d, (x, high, z))


def city_block(kit: Assembly, rng: np.random.Generator) -> Built:
    style = one_of(rng, "towers", "towers", "mixed", "mixed", "low", "houses", "courtyard")
    across, along = count(rng, 2, 6), count(rng, 2, 6)
    size, street = 2.0 / max(across, along), span(rng, 1.0, 1.3)
    step = size * street
    wide, deep = step * across, step * along
    tall = {"towers": (0.4, 2.6), "mixed": (0.2, 1.3), "low": (0.15, 0.5)}.get(style, (0.2, 0.4))
    total, center = 0, (span(rng, -0.5, 0.5) * wide, span(rng, -0.5, 0.5) * deep)
    if style == "courtyard":  # closed perimeters around inner yards
        across, along = count(rng, 1, 3), count(rng, 1, 2)
        step_x, step_z = wide / across, deep / along
        for x in spread(across, wide):
            for z in spread(along, deep):
                w, d, h, t = step_x * 0.8, step_z * 0.8, span(rng, 0.2, 0.45), span(rng, 0.14, 0.22)
                for sign in (-1, 1):
                    at = (x, 0.0, z + sign * (d - t) / 2)
                    dressed(kit, rng, w, t, h, count(rng, 3, 5), at, one_of(rng, "panes", "plain"))
                    kit.add("roof", gable(t, w, 0.1), (x, h, z + sign * (d - t) / 2), ry=90)
                    kit.add("wall", box(t, h, d - t), (x + sign * (w - t) / 2, 0, z))
                    kit.add("roof", gable(t, d, 0.1), (x + sign * (w - t) / 2, h, z))
                total += 4
    else:
        turned = span(rng, 0.4, 2.5)
        for x in spread(across, wide):
            for z in spread(along, deep):
                if chance(rng, 0.1) and total:
                    if chance(rng):
                        kit.add("tree", small_tree(rng, span(rng, 0.1, 0.2)), (x, 0, z))
                    continue
                away = np.hypot(x - center[0], z - center[1]) / 1.5
                t = float(rng.random()) ** turned * (float(np.exp(-away)) if style == "towers" else 1.0)
                _lot(kit, rng, style, size, tall[0] + (tall[1] - tall[0]) * t, x, z)
                total += 1
    ground = one_of(rng, "a ground plate", "a ground plate", "raised pavements", "")
    if ground:
        kit.add("ground", box(wide * 1.08, 0.04, deep * 1.08), (0, -0.05, 0))
    if ground == "raised pavements":
        lots = [(x, -0.02, z) for x in spread(across, wide) for z in spread(along, deep)]
        kit.add("ground", copies(box(wide / across * 0.88, 0.025, deep / along * 0.88), lots))
    words = {"towers": "high-rise", "low": "low-rise", "houses": "suburban", "courtyard": "closed"}.get(style, style)
    said = f"{number(total)} buildings" if total < 13 else "many buildings"
    return kit.finish([words], [said, ground], "city quarter")


def row_of_houses(kit: Assembly, rng: np.random.Generator) -> Built:
    houses, depth, same = count(rng, 3, 8), span(rng, 0.5, 0.9), chance(rng)
    x, front = 0.0, one_of(rng, "gables to the street", "eaves to the street", "flat roofs", "stepped gables")
    width, storeys = span(rng, 0.3, 0.5), count(rng, 2, 4)
    back = chance(rng, 0.5)
    for _ in range(houses):
        if not same:
            width, storeys = span(rng, 0.28, 0.55), count(rng, 2, 4)
        height, shift = storeys * 0.22, 0.0 if same else span(rng, -0.06, 0.06)
        middle = x + width / 2
        kit.add("wall", box(width, height, depth), (middle, 0, shift))
        if "gables" in front:
            kit.add("roof", gable(width, depth, span(rng, 0.15, 0.35), 1.0), (middle, height, shift))
            if "stepped" in front:
                for i in range(3):
                    step = box(width * (0.9 - 0.28 * i), 0.1, 0.05)
                    kit.add("roof", step, (middle, height + 0.1 * i, depth / 2 + shift))
        elif "eaves" in front:
            kit.add("roof", gable(depth, width, 0.25, 1.0), (middle, height, shift), ry=90)
        else:
            kit.add("roof", box(width, 0.05, depth * 1.06), (middle, height, shift))
        panes = count(rng, 1, 3) if not same else 2
        up = [0.08 + 0.22 * i for i in range(1, storeys)]
        at = [(middle + f, y, shift + s * depth / 2) for f in spread(panes, width) for y in up for s in (-1, 1)]
        kit.add("window", copies(box(width / panes * 0.5, 0.11, 0.03), at))
        kit.add("door", box(0.08, 0.16, 0.04), (middle - width * 0.25, 0, depth / 2 + shift))
        kit.add("window", box(width * 0.35, 0.1, 0.03), (middle + width * 0.2, 0.07, depth / 2 + shift))
        if chance(rng, 0.7):
            kit.add("chimney", box(0.06, 0.3, 0.09), (x + 0.04, height + 0.05, shift))
        x += width
    if back:
        kit.add("ground", box(x * 1.1, 0.03, depth * 2), (x / 2, -0.03, 0))
    return kit.finish(["repetitive" if same else "varied"], [some(houses, "house"), front], "terrace of houses")


def cottage(kit: Assembly, rng: np.random.Generator) -> Built:
    style = one_of(rng, "A-frame", "log", "thatched", "half-timbered", "round", "stilted")
    width, depth, height = span(rng, 0.7, 1.1), span(rng, 0.8, 1.4), span(rng, 0.3, 0.5)
    low, facts = 0.0, ["a steep roof"]
    if style == "A-frame":
        kit.add("roof", gable(width, depth, span(rng, 0.9, 1.3), 1.0))
        kit.add("window", box(width * 0.4, 0.2, depth * 1.02), (0, 0.35, 0))
    elif style == "round":
        kit.add("wall", cylinder(width / 2, height, segments=16))
        kit.add("roof", cylinder(width * 0.65, span(rng, 0.4, 0.8), 0.01, 16), (0, height, 0))
        depth, facts = width * 0.97, ["a conical roof"]
    else:
        low = span(rng, 0.25, 0.5) if style == "stilted" else 0.0
        kit.add("wall", box(width, height, depth), (0, low, 0))
        rise = span(rng, 0.35, 0.6)
        kit.add("roof", gable(width, depth, rise, span(rng, 1.1, 1.35)), (0, low + height, 0))
        if style == "log":
            logs = count(rng, 5, 8)
            for i in range(logs):
                y = height * (i + 0.5) / logs
                kit.pair("log", rod((width / 2, y, -depth * 0.56), (width / 2, y, depth * 0.56), height / logs * 0.52))
                kit.pair(
                    "log",
                    rod((-width * 0.56, y, depth / 2), (width * 0.56, y, depth / 2), height / logs * 0.52),
                    axis=2,
                )
        elif style == "thatched":
            thatch = prism(arc(width * 0.68, rise * 1.1, 0, 0.5, 12)[:, :2], depth * 1.16)
            kit.add("roof", thatch, (0, height, 0))
            facts = ["a curved roof"]
        elif style == "half-timbered":
            for x in np.linspace(-0.5, 0.5, 5):
                kit.pair("beam", box(0.04, height, 0.03), (width * x, 0, depth / 2), axis=2)
            kit.pair("beam", box(width, 0.04, 0.03), (0, height * 0.5, depth / 2), axis=2)
            kit.pair("beam", box(0.03, 0.04, depth), (width / 2, height * 0.5, 0))
        else:
            kit.corners("stilt", cylinder(0.035, low, segments=6), (width * 0.45, 0, depth * 0.45))
            for i in range(4):
                kit.add("stair", box(0.25, 0.03, 0.08), (0, low * (0.2 + 0.22 * i), depth / 2 + 0.35 - 0.09 * i))
            facts.append("stilts")
    if chimney := style != "round" and chance(rng):
        kit.add("chimney", box(0.13, span(rng, 0.6, 0.9), 0.13), (width * 0.3, low + height * 0.6, -depth * 0.3))
    if style != "A-frame":
        kit.pair("window", box(0.15, 0.13, 0.03), (width * 0.28, low + height * 0.4, depth / 2))
    kit.add("door", box(0.17, height * 0.7, 0.05), (0, low, depth / 2))
    broader = "hut" if style == "round" else "cabin" if style in ("log", "A-frame", "stilted") else "country house"
    return kit.finish([style], [*facts, "a chimney" if chimney else ""], broader)


BUILDERS = (city_block, row_of_houses, cottage)
