"""Buildings that people live and work in: skyscraper, apartment block, office building, villa."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built
from pointrecon.shapes.made.parametric.dice import chance, count, number, one_of, some, span, spread
from pointrecon.shapes.made.parametric.meshes import arc, box, cylinder, dome
from pointrecon.shapes.made.parametric.places.facades import (
    column,
    copies,
    covered,
    dressed,
    gable,
    plan,
    rooftop,
    shaped,
    small_tree,
    windows,
)


def skyscraper(kit: Assembly, rng: np.random.Generator) -> Built:
    form = one_of(rng, "stepped", "stepped", "straight", "tapered", "twisted", "bundled", "twin")
    high, width = span(rng, 1.7, 3.2), span(rng, 0.4, 0.75)
    depth, floors = width * span(rng, 0.6, 1.1), count(rng, 14, 36)
    facade = ""
    if podium := chance(rng, 0.4):
        kit.add("base", box(width * span(rng, 1.3, 2.0), high * span(rng, 0.04, 0.12), depth * span(rng, 1.3, 2.0)))
    if form == "stepped":
        steps, y = count(rng, 2, 5), 0.0
        style, shares = one_of(rng, "panes", "bands", "fins", "grid", "plain"), np.sort(rng.random(steps))[::-1] + 0.4
        for i in range(steps):
            tall = high * float(shares[i] / shares.sum())
            shrink = 1.0 - span(rng, 0.1, 0.2) * i
            some_floors = max(2, floors // steps // 2)
            facade = dressed(kit, rng, width * shrink, depth * shrink, tall, some_floors, (0, y, 0), style)
            y += tall
        facade = f"{some(steps, 'step')} and {facade}"
    elif form in ("twin", "bundled"):
        towers = 2 if form == "twin" else count(rng, 3, 6)
        for i in range(towers):
            if form == "twin":
                at, tall, size, style = (width * (i - 0.5) * 1.5, 0.0, 0.0), high, 0.9, "grid"
            else:
                at, size = (width * 0.5 * (i % 2), 0.0, depth * 0.5 * (i // 2)), 0.52
                tall, style = high * span(rng, 0.45, 1.0), one_of(rng, "bands", "fins", "plain", "panes")
            dressed(kit, rng, width * size, depth * size, tall, floors // 2, at, style)
        if form == "twin" and chance(rng):
            kit.add("bridge", box(width, 0.08, 0.12), (0, high * span(rng, 0.4, 0.7), 0))
        facade = some(towers, "tower")
    else:
        outline, word = plan(rng, width, depth)
        t = np.linspace(0.0, 1.0, floors + 1)
        power, tip, twist = span(rng, 0.7, 3), span(rng, 0.1, 0.75), span(rng, 0.12, 0.4)
        thinning = {"tapered": t**power, "twisted": 0.5 * t}.get(form, 0.0 * t)
        scale = 1.0 - (1.0 - tip) * thinning
        turn = twist * t if form == "twisted" else t * 0
        kit.add("wall", shaped(outline, high * t, scale, turn))
        facade = f"a {word} plan".replace("a octa", "an octa")
        if chance(rng, 0.7):
            for i in range(0, floors, one_of(rng, 1, 1, 2, 3)):
                edge = high * t[i] + np.array([0.0, 0.35 * high / floors])
                kit.add("facade", shaped(outline * 1.05, edge, scale[i], turn[i]))
            facade += " and floor bands"
    top = one_of(rng, "a spire", "a spire", "a pyramid", "a dome", "", "")
    if form not in ("twin", "bundled", "stepped"):
        width, depth = width * float(scale[-1]), depth * float(scale[-1])
    reach = 0.5 * min(width, depth) * (0.5 if form == "stepped" else 1)
    if form in ("twin", "bundled"):
        top = ""
    elif top == "a spire":
        kit.add("top", cylinder(0.035, span(rng, 0.3, 0.8), 0.004, 6), (0, high, 0))
    elif top == "a pyramid":
        kit.add("top", box(reach * 2, span(rng, 0.15, 0.5), reach * 2, (0.02, 0.02)), (0, high, 0))
    elif top:
        kit.add("top", dome(reach, reach, 12), (0, high, 0))
    words = "twin-tower" if form == "twin" else form
    return kit.finish([words], [facade, top, "a broad base" if podium else ""], "high-rise building")


def apartment_block(kit: Assembly, rng: np.random.Generator) -> Built:
    form = one_of(rng, "slab", "slab", "L-shaped", "courtyard", "point", "terraced", "row")
    width, depth, floors = span(rng, 1.0, 2.0), span(rng, 0.35, 0.6), count(rng, 3, 10)
    if form == "point":
        width, floors = depth * span(rng, 1.0, 1.5), count(rng, 6, 14)
    height = floors * span(rng, 0.13, 0.19)
    style = one_of(rng, "balconies", "balconies", "panes", "panes", "bands", "grid")
    told = dressed(kit, rng, width, depth, height, floors, (0, 0, 0), style)
    top = height
    if form in ("L-shaped", "courtyard"):
        wing = span(rng, 0.5, 1.2)
        for sign in (1,) if form == "L-shaped" else (-1, 1):
            at = (sign * (width - depth) / 2, 0.0, (depth + wing) / 2)
            dressed(
                kit, rng, depth, wing, height * one_of(rng, 1.0, 1.0, 0.7), floors, at, one_of(rng, "panes", "bands")
            )
        if form == "courtyard" and chance(rng):
            kit.add("wall", box(width, height, depth), (0, 0, wing + depth))
    elif form == "terraced":
        for i in range(count(rng, 1, 3)):
            shrink = 0.75 - 0.2 * i
            at = (-width * (1 - shrink) / 2, top, 0.0)
            dressed(kit, rng, width * shrink, depth * 0.9, height * 0.2, 2, at, style)
            top += height * 0.2
    elif form == "row":
        for i in range(count(rng, 1, 2)):
            dressed(kit, rng, width, depth, height, floors, (0, 0, -(depth + span(rng, 0.3, 0.6)) * (i + 1)), style)
    roof = (
        one_of(rng, "a flat roof", "a flat roof", "a gabled roof", "a hipped roof") if form in ("slab", "point") else ""
    )
    if roof in ("", "a flat roof"):
        wide, x = (0.3, -width * 0.35) if form == "terraced" else (1.0, 0.0)
        on_top = rooftop(kit, rng, width * wide, depth, (x, top, 0))
    else:
        on_top, roof = "", covered(kit, rng, width, depth, (0, top, 0), roof.split()[1])
    doors = count(rng, 1, 4)
    for x in spread(doors, width):
        kit.add("entrance", box(0.1, 0.13, 0.06), (x, 0, depth / 2))
        kit.add("entrance", box(0.16, 0.015, 0.12), (x, 0.14, depth / 2 + 0.04))
    words = [f"{number(floors)}-storey", {"slab": "", "point": "tower-like", "row": "repeated"}.get(form, form)]
    return kit.finish(words, [told, roof, on_top, some(doors, "entrance")], "block of flats", "residential building")


def office_building(kit: Assembly, rng: np.random.Generator) -> Built:
    form = one_of(rng, "box", "box", "L-shaped", "podium", "round", "H-shaped", "stilted")
    width, depth, floors = span(rng, 0.8, 1.6), span(rng, 0.6, 1.1), count(rng, 2, 9)
    height, style = floors * span(rng, 0.14, 0.22), one_of(rng, "bands", "bands", "grid", "fins", "panes", "plain")
    low = 0.0
    if form == "round":
        outline = arc(width / 2, depth / 2, 0, 23 / 24, 24)[:, :2]
        kit.add("wall", shaped(outline, [0, height]))
        for i in range(floors):
            kit.add("facade", shaped(outline * 1.05, height * (i + np.array([0.65, 0.95])) / floors))
        told = "a curved front"
    else:
        if form == "stilted":
            low = 0.22
            along = [(x, 0, z) for x in spread(count(rng, 3, 6), width) for z in (-depth * 0.4, depth * 0.4)]
            kit.add("pillar", copies(cylinder(0.03, low, segments=8), along))
            kit.add("wall", box(width * 0.4, low, depth * 0.4))
        told = dressed(kit, rng, width, depth, height, floors, (0, low, 0), style)
    if form in ("L-shaped", "H-shaped"):
        deep = span(rng, 0.5, 1.0)
        for sign in (1,) if form == "L-shaped" else (-1, 1):
            tall, at = height * span(rng, 0.6, 1.3), (sign * width * 0.65, 0.0, 0.0)
            dressed(kit, rng, width * 0.4, depth + deep, tall, floors, at, style)
    elif form == "podium":
        base = 0.2 * span(rng, 0.8, 1.4)
        broad = box(width * span(rng, 1.3, 1.9), base, depth * span(rng, 1.2, 1.7))
        kit.add("wall", broad, (width * span(rng, -0.2, 0.2), 0, 0))
    on_top = rooftop(kit, rng, width * 0.9, depth * 0.9, (0, low + height, 0))
    wide, out = span(rng, 0.2, 0.5), span(rng, 0.12, 0.3)
    kit.add("entrance", box(wide, 0.16, 0.06), (0, 0, depth / 2 * (1.0 if form != "stilted" else 0.45)))
    if canopy := chance(rng):
        kit.add("entrance", box(wide * 1.2, 0.02, out), (0, 0.19, depth / 2 + out / 2))
        kit.pair("entrance", cylinder(0.015, 0.19, segments=6), (wide * 0.5, 0, depth / 2 + out * 0.9))
    words = [f"{number(floors)}-storey", {"box": "", "podium": "", "stilted": "raised"}.get(form, form)]
    on_foot = {"podium": "a broad podium", "stilted": "pillars below"}.get(form, "")
    return kit.finish(words, [told, on_foot, on_top, "an entrance canopy" if canopy else ""], "commercial building")


def _modern(kit: Assembly, rng: np.random.Generator, width: float, depth: float, storey: float) -> list[str]:
    """Boxes beside and upon each other under flat roofs, with large panes; tells what."""
    boxes = count(rng, 2, 4)
    for i in range(boxes):
        w, d = width * span(rng, 0.5, 1.0), depth * span(rng, 0.5, 1.0)
        x, z = width * span(rng, -0.35, 0.35) * (i > 0), depth * span(rng, -0.25, 0.25) * (i > 0)
        y = 0.0 if i in (0, 2) else storey
        kit.add("wall", box(w, storey, d), (x, y, z))
        kit.add("roof", box(w * span(rng, 1.02, 1.2), 0.05, d * span(rng, 1.02, 1.2)), (x, y + storey, z))
        panes = count(rng, 2, 4)
        at = [(x + f, y + storey * 0.12, z + s * d / 2) for f in spread(panes, w) for s in (-1, 1)]
        kit.add("window", copies(box(w / panes * 0.75, storey * 0.7, 0.03), at))
        if i and chance(rng):
            kit.add("terrace", box(w * 0.8, 0.02, 0.25), (x, y, z + d / 2 + 0.12))
            kit.add("terrace", box(w * 0.8, 0.1, 0.015), (x, y, z + d / 2 + 0.24))
    facts = [some(boxes, "plain box", "plain boxes"), "flat roofs"]
    if chance(rng, 0.4):
        kit.add("terrace", box(width, 0.03, 0.4), (0, 0, depth * 0.8))
        kit.corners("terrace", box(0.03, storey, 0.03), (width * 0.45, 0, 0.15), ry=0)
        facts.append("a terrace")
    return facts


def villa(kit: Assembly, rng: np.random.Generator) -> Built:
    style = one_of(rng, "modern", "modern", "classical", "Victorian", "Mediterranean", "ranch")
    width, depth, storey = span(rng, 0.9, 1.5), span(rng, 0.7, 1.1), span(rng, 0.28, 0.38)
    facts = _modern(kit, rng, width, depth, storey) if style == "modern" else []
    if style != "modern":
        floors = 1 if style == "ranch" else count(rng, 2, 3) if style == "Victorian" else 2
        if style == "ranch":
            width *= 1.5
        height = floors * storey
        kit.add("wall", box(width, height, depth))
        kit.add("window", windows(width, depth, height, floors, count(rng, 3, 6)))
        roofs = {"classical": ("hipped", "gabled", "mansard"), "Mediterranean": ("hipped", "flat")}
        roof = one_of(rng, *roofs.get(style, ("gabled", "gabled", "hipped")))
        facts.append(covered(kit, rng, width, depth, (0, height, 0), roof))
        if style == "classical":
            columns, up = one_of(rng, 2, 4, 6), height * one_of(rng, 0.55, 1.0)
            kit.add(
                "porch", copies(column(0.035, up), [(x, 0, depth / 2 + 0.25) for x in spread(columns, width * 0.5)])
            )
            kit.add("porch", box(width * 0.55, 0.05, 0.34), (0, up, depth / 2 + 0.13))
            kit.add("porch", gable(width * 0.55, 0.34, 0.16), (0, up + 0.05, depth / 2 + 0.13))
            facts.append(f"a porch of {some(columns, 'column')}")
        elif style == "Victorian":
            size, up = span(rng, 0.14, 0.22), height * span(rng, 1.15, 1.5)
            kit.add("turret", cylinder(size, up, segments=8), (width / 2, 0, depth / 2))
            kit.add("turret", cylinder(size * 1.2, size * span(rng, 1.5, 3), 0.01, 8), (width / 2, up, depth / 2))
            kit.add("porch", box(width * 0.8, 0.04, 0.25), (-width * 0.1, storey * 0.85, depth / 2 + 0.12))
            posts = [(x - width * 0.1, 0, depth / 2 + 0.22) for x in spread(5, width * 0.8)]
            kit.add("porch", copies(cylinder(0.02, storey * 0.85, segments=6), posts))
            facts += ["a corner turret", "a long porch"]
        elif style == "Mediterranean":
            kit.add("wall", box(width * 0.3, height * 1.35, width * 0.3), (-width * 0.5, 0, depth * 0.2))
            kit.add(
                "roof", box(width * 0.36, 0.12, width * 0.36, (0.1, 0.1)), (-width * 0.5, height * 1.35, depth * 0.2)
            )
            facts.append("a square tower")
        else:
            wing = span(rng, 0.4, 0.7)
            kit.add("wall", box(0.5, height, wing), (width * 0.3, 0, (depth + wing) / 2))
            kit.add(
                "roof", gable(0.5, wing + depth * 0.5, 0.25), (width * 0.3, height, (depth + wing) / 2 - depth * 0.2)
            )
            facts.append("a front wing")
        chimneys = count(rng, 0, 2)
        for i in range(chimneys):
            kit.add("roof", box(0.1, span(rng, 0.4, 0.6), 0.1), (width * (0.3 - 0.6 * i), height, -depth * 0.2))
        facts.append(some(chimneys, "chimney") if chimneys else "")
    kit.add("door", box(0.15, storey * 0.75, 0.05), (width * span(rng, -0.15, 0.15), 0, depth / 2))
    if garden := chance(rng, 0.3):
        kit.add("garden", box(width * 1.8, 0.03, depth * 2.2), (0, -0.03, depth * 0.2))
        for sign in (-1, 1):
            kit.add(
                "garden", small_tree(rng, span(rng, 0.3, 0.6)), (sign * width * 0.75, 0, depth * span(rng, 0.6, 1.1))
            )
    return kit.finish([style], [*facts, "a garden with trees" if garden else ""], "house", "mansion")


BUILDERS = (skyscraper, apartment_block, office_building, villa)
