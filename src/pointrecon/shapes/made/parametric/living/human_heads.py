"""Human heads: busts and heads alone, and the head that people have too, with hair or headwear."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, mirror, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, span
from pointrecon.shapes.made.parametric.living.body_shapes import copies, cut, limb, orb, rough, scaled
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, box, cylinder, lathe, rounded, stack, torus, tube

_HAIR = ("no hair", "short hair", "a side parting", "long hair", "a ponytail", "a bun", "curly hair", "spiky hair",
         "a mohawk", "a bowl cut", "braids")  # fmt: skip
_HEADWEAR = ("a cap", "a hat", "a helmet", "a crown", "a hood", "a beanie", "a turban")


def skull_of_head(rng: np.random.Generator, fine: bool, face: bool) -> Mesh:
    """A head of height one about the origin, its face along +z."""
    mesh = orb(31, 40) if fine else orb(one_of(rng, 9, 11), one_of(rng, 8, 12, 16))
    x, y, z = mesh.vertices.T
    below, behind = np.clip(-y, 0, 1), np.clip(-z, 0, 1)
    jaw = span(rng, 0.15, 0.5)
    wide = span(rng, 0.34, 0.42) * (1 - jaw * below**1.5)
    deep = span(rng, 0.38, 0.46) * (1 + 0.12 * behind * (1 - below)) * (1 - 0.35 * below * (z < 0))
    x, y, z = x * wide, y * 0.5, z * deep
    if face and fine:
        front = np.clip(mesh.vertices[:, 2] * 2.5, 0, 1)

        def bump(at_x: float, at_y: float, size_x: float, size_y: float) -> np.ndarray:
            return np.exp(-(((np.abs(x) - at_x) / size_x) ** 2) - ((y - at_y) / size_y) ** 2) * front

        down = np.clip((0.1 - y) / 0.24, 0, 1) * (y > -0.17)
        nose = span(rng, 0.08, 0.19) * np.exp(-((x / (0.035 + 0.04 * down)) ** 2)) * down
        z = z + nose * front - span(rng, 0.04, 0.1) * bump(0.14, 0.04, 0.08, 0.05)
        z = (
            z
            + span(rng, 0.01, 0.05) * bump(0.12, 0.12, 0.12, 0.035)
            + span(rng, 0.02, 0.09) * bump(0, -0.42, 0.1, 0.06)
        )
        lips = span(rng, 0.02, 0.05)
        z = z + lips * (bump(0, -0.25, 0.11, 0.022) + bump(0, -0.31, 0.1, 0.025)) + 0.02 * bump(0.13, 0.04, 0.05, 0.025)
    return Mesh(np.stack([x, y, z], axis=1), mesh.faces)


def _shell(grown: float, region: np.ndarray, mesh: Mesh) -> Mesh:
    """The surface of a head's region, lifted off the head."""
    return cut(scaled(mesh, 1.0 + grown), region)


def _hair(kit_list: list[tuple[str, Mesh]], rng: np.random.Generator, skull: Mesh, style: str) -> None:
    """Add the hair of this style to a head's parts."""
    y, z = skull.vertices[:, 1], skull.vertices[:, 2]
    line = span(rng, 0.12, 0.25)
    scalp = y > np.where(z > 0.1, line, np.where(z > -0.1, 0.02, -0.26))
    thick = span(rng, 0.04, 0.14)

    def add(mesh: Mesh) -> None:
        kit_list.append(("hair", mesh))

    if style in ("long hair", "a bowl cut", "braids"):
        falls = y > np.where(z > 0.1, line, -0.45 if style == "long hair" else -0.2)
        shell = _shell(thick, falls, Mesh(skull.vertices, skull.faces))
        sx, sy, sz = shell.vertices.T
        drop = span(rng, 1.2, 3.5) if style == "long hair" else 1.0
        wider = 1 + 0.3 * np.clip(-sy, 0, 1)
        sy = np.where(sy < 0, sy * drop, sy)
        add(Mesh(np.stack([sx * wider, sy, np.where(sz < 0, sz * wider, sz)], axis=1), shell.faces))
    elif style == "curly hair":
        big = scaled(orb(17, 20), (0.4 + 1.2 * thick, 0.4 + thick, 0.42 + thick))
        big = rough(place(big, (0, 0.16, -0.08)), rng, 0.09, 5)
        _, by, bz = big.vertices.T
        add(cut(big, (by > line) | (bz < 0.05)))
    elif style != "no hair":
        lifted = rough(_shell(thick, scalp, skull), rng, 0.02, 4)
        if style != "a mohawk":
            add(lifted)
    if style == "a side parting":
        add(limb((-0.15, 0.5, 0.2, 0.06), (0.1, 0.5, 0.3, 0.1), (0.35, 0.3, 0.25, 0.05)))
    if style == "a ponytail":
        long = span(rng, 0.4, 1.2)
        add(limb((0, 0.3, -0.45, 0.06), (0, 0.25, -0.65, 0.12), (0, -0.3 * long, -0.7, 0.13), (0, -long, -0.55, 0.03)))
    if style == "a bun":
        place_y = one_of(rng, 0.55, 0.2)
        size = span(rng, 0.13, 0.22)
        add(place(ball(size, size, size), (0, place_y, -0.25 if place_y > 0.4 else -0.55)))
    if style == "braids":
        braid = ball(0.08, 0.09, 0.08, 7)
        n, low = count(rng, 4, 8), span(rng, 0.1, 0.14)
        spots = [(side * 0.38, -0.2 - low * i, 0.05) for i in range(n) for side in (-1, 1)]
        add(copies(braid, spots, 0.0))
    if style in ("spiky hair", "a mohawk"):
        spike = cylinder(span(rng, 0.05, 0.11), span(rng, 0.2, 0.45), 0.0, 6)
        turns = np.linspace(-60, 130, 7)
        sides = (0.0,) if style == "a mohawk" else (-50.0, -20.0, 20.0, 50.0)
        for side in sides:
            for turn in turns:
                add(place(place(spike, (0, 0.42, 0), rx=-float(turn) * 0.8), rz=side))


