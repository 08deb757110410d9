"""Faces without a person: masks and skulls."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, span
from pointrecon.shapes.made.parametric.living.body_shapes import cut, limb, orb, scaled
from pointrecon.shapes.made.parametric.living.human_heads import skull_of_head
from pointrecon.shapes.made.parametric.meshes import Mesh, box, sweep


def mask(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "whole", "whole", "half", "animal", "long-nosed", "tribal")
    head = skull_of_head(rng, True, kind != "tribal")
    stretch = (1.0, span(rng, 1.2, 1.8), 0.8) if kind == "tribal" else (1.0, 1.0, span(rng, 0.8, 1.1))
    x, y, z = head.vertices.T
    eye, mouth = span(rng, 0.04, 0.075), span(rng, 0.02, 0.05)
    open_eye = ((np.abs(x) - 0.14) / (eye * 1.5)) ** 2 + ((y - 0.04) / eye) ** 2 < 1
    open_mouth = (x / span(rng, 0.06, 0.12)) ** 2 + ((y + 0.28) / mouth) ** 2 < 1
    edge = span(rng, 0.0, 0.12)
    kept = (z > edge) & ~open_eye & ~(open_mouth & chance(rng, 0.6))
    if kind == "half":
        kept &= y > -0.12
    for size in (1.0, span(rng, 0.93, 0.97)):
        shell = scaled(cut(scaled(head, size), kept), stretch)
        kit.add("face", shell if size == 1.0 else Mesh(shell.vertices, shell.faces[:, ::-1]))
    told = ""
    if kind == "animal":
        ear = limb((0, 0, 0, 0.12), (0.04, 0.28, 0, 0.01), around=8)
        kit.pair("ear", Mesh(ear.vertices * (1, 1, 0.4), ear.faces), (0.25, 0.35, 0.12), rz=-20)
        kit.add("nose", limb((0, -0.1, 0.35, 0.14), (0, -0.18, 0.62, 0.08), around=9))
        told = "animal ears and a snout"
    elif kind == "long-nosed":
        kit.add("nose", limb((0, -0.02, 0.38, 0.08), (0, -0.12, 0.75, 0.05), (0, -0.35, 1.0, 0.01), around=9))
        told = "a long nose"
    elif kind == "tribal":
        kit.add("nose", box(0.1, 0.4, 0.12, (0.5, 0.5)), (0, -0.2, 0.3))
        told = "a long narrow face"
    elif chance(rng, 0.4):
        horn = limb((0.2, 0.35, 0.2, 0.06), (0.36, 0.55, 0.25, 0.045), (0.34, 0.8, 0.3, 0.008), around=8)
        kit.pair("horn", horn)
        told = "two horns"
    if strapped := chance(rng, 0.25):
        band = sweep(
            np.array(
                [(-0.36, 0.05, edge), (-0.3, 0.05, -0.3), (0, 0.05, -0.42), (0.3, 0.05, -0.3), (0.36, 0.05, edge)]
            ),
            0.02,
            (0, 1, 0),
        )
        kit.add("strap", band)
    return kit.finish([kind], [told, "a strap" if strapped else "", "eye holes"], "face mask", "disguise")


def skull(kit: Assembly, rng: np.random.Generator) -> Built:
    mesh = orb(31, 40)
    x, y, z = mesh.vertices.T
    below, front = np.clip(-y, 0, 1), np.clip(z * 2.5, 0, 1)
    wide = span(rng, 0.34, 0.4) * (1 - 0.45 * below)
    x, z = x * wide, z * span(rng, 0.42, 0.5) * (1 - 0.3 * below * (z < 0))
    y = np.where(y > 0, y * 0.46, y * 0.34)

    def dent(at_x: float, at_y: float, size_x: float, size_y: float) -> np.ndarray:
        return np.exp(-(((np.abs(x) - at_x) / size_x) ** 4) - ((y - at_y) / size_y) ** 4) * front

    z = z - span(rng, 0.12, 0.2) * dent(0.13, 0.02, 0.08, span(rng, 0.06, 0.09)) - 0.1 * dent(0, -0.15, 0.045, 0.07)
    z = z + 0.04 * np.exp(-(((y - 0.13) / 0.04) ** 2)) * front + 0.05 * dent(0.2, -0.12, 0.08, 0.05)
    kit.add("skull", Mesh(np.stack([x, y, z], axis=1), mesh.faces))
    teeth = count(rng, 6, 10)
    turns = np.linspace(-55, 55, teeth) * np.pi / 180
    upper = merge(
        [
            place(box(0.045, 0.09, 0.03), (0.17 * np.sin(a), -0.4, 0.07 + 0.2 * np.cos(a)), ry=float(np.degrees(a)))
            for a in turns
        ]
    )
    kit.add("tooth", upper)
    kit.add("skull", limb((-0.14, -0.3, 0.12, 0.05), (0, -0.3, 0.24, 0.06), (0.14, -0.3, 0.12, 0.05), around=8))
    if jawed := chance(rng, 0.7):
        gape = span(rng, 0.0, 0.16)
        half = [(-0.27, -0.12, -0.08), (-0.24, -0.4 - gape, 0.0), (-0.13, -0.5 - gape, 0.22)]
        line = np.array([*half, (0, -0.52 - gape, 0.29), *((-x, y, z) for x, y, z in half[::-1])])
        kit.add("jaw", limb(*((*p, 0.05) for p in line.tolist()), around=8, smooth=3))
        kit.add("tooth", place(upper, (0, -0.085 - gape, -0.02)))
    extra = one_of(rng, "", "", "", "horns", "crossed bones", "a base")
    if extra == "horns":
        kit.pair("horn", limb((0.28, 0.25, 0.05, 0.08), (0.55, 0.4, 0.05, 0.06), (0.6, 0.75, 0.15, 0.01), around=8))
    elif extra == "crossed bones":
        bone = limb((-0.75, 0, 0, 0.09), (-0.6, 0, 0, 0.05), (0.6, 0, 0, 0.05), (0.75, 0, 0, 0.09), around=8)
        for turn in (30, -30):
            kit.add("bone", place(bone, (0, -0.45, -0.2), rz=turn))
    elif extra == "a base":
        kit.add("base", box(0.7, 0.1, 0.7), (0, -0.72, 0))
    facts = ["a lower jaw" if jawed else "no lower jaw", f"{teeth} upper teeth", extra]
    return kit.finish(["grinning" if jawed else ""], facts, "human skull", "death's head")


BUILDERS = (mask, skull)
