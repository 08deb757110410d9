"""Chess pieces, each of the six."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, box, cylinder, lathe, loft


def _turned_base(rng: np.random.Generator, high: float, foot: float, neck: float) -> list[tuple[float, float]]:
    """Profile of a chess piece from its foot to its collar at `high`."""
    steps = [(0.0, 0.0), (foot, 0.0), (foot, high * 0.08)]
    steps += [(foot * 0.85, high * 0.12), (foot * span(rng, 0.72, 0.95), high * 0.16), (foot * 0.62, high * 0.22)]
    t = np.linspace(0, 1, 6)
    waist = foot * 0.6 * (1 - t) ** span(rng, 1.2, 2.2) + neck * (1 - (1 - t) ** 2)
    steps += [*zip(waist.tolist(), (high * (0.22 + 0.68 * t)).tolist(), strict=True)]
    rings = count(rng, 1, 3)
    for i in range(rings):
        y = high * (0.9 + 0.1 * i / rings)
        steps += [(neck * span(rng, 1.5, 2.0), y + 0.01), (neck * 1.5, y + high * 0.02), (neck * 1.1, y + high * 0.025)]
    return steps


def _horse(high: float, wide: float) -> Mesh:
    """A knight's head that looks to +z, from y = 0 to `high`."""
    y = high * np.array([0, 0.15, 0.35, 0.5, 0.62, 0.75, 0.88, 1.0])
    back = -high * np.array([0.42, 0.46, 0.45, 0.42, 0.36, 0.28, 0.18, 0.08])
    front = high * np.array([0.3, 0.26, 0.14, 0.08, 0.52, 0.5, 0.28, 0.04])
    x = wide * np.array([0.7, 0.65, 0.5, 0.42, 0.4, 0.4, 0.32, 0.1])
    from_side = [
        np.stack(
            [x[k] * np.array([-1, 1, 1, -1]), np.full(4, y[k]), np.array([front[k], front[k], back[k], back[k]])],
            axis=1,
        )
        for k in range(8)
    ]
    return _loft_up(np.stack(from_side))


def _loft_up(sections: np.ndarray) -> Mesh:
    """Skin over sections (R, Q, 3) that run upward, turning clockwise or not: its normals are made to point out."""
    mesh = loft(sections)
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    return mesh if (a * np.cross(b, c)).sum() > 0 else Mesh(mesh.vertices, mesh.faces[:, ::-1])


def chess_piece(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "king", "queen", "rook", "bishop", "knight", "pawn")
    style = one_of(rng, "turned", "turned", "turned", "plain", "angular")
    tall = {"king": 1.55, "queen": 1.4, "bishop": 1.15, "knight": 0.5, "rook": 0.85, "pawn": 0.75}[kind] * span(
        rng, 0.85, 1.15
    )
    foot, neck = span(rng, 0.34, 0.46), span(rng, 0.12, 0.17) * (1.6 if kind == "rook" else 1)
    sides = {"turned": 20, "plain": 24, "angular": one_of(rng, 4, 6, 8)}[style]
    if kind == "knight":
        kit.add(
            "base",
            lathe(
                [
                    (0, 0),
                    (foot, 0),
                    (foot, 0.12),
                    (foot * 0.8, 0.2),
                    (foot * 0.9, 0.26),
                    (foot * 0.7, tall * 0.6),
                    (0, tall * 0.6),
                ],
                sides,
            ),
        )
        size = span(rng, 0.8, 1.1)
        kit.add("head", _horse(size, foot * 0.9), (0, tall * 0.55, 0))
        top = tall * 0.55 + size
        kit.pair("ear", cylinder(0.05, 0.2, 0.01, 6), (0.07, top - 0.06, -0.04))
        kit.pair("ear", ball(0.035, 0.035, 0.035, 7), (foot * 0.36, top - size * 0.25, size * 0.2))
        if mane := chance(rng, 0.6):
            for i in range(5):
                kit.add(
                    "mane", ball(0.06, 0.12, 0.1, 7), (0, top - 0.06 - i * size * 0.17, -size * (0.1 + 0.08 * i) - 0.02)
                )
        return kit.finish(
            [style],
            ["a horse's head", "a mane" if mane else "", "a round base" if sides > 8 else "a faceted base"],
            "chess knight",
            "knight",
        )
    if style == "plain":
        profile = [(0.0, 0.0), (foot, 0.0), (foot, tall * 0.06), (neck * 1.2, tall * span(rng, 0.2, 0.5)), (neck, tall)]
    else:
        profile = _turned_base(rng, tall, foot, neck)
    kit.add("base", lathe([*profile, (0.0, profile[-1][1])], sides))
    y = profile[-1][1]
    if kind == "pawn":
        r = span(rng, 0.2, 0.27)
        kit.add("head", ball(r, r, r, 14), (0, y + r * 0.8, 0))
        said = "a ball on top"
    elif kind == "rook":
        r, h = neck * span(rng, 1.4, 1.8), span(rng, 0.25, 0.4)
        kit.add("head", lathe([(0, 0), (r * 0.85, 0), (r, h * 0.3), (r, h * 0.6), (0, h * 0.6)], sides), (0, y, 0))
        teeth = count(rng, 4, 6)
        kit.ring("battlement", place(box(r * 0.3, h * 0.5, r * 2.6 / teeth), (r * 0.84, y + h * 0.58, 0)), teeth)
        said = f"{some(teeth, 'battlement')}"
    elif kind == "bishop":
        r, h = span(rng, 0.18, 0.24), span(rng, 0.45, 0.6)
        t = np.linspace(0, 1, 9)
        swell = r * np.sin(np.pi * (0.15 + 0.85 * t)) * (1.05 - 0.35 * t)
        kit.add("head", lathe([(0, 0), *zip(swell.tolist(), (t * h).tolist(), strict=True)], sides), (0, y, 0))
        kit.add("head", ball(0.06, 0.06, 0.06, 8), (0, y + h, 0))
        kit.add("notch", box(0.03, h * 0.45, r * 1.6), (r * 0.55, y + h * 0.4, 0), rz=-30)
        said = "a miter with a notch"
    else:
        r, h = span(rng, 0.22, 0.3), span(rng, 0.28, 0.4)
        kit.add(
            "head",
            lathe([(0, 0), (neck, 0), (r, h), (r * 0.8, h * 1.02), (r * 0.5, h * 1.12), (0, h * 1.2)], sides),
            (0, y, 0),
        )
        y += h
        if kind == "queen":
            points = count(rng, 6, 10)
            kit.ring("crown", place(cylinder(0.07, 0.14, 0.01, 6), (r * 0.9, y - 0.02, 0)), points)
            kit.add("crown", ball(0.08, 0.08, 0.08, 9), (0, y + 0.14, 0))
            said = f"a crown of {points} points" if points > 12 else f"{some(points, 'point')} on its crown"
        else:
            kit.add("cross", box(0.08, 0.34, 0.07), (0, y + 0.04, 0))
            kit.add("cross", box(0.26, 0.08, 0.07), (0, y + 0.18, 0))
            said = "a cross on top"
    return kit.finish([style], [said, "a round base" if sides > 8 else some(sides, "side")], f"chess {kind}", kind)


BUILDERS = (chess_piece,)
