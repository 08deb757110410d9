"""Insects and spiders: beetle, ant, bee, fly, butterfly, dragonfly, spider, scorpion."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, mirror, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, sized, some, span
from pointrecon.shapes.made.parametric.living.body_shapes import limb, rough, tapered
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, loft


def _legs(kit: Assembly, rng: np.random.Generator, roots: list[tuple[float, float]], up: float, reach: float,
          thick: float, lift: float = 0.5) -> None:  # fmt: skip
    """Bent legs on both sides: `roots` are each one's z and the way it points (degrees forward of sideways)."""
    for z, forward in roots:
        for side in (1, -1):
            turn = np.radians(forward + span(rng, -10, 10))
            away = np.array([side * np.cos(turn), 0, np.sin(turn)]) * reach * span(rng, 0.9, 1.1)
            start = np.array([side * 0.03, up, z])
            knee = start + away * 0.45 + np.array([0, lift * reach * span(rng, 0.8, 1.2), 0])
            shin = start + away * 0.85 + np.array([0, lift * reach * 0.1 - up * 0.5, 0])
            foot = start * (1, 0, 1) + away * 1.05
            kit.add(
                "leg",
                tapered(np.stack([start, knee, shin, foot]), (thick, thick * 0.9, thick * 0.6, thick * 0.35), 5, 1),
            )


def _feelers(
    kit: Assembly, rng: np.random.Generator, at: tuple[float, float, float], long: float, thick: float
) -> None:
    """Two feelers from the head."""
    out, rise, knob = span(rng, 0.2, 0.7) * long, span(rng, 0.1, 0.7) * long, span(rng, 0.6, 2.5)
    x, y, z = at
    kit.pair("feeler", limb((x, y, z, thick), (x + out * 0.4, y + rise, z + long * 0.5, thick),
                            (x + out, y + rise * 0.9, z + long, thick * knob), around=5))  # fmt: skip


def _blade(outline: list[tuple[float, float]], thick: float, bend: float) -> Mesh:
    """A wing in the x-z plane: (R, 2) of front and back edge z at even steps along x, `bend` lifts it on the way."""
    rows = []
    for k, (front, back) in enumerate(outline):
        x = k / (len(outline) - 1)
        y, middle = bend * x * x, (front + back) / 2
        rows.append([(x, y, front), (x, y + thick, middle), (x, y, back), (x, y - thick, middle)])
    return loft(np.array(rows))


def beetle(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "round", "long", "horned", "ladybird-like", "flying")
    wide, long = span(rng, 0.24, 0.4), span(rng, 0.35, 0.6)
    if kind == "ladybird-like":
        wide, long = span(rng, 0.38, 0.46), span(rng, 0.4, 0.48)
    high, up, smooth = wide * span(rng, 0.55, 0.95), 0.16, one_of(rng, 8, 12, 18)
    shell = ball(wide / 2, high, long, smooth)
    for side in (1, -1):
        half = place(Mesh(shell.vertices, shell.faces), (side * wide * 0.45, 0, 0))
        if kind == "flying":
            half = place(place(half, (0, 0, -long)), rx=span(rng, 15, 30), ry=side * span(rng, 45, 75), rz=0)
            kit.add("wing case", half, (side * 0.05, up + high * 0.4, long * 0.8))
        else:
            kit.add("wing case", half, (0, up, -0.05))
    kit.add("body", ball(wide * 0.85, high * 0.6, long * 0.97, 12), (0, up, -0.05))
    front = long - 0.05
    kit.add("body", ball(wide * 0.75, high * 0.7, 0.16, 12), (0, up, front))
    r = span(rng, 0.1, 0.16)
    kit.add("head", ball(r, r * 0.8, r, 10), (0, up, front + 0.2))
    _legs(
        kit,
        rng,
        [(front - 0.05, 50), (0.05, 0), (-0.25, -45)],
        up,
        wide + span(rng, 0.2, 0.45),
        span(rng, 0.02, 0.045),
        0.3,
    )
    _feelers(kit, rng, (r * 0.4, up + 0.03, front + 0.28), span(rng, 0.15, 0.5), 0.012)
    if kind == "horned":
        horn = one_of(rng, 1, 2)
        line = limb((0.07 * (horn - 1), up, front + 0.25, 0.05), (0.14 * (horn - 1), up + 0.12, front + 0.5, 0.035),
                    (0.02, up + 0.3 / horn, front + 0.7, 0.01), around=6)  # fmt: skip
        kit.pair("horn", line) if horn == 2 else kit.add("horn", line)
    if kind == "flying":
        wing = Mesh(_blade([(0.1, -0.1), (0.2, -0.25), (0.1, -0.3), (-0.1, -0.2)], 0.01, 0.2).vertices * (1.0, 1, 1),
                    _blade([(0.1, -0.1), (0.2, -0.25), (0.1, -0.3), (-0.1, -0.2)], 0.01, 0.2).faces)  # fmt: skip
        kit.pair("wing", place(wing, (0.05, up + high * 0.6, 0.05)))
    word = "flat" if high < wide * 0.68 else "domed"
    return kit.finish([kind, word], ["six legs", "two feelers", "opened wing cases" if kind == "flying" else ""],
                      "bug", "insect")  # fmt: skip


