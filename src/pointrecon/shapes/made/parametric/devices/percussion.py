"""Drums of many kinds, and drum sets."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span, spread
from pointrecon.shapes.made.parametric.meshes import TAU, Mesh, arc, box, cylinder, lathe, rod, sweep, torus, tube


def _hoop(radius: float, y: float) -> Mesh:
    return place(torus(radius, radius * 0.04, 22, 5), (0, y, 0))


def _shell(rng: np.random.Generator, radius: float, high: float, lugs: int) -> Mesh:
    """A drum about y on y = 0: shell, hoops, and tension rods."""
    bars = [
        place(cylinder(radius * 0.035, high, segments=6), (radius * 1.03, 0, 0), ry=360 * i / lugs) for i in range(lugs)
    ]
    return merge([cylinder(radius, high, segments=22), _hoop(radius, high), _hoop(radius, 0.0), *bars])


def _tripod(kit: Assembly, part: str, at: tuple[float, float, float], out: float) -> None:
    """A pole from the floor to `at` on three feet."""
    x, y, z = at
    kit.add(part, cylinder(0.02, y, segments=8), (x, 0, z))
    for i in range(3):
        kit.add(part, place(rod((0, y * 0.35, 0), (out, 0, 0), 0.015), ry=120 * i + 20), (x, 0, z))


def drum(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(
        rng, "snare", "bass", "floor", "conga", "goblet", "kettle", "barrel", "bongo", "frame", "hourglass-shaped"
    )
    radius, facts = span(rng, 0.32, 0.5), [""]
    if kind in ("snare", "floor"):
        high = radius * (span(rng, 0.5, 1.1) if kind == "snare" else span(rng, 1.6, 2.4))
        lugs = count(rng, 5, 10)
        stand = kind == "floor" or chance(rng, 0.5)
        up = 0.0 if not stand else span(rng, 0.5, 0.8) if kind == "snare" else span(rng, 0.15, 0.3)
        kit.add("shell", _shell(rng, radius, high, lugs), (0, up, 0))
        if kind == "floor":
            kit.ring("leg", rod((radius * 1.06, 0, 0), (radius * 1.06, up + high * 0.6, 0), 0.025), 3, 0.1)
        elif stand:
            _tripod(kit, "stand", (0, up, 0), radius * 1.1)
        high += up
        facts = [f"{some(lugs, 'tension rod')}", "three legs" if kind == "floor" else "a stand" if stand else ""]
    elif kind == "bass":
        high = radius * 2
        thick = radius * span(rng, 0.7, 1.3)
        kit.add("shell", place(_shell(rng, radius, thick, count(rng, 6, 10)), (0, radius, -thick / 2), rx=90))
        kit.pair("leg", rod((radius * 0.8, radius * 0.7, thick * 0.2), (radius * 1.2, 0, thick * 0.5), 0.025))
        facts = ["a large round front", "two spurs"]
    elif kind == "kettle":
        high, up = radius * 1.1, span(rng, 0.2, 0.5)
        angle = np.linspace(0, 1, 8) * TAU / 4
        bowl = [(radius * np.sin(a), up + high * (1 - np.cos(a))) for a in angle]
        kit.add("shell", lathe([*bowl, (0, up + high)], 22))
        kit.add("shell", _hoop(radius, up + high))
        kit.ring("leg", rod((radius * 1.05, up + high * 0.9, 0), (radius * 0.9, 0, 0), 0.03), count(rng, 3, 5))
        high += up
        facts = ["a bowl-shaped body", "legs"]
    elif kind == "frame":
        high = radius * span(rng, 0.2, 0.4)
        kit.add("shell", tube(radius, radius * 0.93, high, 26))
        kit.add("skin", cylinder(radius * 0.95, 0.02, segments=26), (0, high * 0.95, 0))
        jingles = one_of(rng, 0, 5, 8)
        if jingles:
            kit.ring("jingle", place(cylinder(0.07, 0.04, segments=10), (radius * 0.97, high * 0.35, 0)), jingles)
        facts = ["jingles" if jingles else "a flat skin"]
    elif kind == "bongo":
        high = radius * span(rng, 0.9, 1.2)
        for x, size in ((-radius * 0.95, 0.85), (radius * 1.05, 1.0)):
            kit.add("shell", cylinder(radius * size * 0.8, high, radius * size, 20), (x, 0, 0))
            kit.add("shell", _hoop(radius * size, high * 0.95), (x, 0, 0))
        kit.add("bar", box(radius * 0.9, high * 0.25, radius * 0.3), (0, high * 0.45, 0))
        facts = ["two small shells side by side"]
    else:
        high = span(rng, 1.0, 1.8)
        t = np.linspace(0, 1, 9)
        bulge = {
            "conga": 0.6 + 0.45 * np.sin(np.pi * (0.15 + 0.65 * t)),
            "goblet": np.where(t < 0.45, 0.6 - 0.35 * t / 0.45, 0.25 + 0.75 * np.clip((t - 0.45) / 0.3, 0, 1)),
            "barrel": 0.75 + 0.3 * np.sin(np.pi * t),
            "hourglass-shaped": 0.45 + 0.55 * np.abs(2 * t - 1) ** 1.3,
        }[kind]
        outline = [(0, 0), *zip(radius * bulge, t * high, strict=True), (0, high)]
        lying = kind == "barrel" and chance(rng)
        body = merge([lathe(outline, 22), _hoop(radius * bulge[-1], high), _hoop(radius * bulge[0], 0)])
        if lying:
            up = radius * 1.3
            kit.add("shell", place(body, (0, up, -high / 2), rx=90))
            kit.corners(
                "stand", rod((radius * 0.9, up * 0.6, high * 0.25), (radius * 0.7, 0, high * 0.3), 0.05), (0, 0, 0)
            )
            kit.pair("stand", box(0.07, 0.08, high * 0.7), (radius * 0.85, up * 0.3, 0))
            high = 2 * radius + up
        else:
            kit.add("shell", body)
            ropes = count(rng, 6, 12)
            if roped := chance(rng, 0.6):
                at = radius * bulge
                path = np.stack([at * 1.02, t * high, 0 * t], axis=1)
                kit.ring("rope", sweep(path, 0.014, (0, 0, 1), around=5), ropes)
            facts = ["ropes along its shell" if roped else "a smooth shell"]
        facts = ["a wooden stand"] if lying else facts
    if sticks := kind in ("snare", "floor", "barrel", "kettle") and chance(rng, 0.4):
        for turn in (20, -35):
            kit.add(
                "stick", place(rod((-0.3, 0, 0), (0.35, 0, 0), 0.02, 0.6), ry=90 + turn), (turn * 0.004, high + 0.04, 0)
            )
    if strap := kind in ("snare", "bongo", "goblet") and chance(rng, 0.2) and high < 1.0:
        kit.add("strap", sweep(arc(radius, 0.5, 0.5, 0.0, 12), 0.025, around=5), (0, high * 0.8, 0))
    return kit.finish(
        [kind], [*facts, "two drumsticks" if sticks else "", "a strap" if strap else ""], "percussion instrument"
    )


def drum_set(kit: Assembly, rng: np.random.Generator) -> Built:
    bass = span(rng, 0.32, 0.45)
    thick = bass * span(rng, 1.0, 1.6)
    kit.add("bass drum", place(_shell(rng, bass, thick, 8), (0, bass, -thick / 2), rx=90))
    kit.pair("bass drum", rod((bass * 0.8, bass * 0.7, thick * 0.2), (bass * 1.2, 0, thick * 0.5), 0.02))
    toms = count(rng, 1, 3)
    for x in spread(toms, 0.42 * toms):
        size = span(rng, 0.16, 0.22)
        kit.add(
            "tom", _shell(rng, size, size * span(rng, 1.0, 1.5), 6), (x, 2 * bass + 0.06, -0.05), rx=-span(rng, 10, 30)
        )
        kit.add("stand", rod((0, bass * 1.5, 0), (x, 2 * bass + 0.12, -0.05), 0.02))
    floor = count(rng, 1, 2)
    for i in range(floor):
        size, at = span(rng, 0.22, 0.3), (-0.75 + 0.15 * i, 0.2, -0.45 - 0.55 * i)
        kit.add("floor tom", _shell(rng, size, size * 1.6, 6), at)
        for k in range(3):
            kit.add("stand", place(rod((size, 0, 0), (size, 0.3, 0), 0.018), ry=120 * k), (at[0], 0, at[2]))
    up = span(rng, 0.45, 0.55)
    kit.add("snare drum", _shell(rng, 0.22, span(rng, 0.1, 0.2), 8), (0.5, up, -0.55))
    _tripod(kit, "stand", (0.5, up, -0.55), 0.25)
    cymbals = count(rng, 1, 4)
    for x, z in ((0.75, 0.1), (-0.7, 0.1), (0.95, -0.35), (-1.1, -0.2))[:cymbals]:
        top = span(rng, 0.95, 1.3)
        size = span(rng, 0.22, 0.34)
        disc = lathe([(0, 0), (size, -0.03), (size, -0.02), (size * 0.25, 0.02), (size * 0.15, 0.05), (0, 0.05)], 20)
        kit.add("cymbal", disc, (x, top, z), rx=span(rng, -20, 10), rz=span(rng, -15, 15))
        _tripod(kit, "stand", (x, top, z), 0.25)
    if hat := chance(rng, 0.8):
        for y, flip in ((0.75, 0), (0.79, 180)):
            kit.add("cymbal", lathe([(0, 0), (0.18, 0.03), (0.18, 0.035), (0, 0.02)], 18), (0.85, y, -0.65), rx=flip)
        _tripod(kit, "stand", (0.85, 0.95, -0.65), 0.22)
    if stool := chance(rng, 0.5):
        kit.add("seat", cylinder(0.17, 0.08), (0, 0.5, -1.0))
        _tripod(kit, "seat", (0, 0.5, -1.0), 0.25)
    total = 2 + toms + floor
    facts = [some(total, "drum"), some(cymbals + (2 if hat else 0), "cymbal"), "a seat" if stool else ""]
    return kit.finish(["large" if total > 5 else "small"], facts, "drum kit")


BUILDERS = (drum, drum_set)
