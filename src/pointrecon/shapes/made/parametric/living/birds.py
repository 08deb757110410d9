"""Birds: perched and flying ones, ducks, ostriches, storks, chickens, penguins."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, mirror, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, span
from pointrecon.shapes.made.parametric.living.body_shapes import copies, leaf, limb, tapered
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, box, cylinder, loft


def _head(kit: Assembly, rng: np.random.Generator, at: np.ndarray, r: float, beak: str, turn: float) -> None:
    """A head of radius r with a beak: short, long, hooked, flat or thick."""
    lines = {
        "short": ((0, -0.1, 0.8, 0.3), (0, -0.15, 1.6, 0.04)),
        "long": ((0, 0, 0.8, 0.28), (0, -0.1, 1.8, 0.14), (0, -0.25, 3.0, 0.03)),
        "hooked": ((0, 0.05, 0.7, 0.38), (0, 0.0, 1.35, 0.28), (0, -0.55, 1.5, 0.05)),
        "flat": ((0, -0.15, 0.7, 0.3), (0, -0.25, 1.4, 0.22), (0, -0.25, 2.0, 0.26)),
        "thick": ((0, 0.0, 0.6, 0.6), (0, -0.1, 1.5, 0.45), (0, -0.4, 2.4, 0.06)),
    }
    bill = limb(*(np.array(lines[beak]) * r).tolist(), around=8, wide=2.0 if beak == "flat" else 0.8)
    parts = [("head", ball(r, r, r * 1.05, 12)), ("beak", bill)]
    eye = place(ball(r * 0.16, r * 0.16, r * 0.16, 7), (r * 0.8, r * 0.25, r * 0.5))
    parts += [("head", eye), ("head", mirror(eye, 0))]
    for part, mesh in parts:
        kit.add(part, place(mesh, at.tolist(), ry=turn))
    if chance(rng, 0.15):
        crest = copies(leaf(r * 1.6, r * 0.5), np.zeros((4, 3)), 180.0, [30.0, 50.0, 70.0, 90.0])
        kit.add("head", place(place(crest, (0, r * 0.6, 0)), at.tolist(), ry=turn))


def _wing(rng: np.random.Generator, reach: float, chord: float, bend: float, feathered: bool) -> Mesh:
    """A spread wing from the origin along +x, its tip raised by `bend` of its reach."""
    t = np.linspace(0, 1, 7)
    x, y = reach * t, bend * reach * t * t
    lead = chord * 0.35 + 0.35 * chord * np.sin(np.pi * t) - chord * span(rng, 0.2, 0.9) * t**2
    wide = chord * np.sqrt(np.maximum(1 - t ** span(rng, 1.5, 4), 0.01))
    thick = 0.05 * chord * (1.05 - t)
    rows = np.stack([
        np.stack([x, y, lead], 1), np.stack([x, y + thick, lead - 0.3 * wide], 1),
        np.stack([x, y, lead - wide], 1), np.stack([x, y - thick, lead - 0.3 * wide], 1)], axis=1)  # fmt: skip
    arm = loft(rows)
    if not feathered:
        return arm
    many = count(rng, 5, 9)
    k = np.linspace(0.25, 1, many)
    at = np.stack([reach * k, bend * reach * k * k, np.interp(k, t, lead - 0.3 * wide)], axis=1)
    yaw = 175 - 85 * k**1.5
    blade = leaf(1.0, 0.28, widest=0.55)
    tips = copies(blade, at, yaw, np.degrees(bend * k) * 1.2, chord * (0.75 + 0.5 * k))
    return Mesh(np.concatenate([arm.vertices, tips.vertices]),
                np.concatenate([arm.faces, tips.faces + len(arm.vertices)]))  # fmt: skip


def _feet(
    kit: Assembly, rng: np.random.Generator, start: np.ndarray, ground: float, half: float, thick: float, web: bool
) -> None:
    """Two thin legs with toes; `start` is the right hip."""
    long = span(rng, 0.08, 0.16)
    for side in (1, -1):
        stride = span(rng, -0.06, 0.06)
        hip, foot = start * (side, 1, 1), np.array([side * half, ground, float(start[2]) + stride])
        middle = (hip + foot) / 2 + np.array([0, 0, -0.04])
        kit.add("leg", tapered(np.stack([hip, middle, foot]), (thick * 2, thick, thick), 6, 2))
        for yaw in (-30, 0, 30, 180):
            toe = limb((0, 0.01, 0, thick), (0, 0.005, long * (0.6 if yaw == 180 else 1), thick * 0.5), around=5)
            kit.add("leg", place(toe, foot.tolist(), ry=yaw))
        if web:
            kit.add("leg", place(box(long * 1.1, 0.008, long, (1, 1)), (foot + np.array([0, 0, long / 2])).tolist()))


def _bird_body(
    kit: Assembly, rng: np.random.Generator, long: float, fat: float, up: float, base: float, around: int
) -> np.ndarray:
    """A drop-shaped body tilted up by `up` degrees, its middle at height `base`; gives where the head goes."""
    a = np.radians(up)
    way = np.array([0, np.sin(a), np.cos(a)])
    middle = np.array([0, base, 0])
    line = [middle + way * long * k for k in (-0.5, -0.25, 0.1, 0.38)]
    kit.add("body", tapered(np.stack(line), [fat * k for k in (0.35, 0.8, 1.0, 0.7)], around, 4))
    return middle + way * long * 0.42


def bird(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "perched", "perched", "flying", "flying", "standing")
    build = one_of(rng, "songbird", "songbird", "bird of prey", "gull", "owl", "parrot", "crow")
    long, fat = span(rng, 0.5, 0.7), span(rng, 0.13, 0.2) * (1.5 if build == "owl" else 1)
    beak = {"songbird": "short", "bird of prey": "hooked", "gull": "short", "owl": "hooked", "parrot": "thick"}.get(
        build, "long"
    )
    around, flies = one_of(rng, 6, 8, 12), kind == "flying"
    up = span(rng, -8, 25) if flies else span(rng, 65, 85) if build == "owl" else span(rng, 15, 65)
    legs = span(rng, 0.08, 0.3)
    base = fat + legs
    neck = _bird_body(kit, rng, long, fat, up, base, around)
    r = fat * (0.95 if build == "owl" else span(rng, 0.5, 0.7))
    reach = span(rng, 0.0, 0.12)
    spot = neck + np.array([0, r * (0.3 if flies else 0.75) + reach * 0.5, r * 0.5 + reach])
    if reach > 0.05:
        kit.add("body", tapered(np.stack([neck - np.array([0, 0.05, 0.05]), spot]), (fat * 0.6, r * 0.7), around))
    _head(kit, rng, spot, r, beak, 0.0 if flies else one_of(rng, 0.0, span(rng, -70, 70)))
    a = np.radians(up)
    rump = np.array([0, base - np.sin(a) * long * 0.48, -np.cos(a) * long * 0.48])
    wide, tail_long = span(rng, 0.1, 0.35), span(rng, 0.2, 0.6)
    feathers = count(rng, 3, 7)
    fan = copies(
        leaf(tail_long, 0.09, widest=0.6), np.zeros((feathers, 3)), 180 + np.linspace(-70, 70, feathers) * wide, 0.0
    )
    kit.add("tail", place(place(fan, rx=-up * 0.8), rump.tolist()))
    feathered = chance(rng, 0.5)
    if flies:
        mesh = _wing(rng, span(rng, 0.6, 1.2), span(rng, 0.2, 0.38), span(rng, -0.25, 0.7), feathered)
        kit.pair("wing", place(mesh, (fat * 0.5, base + fat * 0.4, 0.05), rx=-up * 0.5))
        if chance(rng, 0.4):
            kit.pair(
                "leg", limb((fat * 0.4, base - fat * 0.7, -0.1, 0.02), (fat * 0.4, base - fat, -0.35, 0.012), around=5)
            )
    else:
        folded = ball(fat * 0.2, fat * 0.72, long * 0.46, 12)
        kit.pair("wing", place(place(folded, rx=-up), (fat * 0.88, base - 0.02, -0.05)))
        half = fat * 0.45
        _feet(kit, rng, np.array([half, base - fat * 0.6, -0.02]), 0.0, half, 0.012, False)
        if kind == "perched":
            bar = place(cylinder(span(rng, 0.03, 0.06), span(rng, 0.7, 1.3), segments=8), (0.5, -0.04, 0), rz=90)
            kit.add("perch", bar if chance(rng, 0.6) else place(cylinder(0.06, 0.6), (0, -0.6, 0)))
    facts = [f"a {beak} beak", "spread wings" if flies else "folded wings", "a perch" if kind == "perched" else ""]
    return kit.finish([kind], facts, build, "winged animal")


def duck(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "swimming", "swimming", "standing", "toy", "swan-like")
    long, fat, around = span(rng, 0.65, 0.9), span(rng, 0.2, 0.32), one_of(rng, 6, 8, 12)
    legs = span(rng, 0.1, 0.2) if kind == "standing" else 0.0
    base = fat * 0.8 + legs
    neck = _bird_body(kit, rng, long, fat, span(rng, 2, 14) if kind != "standing" else span(rng, 10, 35), base, around)
    r = fat * (0.75 if kind == "toy" else 0.45)
    high = span(rng, 0.12, 0.3) if kind != "swan-like" else span(rng, 0.55, 0.8)
    bow = span(rng, 0.08, 0.2) if kind == "swan-like" else 0.0
    top = neck + np.array([0, high, 0.05 + bow * 0.3])
    line = np.stack(
        [
            neck - np.array([0, 0.06, 0.08]),
            neck + np.array([0, high * 0.45, bow]),
            neck + np.array([0, high * 0.8, -bow * 0.6]),
            top,
        ]
    )
    kit.add("neck", tapered(line, (fat * 0.6, r * 0.75, r * 0.6, r * 0.7), around, 4))
    _head(kit, rng, top + np.array([0, r * 0.4, r * 0.3]), r, "flat", one_of(rng, 0.0, span(rng, -40, 40)))
    wing = ball(fat * 0.22, fat * 0.6, long * 0.4, 12)
    kit.pair("wing", place(place(wing, rx=8), (fat * 0.9, base + fat * 0.15, -0.08)))
    tail = limb((0, 0, 0, fat * 0.5), (0, fat * 0.35, -fat * 0.9, fat * 0.08), wide=1.4, around=around)
    kit.add("tail", place(tail, (0, base, -long * 0.48)))
    if kind == "standing":
        _feet(kit, rng, np.array([fat * 0.5, base - fat * 0.6, 0.0]), 0.0, fat * 0.5, 0.02, True)
    size = "a long curved neck" if kind == "swan-like" else "a long neck" if high > 0.22 else "a short neck"
    names = {"swan-like": "swan", "toy": "rubber duck"}
    return kit.finish(
        [kind], [size, "a flat beak", "webbed feet" if legs else ""], names.get(kind, "waterfowl"), "water bird"
    )


def _long_legged(kit: Assembly, rng: np.random.Generator, kind: str, slim: bool) -> list[str]:
    """A bird on long legs with a long neck; gives what it has in words."""
    fat, long, around = span(rng, 0.15, 0.28), span(rng, 0.5, 0.65), one_of(rng, 6, 8, 12)
    if slim:
        fat *= 0.65
    legs, high = span(rng, 0.6, 0.95), span(rng, 0.5, 0.85)
    base = legs + fat
    neck = _bird_body(kit, rng, long, fat, span(rng, 0, 20), base, around)
    bow = span(rng, 0.03, 0.2)
    lowered = chance(rng, 0.15)
    top = neck + (np.array([0, -high * 0.9, 0.25]) if lowered else np.array([0, high, 0.12]))
    line = np.stack([neck - np.array([0, 0.03, 0.06]), neck * 0.65 + top * 0.35 + np.array([0, 0, bow]),
                     neck * 0.3 + top * 0.7 - np.array([0, 0, bow * 0.4]), top])  # fmt: skip
    kit.add("neck", tapered(line, (fat * 0.55, 0.05, 0.035, 0.04), around, 4))
    beak = one_of(rng, "long", "long", "thick") if slim else "flat"
    _head(kit, rng, top, 0.06, beak, 0.0)
    kit.pair("wing", place(ball(fat * 0.3, fat * 0.75, long * 0.42, 12), (fat * 0.85, base + 0.02, -0.05)))
    plumes = copies(
        leaf(0.3, 0.12, arch=0.9), np.zeros((7, 3)), 180 + np.linspace(-50, 50, 7), [40.0, 10.0] * 3 + [30.0]
    )
    kit.add("tail", place(plumes, (0, base, -long * 0.45)))
    stride = {"walking": 0.25, "running": 0.42}.get(kind, 0.02)
    for side in (1, -1):
        hip = np.array([side * fat * 0.5, base - fat * 0.6, 0])
        knee, foot = (
            hip * (1, 0.55, 1) + np.array([0, 0, -0.03 + side * stride * 0.6]),
            np.array([side * fat * 0.5, 0.03, side * stride]),
        )
        if side == -1 and kind == "one-legged":
            knee, foot = hip + np.array([0, -legs * 0.45, 0.12]), hip + np.array([0, -legs * 0.4, -0.25])
        thick = 0.02 if slim else 0.04
        kit.add(
            "leg",
            tapered(
                np.stack([hip, hip * 0.8 + knee * 0.2, knee, foot]),
                (thick * 1.8, thick * 1.4, thick * 0.6, thick * 0.6),
                7,
                2,
            ),
        )
        for yaw in (-25, 25):
            kit.add(
                "leg",
                place(limb((0, 0, 0, thick * 0.5), (0, -0.01, 0.15, thick * 0.3), around=5), foot.tolist(), ry=yaw),
            )
    drawn = "one leg drawn up" if kind == "one-legged" else ""
    return ["long legs", "a lowered head" if lowered else "a long neck", f"a {beak} beak", drawn]


def ostrich(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "standing", "standing", "walking", "running")
    return kit.finish([kind], _long_legged(kit, rng, kind, False), "emu", "flightless bird")


def stork(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "standing", "walking", "one-legged", "one-legged")
    facts = _long_legged(kit, rng, kind, True)
    return kit.finish([kind], facts, "flamingo" if "a thick beak" in facts else "heron", "wading bird")


def chicken(kit: Assembly, rng: np.random.Generator) -> Built:
    cock, around = chance(rng), one_of(rng, 6, 8, 12)
    fat, long, legs = span(rng, 0.2, 0.28), span(rng, 0.5, 0.62), span(rng, 0.16, 0.28)
    base = legs + fat * 0.8
    neck = _bird_body(kit, rng, long, fat, span(rng, 8, 30), base, around)
    top = neck + np.array([0, span(rng, 0.15, 0.3), 0.08])
    kit.add("body", tapered(np.stack([neck - np.array([0, 0.08, 0.05]), top]), (fat * 0.75, 0.08), around))
    _head(kit, rng, top, 0.085, "short", one_of(rng, 0.0, span(rng, -40, 40)))
    comb = 0.09 if cock else 0.045
    for k in range(3):
        kit.add("comb", box(0.02, comb, 0.06, (0.5, 0.5)), (top + np.array([0, 0.07, 0.05 - 0.05 * k])).tolist())
    kit.add("comb", ball(0.02, 0.045, 0.03, 8), (top + np.array([0, -0.1, 0.08])).tolist())
    kit.pair("wing", place(place(ball(fat * 0.2, fat * 0.6, long * 0.36, 12), rx=10), (fat * 0.92, base + 0.02, -0.04)))
    many = count(rng, 5, 9)
    plume = leaf(span(rng, 0.4, 0.6) if cock else 0.25, 0.12, arch=1.5 if cock else 0.3)
    fan = copies(plume, np.zeros((many, 3)), 180 + np.linspace(-30, 30, many), np.linspace(35, 80, many))
    kit.add("tail", place(fan, (0, base + 0.02, -long * 0.42)))
    _feet(kit, rng, np.array([fat * 0.45, base - fat * 0.6, 0]), 0.0, fat * 0.45, 0.018, False)
    facts = ["a large comb" if cock else "a small comb", "long arched tail feathers" if cock else "a short tail"]
    return kit.finish([], facts, "cock" if cock else "hen", "farm bird")


def penguin(kit: Assembly, rng: np.random.Generator) -> Built:
    fat, high, around = span(rng, 0.19, 0.32), span(rng, 0.7, 1.0), one_of(rng, 6, 8, 12)
    lean = span(rng, -6, 14)
    trunk = limb((0, fat * 0.6, 0, fat * 0.8), (0, high * 0.4, 0.02, fat), (0, high * 0.75, 0, fat * 0.75),
                 (0, high, 0.01, fat * 0.55), around=around, smooth=4)  # fmt: skip
    kit.add("body", trunk, rx=lean)
    beak = one_of(rng, "short", "long", "thick")
    _head(kit, rng, np.array([0, high * 1.04, high * np.radians(lean) + 0.02]), fat * span(rng, 0.5, 0.65), beak,
          one_of(rng, 0.0, span(rng, -60, 60)))  # fmt: skip
    spread = span(rng, 3, 60)
    flipper = limb((0, 0, 0, 0.06), (0, -high * 0.25, 0, 0.09), (0, -high * 0.5, 0, 0.02), around=8)
    flat = Mesh(flipper.vertices * (0.35, 1, 1), flipper.faces)
    kit.pair("wing", place(flat, (fat * 0.8, high * 0.72, high * 0.7 * np.radians(lean)), rz=spread))
    kit.pair("leg", limb((fat * 0.45, 0.03, 0, 0.05), (fat * 0.5, 0.02, fat * 0.9, 0.06), wide=1.4))
    kit.add("tail", limb((0, fat * 0.5, -fat * 0.6, 0.08), (0, 0.03, -fat * 1.2, 0.02)))
    pose = "spread flippers" if spread > 35 else "flippers at its sides"
    return kit.finish(["fat" if fat > 0.28 else "slender" if fat < 0.23 else ""], [pose, f"a {beak} beak"], "sea bird")


BUILDERS = (bird, duck, ostrich, stork, chicken, penguin)
