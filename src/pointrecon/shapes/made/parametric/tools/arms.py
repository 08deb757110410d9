"""Swords and daggers, upright with the point up, shields and bows."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, sized, span
from pointrecon.shapes.made.parametric.meshes import (
    TAU,
    Mesh,
    arc,
    ball,
    box,
    cylinder,
    lathe,
    loft,
    rod,
    rounded,
    sweep,
    torus,
)


def _blade(y: np.ndarray, center: np.ndarray, half: np.ndarray, thick: float) -> Mesh:
    """A blade of diamond section along y: its middle line and half widths at each level."""
    d = np.minimum(thick / 2, half * 0.7)
    x = np.stack([center - half, center, center + half, center], axis=1)
    z = np.stack([0 * d, -d, 0 * d, d], axis=1)
    return loft(np.stack([x, np.broadcast_to(y[:, None], x.shape), -z], axis=2)[:, ::-1])


def _pommel(rng: np.random.Generator, kit: Assembly, y: float, size: float) -> str:
    kind = one_of(rng, "round", "disc-shaped", "flat", "ring", "pointed")
    if kind == "round":
        kit.add("pommel", ball(size, size, size, 10), (0, y - size * 0.6, 0))
    elif kind == "disc-shaped":
        kit.add("pommel", cylinder(size * 1.2, size, segments=14), (0, y - size, -size / 2), rx=90)
    elif kind == "flat":
        kit.add("pommel", box(size * 1.8, size * 0.7, size * 1.2), (0, y - size * 0.6, 0))
    elif kind == "ring":
        kit.add("pommel", torus(size, size * 0.3, 16, 6), (0, y - size, 0), rx=90)
    else:
        kit.add("pommel", cylinder(0.01, size * 2.2, size, 8), (0, y - size * 2.1, 0))
    return kind


def _hilt(rng: np.random.Generator, kit: Assembly, long: float, thick: float, wide: float, guard: str) -> None:
    """Grip from y = -long to 0 with its guard at 0, reaching `wide` to each side."""
    t = np.linspace(0, 1, 7)
    swell = thick * (0.8 + span(rng, 0.0, 0.5) * np.sin(np.pi * t))
    kit.add("grip", lathe([(0, -long), *zip(swell, long * (t - 1), strict=True), (0, 0)], 10))
    for i in range(count(rng, 0, 6)):
        kit.add("grip", torus(thick * 1.15, thick * 0.2, 10, 4), (0, -long * (0.1 + 0.14 * i), 0))
    if guard == "straight":
        kit.add("guard", box(2 * wide, thick * span(rng, 0.8, 1.6), thick * 1.8))
    elif guard in ("drooping", "upturned"):
        s = np.linspace(-1, 1, 9)
        bend = wide * span(rng, 0.2, 0.5) * (1 if guard == "upturned" else -1)
        kit.add("guard", sweep(np.stack([s * wide, 0.02 + bend * s * s, 0 * s], axis=1), thick * 0.7, around=6))
        kit.pair("guard", ball(thick, thick, thick, 8), (wide, bend, 0))
    elif guard == "disc":
        kit.add("guard", cylinder(wide * 0.6, thick * 0.5, segments=16))
    elif guard in ("knuckle-bow", "cup"):
        bow = arc(wide * 0.9, long / 2, -0.25, 0.25, 11) + np.array([0.0, -long / 2, 0.0])
        kit.add("guard", sweep(bow, thick * 0.5, around=6))
        kit.add("guard", box(wide * 1.8, thick, thick * 1.8), (wide * 0.1, 0, 0))
        if guard == "cup":
            a = np.linspace(0.05, 1, 7) * TAU / 4
            bowl = [(wide * np.cos(x), -wide * 0.7 * np.cos(TAU / 4 - x) + 0.02) for x in a]
            kit.add("guard", lathe([*bowl[::-1], *[(r * 0.93, h * 0.93 + 0.02) for r, h in bowl]], 18))


def sword(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(
        rng, "straight", "straight", "broad", "single-edged curved", "slim", "scimitar-like", "leaf-shaped", "fantasy"
    )
    long, said = sized(rng, 1.1, 2.2, "short", "long")
    grip, thick = span(rng, 0.22, 0.5), span(rng, 0.03, 0.05)
    half = {"slim": span(rng, 0.02, 0.035), "broad": span(rng, 0.1, 0.16), "fantasy": span(rng, 0.12, 0.22)}
    w = half.get(kind, span(rng, 0.05, 0.09))
    t = np.linspace(0, 1, 19)
    tip = span(rng, 0.06, 0.3)
    edge = np.minimum(1.0, (1 - t) / tip) ** span(rng, 0.6, 1.0) * (1 - span(rng, 0, 0.4) * t)
    center = 0 * t
    if kind == "single-edged curved":
        center = span(rng, 0.06, 0.2) * long * t * t
    elif kind == "scimitar-like":
        center = span(rng, 0.15, 0.3) * long * t * t
        edge = edge * (1 + span(rng, 0.3, 1.2) * np.exp(-(((t - 0.7) / 0.2) ** 2)))
    elif kind == "leaf-shaped":
        edge = edge * (0.7 + 0.6 * np.exp(-(((t - 0.6) / 0.25) ** 2)))
    elif kind == "fantasy":
        edge = edge * (1 + 0.35 * np.cos(TAU * count(rng, 1, 4) * t) * (1 - t))
    hilts = {
        "single-edged curved": ("disc", "disc", "knuckle-bow"),
        "slim": ("cup", "knuckle-bow", "straight"),
        "scimitar-like": ("straight", "knuckle-bow", "drooping"),
    }
    guard = one_of(rng, *hilts.get(kind, ("straight", "straight", "drooping", "upturned")))
    sheathed = chance(rng, 0.1)
    if sheathed:
        cover = _blade(t * long * 1.03, center, np.full(19, w * 1.3), 0.1)
        kit.add("scabbard", cover, (0, 0.03, 0))
        kit.add("scabbard", box(w * 3, 0.05, 0.14), (0, long * 0.15, 0))
    else:
        kit.add("blade", _blade(t * long, center, np.maximum(w * edge, 0.003), span(rng, 0.02, 0.05)))
        if kind in ("straight", "broad") and chance(rng):
            kit.add("blade", box(w * 0.4, long * 0.6, 0.045, (0.6, 0.8)), (0, 0.02, 0))
    _hilt(
        rng,
        kit,
        grip,
        thick,
        span(rng, 0.13, 0.32) if guard in ("straight", "drooping", "upturned") else span(rng, 0.12, 0.18),
        guard,
    )
    pommel = _pommel(rng, kit, -grip, span(rng, 0.04, 0.08))
    facts = [
        f"a {guard} guard" if guard != "upturned" else "an upturned guard",
        f"a {pommel} pommel",
        "a scabbard" if sheathed else "",
    ]
    names = {"slim": "rapier", "single-edged curved": "saber", "scimitar-like": "scimitar"}
    return kit.finish([said, kind], facts, names.get(kind, "blade weapon"))


def dagger(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "straight", "wavy", "curved", "three-pointed", "slim", "ring-ended", "combat")
    long, w = span(rng, 0.45, 0.8), span(rng, 0.05, 0.11)
    t = np.linspace(0, 1, 21)
    edge, center = np.minimum(1.0, (1 - t) / span(rng, 0.25, 0.95)), 0 * t
    if kind == "wavy":
        center = 0.4 * w * np.sin(TAU * count(rng, 2, 4) * t)
    elif kind == "curved":
        center = long * span(rng, 0.25, 0.5) * t * t
    elif kind == "slim":
        w *= 0.4
    elif kind == "ring-ended":
        edge = np.minimum(t / 0.2 + 0.2, (1 - t) / 0.8) * 1.4
    elif kind == "combat":
        center = -w * 0.3 * (1 - edge)
    kit.add("blade", _blade(t * long, center, np.maximum(w * edge, 0.003), span(rng, 0.02, 0.05)))
    if kind == "three-pointed":
        side = _blade(t * long * 0.6, long * 0.35 * np.sqrt(t), np.maximum(w * 0.4 * edge, 0.003), 0.02)
        kit.pair("blade", side)
    if teeth := kind == "combat" and chance(rng, 0.7):
        for i in range(6):
            kit.add("blade", box(0.03, 0.03, 0.02, (0.1, 1)), (-w * 0.95, 0.05 + 0.045 * i, 0), rz=90)
    grip, thick = span(rng, 0.3, 0.45), span(rng, 0.03, 0.05)
    guard = "no" if kind == "ring-ended" else one_of(rng, "straight", "disc", "drooping", "upturned", "no")
    _hilt(rng, kit, grip, thick, span(rng, 0.1, 0.22), guard)
    if kind == "ring-ended":
        kit.add("pommel", torus(0.08, 0.02, 16, 6), (0, -grip - 0.08, 0), rx=90)
        end = "ring"
    else:
        end = _pommel(rng, kit, -grip, span(rng, 0.035, 0.06))
    fact = "no guard" if guard == "no" else f"{'an' if guard[0] == 'u' else 'a'} {guard} guard"
    return kit.finish([kind], [fact, f"a {end} pommel", "a saw-toothed back" if teeth else ""], "short blade weapon")


def _plate(outline: np.ndarray, bulge: float, thick: float) -> Mesh:
    """A shield's board in the x-y plane, bulging by `bulge` toward +z, from a counter-clockwise outline."""
    rings = np.array([1.0, 0.8, 0.55, 0.3, 0.02])
    reach = np.abs(outline[:, 0]).max()

    def face(back: float, grow: np.ndarray) -> np.ndarray:
        xy = outline[None] * grow[:, None, None]
        return np.concatenate([xy, (bulge * (1 - (xy[..., :1] / reach) ** 2 * 1.0) * 1.0 - back)], axis=2)

    return loft(np.concatenate([face(0.0, rings[::-1]), face(thick, rings)]))


