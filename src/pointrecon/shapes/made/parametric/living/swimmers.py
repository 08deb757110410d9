"""What swims with fins: fish, shark, dolphin, whale."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, mirror, place
from pointrecon.shapes.made.parametric.dice import chance, one_of, span
from pointrecon.shapes.made.parametric.living.body_shapes import limb
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, loft


def _fin(line: list[tuple[float, float]], foot: list[tuple[float, float]], thick: float) -> Mesh:
    """A thin fin in the y-z plane between a foot line and a tip line, both (R) points of (z, y)."""
    rows = [[(0, y, z), (thick, (y + v) / 2, (z + w) / 2), (0, v, w), (-thick, (y + v) / 2, (z + w) / 2)]
            for (z, y), (w, v) in zip(foot, line, strict=True)]  # fmt: skip
    mesh = loft(np.array(rows))
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    inside_out = float((a * np.cross(b, c)).sum()) < 0
    return Mesh(mesh.vertices, mesh.faces[:, ::-1]) if inside_out else mesh


def _bent(meshes: list[tuple[str, Mesh]], kit: Assembly, bend: float, roll: bool) -> None:
    """Add meshes, their length along z bent sideways (or up and down) as swimming animals do."""
    for part, mesh in meshes:
        x, y, z = mesh.vertices.T
        shift = bend * np.sin(1.6 * z) * np.where(z < 0, 1.0, 0.4)
        moved = (x, y + shift, z) if roll else (x + shift, y, z)
        kit.add(part, Mesh(np.stack(moved, axis=1), mesh.faces))


def side_fin(reach: float, chord: float, back: float, down: float, thick: float = 0.02) -> Mesh:
    """A fin from the origin along +x, its tip `back` and `down`."""
    rows = [
        [
            (reach * t, -down * t * t, chord * (0.5 - 0.35 * t) - back * t),
            (reach * t, -down * t * t + thick, -back * t),
            (reach * t, -down * t * t, -chord * (0.5 - 0.38 * t) - back * t),
            (reach * t, -down * t * t - thick, -back * t),
        ]
        for t in (0.0, 0.5, 0.85, 1.0)
    ]
    return loft(np.array(rows))


def fish(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "slender", "common", "common", "tall", "round", "flat", "eel-like")
    fat, wide = {
        "slender": (0.14, 0.7),
        "common": (0.22, 0.5),
        "tall": (0.38, 0.3),
        "round": (0.36, 0.9),
        "flat": (0.07, 4.0),
        "eel-like": (0.07, 0.8),
    }[kind]
    fat *= span(rng, 0.8, 1.2)
    around = one_of(rng, 6, 8, 12)
    line = [
        (0, 0, -0.75, fat * 0.22),
        (0, 0, -0.4, fat * 0.6),
        (0, 0, 0.05, fat),
        (0, 0, 0.45, fat * 0.75),
        (0, 0, 0.68, fat * 0.25),
    ]
    meshes = [("body", limb(*line, around=around, wide=wide * span(rng, 0.8, 1.3), smooth=4))]
    fork, tail = span(rng, -0.1, 0.3), span(rng, 0.16, 0.38)
    thick = 0.012
    if kind != "eel-like":
        edge = [
            (-1.0 - tail * 0.3, tail),
            (-0.95 - tail * 0.3 + fork * 0.7, tail * 0.4),
            (-0.9 - tail * 0.3 + fork, 0.0),
            (-0.95 - tail * 0.3 + fork * 0.7, -tail * 0.4),
            (-1.0 - tail * 0.3, -tail),
        ]
        root = [(-0.74, fat * 0.22 * k) for k in (1, 0.5, 0, -0.5, -1)]
        meshes.append(("tail fin", _fin(edge, root, thick)))
    high, start, stop = span(rng, 0.08, 0.3), span(rng, -0.55, -0.2), span(rng, 0.0, 0.35)
    z = np.linspace(start, stop, 6)
    back = np.interp(z, [-0.75, -0.4, 0.05, 0.45], np.array([0.2, 0.55, 0.95, 0.7]) * fat)
    shape = np.sin(np.pi * np.linspace(0.15, 0.92, 6)) * np.linspace(0.6, 1.0, 6)
    top = [(float(a - high * 0.4), float(b + high * s)) for a, b, s in zip(z, back, shape, strict=True)]
    foot = [(float(a), float(b)) for a, b in zip(z, back, strict=True)]
    if kind != "flat":
        meshes.append(("back fin", _fin(top, foot, thick)))
        if chance(rng, 0.7):
            low = _fin([(a, -b) for a, b in top[:4]], [(a, -b) for a, b in foot[:4]], thick)
            meshes.append(("belly fin", low))
    sides = place(
        side_fin(
            span(rng, 0.15, 0.35) + (0.3 if kind == "flat" else 0), span(rng, 0.12, 0.22), 0.12, span(rng, 0.0, 0.15)
        ),
        (fat * wide * 0.6, -fat * 0.2, 0.3),
    )
    eye = place(ball(0.04, 0.04, 0.04, 8), (fat * wide * 0.55, fat * 0.3, 0.5))
    for mesh, part in ((sides, "side fin"), (eye, "eye")):
        meshes += [(part, mesh), (part, mirror(mesh, 0))]
    _bent(meshes, kit, span(rng, -0.2, 0.2), False)
    forked = "" if kind == "eel-like" else "a forked tail" if fork > 0.12 else "a full tail"
    word = "" if kind == "common" else kind
    return kit.finish(
        [word],
        [forked, "a high back fin" if high > 0.2 else "a low back fin", "two side fins"],
        "swimming animal",
        "sea animal",
    )


def shark(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "pointed", "pointed", "blunt", "hammer-headed")
    fat, around = span(rng, 0.13, 0.24), one_of(rng, 6, 8, 12)
    nose = {"pointed": 0.1, "blunt": 0.5, "hammer-headed": 0.4}[kind]
    line = [
        (0, 0.03, -1.0, fat * 0.15),
        (0, 0.02, -0.55, fat * 0.5),
        (0, 0, 0, fat),
        (0, 0, 0.5, fat * 0.85),
        (0, 0.01, 0.9, fat * nose),
    ]
    meshes = [("body", limb(*line, around=around, wide=span(rng, 0.8, 1.1), smooth=4))]
    if kind == "hammer-headed":
        bar = place(ball(fat * 2.2, 0.05, 0.09, 12), (0, 0.01, 0.9))
        meshes.append(("head", bar))
    tail = span(rng, 0.3, 0.45)
    edge = [
        (-1.15 - tail * 0.7, tail),
        (-1.15, tail * 0.35),
        (-1.1, 0.0),
        (-1.15, -tail * 0.25),
        (-1.05 - tail * 0.4, -tail * 0.6),
    ]
    root = [(-0.95, 0.03 + fat * 0.2 * k) for k in (1, 0.5, 0, -0.5, -1)]
    meshes.append(("tail fin", _fin(edge, root, 0.015)))
    high = span(rng, 0.22, 0.4)
    meshes.append(("back fin", _fin([(-0.2, fat + high), (-0.22, fat + high), (-0.22, fat + high * 0.9)],
                                    [(0.22, fat * 0.8), (0.05, fat * 0.9), (-0.1, fat * 0.85)], 0.02)))  # fmt: skip
    meshes.append(
        ("back fin", _fin([(-0.72, fat * 0.9), (-0.74, fat * 0.85)], [(-0.56, fat * 0.4), (-0.66, fat * 0.3)], 0.01))
    )
    for reach, chord, at in (
        (span(rng, 0.4, 0.65), 0.26, (fat * 0.6, -fat * 0.4, 0.3)),
        (0.18, 0.14, (fat * 0.4, -fat * 0.3, -0.5)),
    ):
        side = place(side_fin(reach, chord, reach * 0.5, reach * span(rng, 0.1, 0.6)), at)
        meshes += [("side fin", side), ("side fin", mirror(side, 0))]
    _bent(meshes, kit, span(rng, -0.25, 0.25), False)
    facts = ["a high back fin" if high > 0.3 else "a back fin", "an upright tail fin"]
    return kit.finish([kind, "stout" if fat > 0.2 else ""], facts, "predatory fish", "sea animal")


def dolphin(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "beaked", "beaked", "round-headed", "orca-like")
    fat, around = span(rng, 0.15, 0.24), one_of(rng, 6, 8, 12)
    line = [
        (0, 0, -0.95, fat * 0.15),
        (0, 0, -0.5, fat * 0.55),
        (0, 0, 0, fat),
        (0, 0, 0.4, fat * 0.85),
        (0, 0, 0.65, fat * 0.55),
    ]
    meshes = [("body", limb(*line, around=around, smooth=4))]
    if kind == "beaked":
        meshes.append(
            ("beak", limb((0, -fat * 0.2, 0.65, fat * 0.3), (0, -fat * 0.25, 0.65 + span(rng, 0.18, 0.35), fat * 0.16)))
        )
    wide = span(rng, 0.25, 0.4)
    fluke = place(side_fin(wide, 0.22, wide * 0.5, 0.0), (0, 0, -0.98))
    flipper = place(side_fin(span(rng, 0.25, 0.4), 0.16, 0.18, span(rng, 0.05, 0.25)), (fat * 0.7, -fat * 0.4, 0.3))
    for part, mesh in (("tail fin", fluke), ("flipper", flipper)):
        meshes += [(part, mesh), (part, mirror(mesh, 0))]
    high = span(rng, 0.14, 0.24) * (1.7 if kind == "orca-like" else 1)
    meshes.append(("back fin", _fin([(-0.2, fat + high), (-0.21, fat + high), (-0.2, fat + high * 0.8)],
                                    [(0.14, fat * 0.85), (0.0, fat * 0.95), (-0.1, fat * 0.85)], 0.02)))  # fmt: skip
    bend = span(rng, -0.3, 0.3)
    _bent(meshes, kit, bend, True)
    pose = "leaping" if bend < -0.12 or bend > 0.12 else "straight"
    return kit.finish([pose, kind], ["a level tail fin", "a back fin"], "sea mammal", "small whale")


def whale(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "box-headed", "smooth", "smooth", "hump-backed", "cartoon", "tusked")
    fat, around = span(rng, 0.22, 0.34) * (1.35 if kind == "cartoon" else 1), one_of(rng, 6, 8, 12)
    front = {"box-headed": 0.95, "cartoon": 0.9}.get(kind, 0.45)
    line = [
        (0, 0.04, -1.05, fat * 0.12),
        (0, 0.02, -0.6, fat * 0.45),
        (0, 0, 0, fat),
        (0, 0, 0.5, fat * 0.98),
        (0, 0.03, 0.85, fat * front),
    ]
    meshes = [("body", limb(*line, around=around + 2, wide=span(rng, 0.85, 1.1), smooth=4))]
    wide = span(rng, 0.35, 0.55)
    fluke = place(side_fin(wide, 0.3, wide * 0.4, 0.0, 0.03), (0, 0.04, -1.08), rx=span(rng, -30, 10))
    long = span(rng, 0.55, 0.75) if kind == "hump-backed" else span(rng, 0.2, 0.4)
    flipper = place(side_fin(long, 0.2, long * 0.5, span(rng, 0.05, 0.3), 0.03), (fat * 0.75, -fat * 0.5, 0.45))
    for part, mesh in (("tail fin", fluke), ("flipper", flipper)):
        meshes += [(part, mesh), (part, mirror(mesh, 0))]
    if kind in ("smooth", "hump-backed"):
        meshes.append(
            ("back fin", _fin([(-0.5, fat * 0.9), (-0.52, fat * 0.85)], [(-0.3, fat * 0.65), (-0.46, fat * 0.5)], 0.02))
        )
    if kind == "tusked":
        meshes.append(("tusk", limb((0, 0, 0.8, 0.03), (0, 0.02, 0.95 + span(rng, 0.4, 0.8), 0.004))))
    if spouting := chance(rng, 0.15):
        meshes.append(("spout", limb((0, fat * 0.8, 0.4, 0.02), (0, fat + 0.3, 0.4, 0.03), (0, fat + 0.35, 0.4, 0.12))))
    _bent(meshes, kit, span(rng, -0.22, 0.22), True)
    names = {"tusked": "narwhal", "box-headed": "sperm whale", "hump-backed": "humpback"}
    facts = [
        "long flippers" if long > 0.5 else "short flippers",
        "a level tail fin",
        "a spout of water" if spouting else "",
    ]
    return kit.finish([kind], facts, names.get(kind, "sea mammal"), "large sea animal")


BUILDERS = (fish, shark, dolphin, whale)
