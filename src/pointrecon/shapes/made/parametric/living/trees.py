"""Trees with real branches, bare and in leaf, small ones in trays, stumps, grass, single leaves."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, sized, some, span
from pointrecon.shapes.made.parametric.living.body_shapes import copies, leaf, limb, orb, rough, scaled, tapered
from pointrecon.shapes.made.parametric.living.foliage import branching, crown, leafy
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, box, circle, cylinder, loft, stack


def _roots(kit: Assembly, rng: np.random.Generator, thick: float) -> None:
    """Roots that spread from the foot of a trunk."""
    many = count(rng, 3, 7)
    for i in range(many):
        root = limb(
            (0, thick * 1.2, 0, thick * 0.6),
            (thick * 1.6, thick * 0.3, 0, thick * 0.45),
            (thick * span(rng, 2.5, 5), -0.02, 0, thick * 0.12),
        )
        kit.add("root", place(root, ry=360.0 * (i + span(rng, -0.3, 0.3)) / many))


def _wood(kit: Assembly, rng: np.random.Generator, levels: int) -> tuple[list[np.ndarray], float]:
    """A branching trunk; gives the tips of its branches and how thick it is."""
    thick, lean = span(rng, 0.05, 0.12), np.array([span(rng, -0.2, 0.2), 1.0, span(rng, -0.2, 0.2)])
    wood, tips = branching(rng, lean, span(rng, 0.4, 0.8), thick, levels, span(rng, 0.35, 0.75))
    kit.add("trunk", wood[0])
    kit.add("branch", merge(wood[1:]))
    return tips[1:], thick


def bare_tree(kit: Assembly, rng: np.random.Generator) -> Built:
    levels = one_of(rng, 2, 3, 3, 4)
    _, thick = _wood(kit, rng, levels)
    if rooted := chance(rng):
        _roots(kit, rng, thick)
    words = {2: "few branches", 3: "many branches", 4: "a dense net of branches"}
    size = "thick-trunked" if thick > 0.1 else "slender" if thick < 0.07 else ""
    return kit.finish([size], [words[levels], "roots" if rooted else "", "no leaves"], "dead tree", "leafless tree")


def oak_tree(kit: Assembly, rng: np.random.Generator) -> Built:
    tips, thick = _wood(kit, rng, one_of(rng, 2, 3))
    spots = np.array(tips)
    middle = spots.mean(axis=0)
    kind = one_of(rng, "lumps of foliage", "single leaves", "single leaves", "one crown", "drooping branches")
    size = float(np.ptp(spots, axis=0).max())
    if kind == "lumps of foliage":
        lump = rough(scaled(orb(9, 12), (1, span(rng, 0.6, 0.95), 1)), rng, 0.12, 3)
        some_spots = spots[:: max(1, len(spots) // 9)]
        kit.add(
            "foliage",
            copies(
                lump,
                some_spots,
                360 * rng.random(len(some_spots)),
                0.0,
                size * (0.16 + 0.12 * rng.random(len(some_spots))),
            ),
        )
    elif kind == "one crown":
        mesh, _ = crown(rng, size * span(rng, 0.5, 0.75), size * span(rng, 0.4, 0.65))
        kit.add("foliage", mesh, (middle + np.array([0, size * 0.1, 0])).tolist())
    elif kind == "drooping branches":
        strands = []
        for spot in np.repeat(spots, 3, axis=0):
            out = (spot - middle) * (1, 0, 1) * span(rng, 0.1, 0.5) + 0.05 * rng.standard_normal(3)
            low = spot + out - np.array([0, span(rng, 0.3, 0.9) * size, 0])
            strands.append(
                tapered(np.stack([spot, spot + out + np.array([0, 0.05, 0]), low]), (0.012, 0.02, 0.008), 4, 3)
            )
        kit.add("foliage", merge(strands))
    else:
        many = np.repeat(spots, max(3, 240 // len(spots)), axis=0)
        many = many + 0.09 * size * rng.standard_normal(many.shape)
        kit.add(
            "foliage",
            leafy(rng, many, leaf(1.0, span(rng, 0.4, 0.9), arch=0.5, rows=4), middle, size * span(rng, 0.07, 0.12)),
        )
    if rooted := chance(rng, 0.3):
        _roots(kit, rng, thick)
    name = "willow" if kind == "drooping branches" else "broadleaf tree"
    return kit.finish(["slender" if thick < 0.07 else ""], [kind, "roots" if rooted else ""], name, "leafy tree")


def bonsai(kit: Assembly, rng: np.random.Generator) -> Built:
    style = one_of(rng, "upright", "slanting", "winding", "hanging")
    sway = {"upright": 0.08, "slanting": 0.25, "winding": 0.35, "hanging": 0.3}[style]
    high = span(rng, 0.7, 1.1)
    side = np.sign(rng.standard_normal())
    line = (
        np.array(
            [
                (0, 0, 0),
                (sway * side, 0.3, 0.02),
                (-sway * side * (style == "winding"), 0.6, -0.05),
                (sway * side * 1.2, 0.85, 0),
                (sway * side, 1.0, 0),
            ]
        )
        * high
    )
    if style == "hanging":
        line = (
            np.array(
                [(0, 0, 0), (0.15 * side, 0.4, 0), (0.5 * side, 0.45, 0), (0.8 * side, 0.05, 0), (0.9 * side, -0.3, 0)]
            )
            * high
        )
    thick = span(rng, 0.06, 0.11)
    kit.add("trunk", tapered(line, (thick * 1.5, thick, thick * 0.8, thick * 0.55, thick * 0.3), 8, 4))
    pads = count(rng, 3, 6)
    pad = rough(scaled(orb(9, 14), (1, span(rng, 0.35, 0.6), 1)), rng, 0.12, 4)
    for i in range(pads):
        t = 1.0 if i == 0 else span(rng, 0.45, 0.95)
        start = np.array([np.interp(t, np.linspace(0, 1, 5), line[:, k]) for k in range(3)])
        turn = 2.4 * i
        stop = start + (i > 0) * np.array([np.cos(turn), 0.2, np.sin(turn)]) * span(rng, 0.25, 0.45)
        if i:
            kit.add("branch", tapered(np.stack([start, stop]), (thick * 0.4, thick * 0.25), 6, 1))
        kit.add("foliage", Mesh(pad.vertices * span(rng, 0.2, 0.32), pad.faces), stop.tolist())
    tray = one_of(rng, "a square tray", "an oval tray", "a round pot")
    wide, deep = span(rng, 0.4, 0.6), span(rng, 0.12, 0.22) + (0.25 if style == "hanging" else 0)
    if tray == "a round pot":
        kit.add("pot", cylinder(wide * 0.5, deep, wide * 0.62), (0, -deep, 0))
    else:
        outline = circle(20) if "oval" in tray else np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
        kit.add("pot", stack(outline * (wide, wide * 0.65), (-deep, -0.03, -0.03, 0), (0.85, 1, 1.06, 1.06)))
    return kit.finish([style], [tray, some(pads, "pad") + " of foliage"], "miniature tree", "potted tree")


def tree_stump(kit: Assembly, rng: np.random.Generator) -> Built:
    lying = chance(rng, 0.35)
    radius, (high, word) = span(rng, 0.25, 0.45), sized(rng, 0.25, 0.9, "low", "tall")
    rings = circle(18) * (1 + 0.08 * rng.standard_normal(18))[:, None]
    if lying:
        long = span(rng, 1.2, 2.6)
        trunk = place(
            stack(rings * radius, np.linspace(0, long, 5), 1 - 0.05 * rng.random(5)), (0, radius, -long / 2), rx=90
        )
        kit.add("trunk", trunk)
        for _ in range(count(rng, 0, 3)):
            knot = limb((0, 0, 0, radius * 0.28), (0, radius * 1.5, 0.1, radius * 0.2), blunt=False)
            kit.add("branch", place(knot, (0, radius, span(rng, -0.4, 0.4) * long), rz=span(rng, -80, 80)))
        return kit.finish(
            ["lying"], ["a cut end", "a long trunk" if long > 1.9 else "a short trunk"], "log", "piece of wood"
        )
    kit.add("trunk", stack(rings * radius, np.array([0, 0.15, 0.6, 1.0]) * high, (1.5, 1.12, 1.0, 0.97)))
    _roots(kit, rng, radius * 0.6)
    if axe := chance(rng, 0.15):
        kit.add("axe", box(0.06, 0.25, 0.3, (0.2, 1)), (0, high - 0.08, 0), rx=30)
        kit.add("axe", limb((0, high + 0.15, 0, 0.03), (0, high + 0.5, 0.6, 0.03)))
    if sprout := chance(rng, 0.25):
        kit.add(
            "sprout",
            leafy(rng, 0.15 * rng.standard_normal((9, 3)), leaf(1, 0.4, rows=5), np.zeros(3), 0.25),
            (radius, high * 0.9, 0),
        )
    return kit.finish(
        [word],
        ["roots", "an axe in it" if axe else "", "a leafy sprout" if sprout else ""],
        "tree trunk",
        "piece of wood",
    )


def grass(kit: Assembly, rng: np.random.Generator) -> Built:
    tuft, many = chance(rng), one_of(rng, 40, 80, 140)
    wide, long = (0.12, 1.0) if tuft else (span(rng, 0.6, 1.2), span(rng, 0.3, 0.8))
    spots = rng.standard_normal((many, 3)) * (wide * 0.5, 0, wide * 0.5)
    if not tuft:
        spots = (2 * rng.random((many, 3)) - 1) * (wide, 0, wide)
    blade = leaf(long, long * span(rng, 0.03, 0.1), widest=0.35, arch=span(rng, 0.1, 1.3), fold=0.2, rows=6)
    kit.add(
        "blade", copies(blade, spots, 360 * rng.random(many), 60 + 30 * rng.random(many), 0.5 + 0.6 * rng.random(many))
    )
    ground = not tuft and chance(rng, 0.6)
    if ground:
        kit.add(
            "ground", box(wide * 2.1, 0.06, wide * 2.1) if chance(rng) else cylinder(wide * 1.4, 0.06), (0, -0.06, 0)
        )
    eared = chance(rng, 0.3)
    if eared:
        tall = np.stack([spots[:9, 0], 0 * spots[:9, 0], spots[:9, 2]], axis=1)
        stem = merge(
            [limb((0, 0, 0, 0.01), (0, 0, long * 1.2, 0.008)), place(ball(0.03, 0.03, 0.12, 7), (0, 0, long * 1.25))]
        )
        kit.add("ear", copies(stem, tall, 360 * rng.random(9), 75 + 15 * rng.random(9)))
    facts = [f"{many} blades", "ears of seed" if eared else "", "ground" if ground else ""]
    return kit.finish(["tufted" if tuft else ""], facts, "grass tuft" if tuft else "lawn patch", "plant")


def tree_leaf(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "oval", "lance-shaped", "heart-shaped", "hand-shaped", "lobed", "three-part")
    t = np.linspace(0, 2 * np.pi, 49)[:-1]
    radius = {
        "oval": 1 / np.sqrt(np.sin(t) ** 2 / 0.3 + np.cos(t) ** 2),
        "lance-shaped": 1 / np.sqrt(np.sin(t) ** 2 / 0.05 + np.cos(t) ** 2),
        "heart-shaped": 0.55 + 0.35 * np.cos(t) - 0.25 * np.exp(-((t - np.pi) ** 2) / 0.15) + 0.2 * np.abs(np.sin(t)),
        "hand-shaped": 0.35 + 0.65 * np.abs(np.cos(2.5 * t)) ** 2.0 * np.where(np.abs(t - np.pi) < 0.5, 0.2, 1),
        "lobed": (0.75 + 0.25 * np.cos(9 * t)) / np.sqrt(np.sin(t) ** 2 / 0.35 + np.cos(t) ** 2),
        "three-part": 0.3 + 0.7 * np.abs(np.cos(1.5 * t)),
    }[kind]
    bend, fold = span(rng, -0.5, 0.5), span(rng, 0.0, 0.35)
    wide = span(rng, 0.8, 1.2)
    x, z = radius * np.sin(t) * wide, radius * np.cos(t)
    rows = [
        np.stack([x * k, bend * (z * k) ** 2 + fold * np.abs(x * k) + lift, z * k], axis=1)
        for k, lift in ((0.02, -0.008), (0.5, -0.008), (0.98, -0.004), (0.98, 0.004), (0.5, 0.008), (0.02, 0.008))
    ]
    mesh = _outward(np.array(rows))
    kit.add("blade", mesh)
    long = span(rng, 0.3, 0.9)
    root = -float(radius[24])
    kit.add(
        "stalk",
        limb((0, bend * root * root, root * 0.9, 0.02), (0, bend * root * root - 0.05, root - long, 0.025), around=6),
    )
    kit.add(
        "rib",
        limb(
            (0, bend * root * root, root * 0.9, 0.016),
            (0, 0, 0, 0.016),
            (0, bend * 0.6, 0.75 * float(radius[0]), 0.006),
            around=6,
        ),
    )
    curl = "curled" if abs(bend) > 0.3 else "flat" if abs(bend) < 0.12 and fold < 0.12 else ""
    return kit.finish(
        [kind, curl], ["a long stalk" if long > 0.6 else "a short stalk"], "single leaf", "part of a plant"
    )


def _outward(rows: np.ndarray) -> Mesh:
    """Skin over closed rows (R, Q, 3), whichever way they turn, facing outward."""
    mesh = loft(rows)
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    return mesh if float((a * np.cross(b, c)).sum()) > 0 else Mesh(mesh.vertices, mesh.faces[:, ::-1])


BUILDERS = (bare_tree, oak_tree, bonsai, tree_stump, grass, tree_leaf)