def shield(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "round", "round", "kite", "heater", "heater", "tower", "oval", "hexagonal")
    s = np.linspace(0, 1, 33)[:-1] * TAU
    width, high = span(rng, 0.9, 1.1), span(rng, 1.2, 1.6)
    if kind in ("round", "oval"):
        high = width if kind == "round" else high
        outline = np.stack([np.cos(s) * width / 2, np.sin(s) * high / 2], axis=1)
    elif kind == "tower":
        outline = rounded(width * 0.8, high, 8.0, 32)
    elif kind == "hexagonal":
        outline = (
            np.stack([np.cos(s), np.sin(s)], axis=1) * (np.cos(TAU / 12) / np.cos((s % (TAU / 6)) - TAU / 12))[:, None]
        )
        outline = outline * (width / 2, high / 2)
    else:
        top, tall = (width * 0.5 if kind == "kite" else 0.04), high / 2
        x = np.cos(s) * width / 2
        low = -tall * (1 - np.abs(np.cos(s)) ** span(rng, 1.6, 2.6)) * 1.2
        outline = np.stack([x, np.where(np.sin(s) >= 0, tall * 0.5 + top * np.sin(s), tall * 0.5 + low * 1.2)], axis=1)
    bulge, thick = span(rng, 0.02, 0.22), span(rng, 0.03, 0.06)
    kit.add("board", _plate(outline, bulge, thick))
    x = outline[:, 0]
    edge = np.stack([x, outline[:, 1], bulge * (1 - (x / np.abs(x).max()) ** 2) - thick / 2], axis=1)
    if rim := chance(rng, 0.6):
        kit.add("rim", sweep(edge, thick * 0.8, closed=True, around=6))
    if boss := chance(rng, 0.6 if kind in ("round", "oval", "tower", "hexagonal") else 0.2):
        size = span(rng, 0.08, 0.16)
        kit.add("boss", ball(size, size, size * span(rng, 0.5, 1.2), 12), (0, 0, bulge))
    sign = one_of(rng, "", "a cross", "a ring of studs", "stripes", "a spike")
    if sign == "a cross":
        kit.add("emblem", box(0.1, high * 0.6, 0.05), (0, -high * 0.3, bulge + 0.01))
        kit.add("emblem", box(width * 0.55, 0.1, 0.05), (0, high * 0.05, bulge * 0.9))
    elif sign == "a ring of studs":
        for p in edge[::2] * (0.84, 0.84, 1):
            kit.add("emblem", ball(0.03, 0.03, 0.03, 6), (p[0], p[1], bulge * (1 - (p[0] * 2 / width) ** 2) + 0.005))
    elif sign == "stripes":
        for y in (-0.22, 0.0, 0.22):
            kit.add("emblem", box(width * 0.4, 0.06, 0.05), (0, y * high - 0.03, bulge * 0.95))
    elif sign:
        kit.add("emblem", cylinder(0.07, span(rng, 0.15, 0.35), 0.005, 8), (0, 0, bulge), rx=90)
    if straps := chance(rng, 0.5):
        for y in (-0.15, 0.15):
            kit.add(
                "strap",
                sweep(arc(0.14, 0.1, 0.5, 1.0, 7)[:, [0, 2, 1]], 0.025, (0, 1, 0), around=5),
                (0, y, bulge - thick),
            )
    facts = ["a raised rim" if rim else "", "a boss" if boss else "", sign, "straps behind" if straps else ""]
    return kit.finish([kind, "domed" if bulge > 0.1 else "flat"], facts, "piece of armor")


