"""Cacti, palms, conifers and mushrooms."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, around, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, sized, some, span
from pointrecon.shapes.made.parametric.living.body_shapes import copies, leaf, limb, orb, rough, scaled, tapered
from pointrecon.shapes.made.parametric.living.foliage import blossom, frond, rosette
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, box, circle, cylinder, lathe, stack, sweep, torus


def _spines(rng: np.random.Generator, at: np.ndarray, away: np.ndarray, size: float) -> Mesh:
    """Thorns at points, pointing away."""
    yaw = np.degrees(np.arctan2(away[:, 0], away[:, 2])) + 20 * rng.standard_normal(len(at))
    return copies(
        limb((0, 0, 0, 0.05), (0, 0, 1, 0.004), around=3, blunt=False), at, yaw, 20 * rng.standard_normal(len(at)), size
    )


def cactus(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "columnar", "columnar", "ball-shaped", "prickly-pear", "branching")
    ribs = count(rng, 6, 12)
    star = circle(2 * ribs) * np.where(np.arange(2 * ribs) % 2, span(rng, 0.75, 0.9), 1.0)[:, None]
    radius, high, facts = span(rng, 0.12, 0.24), span(rng, 0.9, 1.6), [f"{some(ribs, 'rib')}"]
    top = high
    if kind == "ball-shaped":
        radius, top = span(rng, 0.35, 0.5), span(rng, 0.5, 0.9)
        t = np.linspace(-0.45, 0.5, 9)
        kit.add("body", stack(star * radius, (t + 0.45) * top, np.cos(np.pi * t) ** 0.6 + 0.01))
    elif kind == "prickly-pear":
        pads = [((0.0, 0.0, 0.0), 0.35, 0.0)]
        for _ in range(count(rng, 3, 9)):
            (x, y, z), size, lean = pads[int(rng.integers(len(pads)))]
            turn = lean + span(rng, -60, 60)
            a = np.radians(lean)
            pads.append(((x - float(np.sin(a)) * 1.7 * size, y + float(np.cos(a)) * 1.7 * size, z), size * 0.8, turn))
        for at, size, lean in pads:
            kit.add("body", place(place(ball(size * 0.7, size, size * 0.2, 12), (0, size * 0.9, 0)), at, rz=lean,
                                  ry=span(rng, -30, 30)))  # fmt: skip
        top, facts = 0.6, [some(len(pads), "flat pad")]
    else:
        levels = np.array([0, 0.5, 0.85, 0.95, 1.0]) * high
        kit.add("body", stack(star * radius, levels, (0.85, 1, 0.9, 0.65, 0.1)))
        arms = count(rng, 0, 4) if kind == "columnar" else count(rng, 3, 8)
        for i in range(arms):
            y, out, up = span(rng, 0.25, 0.6) * high, radius * span(rng, 2.0, 3.2), span(rng, 0.25, 0.6) * high
            path = np.array(
                [(0, y, 0), (out * 0.7, y, 0), (out, y + out * 0.35, 0), (out, y + up, 0), (out, y + up + 0.05, 0)]
            )
            arm = sweep(path, star * radius * span(rng, 0.5, 0.8), scale=(1, 1, 1, 0.9, 0.2))
            kit.add("arm", place(arm, ry=360.0 * (i + span(rng, 0, 0.5)) / arms))
        facts.append(some(arms, "arm") if arms else "no arms")
    if thorny := kind != "prickly-pear" and chance(rng, 0.6):
        turns = 2 * np.pi * np.repeat(np.arange(ribs) / ribs, 8)
        level = np.tile(np.linspace(0.12, 0.88, 8), ribs)
        away = np.stack([np.cos(turns), level * 0, np.sin(turns)], axis=1)
        bulge = np.cos(np.pi * (level * 0.95 - 0.45)) ** 0.6 if kind == "ball-shaped" else 0.97 + 0 * level
        spots = away * radius * bulge[:, None] + np.stack([level * 0, level * top, level * 0], axis=1)
        kit.add("thorn", _spines(rng, spots, away, radius * 0.5))
    if bloom := kind != "prickly-pear" and chance(rng, 0.25):
        kit.add("flower", merge([mesh for _, mesh in blossom(rng, 0.2)[0]]), (0, top, 0))
    if potted := chance(rng, 0.45):
        wide = max(radius * 1.4, 0.3)
        kit.add("pot", lathe([(0, -0.4), (wide * 0.7, -0.4), (wide, 0.04), (wide * 0.85, 0.04), (0, 0.0)], 16))
    facts += ["thorns" if thorny else "", "a flower" if bloom else "", "a pot" if potted else ""]
    return kit.finish([kind], facts, "succulent", "desert plant")


def palm_tree(kit: Assembly, rng: np.random.Generator) -> Built:
    feathered, trunks = chance(rng, 0.65), one_of(rng, 1, 1, 1, 2, 3)
    many, arch = count(rng, 6, 14), span(rng, 0.6, 2.0)
    low, reach = span(rng, -30, 20), span(rng, 0.7, 1.2)
    if feathered:
        blade = frond(reach, reach * span(rng, 0.2, 0.4), count(rng, 9, 16), arch, rng)
    elif chance(rng, 0.4):
        fingers = copies(
            leaf(reach * 0.5, 0.1, arch=0.4, rows=4), np.array([(0, 0, reach * 0.5)] * 9), np.linspace(-100, 100, 9)
        )
        blade = merge([limb((0, 0, 0, 0.012), (0, 0, reach * 0.5, 0.01)), fingers])
    else:
        blade = leaf(reach, reach * span(rng, 0.12, 0.3), widest=0.4, arch=arch, fold=-span(rng, 0.1, 0.6))
    nuts = chance(rng, 0.3)
    tall, height = sized(rng, 0.8, 2.6, "short", "tall")
    for i in range(trunks):
        lean, high = span(rng, 0, 0.6) * (1 if trunks == 1 else 1.3), tall * (1 - 0.2 * i)
        thick = span(rng, 0.05, 0.09)
        line = [(0, 0, 0), (lean * 0.2, high * 0.3, 0), (lean * 0.6, high * 0.7, 0), (lean, high, 0)]
        trunk = tapered(np.array(line), (thick * 1.5, thick, thick * 0.85, thick * 0.8), 8, 5)
        kit.add("trunk", place(trunk, ry=120.0 * i))
        head = rosette(rng, blade, many, low, 75)
        kit.add("frond", place(place(head, (lean, high, 0)), ry=120.0 * i))
        if nuts:
            nut = around(place(ball(0.07, 0.08, 0.07, 8), (0.12, 0, 0)), 4)
            kit.add("coconut", place(place(nut, (lean, high - 0.06, 0)), ry=120.0 * i))
    form = "feathered" if feathered else "simple"
    return kit.finish(
        [height], [f"{form} fronds", "coconuts" if nuts else "", some(trunks, "trunk")], "tropical tree", "tree"
    )


def conifer(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(
        rng,
        "tiers of cones",
        "tiers of cones",
        "rows of branches",
        "rows of branches",
        "a slender crown",
        "a high crown",
    )
    high, wide = span(rng, 1.2, 2.4), span(rng, 0.4, 0.8)
    foot = span(rng, 0.08, 0.35)
    kit.add("trunk", cylinder(span(rng, 0.04, 0.09), high * 0.95, 0.01, 8))
    tiers = count(rng, 2, 7)
    if kind == "tiers of cones":
        for i in range(tiers):
            t = i / tiers
            cone = cylinder(wide * (1 - 0.8 * t), (high - foot) / tiers * 1.6, 0.01, one_of(rng, 6, 10, 16))
            kit.add("foliage", rough(cone, rng, 0.02), (0, foot + (high - foot) * t, 0))
    elif kind == "rows of branches":
        tiers = count(rng, 6, 13)
        droop, feathered = span(rng, -35, 25), chance(rng, 0.4)
        for i in range(tiers):
            long, many = wide * (1 - 0.9 * i / tiers), count(rng, 6, 11)
            branch = frond(long, long * 0.3, 7, 0.3, rng) if feathered else leaf(long, long * 0.45, arch=0.4, fold=-0.3)
            turns = 360.0 * (np.arange(many) + span(rng, 0, 1)) / many
            spots = np.array([(0, foot + (high - foot) * (i + 0.3) / tiers, 0)] * many)
            kit.add("foliage", copies(branch, spots, turns, droop + 10 * rng.standard_normal(many)))
    elif kind == "a slender crown":
        rows = [(0.02, 0), (0.55, 0.12), (0.6, 0.35), (0.45, 0.65), (0.2, 0.9), (0.02, 1.0)]
        line = [(r * wide * 0.7, foot + y * (high - foot)) for r, y in rows]
        kit.add("foliage", rough(lathe(line, 16), rng, 0.06, 5))
    else:
        for i in range(count(rng, 3, 6)):
            pad = rough(scaled(orb(9, 12), (wide * 0.6, 0.13, wide * 0.5)), rng, 0.1)
            kit.add("foliage", pad, (span(rng, -0.3, 0.3), high * (0.95 - 0.1 * i), span(rng, -0.3, 0.3)))
    festive = kind in ("tiers of cones", "rows of branches") and chance(rng, 0.3)
    if festive:
        level, turn = rng.random(24) * 0.85, 2 * np.pi * rng.random(24)
        away = wide * (1 - 0.85 * level)
        spots = np.stack([away * np.sin(turn), foot + level * (high - foot), away * np.cos(turn)], axis=1)
        kit.add("ornament", copies(ball(0.045, 0.045, 0.045, 7), spots, 0.0))
        star = circle(10, 0.05) * np.where(np.arange(10) % 2, 0.06, 0.14)[:, None]
        kit.add("ornament", place(stack(star, (-0.02, 0.02), (1, 1)), (0, high + 0.1, 0), rx=90))
        kit.add("stand", cylinder(0.2, 0.12, 0.24), (0, -0.1, 0))
    name = {"a slender crown": "cypress", "a high crown": "pine tree"}.get(kind, "fir tree")
    facts = [kind, "a star and balls" if festive else ""]
    return kit.finish(["decorated" if festive else ""], facts, "Christmas tree" if festive else name, "tree")


def mushroom(kit: Assembly, rng: np.random.Generator) -> Built:
    form = one_of(rng, "domed", "conical", "flat", "funnel-shaped", "bell-shaped", "bulbous")
    lines = {
        "domed": [(0.0, 0.0), (0.9, -0.05), (1, 0.02), (0.9, 0.3), (0.6, 0.55), (0.0, 0.68)],
        "conical": [(0.0, 0.1), (0.9, -0.05), (1, 0.0), (0.5, 0.6), (0.1, 1.1), (0.0, 1.15)],
        "flat": [(0.0, 0.0), (0.95, 0.0), (1, 0.06), (0.8, 0.14), (0.0, 0.18)],
        "funnel-shaped": [(0.1, -0.5), (0.5, -0.1), (1, 0.25), (1.02, 0.3), (0.6, 0.1), (0.0, -0.2)],
        "bell-shaped": [(0.0, 0.3), (0.75, 0.0), (0.8, -0.1), (0.75, 0.3), (0.5, 0.75), (0.0, 1.0)],
        "bulbous": [(0.0, 0.1), (0.5, -0.1), (0.85, 0.1), (0.95, 0.5), (0.6, 0.95), (0.0, 1.1)],
    }
    many, smooth = one_of(rng, 1, 1, 2, 3, 5, 8), one_of(rng, 8, 14, 22)
    thick, fat = sized(rng, 0.06, 0.24, "slender", "stout")
    spotted, collar = chance(rng, 0.3) and form in ("domed", "conical"), chance(rng, 0.3)
    for i in range(many):
        size, lean = span(rng, 0.5, 1.0) if many > 1 else 1.0, span(rng, 0, 18 if many > 1 else 6)
        wide, high = span(rng, 0.3, 0.6), span(rng, 0.35, 1.1)
        cap = lathe([(r * wide, y * wide) for r, y in lines[form]], smooth)
        stem = limb((0, 0, 0, thick * span(rng, 1, 1.6)), (0, high * 0.4, 0, thick), (0, high, 0, thick * 0.9))
        pieces = [("stem", stem), ("cap", rough(place(cap, (0, high, 0)), rng, span(rng, 0, 0.03)))]
        if collar:
            pieces.append(("ring", place(scaled(torus(thick + 0.03, 0.03, 14, 6), (1, 0.6, 1)), (0, high * 0.7, 0))))
        if spotted:
            turn, t = 2 * np.pi * rng.random(14), 0.25 + 0.65 * rng.random(14)
            rise = np.interp(t, *np.array(lines[form][:1:-1]).T)
            at = np.stack([t * np.cos(turn), rise, t * np.sin(turn)], axis=1) * wide + (0, high, 0)
            pieces.append(("spot", copies(ball(0.05, 0.03, 0.05, 6), at, 0.0, 0.0, 0.5 + rng.random(14))))
        yaw, out = 137.5 * i, 0.0 if i == 0 else span(rng, 0.2, 0.6)
        for part, mesh in pieces:
            kit.add(part, place(place(scaled(mesh, size), (0, 0, out), rx=lean), ry=yaw))
    if ground := chance(rng, 0.25):
        kit.add("ground", rough(box(1.4, 0.08, 1.4), rng, 0.05) if chance(rng) else cylinder(0.8, 0.06), (0, -0.06, 0))
    facts = [
        "a spotted cap" if spotted else "",
        some(many, "stem"),
        "a collar" if collar else "",
        "ground" if ground else "",
    ]
    return kit.finish([fat, form], facts, "toadstool" if spotted else "fungus")


BUILDERS = (cactus, palm_tree, conifer, mushroom)