def insect(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "ant-like", "bee-like", "fly-like", "mantis-like", "cricket-like")
    up, fat = span(rng, 0.2, 0.32), span(rng, 0.75, 1.3)
    names = {
        "ant-like": "worker ant",
        "bee-like": "bee",
        "fly-like": "fly",
        "mantis-like": "mantis",
        "cricket-like": "cricket",
    }
    hairy = kind == "bee-like"
    rear = {"ant-like": (0.19, 0.17, 0.26), "bee-like": (0.23, 0.22, 0.33), "fly-like": (0.19, 0.17, 0.27),
            "mantis-like": (0.1, 0.08, 0.45), "cricket-like": (0.13, 0.13, 0.4)}[kind]  # fmt: skip
    abdomen = ball(rear[0] * fat, rear[1] * fat, rear[2], 12)
    kit.add(
        "abdomen",
        rough(abdomen, rng, 0.02, 4) if hairy else abdomen,
        (0, up + 0.03, -0.2 - rear[2]),
        rx=span(rng, -15, 12),
    )
    kit.add("chest", limb((0, up, -0.24, 0.05), (0, up + 0.03, -0.05, 0.11 * fat), (0, up + 0.02, 0.14, 0.06)))
    raised = 0.35 if kind == "mantis-like" else 0.0
    if raised:
        kit.add("chest", limb((0, up + 0.03, 0.1, 0.06), (0, up + raised, 0.35, 0.045)))
    head = (0.0, up + 0.03 + raised, 0.27 + raised * 0.4)
    kit.add("head", ball(0.13, 0.11, 0.12, 10), head)
    eye = span(rng, 0.03, 0.06) if kind != "fly-like" else 0.085
    kit.pair("head", place(ball(eye, eye, eye, 8), (0.1, head[1] + 0.03, head[2] + 0.05)))
    reach, thick = span(rng, 0.4, 0.65), span(rng, 0.014, 0.028)
    _legs(kit, rng, [(0.05, 40), (-0.08, -5), (-0.2, -50)], up, reach, thick, 0.55)
    if kind == "mantis-like":
        kit.pair("leg", limb((0.05, head[1] - 0.1, head[2] - 0.08, 0.03), (0.12, head[1] - 0.25, head[2] + 0.2, 0.035),
                             (0.1, head[1] + 0.02, head[2] + 0.35, 0.012), smooth=1, around=6))  # fmt: skip
    if kind == "cricket-like":
        kit.pair(
            "leg", limb((0.08, up, -0.15, 0.06), (0.2, up + 0.4, -0.55, 0.025), (0.22, 0.0, -0.75, 0.015), smooth=1)
        )
    _feelers(kit, rng, (0.05, head[1] + 0.05, head[2] + 0.08), span(rng, 0.15, 0.5), 0.01)
    wings = kind in ("bee-like", "fly-like") or chance(rng, 0.25)
    if wings:
        spread, long = span(rng, 25, 75), span(rng, 0.5, 0.75)
        shape = _blade([(0.03, -0.03), (0.1, -0.12), (0.12, -0.18), (0.06, -0.16), (-0.05, -0.1)], 0.008, 0.1)
        wing = Mesh(shape.vertices * (long, 1, 1), shape.faces)
        kit.pair("wing", place(place(wing, ry=spread), (0.05, up + 0.12, -0.02)))
    words = ["winged" if wings else "wingless", kind]
    return kit.finish(words, ["six legs", "two feelers"], names[kind], "creature with six legs")