def _headwear(kit_list: list[tuple[str, Mesh]], rng: np.random.Generator, skull: Mesh, style: str) -> None:
    """Add headwear of this style to a head's parts."""
    wide, deep = np.ptp(skull.vertices[:, 0]) / 2 + 0.04, np.ptp(skull.vertices[:, 2]) / 2 + 0.02
    y, z = skull.vertices[:, 1], skull.vertices[:, 2]

    def add(mesh: Mesh) -> None:
        kit_list.append(("headwear", mesh))

    low, high = span(rng, 0.12, 0.2), span(rng, 0.35, 0.5)
    around = rounded(2 * wide, 2 * deep, 2.0, 20)
    if style in ("a cap", "a beanie"):
        add(stack(around, np.array([0, 0.3, 0.65, 0.9, 1.0]) * high + low, [1.0, 1.02, 0.85, 0.5, 0.1]))
        if style == "a cap":
            visor = stack(rounded(wide * 1.5, 0.5, 2.5), (0.0, 0.04), (1, 1))
            add(place(visor, (0, low, deep + 0.1), rx=span(rng, 0, 20)))
        elif chance(rng):
            add(place(ball(0.1, 0.1, 0.1, 8), (0, low + high, 0)))
    elif style == "a hat":
        brim = span(rng, 1.3, 2.2)
        rows = (0.0, 0.05, 0.051, high * span(rng, 0.9, 1.6))
        add(stack(around, np.array(rows) + low, [brim, brim, 1.05, span(rng, 0.75, 1.1)]))
    elif style == "a helmet":
        add(_shell(span(rng, 0.12, 0.2), y > np.where(z > 0.12, low, -0.35), skull))
        extra = one_of(rng, "crest", "visor", "horns", "none")
        if extra == "crest":
            add(limb((0, 0.3, 0.35, 0.06), (0, 0.68, 0.1, 0.09), (0, 0.6, -0.35, 0.09), (0, 0.1, -0.6, 0.04), wide=0.4))
        elif extra == "visor":
            add(_shell(0.2, (z > 0.0) & (y < low + 0.1) & (y > -0.2), skull))
        elif extra == "horns":
            horn = limb((0.35, 0.3, 0, 0.09), (0.6, 0.4, 0, 0.07), (0.7, 0.75, 0.05, 0.01))
            kit_list.extend(("headwear", one) for one in (horn, mirror(horn, 0)))
    elif style == "a crown":
        add(place(tube(wide * 1.1, wide * 1.02, 0.14), (0, low, -0.03)))
        points = count(rng, 5, 9)
        turns = np.arange(points) * 360.0 / points
        spots = np.stack([np.sin(np.radians(turns)), turns * 0, np.cos(np.radians(turns))], 1) * wide * 1.06
        add(place(copies(box(0.16, 0.2, 0.03, (0.1, 1)), spots, turns), (0, low + 0.14, -0.03)))
    elif style == "a hood":
        add(rough(_shell(span(rng, 0.15, 0.3), (z < 0.12) | (y > 0.33), skull), rng, 0.02))
    else:
        for i in range(3):
            ring = scaled(torus(1.0, 0.25, 20, 7), (wide * (1 - 0.22 * i), 0.5, deep * (1 - 0.22 * i)))
            add(place(ring, (0, low + 0.1 + 0.13 * i, -0.02), rx=span(rng, -15, 15), rz=span(rng, -15, 15)))


