"""Plants in pots, bushes, flowers and ferns."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, sized, some, span
from pointrecon.shapes.made.parametric.living.body_shapes import copies, leaf, limb, orb, rough, scaled, tapered
from pointrecon.shapes.made.parametric.living.foliage import (
    blossom,
    branching,
    broad_leaf,
    crown,
    frond,
    houseplant,
    leafy,
    rosette,
    stalk,
)
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, cylinder, lathe, rod, stack

_POTS = ("a tapered pot", "a straight pot", "a bowl", "a square pot", "a round-bellied pot", "an urn on a foot",
         "a long planter", "a hanging pot", "a pot on legs")  # fmt: skip


def _pot(kit: Assembly, rng: np.random.Generator) -> tuple[str, float]:
    """A pot whose rim is at y = 0: its name, and how wide its opening is (radius)."""
    name, wide, high = one_of(rng, *_POTS), span(rng, 0.2, 0.42), span(rng, 0.2, 0.6)
    low = {"a tapered pot": 0.65, "a straight pot": 1.0, "a pot on legs": 0.9, "a hanging pot": 0.5}.get(name, 0.6)
    if name in ("a square pot", "a long planter"):
        long = 1.0 if name == "a square pot" else span(rng, 2.0, 3.5)
        slant, base = span(rng, 0.65, 1.0), np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (wide * long, wide)
        kit.add("pot", stack(base, (-high, 0, 0.0, -0.06), (slant, 1, 0.88, 0.88)))
        return name, wide
    if name == "a bowl":
        high *= 0.6
        rows = [(0.4, -1), (0.75, -0.75), (0.95, -0.35), (1, 0)]
    elif name == "a round-bellied pot":
        rows = [(0.55, -1), (0.95, -0.75), (1.2, -0.45), (1.05, -0.12), (1, 0)]
    elif name == "an urn on a foot":
        high *= 1.5
        rows = [(0.6, -1), (0.62, -0.93), (0.25, -0.85), (0.25, -0.7), (0.8, -0.45), (0.85, -0.15), (1.1, 0)]
    elif chance(rng):
        rows = [(low, -1), (low + (1 - low) * 0.75, -0.25), (1.08, -0.25), (1.1, 0)]
    else:
        rows = [(low, -1), (1, 0)]
    line = [(r * wide, y * high) for r, y in rows]
    kit.add(
        "pot", lathe([(0, -high), *line, (wide * 0.88, 0), (wide * 0.86, -0.06), (0, -0.05)], one_of(rng, 8, 14, 20))
    )
    if name == "a hanging pot":
        up = span(rng, 0.8, 1.5)
        kit.ring("string", rod((wide, 0, 0), (0.01, up, 0), 0.008), count(rng, 3, 4))
    elif name == "a pot on legs":
        kit.ring(
            "leg", rod((wide * 0.8, -high * 0.6, 0), (wide * 1.1, -high - span(rng, 0.2, 0.5), 0), 0.025), 4, 0.125
        )
    elif chance(rng, 0.25):
        kit.add("saucer", cylinder(wide * 0.8, 0.03, wide * 1.1), (0, -high - 0.02, 0))
    return name, wide


def potted_plant(kit: Assembly, rng: np.random.Generator) -> Built:
    name, wide = _pot(kit, rng)
    size, word = sized(rng, 0.6, 1.7, "small", "large")
    spots = [-1.2 * wide, 0.0, 1.2 * wide] if name == "a long planter" else [0.0]
    form = ""
    own = int(rng.integers(2**31))
    for i, x in enumerate(spots):
        same = np.random.Generator(np.random.PCG64([own, i * chance(rng, 0.3)]))
        parts, form = houseplant(same)
        for part, mesh in parts:
            kit.add(part, place(scaled(mesh, size * (0.6 if len(spots) > 1 else 1)), (x, -0.04, 0), ry=90.0 * i))
    several = len(spots) > 1
    return kit.finish([word], [name, "" if several else form], "houseplant", "plant in a pot")


def bush(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(
        rng, "round", "round", "clumpy", "bare", "leafy", "leafy", "hedge-like", "tufted", "broad-leaved", "fern-like"
    )
    wide, high = span(rng, 0.5, 1.0), span(rng, 0.4, 0.9)
    spots = _unit_points(rng, 40) * (wide, high, wide)
    extra = one_of(rng, "", "", "berries", "flowers")
    if kind == "round":
        kit.add("foliage", crown(rng, wide, high)[0], (0, high * 0.8, 0))
        kit.add("stem", limb((0, 0, 0, 0.05), (0, high * 0.7, 0, 0.03)))
    elif kind == "clumpy":
        extra = ""
        for _ in range(count(rng, 3, 7)):
            size, at = span(rng, 0.25, 0.5), (span(rng, -wide, wide) * 0.7, 0.0, span(rng, -wide, wide) * 0.7)
            kit.add("foliage", crown(rng, size, size * span(rng, 0.7, 1.2))[0], (at[0], size * 0.8, at[2]))
    elif kind in ("bare", "leafy"):
        wood: list[Mesh] = []
        tips: list[np.ndarray] = []
        for _ in range(count(rng, 3, 6)):
            way = np.array([span(rng, -0.8, 0.8), 1.0, span(rng, -0.8, 0.8)])
            one, ends = branching(rng, way / np.sqrt((way * way).sum()), span(rng, 0.25, 0.4), 0.03, 2, 0.5)
            wood, tips = wood + one, tips + ends[1:]
        kit.add("stem", merge(wood))
        spots = np.array(tips) - (0, high * 0.8, 0)
        if kind == "leafy":
            many = np.repeat(np.array(tips), 5, axis=0)
            many = many + 0.08 * rng.standard_normal(many.shape)
            kit.add("foliage", leafy(rng, many, broad_leaf(rng), np.zeros(3), span(rng, 0.1, 0.2)))
    elif kind == "hedge-like":
        long = span(rng, 1.0, 2.2)
        smooth = np.rint(orb(17, 24).vertices * 1e6) / 1e6  # a root makes the last bits of what is nearly 0 large
        edge = np.sign(smooth) * np.abs(smooth) ** span(rng, 0.3, 0.6)
        body = rough(Mesh(edge * (long, high, wide * 0.5), orb(17, 24).faces), rng, 0.04, 7)
        kit.add("foliage", body, (0, high, 0))
        if chance(rng):
            kit.add("foliage", leafy(rng, body.vertices[::3], leaf(1, 0.6, rows=4), np.zeros(3), 0.13), (0, high, 0))
        spots = body.vertices[::9]
    elif kind == "tufted":
        blade = leaf(1.0, span(rng, 0.02, 0.08), widest=0.3, arch=span(rng, 0.2, 1.8))
        kit.add("foliage", rosette(rng, blade, count(rng, 40, 110), 15, 90, 30))
        extra = ""
    elif kind == "broad-leaved":
        i = count(rng, 25, 60)
        at = np.abs(_unit_points(rng, i)) * np.sign(rng.standard_normal((i, 3)))
        at = at * (1, 0, 1) * (wide, 1, wide) + np.abs(at) * (0, high, 0)
        kit.add("stem", merge([stalk(rng, top, 0.015) for top in at[::2]]))
        kit.add("foliage", leafy(rng, at, broad_leaf(rng), np.zeros(3), span(rng, 0.25, 0.5)))
        extra = ""
    else:
        own = frond(1.0, span(rng, 0.15, 0.35), count(rng, 8, 14), span(rng, 0.6, 1.5), rng)
        kit.add("foliage", rosette(rng, own, count(rng, 9, 18), 10, 85))
        extra = ""
    if extra:
        head = ball(1, 1, 1, 7) if extra == "berries" else merge([mesh for _, mesh in blossom(rng, 1.5)[0]])
        kit.add(extra, leafy(rng, spots, head, np.zeros(3), span(rng, 0.04, 0.08)), (0, high * 0.8, 0))
    return kit.finish([kind], [extra], "shrub", "plant")


def _unit_points(rng: np.random.Generator, many: int) -> np.ndarray:
    """Random unit vectors (N, 3)."""
    ways = rng.standard_normal((many, 3))
    return ways / np.sqrt((ways * ways).sum(axis=1, keepdims=True))


def flower(kit: Assembly, rng: np.random.Generator) -> Built:
    many = one_of(rng, 1, 1, 1, 1, 3, 5, 9)
    head, form = blossom(rng, span(rng, 0.15, 0.4) if many > 1 else span(rng, 0.2, 0.6))
    bare = many == 1 and chance(rng, 0.2)
    tilt, leaves = span(rng, 0, 70), 0 if bare else count(rng, 0, 4)
    blade = broad_leaf(rng, span(rng, 0.3, 0.6))
    for i in range(many):
        yaw, out = 137.5 * i, 0.0 if many == 1 else span(rng, 0.15, 0.6)
        top = np.array([out * np.sin(np.radians(yaw)), span(rng, 0.8, 1.4), out * np.cos(np.radians(yaw))])
        if not bare:
            kit.add("stem", stalk(rng, top, 0.022))
            for k in range(leaves):
                kit.add("leaf", copies(blade, top * (0.15 + 0.15 * k), yaw + 137.5 * k, span(rng, 15, 60)))
        for part, mesh in head:
            kit.add(
                part, place(place(mesh, rx=tilt * (0.4 if many > 1 else 1)), top.tolist(), ry=yaw if many > 1 else 0.0)
            )
    told = "a bunch of stems" if many > 1 else "no stem" if bare else "one stem"
    return kit.finish([form], [told, some(leaves, "leaf", "leaves") if leaves and many == 1 else ""],
                      "bouquet" if many > 1 else "blossom")  # fmt: skip


def fern(kit: Assembly, rng: np.random.Generator) -> Built:
    pairs, many = count(rng, 9, 22), one_of(rng, 1, 5, 7, 9, 12, 16)
    own = frond(1.0, span(rng, 0.12, 0.45), pairs, span(rng, -0.3, 2.2), rng)
    if many == 1:
        kit.add("frond", own, rx=-span(rng, 0, 90))
    else:
        kit.add("frond", rosette(rng, own, many, span(rng, 5, 65), span(rng, 70, 90)))
    young = many > 1 and chance(rng, 0.4)
    if young:
        t = np.linspace(0, 1, 22)
        turn, size = 2 * np.pi * 1.6 * t, 0.12 * (1 - 0.8 * t)
        coil = np.stack([t * 0, 0.45 + size * np.sin(turn), 0.12 - size * np.cos(turn)], axis=1)
        line = np.concatenate([[(0, 0, 0), (0, 0.25, 0.01)], coil])
        curl = tapered(line, np.linspace(0.02, 0.01, 24).tolist(), 6, 1)
        kit.add("young frond", copies(curl, np.zeros((3, 3)), [20.0, 150.0, 260.0], 0.0, 1.0))
    word = "single" if many == 1 else "dense" if many > 10 else ""
    facts = [some(many, "frond"), "rolled-up young fronds" if young else "", f"{pairs} pairs of leaflets"]
    return kit.finish([word], facts, "feathered leaf" if many == 1 else "leafy plant")


BUILDERS = (potted_plant, bush, flower, fern)