def butterfly(kit: Assembly, rng: np.random.Generator) -> Built:
    moth = chance(rng, 0.3)
    raise_by, (reach, size) = span(rng, -10, 75), sized(rng, 0.6, 1.1, "narrow-winged", "broad-winged")
    thick = span(rng, 0.03, 0.05) * (1.7 if moth else 1)
    kit.add(
        "body", limb((0, 0, -0.45, thick * 0.3), (0, -0.02, -0.2, thick), (0, 0, 0.1, thick * 1.4), (0, 0, 0.22, thick))
    )
    kit.add("head", ball(thick * 1.3, thick * 1.2, thick * 1.2, 9), (0, 0, 0.29))
    tip, hollow, edge = span(rng, 0.2, 0.7), span(rng, -0.15, 0.1), span(rng, 0.0, 0.1)
    fore = [
        (0.08, -0.04),
        (0.25 + tip * 0.3, -0.12),
        (0.35 + tip * 0.6, -0.16 + hollow),
        (0.4 + tip, -0.05 + hollow),
        (0.3 + tip, tip * 0.9 + 0.2),
    ]
    low, end = span(rng, 0.35, 0.8), span(rng, 0.0, 0.5)
    hind = [(0.04, -0.08), (0.1, -low * 0.7), (0.05, -low - edge), (-0.05, -low), (-0.2 - end * 0.4, -low * 0.7 - end)]
    for outline, scale, at in ((fore, reach, 0.1), (hind, reach * span(rng, 0.65, 0.9), -0.02)):
        blade = _blade(outline, 0.008, span(rng, -0.05, 0.15))
        wing = place(Mesh(blade.vertices * (scale, 1, 1), blade.faces), (0.02, 0, at))
        kit.add("fore wing" if outline is fore else "hind wing", place(wing, rz=raise_by))
        kit.add("fore wing" if outline is fore else "hind wing", place(mirror(wing, 0), rz=-raise_by))
    _feelers(kit, rng, (0.02, 0.02, 0.32), span(rng, 0.15, 0.4), 0.01)
    if legged := chance(rng, 0.4):
        _legs(kit, rng, [(0.15, 40), (0.05, 0), (-0.05, -40)], 0.0, 0.2, 0.01, 0.2)
    pose = "wings folded up" if raise_by > 55 else "wings raised" if raise_by > 20 else "wings spread flat"
    facts = [pose, "tails on the hind wings" if end > 0.35 else "", "legs" if legged else ""]
    return kit.finish([size, "thick-bodied" if moth else ""], facts, "moth" if moth else "winged insect", "insect")


def dragonfly(kit: Assembly, rng: np.random.Generator) -> Built:
    long, thick, bend = span(rng, 0.8, 1.3), span(rng, 0.025, 0.05), span(rng, -0.15, 0.2)
    kit.add("body", limb((0, bend, -long, thick * 0.9), (0, bend * 0.3, -long * 0.5, thick * 0.7), (0, 0, -0.1, thick),
                         (0, 0.02, 0.08, thick * 2.4), (0, 0.02, 0.2, thick * 1.3)))  # fmt: skip
    r = span(rng, 0.06, 0.1)
    kit.pair("head", ball(r, r, r, 10), (r * 0.8, 0.02, 0.28))
    up, chord = span(rng, -15, 30), span(rng, 0.08, 0.16)
    for k, (yaw, z) in enumerate(((span(rng, -5, 20), 0.12), (span(rng, 15, 45), -0.02))):
        shape = _blade(
            [(0.02, -0.02), (chord, -chord * 0.7), (chord * 1.2, -chord), (chord * 1.2, -chord * 0.8), (0.03, -0.02)],
            0.006,
            0.0,
        )
        wing = Mesh(shape.vertices * (span(rng, 0.75, 1.0), 1, 1), shape.faces)
        kit.pair("wing", place(wing, (0.02, 0.06, z), ry=yaw, rz=up * (1 if k else 0.6)))
    if legged := chance(rng, 0.6):
        _legs(kit, rng, [(0.18, 50), (0.1, 20), (0.03, -20)], -0.02, 0.2, 0.01, -0.3)
    facts = ["four narrow wings", "a long thin body", "legs" if legged else ""]
    raised = "wings raised" if up > 15 else "wings level"
    return kit.finish(["slender" if thick < 0.035 else "sturdy"], [*facts[:2], raised, facts[2]], "damselfly", "insect")