def bow(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "longbow-like", "recurved", "crossbow-like")
    high, bend, thick = span(rng, 1.4, 2.0), span(rng, 0.2, 0.5), span(rng, 0.025, 0.045)
    s = np.linspace(-1, 1, 21)
    curve = bend * (1 - s * s)
    if kind == "recurved":
        curve = bend * (np.cos(np.pi * s * 0.95) * 0.5 + 0.5) + 0.16 * s**6
    size = (1 - 0.5 * np.abs(s)) * thick
    path = np.stack([0 * s, s * high / 2, curve], axis=1)
    line = np.array([path[0], (0.0, 0.0, 0.0), path[-1]])
    drawn = chance(rng, 0.3) or kind == "crossbow-like"
    line[1, 2] = min(path[0, 2], path[-1, 2]) - (span(rng, 0.2, 0.5) if drawn else 0.0)
    bow_, string = sweep(path, 1.0, (1, 0, 0), scale=size, around=6), sweep(line, 0.008, (1, 0, 0), around=5)
    arrow = merge(
        [
            rod((0, 0, line[1, 2]), (0, 0, bend + 0.25), 0.012),
            place(cylinder(0.04, 0.12, 0.0, 6), (0, 0, bend + 0.25), rx=90),
        ]
    )
    feathers = merge([place(box(0.006, 0.09, 0.18), (0, 0.01, line[1, 2] + 0.12), rz=120 * i) for i in range(3)])
    if kind == "crossbow-like":
        kit.add("limbs", place(bow_, rz=90))
        kit.add("string", place(string, rz=90))
        back = line[1, 2] - span(rng, 0.5, 0.9)
        kit.add("stock", box(0.09, 0.11, bend - back), (0, -0.13, (bend + back) / 2))
        kit.add("stock", box(0.08, 0.25, 0.25, (1, 0.5)), (0, -0.28, back + 0.12))
        kit.add("trigger", rod((0, -0.12, line[1, 2] - 0.05), (0, -0.28, line[1, 2] - 0.12), 0.015))
        if stirrup := chance(rng):
            kit.add("stock", torus(0.1, 0.018, 14, 5), (0, -0.07, bend + 0.1))
        armed, facts = chance(rng), ["a stock and trigger", "a stirrup" if stirrup else ""]
    else:
        kit.add("limbs", bow_)
        kit.add("string", string)
        kit.add("grip", cylinder(thick * 1.5, 0.22, segments=8), (0, -0.11, path[10, 2]))
        armed = drawn or chance(rng, 0.2)
        facts = ["a drawn string" if drawn else "a straight string"]
    if armed:
        kit.add("arrow", arrow)
        kit.add("arrow", feathers)
    return kit.finish(
        [kind], [*facts, "an arrow" if armed else "no arrow"], "crossbow" if kind[0] == "c" else "archery weapon"
    )


BUILDERS = (sword, dagger, shield, bow)