def head_parts(rng: np.random.Generator, *, fine: bool, face: bool = True) -> tuple[list[tuple[str, Mesh]], list[str]]:
    """A head of height one about its middle, its face along +z: its parts, and what it has in words."""
    skull = skull_of_head(rng, fine, face)
    parts, facts = [("head", skull)], [""]
    wide, level = skull.vertices[:, 0].max(), np.abs(skull.vertices[:, 1] - 0.06) < 0.08
    deep = skull.vertices[level, 2].max()
    if face:
        ear = place(ball(0.03, 0.11, 0.07, 9), (wide * 0.98, -0.01, -0.04), ry=25)
        parts += [("head", ear), ("head", mirror(ear, 0))]
        if not fine:
            parts.append(("head", place(box(0.11, 0.2, 0.12, (0.5, 0.2)), (0, -0.16, deep * 0.92))))
    if chance(rng, 0.3):
        style = one_of(rng, *_HEADWEAR)
        _headwear(parts, rng, skull, style)
    else:
        style = one_of(rng, *_HAIR)
        _hair(parts, rng, skull, style)
    facts[0] = style
    y, z = skull.vertices[:, 1], skull.vertices[:, 2]
    if face and chance(rng, 0.2):
        chin = (z > 0.02) & (y < -0.16)
        beard = rough(_shell(0.07, chin, skull), rng, 0.03)
        long = span(rng, 1.0, 2.0)
        drop = np.where(beard.vertices[:, 1] < -0.3, (beard.vertices[:, 1] + 0.3) * long - 0.3, beard.vertices[:, 1])
        parts.append(("hair", Mesh(np.stack([beard.vertices[:, 0], drop, beard.vertices[:, 2]], 1), beard.faces)))
        facts.append("a beard")
    if face and chance(rng, 0.15):
        lens = place(torus(0.12, 0.018, 14, 5), (0.14, 0.04, deep + 0.01), rx=90)
        bow = box(0.02, 0.02, deep, (1, 1))
        bows = [place(bow, (side * wide, 0.05, deep / 2 + 0.04)) for side in (-1, 1)]
        parts += [("glasses", lens), ("glasses", mirror(lens, 0)), *(("glasses", one) for one in bows)]
        facts.append("glasses")
    return parts, facts


def human_head(kit: Assembly, rng: np.random.Generator) -> Built:
    fine, face = chance(rng, 0.8), chance(rng, 0.9)
    parts, facts = head_parts(rng, fine=fine, face=face)
    turn, nod = span(rng, -20, 20), span(rng, -12, 15)
    kind = one_of(rng, "bust", "bust", "neck", "alone", "pedestal")
    lift = 0.5
    for part, mesh in parts:
        kit.add(part, place(place(mesh, (0, lift, 0.08), rx=nod), ry=turn))
    if kind != "alone":
        thick = span(rng, 0.17, 0.26)
        low = -span(rng, 0.1, 0.35)
        kit.add("neck", limb((0, low - 0.1, -0.08, thick * 1.15), (0, 0.2, -0.02, thick), around=14))
        foot = low - 0.1
    if kind == "bust" or (kind == "pedestal" and chance(rng)):
        half, deep = span(rng, 0.65, 1.0), span(rng, 0.22, 0.36)
        foot = low - span(rng, 0.35, 0.9)
        levels = np.array([foot, foot * 0.6 + low * 0.4, low - 0.12, low, low + 0.07])
        outline = rounded(2 * half, 2 * deep, 2.6, 24)
        narrow = span(rng, 0.5, 1.0)
        kit.add("shoulders", stack(outline, levels, [(narrow, 0.8), (0.95, 1.0), (1, 0.95), (0.75, 0.8), (0.3, 0.6)]),
                (0, 0, -0.08))  # fmt: skip
    if kind == "pedestal":
        wide, high = span(rng, 0.25, 0.45), span(rng, 0.3, 0.7)
        rows = [(0, 0), (wide, 0), (wide, 0.08), (wide * 0.5, 0.15), (wide * 0.45, high), (wide * 0.7, high + 0.06)]
        kit.add("pedestal", lathe([*rows, (0, high + 0.06)], 20), (0, foot - high, -0.08))
    ends = {"bust": "shoulders", "neck": "a neck", "alone": "no neck", "pedestal": "a pedestal"}
    words = ["faceless" if not face else "low-poly" if not fine else ""]
    names = ("bust", "head") if kind in ("bust", "pedestal") else ("head", "head")
    return kit.finish(words, [*facts, ends[kind]], names[0])


BUILDERS = (human_head,)
