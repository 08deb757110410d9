"""What plants are made of: fronds, rosettes, leafy stems, crowns, branches, blossoms; each grows up from the origin."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, span
from pointrecon.shapes.made.parametric.living.body_shapes import copies, leaf, limb, orb, rough, scaled, tapered
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, lathe, unit

Parts = list[tuple[str, Mesh]]
GOLDEN_TURN = 137.5  # degrees from one leaf to the next


def frond(long: float, wide: float, pairs: int, arch: float, rng: np.random.Generator) -> Mesh:
    """Feathered leaf from the origin along +z: leaflets on both sides of a rib that bends down by `arch` radians."""
    start, lean, droop = span(rng, 0.05, 0.3), span(rng, 45, 75), span(rng, -25, 10)
    t = np.linspace(0.0, 1.0, 8)
    turn = arch if abs(arch) > 1e-3 else 1e-3
    rib = np.stack([t * 0, (np.cos(turn * t) - 1) / turn, np.sin(turn * t) / turn], axis=1) * long
    t = np.linspace(start, 0.97, pairs)
    spots = np.stack([t * 0, (np.cos(turn * t) - 1) / turn, np.sin(turn * t) / turn], axis=1) * long
    shape = np.sin(np.pi * np.clip((t - start) / (1 - start) * 0.85 + 0.13, 0, 1)) ** 0.7
    blade = leaf(1.0, 1.6 * long / pairs / wide, widest=0.4, arch=0.4, rows=4)
    pitch = -np.degrees(turn * t) * 0.6 + droop
    sides = [copies(blade, spots, side * lean, pitch, wide * (0.2 + 0.8 * shape)) for side in (1, -1)]
    return merge([tapered(rib, (np.linspace(1, 0.3, 8) * 0.012 * long).tolist(), 5, 1), *sides])


def rosette(rng: np.random.Generator, blade: Mesh, many: int, low: float, high: float, loose: float = 12.0) -> Mesh:
    """Blades from the origin all around, the first lifted by `low` degrees, the innermost by `high`."""
    i = np.arange(many)
    pitch = low + (high - low) * (i + 0.5) / many + loose * (rng.random(many) - 0.5)
    yaw = GOLDEN_TURN * i + 40 * rng.random(many)
    out = 0.02 * np.stack([np.sin(np.radians(yaw)), i * 0, np.cos(np.radians(yaw))], axis=1)
    return copies(blade, out, yaw, pitch, 0.75 + 0.4 * rng.random(many))


def broad_leaf(rng: np.random.Generator, long: float = 1.0) -> Mesh:
    """A leaf of one of many forms, from the origin along +z."""
    wide, widest = one_of(rng, (0.2, 0.5), (0.45, 0.45), (0.75, 0.35), (0.9, 0.5), (0.6, 0.7), (0.1, 0.4))
    return leaf(long, long * wide * span(rng, 0.8, 1.2), widest=widest, arch=span(rng, -0.2, 1.2),
                fold=span(rng, -0.1, 0.5), rows=one_of(rng, 5, 8))  # fmt: skip


def branching(rng: np.random.Generator, way: np.ndarray, long: float, thick: float, levels: int, open_by: float,
              start: np.ndarray | None = None) -> tuple[list[Mesh], list[np.ndarray]]:  # fmt: skip
    """A branch that forks `levels` times, each fork turned by up to `open_by` of its way: meshes, and tips (3,)."""
    start = np.zeros(3) if start is None else start
    stop = start + way * long
    bent = (start + stop) / 2 + 0.08 * long * rng.standard_normal(3)
    wood, tips = [tapered(np.stack([start, bent, stop]), (thick, thick * 0.85, thick * 0.7), 5)], [stop]
    for _ in range(count(rng, 2, 3) if levels else 0):
        turned = unit(way + open_by * rng.standard_normal(3) + (0, 0.15, 0))
        own, ends = branching(rng, turned, long * span(rng, 0.6, 0.85), thick * 0.65, levels - 1, open_by, stop)
        wood, tips = wood + own, tips + ends
    return wood, tips


def leafy(rng: np.random.Generator, spots: np.ndarray, blade: Mesh, middle: np.ndarray, size: float) -> Mesh:
    """Leaves at points (N, 3), pointing away from `middle`."""
    away = unit(spots - middle + 0.25 * size * rng.standard_normal(spots.shape))
    yaw = np.degrees(np.arctan2(away[:, 0], away[:, 2]))
    pitch = np.degrees(np.arcsin(np.clip(away[:, 1], -1, 1)))
    return copies(blade, spots, yaw, pitch - 25, size * (0.7 + 0.6 * rng.random(len(spots))))


def crown(rng: np.random.Generator, wide: float, high: float) -> tuple[Mesh, str]:
    """Foliage about the origin, as a bumpy body, several of them, a cloud of leaves or a low-poly lump."""
    kind = one_of(rng, "a bumpy crown", "several lumps", "single leaves", "single leaves", "a faceted crown")
    if kind == "a bumpy crown":
        return rough(scaled(orb(17, 24), (wide, high, wide)), rng, span(rng, 0.08, 0.22), span(rng, 2, 6)), kind
    if kind == "a faceted crown":
        return rough(scaled(orb(7, 9), (wide, high, wide)), rng, span(rng, 0.08, 0.2), 3), kind
    if kind == "several lumps":
        spots = unit(rng.standard_normal((count(rng, 4, 12), 3))) * (wide * 0.65, high * 0.65, wide * 0.65)
        sizes = (0.3 + 0.35 * rng.random(len(spots))) * min(wide, high)
        lump = rough(orb(9, 12), rng, 0.1, 3)
        return copies(lump, spots, 360 * rng.random(len(spots)), 0.0, sizes), kind
    many = one_of(rng, 80, 140, 240)
    depth = (0.35 + 0.65 * rng.random((many, 1))) ** 0.6
    spots = unit(rng.standard_normal((many, 3))) * depth * (wide, high, wide)
    size = max(wide, high) * span(rng, 2.2, 4.0) / np.sqrt(many)
    return leafy(rng, spots, leaf(1.0, span(rng, 0.3, 0.9), arch=0.6, fold=0.2, rows=4), np.zeros(3), size), kind


def blossom(rng: np.random.Generator, size: float) -> tuple[Parts, str]:
    """A flower head about the origin, open upward: its petals and its middle, and its form in words."""
    form = one_of(rng, "daisy", "tulip", "rose", "bell", "lily", "pompon", "sunflower", "five-petaled")
    middle = ball(0.22, 0.12, 0.22, 10)
    if form == "tulip":
        petals = rosette(rng, leaf(1.0, 0.75, widest=0.45, arch=-0.7, fold=0.3), 6, 72, 80, 2)
        middle = limb((0, 0, 0, 0.06), (0, 0.4, 0, 0.05))
    elif form == "rose":
        petals = rosette(rng, leaf(0.8, 0.85, widest=0.6, arch=-1.1, fold=0.4), count(rng, 12, 22), 5, 88, 8)
    elif form == "bell":
        rows = [(0.1, 0), (0.3, 0.1), (0.4, 0.5), (0.6, 0.8), (0.57, 0.8), (0.36, 0.5), (0.2, 0.12)]
        petals = rough(lathe(rows, 18), rng, 0.03)
        middle = limb((0, 0.05, 0, 0.04), (0, 0.7, 0, 0.06))
    elif form == "lily":
        petals = rosette(rng, leaf(1.1, 0.36, widest=0.5, arch=span(rng, 0.5, 1.6), fold=0.3), 6, 55, 62, 4)
        middle = copies(
            limb((0, 0, 0, 0.02), (0, 0, 0.5, 0.02), (0, 0, 0.55, 0.05)), np.zeros((5, 3)), np.arange(5) * 72.0, 70
        )
    elif form == "pompon":
        petals = rosette(rng, leaf(0.7, 0.25, widest=0.7, arch=-0.4), 70, -40, 88, 10)
    elif form == "five-petaled":
        petals = copies(leaf(1.0, span(rng, 0.7, 1.1), widest=0.6, arch=span(rng, -0.3, 0.6)), np.zeros((5, 3)),
                        np.arange(5) * 72.0, span(rng, 5, 35))  # fmt: skip
    else:
        many = count(rng, 8, 24)
        yaw = np.arange(many) * 360.0 / many
        ring = 0.2 * np.stack([np.sin(np.radians(yaw)), yaw * 0, np.cos(np.radians(yaw))], axis=1)
        blade = leaf(0.8, 3.6 / many * span(rng, 0.8, 1.3), widest=0.6, arch=span(rng, -0.2, 0.7))
        petals = copies(blade, ring, yaw, span(rng, 0, 35), 1.0)
        if form == "sunflower":
            petals = merge([petals, copies(blade, ring, yaw + 180 / many, 12.0, 1.0)])
            middle = ball(0.42, 0.14, 0.42, 16)
    return [("petal", scaled(petals, size)), ("blossom middle", scaled(middle, size))], form


def stalk(rng: np.random.Generator, top: np.ndarray, thick: float) -> Mesh:
    """A bent stem from the origin to `top` (3,)."""
    bend = 0.1 * rng.standard_normal(3) * np.abs(top[1]) * (1, 0, 1)
    return tapered(np.stack([np.zeros(3), top * 0.5 + bend, top]), (thick, thick * 0.85, thick * 0.6), 6, 3)


def houseplant(rng: np.random.Generator) -> tuple[Parts, str]:
    """The plant of a pot, about one high: its parts, and its form in words."""
    form = one_of(rng, "arching leaves", "sword-shaped leaves", "fleshy leaves", "broad leaves on stalks",
                  "feathered leaves", "a leafy stem", "a round crown on a trunk", "many small leaves", "trailing vines",
                  "grassy leaves", "flowers on stems", "a branching little tree")  # fmt: skip
    if form == "arching leaves":
        blade = leaf(1.0, span(rng, 0.08, 0.22), widest=0.35, arch=span(rng, 0.8, 2.2), fold=0.4, rows=9)
        return [("leaf", rosette(rng, blade, count(rng, 10, 30), 30, 88))], form
    if form == "sword-shaped leaves":
        blade = leaf(1.0, span(rng, 0.12, 0.22), widest=0.4, arch=span(rng, -0.2, 0.2), fold=span(rng, 0, 0.4))
        return [("leaf", rosette(rng, blade, count(rng, 5, 14), 68, 90, 10))], form
    if form == "fleshy leaves":
        thick = limb((0, 0, 0, 0.05), (0, 0, 0.2, 0.07), (0, span(rng, 0, 0.1), 0.5, 0.008), wide=span(rng, 1.2, 2.0))
        return [("leaf", rosette(rng, thick, count(rng, 12, 34), 10, 85))], form
    if form == "broad leaves on stalks":
        many, blade = count(rng, 5, 16), broad_leaf(rng, span(rng, 0.25, 0.5))
        yaw = GOLDEN_TURN * np.arange(many)
        out, up = 0.1 + 0.45 * rng.random(many), 0.35 + 0.65 * rng.random(many)
        tops = np.stack([out * np.sin(np.radians(yaw)), up, out * np.cos(np.radians(yaw))], axis=1)
        stems = [stalk(rng, top, 0.014) for top in tops]
        return [
            ("stem", merge(stems)),
            ("leaf", copies(blade, tops, yaw, 10 - 50 * rng.random(many), 0.7 + 0.6 * rng.random(many))),
        ], form
    if form == "feathered leaves":
        own = frond(1.0, span(rng, 0.12, 0.4), count(rng, 8, 18), span(rng, 0.5, 1.6), rng)
        return [("leaf", rosette(rng, own, count(rng, 5, 12), 40, 85))], form
    if form == "a leafy stem":
        stems, leaves = [], []
        blade = broad_leaf(rng, span(rng, 0.2, 0.4))
        for _ in range(count(rng, 1, 3)):
            top = np.array([span(rng, -0.2, 0.2), span(rng, 0.7, 1.2), span(rng, -0.2, 0.2)])
            stems.append(stalk(rng, top, 0.02))
            many = count(rng, 6, 16)
            up = np.linspace(0.2, 1, many)[:, None]
            leaves.append(
                copies(blade, top * up, GOLDEN_TURN * np.arange(many), span(rng, -20, 40), 1.1 - 0.4 * up[:, 0])
            )
        return [("stem", merge(stems)), ("leaf", merge(leaves))], form
    if form == "a round crown on a trunk":
        wide, high = span(rng, 0.25, 0.45), span(rng, 0.35, 0.8)
        tiers = one_of(rng, 1, 1, 1, 2, 3)
        balls = [
            place(scaled(crown(rng, wide, wide)[0], 1 - 0.2 * i), (0, high + 1.7 * wide * i, 0)) for i in range(tiers)
        ]
        return [
            ("stem", limb((0, 0, 0, 0.035), (0, high + 1.6 * wide * (tiers - 1), 0, 0.03))),
            ("leaf", merge(balls)),
        ], form
    if form == "many small leaves":
        mesh, _ = crown(rng, span(rng, 0.35, 0.6), span(rng, 0.3, 0.6))
        return [("leaf", place(mesh, (0, 0.35, 0)))], form
    if form == "trailing vines":
        vines, leaves = [], []
        blade = leaf(0.16, 0.14, widest=0.4, arch=0.5)
        for i in range(count(rng, 6, 14)):
            turn, low, reach = GOLDEN_TURN * i, span(rng, 0.3, 1.1), span(rng, 0.35, 0.5)
            sin, cos = float(np.sin(np.radians(turn))), float(np.cos(np.radians(turn)))
            line = np.array([(0, 0, 0), (reach * sin * 0.7, 0.15, reach * cos * 0.7), (reach * sin, -0.1, reach * cos),
                             (reach * 1.1 * sin, -low, reach * 1.1 * cos)])  # fmt: skip
            vines.append(tapered(line, (0.012,) * 4, 5, 3))
            t = np.linspace(0, 1, count(rng, 5, 9))
            along = np.stack([np.interp(t, [0, 0.3, 0.5, 1], line[:, k]) for k in range(3)], axis=1)
            leaves.append(copies(blade, along, turn + 90 * rng.standard_normal(len(t)), -30.0))
        return [("stem", merge(vines)), ("leaf", merge(leaves))], form
    if form == "grassy leaves":
        blade = leaf(1.0, span(rng, 0.02, 0.05), widest=0.3, arch=span(rng, 0.2, 1.4), rows=6)
        return [("leaf", rosette(rng, blade, count(rng, 30, 70), 50, 90, 25))], form
    if form == "flowers on stems":
        many, head = count(rng, 1, 7), blossom(rng, span(rng, 0.12, 0.25))[0]
        parts: Parts = []
        for i in range(many):
            top = np.array([span(rng, -0.35, 0.35), span(rng, 0.6, 1.0), span(rng, -0.35, 0.35)]) * (
                many > 1,
                1,
                many > 1,
            )
            parts.append(("stem", stalk(rng, top, 0.015)))
            parts += [("flower", place(mesh, top.tolist(), rx=span(rng, -30, 40), ry=40.0 * i)) for _, mesh in head]
        blade = broad_leaf(rng, span(rng, 0.3, 0.6))
        return [*parts, ("leaf", rosette(rng, blade, count(rng, 4, 12), 15, 70))], form
    wood, tips = branching(rng, np.array([0, 1.0, 0]), 0.35, 0.05, 3, 0.6)
    spots = np.array(tips[1:])
    if chance(rng):
        pads = copies(rough(scaled(orb(9, 12), (1, 0.5, 1)), rng, 0.1), spots[::3], 0.0, 0.0, span(rng, 0.12, 0.2))
    else:
        spots = np.repeat(spots, 5, axis=0) + 0.08 * rng.standard_normal((5 * len(spots), 3))
        pads = leafy(rng, spots, leaf(1.0, 0.5, arch=0.5, rows=4), np.array([0, 0.4, 0]), 0.12)
    return [("stem", merge(wood)), ("leaf", pads)], form