def spider(kit: Assembly, rng: np.random.Generator) -> Built:
    fat, (reach, size) = span(rng, 0.18, 0.4), sized(rng, 0.55, 1.3, "short-legged", "long-legged")
    up, thick = span(rng, 0.12, 0.4), span(rng, 0.014, 0.05)
    rear = ball(fat, fat * span(rng, 0.7, 1.0), fat * span(rng, 1.0, 1.4), 14)
    hairy = chance(rng, 0.3)
    kit.add("abdomen", rough(rear, rng, 0.03, 6) if hairy else rear, (0, up + fat * 0.25, -fat * 1.1 - 0.05))
    kit.add("head", ball(fat * 0.6, fat * 0.42, fat * 0.7, 12), (0, up, fat * 0.3))
    roots = [(fat * 0.6, 60.0), (fat * 0.4, 22.0), (fat * 0.2, -15.0), (0.0, -50.0)]
    _legs(kit, rng, roots, up, reach, thick, span(rng, 0.3, 0.8))
    kit.pair(
        "jaw", limb((fat * 0.18, up - 0.02, fat * 0.9, 0.04), (fat * 0.15, up - fat * 0.4, fat * 1.15, 0.012), around=6)
    )
    if arms := chance(rng, 0.6):
        kit.pair(
            "feeler",
            limb(
                (fat * 0.3, up, fat * 0.85, thick),
                (fat * 0.5, up + 0.1, fat * 1.3, thick),
                (fat * 0.4, up - 0.05, fat * 1.7, thick * 0.6),
            ),
        )
    facts = ["eight legs", "a round abdomen", "two feelers" if arms else ""]
    return kit.finish([size, "hairy" if hairy else ""], facts, "arachnid", "creature with eight legs")


def scorpion(kit: Assembly, rng: np.random.Generator) -> Built:
    wide, up, n = span(rng, 0.14, 0.24), span(rng, 0.1, 0.18), count(rng, 5, 8)
    kit.add(
        "body",
        limb(
            (0, up, -0.5, wide * 0.4),
            (0, up, -0.2, wide * 0.75),
            (0, up, 0.15, wide * 0.8),
            (0, up, 0.35, wide * 0.5),
            wide=1.4,
        ),
    )
    arch, high = np.linspace(0, span(rng, 1.1, 1.5) * np.pi, n + 1), span(rng, 0.3, 0.5)
    back = np.stack([arch * 0, up + high * (1 - np.cos(arch)), -0.5 - high * 1.2 * np.sin(arch)], axis=1)
    for a, b in zip(back[:-1], back[1:], strict=True):
        kit.add("tail", tapered(np.stack([a * 0.9 + b * 0.1, a * 0.1 + b * 0.9]), (0.075, 0.06), 7, 1))
    sting = back[-1]
    kit.add(
        "tail",
        tapered(
            np.stack([sting, sting + np.array([0, 0.02, 0.1]), sting + np.array([0, -0.12, 0.18])]),
            (0.06, 0.06, 0.008),
            7,
            3,
        ),
    )
    _legs(kit, rng, [(0.25, 45), (0.12, 15), (-0.02, -15), (-0.16, -45)], up, span(rng, 0.4, 0.6), 0.022, 0.35)
    claw = span(rng, 0.8, 1.6)
    arm = tapered(np.array([(0.1, up, 0.35), (0.35, up + 0.05, 0.45), (0.35, up, 0.75)]), (0.04, 0.045, 0.04), 6, 2)
    hand = limb(
        (0.35, up, 0.72, 0.04),
        (0.36, up, 0.72 + 0.14 * claw, 0.09 * claw),
        (0.33, up, 0.72 + 0.25 * claw, 0.06 * claw),
        around=8,
    )
    end = 0.72 + 0.25 * claw
    pincers = [limb((0.33 + dx, up, end, 0.035 * claw), (0.33 + dx * 2, up, end + 0.12 * claw, 0.03 * claw),
                    (0.33 + dx * 0.3, up, end + 0.24 * claw, 0.008), around=6)
               for dx in (0.045 * claw, -0.045 * claw)]  # fmt: skip
    for mesh in (arm, hand, *pincers):
        kit.pair("claw", mesh)
    word = "large-clawed" if claw > 1.2 else "small-clawed"
    facts = ["a raised tail", "eight legs", some(n, "tail ring")]
    return kit.finish([word], facts, "arachnid", "creature with pincers")


BUILDERS = (beetle, insect, butterfly, dragonfly, spider, scorpion)
