"""Animals of the sea floor and drifting ones: octopus, jellyfish, crab, starfish, seashell."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, mirror, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, sized, some, span
from pointrecon.shapes.made.parametric.living.body_shapes import limb, rough, tapered
from pointrecon.shapes.made.parametric.living.swimmers import side_fin
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, loft


def _armed(kit: Assembly, rng: np.random.Generator, kind: str) -> list[str]:
    """A soft body with arms; gives what it has in words."""
    fat, around = span(rng, 0.22, 0.34), one_of(rng, 6, 8, 10)
    squid = kind == "squid-like"
    high = span(rng, 0.35, 0.6) * (1.6 if squid else 1)
    head = limb(
        (0, 0.18, 0, fat * 0.7),
        (0, 0.2 + high * 0.5, -0.05, fat),
        (0, 0.2 + high, -0.12, fat * (0.15 if squid else 0.7)),
        around=14,
    )
    many, thick = 8, span(rng, 0.05, 0.09)
    if kind == "jellyfish":
        head, many, thick = (
            rough(ball(fat * 1.5, fat, fat * 1.5, 18), rng, 0.02),
            count(rng, 6, 14),
            span(rng, 0.015, 0.03),
        )
        head = place(head, (0, 0.3, 0))
    kit.add("head", head)
    for i in range(many):
        turn = 2 * np.pi * (i + span(rng, -0.15, 0.15)) / many
        long, down = span(rng, 0.7, 1.1), kind in ("swimming", "squid-like", "jellyfish")
        t = np.linspace(0, 1, 5)
        out = fat * 0.5 + (0.25 if down else 0.95) * long * t
        y = 0.2 - long * t * 1.1 if down else 0.18 - 0.14 * np.minimum(t * 2, 1) + span(rng, 0, 0.35) * t**3
        sway = span(rng, -0.35, 0.35) * np.sin(2.5 * t * span(rng, 0.8, 2.0)) * long
        points = np.stack(
            [out * np.cos(turn) - sway * np.sin(turn), y, out * np.sin(turn) + sway * np.cos(turn)], axis=1
        )
        kit.add("arm", tapered(points, [thick * k for k in (1.2, 1.0, 0.75, 0.5, 0.15)], around, 3))
    if kind != "jellyfish":
        eye = fat * span(rng, 0.15, 0.3)
        kit.pair("eye", place(ball(eye, eye, eye, 9), (fat * 0.55, 0.3, fat * 0.6)))
    if squid:
        kit.pair("fin", place(side_fin(fat * 1.2, high * 0.6, 0.0, 0.0), (0.04, 0.2 + high * 0.75, -0.1), rx=-90))
    hanging = kind in ("swimming", "squid-like", "jellyfish")
    return [some(many, "arm"), "arms hanging down" if hanging else "arms spread out"]


def octopus(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "crawling", "crawling", "swimming", "squid-like", "cartoon")
    facts = _armed(kit, rng, kind)
    return kit.finish([kind], facts, "squid" if kind == "squid-like" else "soft sea animal")


def jellyfish(kit: Assembly, rng: np.random.Generator) -> Built:
    return kit.finish(["floating"], _armed(kit, rng, "jellyfish"), "medusa", "soft sea animal")


def crab(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "broad", "broad", "round", "spiny", "lobster-like")
    wide, long, up = span(rng, 0.4, 0.6), span(rng, 0.28, 0.4), span(rng, 0.15, 0.28)
    high, thick, lobster = span(rng, 0.12, 0.22), span(rng, 0.03, 0.055), kind == "lobster-like"
    if lobster:
        wide = 0.2
        kit.add("body", limb((0, up, -0.1, 0.17), (0, up, 0.3, 0.16), (0, up, 0.5, 0.06), around=12))
        for k in range(5):
            kit.add("tail", ball(0.16 - 0.015 * k, 0.12 - 0.012 * k, 0.09, 10), (0, up - 0.02 * k, -0.25 - 0.13 * k))
        for yaw in (-35, 0, 35):
            kit.add("tail", place(side_fin(0.22, 0.12, 0.0, 0.02), ry=90 + yaw), (0, up - 0.1, -0.85))
    else:
        shell = ball(wide, high, long if kind != "round" else wide * 0.9, 16)
        kit.add("body", rough(shell, rng, 0.05, 6) if kind == "spiny" else shell, (0, up, 0))
    rows = [(0.18, 30.0), (0.05, 5.0), (-0.08, -20.0), (-0.2, -45.0)]
    reach, lift = span(rng, 0.4, 0.8), span(rng, 0.15, 0.4)
    for z, forward in rows:
        a = np.radians(forward)
        start = np.array([wide * 0.75, up, z])
        away = np.array([np.cos(a), 0, np.sin(a)]) * reach
        line = np.stack(
            [
                start,
                start + away * 0.5 + np.array([0, lift, 0]),
                start + away * 0.9 - np.array([0, up * 0.4, 0]),
                start * (1, 0, 1) + away * 1.05,
            ]
        )
        kit.pair("leg", tapered(line, [thick * k for k in (1.1, 1, 0.8, 0.2)], 6, 1))
    for side in (1, -1):
        claw = span(rng, 0.8, 1.7)
        elbow, wrist = (
            np.array([wide * 0.85 + 0.2, up + 0.08, long + 0.1]),
            np.array([wide * 0.6 + 0.12, up + 0.1, long + 0.32]),
        )
        pieces = [
            tapered(
                np.stack([np.array([wide * 0.7, up, long * 0.5]), elbow, wrist]),
                (thick, thick * 1.3, thick * 1.3),
                7,
                2,
            )
        ]
        palm = limb((0, 0, 0, 0.05), (0, 0, 0.15, 0.1), (0, 0, 0.22, 0.08), around=8)
        grips = [
            limb((dx, 0, 0.2, 0.05), (dx * 1.9, 0, 0.33, 0.04), (dx * 0.3, 0, 0.44, 0.008), around=6)
            for dx in (0.06, -0.05)
        ]
        for one in (palm, *grips):
            pieces.append(place(Mesh(one.vertices * claw, one.faces), wrist.tolist(), ry=-span(rng, 10, 50)))
        for one in pieces:
            kit.add("claw", one if side == 1 else mirror(one, 0))
    kit.pair(
        "eye", limb((0.08, up + high * 0.4, long * 0.85, 0.02), (0.1, up + high * 0.4 + 0.12, long, 0.03), around=7)
    )
    if lobster:
        kit.pair(
            "feeler", limb((0.05, up, 0.5, 0.014), (0.3, up + 0.3, 0.9, 0.01), (0.5, up + 0.3, 0.5, 0.006), around=5)
        )
    facts = ["two claws", "eight legs", "a long tail" if lobster else ""]
    return kit.finish([kind], facts, "lobster" if lobster else "crustacean", "shellfish")


def starfish(kit: Assembly, rng: np.random.Generator) -> Built:
    arms, (thick, word) = one_of(rng, 5, 5, 5, 6, 8), sized(rng, 0.1, 0.24, "thin-armed", "thick-armed")
    for i in range(arms):
        turn = 2 * np.pi * i / arms
        sway, lift, long = span(rng, -0.3, 0.3), span(rng, -0.05, 0.3), span(rng, 0.85, 1.1)
        points = [
            (k * long * np.cos(turn + sway * k * k), lift * k * k, k * long * np.sin(turn + sway * k * k))
            for k in (0.0, 0.35, 0.7, 1.0)
        ]
        arm = tapered(np.array(points), [thick * k for k in (1.3, 1.0, 0.7, 0.3)], 10, 3)
        kit.add("arm", rough(Mesh(arm.vertices * (1, 0.6, 1), arm.faces), rng, 0.02, 6))
    kit.add("body", ball(thick * 1.6, thick * 0.8, thick * 1.6, 12))
    knobs = chance(rng)
    if knobs:
        for i in range(arms):
            for k in (0.2, 0.4, 0.6):
                turn = 2 * np.pi * i / arms
                kit.add(
                    "knob", ball(0.04, 0.04, 0.04, 7), (k * float(np.cos(turn)), thick * 0.55, k * float(np.sin(turn)))
                )
    return kit.finish([word], [some(arms, "arm"), "knobs" if knobs else "a smooth back"], "sea star", "sea animal")


def seashell(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "spiral", "spiral", "fan-shaped", "flat-coiled", "snail's")
    if kind == "fan-shaped":
        ribs, high, opened = count(rng, 6, 14), span(rng, 0.15, 0.35), span(rng, 0, 45)
        angle, reach = np.linspace(-1.15, 1.15, 4 * ribs + 1), np.linspace(0.03, 1, 8)[:, None]
        wave = 1 + 0.04 * np.cos(np.linspace(0, 2 * np.pi * ribs, 4 * ribs + 1))
        x, z = reach * np.sin(angle) * wave, reach * np.cos(angle) * wave
        dome = high * np.sin(np.pi * np.minimum(reach * 0.85 + 0.1, 1)) * np.cos(angle * 0.9) * wave
        top, low = np.stack([x, dome, z], axis=2), np.stack([x, dome * 0.9 - 0.02, z], axis=2)
        half = loft(np.concatenate([top, low[:, ::-1]], axis=1))
        kit.add("shell", half, rx=-opened)
        if both := chance(rng):
            kit.add("shell", mirror(half, 1))
        return kit.finish([kind], [f"{ribs} ribs", "two halves" if both else "one half"], "scallop", "clam shell")
    turns, grow = span(rng, 2.5, 5.0), span(rng, 0.55, 0.75)
    t = np.linspace(0, 1, int(turns * 14))
    size = grow ** (turns * (1 - t))
    a = 2 * np.pi * turns * t
    tall = {"spiral": span(rng, 1.0, 2.2), "flat-coiled": 0.05, "snail's": span(rng, 0.4, 0.7)}[kind]
    line = np.stack([0.5 * size * np.cos(a), tall * (1 - size), 0.5 * size * np.sin(a)], axis=1)
    tube = tapered(line, (size * 0.42).tolist(), one_of(rng, 8, 12), 1)
    kit.add("shell", tube, rx=90.0 if kind == "flat-coiled" else 0.0)
    snail = kind != "spiral" and chance(rng, 0.5)
    if snail:
        kit.add(
            "foot",
            limb((0, -0.6, -0.8, 0.05), (0, -0.55, 0.0, 0.17), (0, -0.5, 0.7, 0.16), (0, -0.2, 1.0, 0.14), wide=1.3),
        )
        kit.pair(
            "feeler", limb((0.07, -0.15, 1.05, 0.03), (0.12, 0.2, 1.2, 0.025), (0.12, 0.22, 1.21, 0.045), around=6)
        )
    facts = [
        "a snail's foot and feelers" if snail else "an empty opening",
        "many turns" if turns > 3.7 else "few turns",
    ]
    return kit.finish([kind], facts, "snail" if snail else "conch", "coiled shell")


BUILDERS = (octopus, jellyfish, crab, starfish, seashell)
