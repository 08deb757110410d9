"""Helmets of knights, soldiers, riders, players and divers."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, place
from pointrecon.shapes.made.parametric.devices.casings import board
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, span, spread
from pointrecon.shapes.made.parametric.meshes import TAU, Mesh, arc, box, lathe, prism, rod, rounded, sweep, torus, tube


def helmet(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "knight's", "horned", "motorcycle", "bicycle", "soldier's", "crested", "football", "diving")
    r = span(rng, 0.4, 0.48)
    tall = r * span(rng, 0.95, 1.25)
    a = np.linspace(0, 0.25, 8) * TAU
    deep = {"motorcycle": 0.75, "football": 0.6, "knight's": 0.8, "diving": 0.9}.get(kind, span(rng, 0.1, 0.35)) * r
    rows = [(r * 0.97, -deep), *zip(r * np.cos(a), tall * np.sin(a), strict=True)]
    shell = lathe([*rows, *[(x * 0.92, y * 0.92) for x, y in rows[::-1]]], 24)
    kit.add("shell", shell if kind != "bicycle" else Mesh(shell.vertices * (0.85, 0.75, 1.15), shell.faces))
    facts: list[str] = []
    if kind == "horned":
        s = np.linspace(0, 1, 9)
        horn = np.stack([r * 0.85 + 0.5 * np.sin(1.6 * s), tall * 0.3 + 0.6 * s**1.6, 0 * s], axis=1)
        kit.pair("horn", sweep(horn, 0.1, scale=1 - 0.95 * s))
        kit.add("rim", tube(r * 1.05, r * 0.95, 0.09, 24), (0, -deep, 0))
        facts = ["two horns"]
    elif kind == "knight's":
        kit.add(
            "visor",
            place(
                prism(np.array([(-0.3, -0.5), (0.3, -0.5), (0.33, 0.2), (-0.33, 0.2)]) * (r * 2.2, r * 1.6), 0.06),
                (0, -0.1, r * 0.98),
                rx=-4,
            ),
        )
        kit.add("visor", box(r * 1.2, 0.04, 0.1), (0, 0.02, r * 1.0))
        for x in spread(4, r):
            kit.add("visor", box(0.03, r * 0.5, 0.05), (x, -0.6 * r, r * 1.04))
        kit.add("rim", tube(r * 1.1, r * 0.95, 0.08, 24), (0, -deep, 0))
        plume = chance(rng)
        if plume:
            kit.add(
                "crest",
                sweep(
                    [(0, tall, -0.05), (0, tall + 0.3, -0.12), (0, tall + 0.35, -0.4), (0, tall, -0.7)],
                    0.1,
                    (1, 0, 0),
                    scale=[0.4, 1, 1, 0.2],
                ),
            )
        facts = ["a visor with slits", "a plume" if plume else ""]
    elif kind in ("motorcycle", "football"):
        kit.add("rim", torus(r * 0.98, 0.04, 24, 6), (0, -deep, 0))
        if kind == "motorcycle":
            up = span(rng, 0, 45) * chance(rng)
            band = arc(r * 1.05, r * 1.05, 0.08, 0.42, 13)[:, [0, 2, 1]]
            visor = sweep(band, rounded(0.03, r * 0.6, 4, 8), (0, 1, 0))
            kit.add("visor", visor, (0, 0.0, 0), rx=-up)
            facts = ["a visor up" if up > 10 else "a visor down"]
        else:
            for y in (-0.2, -0.42, -0.62):
                bar = arc(r * 0.9, r * 1.35, 0.0, 0.5, 11)[:, [0, 2, 1]]
                kit.add("cage", sweep(bar, 0.025, (0, 1, 0), around=6), (0, y * r * 1.1, 0))
            kit.add("cage", rod((0, -0.2 * r, r * 1.33), (0, -0.68 * r, r * 1.33), 0.025))
            facts = ["a face cage"]
    elif kind == "bicycle":
        for x in spread(count(rng, 3, 5), r * 1.3):
            long = 0.95 * np.sqrt(max(0.05, 1 - (x / r) ** 2))
            bow = np.stack(
                [
                    0 * a + x,
                    tall * 0.8 * np.sin(np.linspace(0.2, 2.9, 8)) * (1 - 0.3 * abs(x) / r),
                    r * 1.2 * long * np.cos(np.linspace(0.2, 2.9, 8)),
                ],
                axis=1,
            )
            kit.add("ridge", sweep(bow, 0.06, (1, 0, 0), around=6))
        kit.pair("strap", sweep([(r * 0.8, 0, 0.1), (r * 0.7, -0.3, 0.08), (0.0, -0.55, 0.1)], 0.02, around=5))
        facts = ["ridges along it", "chin straps"]
    elif kind == "soldier's":
        kit.add(
            "rim",
            lathe(
                [(r * 0.95, -deep), (r * 1.2, -deep - 0.06), (r * 1.2, -deep - 0.03), (r * 0.98, -deep + 0.04)],
                24,
                wrap=True,
            ),
        )
        strap = chance(rng)
        if strap:
            kit.add("strap", sweep(arc(r * 0.95, r * 1.2, 0.5, 1.0, 11) + np.array([0, -deep, 0]), 0.025, around=5))
        facts = ["a wide rim", "a chin strap" if strap else ""]
    elif kind == "crested":
        s = np.linspace(0.1, 2.6, 11)
        path = np.stack([0 * s, tall * 1.15 * np.sin(s), r * 1.15 * np.cos(s)], axis=1)
        kit.add("crest", sweep(path, rounded(0.3, 0.07, 4, 8), (1, 0, 0)))
        kit.pair("cheek", board(0.04, r * 0.9, r * 0.6), (r * 0.9, -deep - r * 0.75, r * 0.25))
        kit.add("rim", tube(r * 1.06, r * 0.95, 0.07, 24), (0, -deep, 0))
        facts = ["a crest", "cheek guards"]
    else:
        for x, z, turn in ((0, r, 0), (r, 0, 90), (-r, 0, -90)):
            kit.add("window", place(tube(r * 0.42, r * 0.32, 0.12), rx=90), (x * 0.93, -0.1, z * 0.93), ry=turn)
        kit.add(
            "rim",
            lathe(
                [(r, -deep), (r * 1.35, -deep - 0.12), (r * 1.35, -deep - 0.2), (r * 0.9, -deep - 0.2)], 24, wrap=True
            ),
        )
        facts = ["three round windows", "a wide collar"]
    return kit.finish([kind], facts, "head protection")


BUILDERS = (helmet,)
