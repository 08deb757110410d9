"""Wheels: of cars, wagons and bicycles, bare tires, steering wheels."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span
from pointrecon.shapes.made.parametric.meshes import Mesh, box, cylinder, lathe, rod, torus, tube


def wheel(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "car", "car", "car", "wagon", "wagon", "wire-spoked", "bare tire", "disc", "steering", "ship's")
    r = 1.0
    lying = chance(rng, 0.15)
    parts: list[tuple[str, Mesh]] = []
    spokes = count(rng, 5, 10)
    facts = [f"{some(spokes, 'spoke')}"]

    def turned(mesh: Mesh) -> Mesh:
        return place(mesh, rz=90)

    def lathe_x(rows: list[tuple[float, float]], wrap: bool = True) -> Mesh:
        return turned(lathe(rows, 32, wrap=wrap))

    if kind in ("car", "bare tire"):
        w, rim = span(rng, 0.2, 0.45), span(rng, 0.5, 0.75)
        bulge = span(rng, 0.02, 0.1)
        rows = [
            (rim, -w * 0.8),
            (rim + (r - rim) * 0.6, -w - bulge),
            (r * 0.97, -w * 0.85),
            (r, -w * 0.6),
            (r, w * 0.6),
            (r * 0.97, w * 0.85),
            (rim + (r - rim) * 0.6, w + bulge),
            (rim, w * 0.8),
        ]
        parts.append(("tire", lathe_x(rows)))
        if tread := chance(rng, 0.4):
            block = box(w * 0.75, 0.06, 0.12)
            for i in range(n := count(rng, 20, 34)):
                parts.append(
                    ("tread", place(place(block, (w * 0.42 * (1 if i % 2 else -1), r - 0.02, 0)), rx=360 * i / n))
                )
        facts = ["a knobbly tread" if tread else "a smooth tread"]
        if kind == "car":
            parts.append(
                (
                    "rim",
                    lathe_x(
                        [(rim * 0.9, -w * 0.8), (rim * 1.02, -w * 0.8), (rim * 1.02, w * 0.85), (rim * 0.9, w * 0.85)]
                    ),
                )
            )
            style = one_of(rng, "spokes", "double spokes", "a disc with holes", "a dished disc")
            face = w * span(rng, 0.2, 0.7)
            if "spokes" in style:
                bar = box(0.1, rim * 0.95, 0.1 if style[0] == "d" else span(rng, 0.1, 0.26), (0.7, span(rng, 0.6, 1.6)))
                for i in range(spokes):
                    for shift in (-9, 9) if style[0] == "d" else (0,):
                        parts.append(("spoke", place(place(bar, rx=360 * i / spokes + shift), (face, 0, 0))))
                facts.append(f"{some(spokes, 'double spoke' if style[0] == 'd' else 'spoke')}")
            else:
                dish = span(rng, -0.2, 0.2) * w
                parts.append(
                    (
                        "disc",
                        place(
                            turned(
                                lathe(
                                    [
                                        (0, 0),
                                        (rim * 0.95, 0),
                                        (rim * 0.95, 0.05),
                                        (rim * 0.4, 0.05 + dish),
                                        (0, 0.06 + dish),
                                    ],
                                    24,
                                )
                            ),
                            (face, 0, 0),
                        ),
                    )
                )
                if "holes" in style:
                    for i in range(spokes):
                        parts.append(
                            (
                                "disc",
                                place(
                                    place(turned(torus(0.1, 0.03, 10, 5)), (face + 0.01, rim * 0.62, 0)),
                                    rx=360 * i / spokes,
                                ),
                            )
                        )
                facts.append(style)
            parts.append(("hub", place(turned(cylinder(0.15, 0.12, 0.11)), (face + 0.08, 0, 0))))
            for i in range(5):
                parts.append(
                    ("hub", place(place(turned(cylinder(0.03, 0.1, segments=6)), (face + 0.1, 0.2, 0)), rx=72 * i))
                )
        elif more := count(rng, 0, 2):
            for i in range(more):
                parts.append(("tire", place(lathe_x(rows), (2.1 * (w + bulge) * (i + 1), 0, 0))))
            facts.append(f"a stack of {['two', 'three'][more - 1]}")
    elif kind in ("wagon", "ship's"):
        spokes = count(rng, 6, 16) if kind == "wagon" else 8
        w = span(rng, 0.08, 0.2)
        size = r if kind == "wagon" else 0.72
        band = lathe_x([(size * 0.86, -w / 2), (size, -w / 2), (size, w / 2), (size * 0.86, w / 2)])
        parts += [
            ("rim", band),
            (
                "hub",
                turned(
                    place(
                        lathe([(0, 0), (0.1, 0), (0.17, w), (0.17, 2 * w), (0.1, 3 * w), (0, 3 * w)], 14),
                        (0, -1.5 * w, 0),
                    )
                ),
            ),
        ]
        t = np.linspace(0, 1, 7)
        turned_bar = lathe(
            [
                (0, 0),
                *zip(0.045 * np.array([1, 1, 0.7, 1.2, 0.7, 1, 1]), t * size * 0.95, strict=True),
                (0, size * 0.95),
            ],
            8,
        )
        for i in range(spokes):
            parts.append(("spoke", place(turned_bar, rx=360 * i / spokes)))
            if kind != "wagon":
                grip = lathe([(0, 0), (0.03, 0), (0.055, 0.15), (0.03, 0.25), (0, 0.27)], 8)
                parts.append(("handle", place(place(grip, (0, size, 0)), rx=360 * i / spokes)))
        facts = [f"{some(spokes, 'spoke')}", "handles around it" if kind != "wagon" else "a wooden rim"]
    elif kind == "wire-spoked":
        spokes = count(rng, 16, 32)
        thick = span(rng, 0.03, 0.1)
        parts.append(("tire", turned(torus(r - thick, thick, 36, 8))))
        parts.append(("rim", turned(torus(r - 2.2 * thick, 0.025, 36, 6))))
        for i in range(spokes):
            side = 0.07 if i % 2 else -0.07
            parts.append(("spoke", place(rod((side, 0.06, 0), (0, r - 2 * thick, 0.06), 0.008), rx=360 * i / spokes)))
        parts.append(("hub", place(turned(cylinder(0.06, 0.24)), (0.12, 0, 0))))
        facts = [f"{some(spokes, 'thin spoke')}"]
    elif kind == "disc":
        w = span(rng, 0.1, 0.4)
        parts.append(
            (
                "disc",
                place(
                    turned(
                        lathe(
                            [
                                (0, 0),
                                (0.8, 0),
                                (1, 0.15 * w),
                                (1, 0.85 * w),
                                (0.8, w),
                                (0.3, w * span(rng, 0.7, 1.2)),
                                (0, w),
                            ],
                            28,
                        )
                    ),
                    (w / 2, 0, 0),
                ),
            )
        )
        parts.append(("hub", place(turned(tube(0.25, 0.1, w * 1.4)), (w * 0.7, 0, 0))))
        facts = ["a solid disc", "a hole in its hub"]
    else:
        spokes = count(rng, 2, 4)
        thick = span(rng, 0.07, 0.12)
        parts.append(("rim", turned(torus(r - thick, thick, 32, 8))))
        for i in range(spokes):
            bar = box(0.06, r - thick, span(rng, 0.12, 0.3), (1, 0.7))
            parts.append(("spoke", place(bar, rx=90 + (180 if spokes == 2 else 360 / spokes) * i)))
        parts.append(("hub", place(turned(cylinder(span(rng, 0.2, 0.35), 0.14)), (0.1, 0, 0))))
        facts = [f"{some(spokes, 'spoke')}", "a round grip"]
    turn = -90.0 * chance(rng)
    for part, mesh in parts:
        kit.add(part, mesh, rz=90.0 * lying, ry=turn)
    name = {"bare tire": "tire", "steering": "steering wheel", "ship's": "helm", "car": "car wheel"}.get(
        kind, "round wheel"
    )
    return kit.finish(["lying" if lying else "upright", kind], facts, name)


BUILDERS = (wheel,)
