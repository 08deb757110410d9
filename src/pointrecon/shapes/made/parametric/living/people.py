"""Persons in many poses, builds and clothes, with what they carry."""

from typing import NamedTuple

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, mirror, place
from pointrecon.shapes.made.parametric.dice import chance, one_of, span
from pointrecon.shapes.made.parametric.living.body_shapes import limb, rough, scaled, tapered
from pointrecon.shapes.made.parametric.living.human_heads import head_parts
from pointrecon.shapes.made.parametric.meshes import (
    Mesh,
    arc,
    ball,
    box,
    cushion,
    cylinder,
    dome,
    loft,
    rounded,
    stack,
    sweep,
)

# per leg: forward, knee; per arm: sideways, forward, elbow (degrees), the right side and the left; lean of the back
_POSES = {
    "standing": ((2, 0), (-2, 0), (9, 0, 12), (9, 0, 12), 0), "upright": ((0, 0), (0, 0), (5, 0, 3), (5, 0, 3), 0),
    "walking": ((26, 6), (-20, 22), (8, -25, 20), (8, 25, 25), 3),
    "running": ((62, 70), (-25, 75), (12, -45, 95), (12, 45, 90), 16),
    "sitting": ((88, 88), (88, 88), (12, 30, 50), (12, 30, 50), 0),
    "crouching": ((105, 125), (65, 120), (15, 45, 50), (15, 45, 50), 25),
    "kneeling": ((85, 90), (0, 95), (12, 20, 50), (12, 10, 30), 4),
    "striding": ((40, 25), (-35, 10), (40, 50, 40), (25, -20, 60), 10),
    "with arms spread": ((2, 0), (2, 0), (90, 0, 2), (90, 0, 2), 0),
    "with lowered arms apart": ((2, 0), (2, 0), (45, 0, 5), (45, 0, 5), 0),
    "with both arms raised": ((2, 0), (2, 0), (150, 10, 15), (150, 10, 15), 0),
    "with one arm raised": ((2, 0), (-2, 0), (155, 10, 20), (10, 0, 15), 0),
    "with one arm stretched forward": ((10, 5), (-8, 5), (8, 85, 5), (12, -5, 20), 2),
    "with hands on the hips": ((3, 0), (-2, 0), (45, -15, 100), (45, -15, 100), 0),
    "with folded arms": ((2, 0), (-2, 0), (14, 28, 105), (14, 28, 105), 0),
    "dancing": ((35, 60), (-8, 5), (120, 10, 50), (80, 20, 60), -6),
}  # fmt: skip


class Joints(NamedTuple):
    """Where a figure bends: arm and leg are [right, left], each three points (3, 3), the right side at +x."""

    hip: float
    shoulder: float
    legs: list[np.ndarray]
    arms: list[np.ndarray]
    lean: float


def _way(side: float, forward: float) -> np.ndarray:
    """Unit vector that hangs down, swung forward and then sideways (degrees)."""
    a, f = np.radians(side), np.radians(forward)
    return np.array([np.sin(a), -np.cos(a) * np.cos(f), np.cos(a) * np.sin(f)])


def joints(rng: np.random.Generator, pose: str, leg: float, trunk: float, half: float, loose: float = 6.0) -> Joints:
    """Joints of a figure in a pose: `leg` and `trunk` long, shoulders `half` from the middle, with some play."""
    right, left, *arms, lean = _POSES[pose]
    legs, hands = [], []
    apart, reach = span(rng, 1, 9), span(rng, 0.82, 0.98) * trunk

    def play() -> float:
        return span(rng, -loose, loose)

    for side, (forward, bent) in ((1, right), (-1, left)):
        swing, knee = forward + play(), max(bent + play(), 0.0)
        start = np.array([side * half * 0.48, 0, 0])
        upper, lower = _way(side * apart, swing), _way(side * apart * 0.5, swing - knee)
        legs.append(np.stack([start, start + upper * leg * 0.52, start + (upper * 0.52 + lower * 0.48) * leg]))
    for side, (sideways, forward, bent) in ((1, arms[0]), (-1, arms[1])):
        away, swing, bend = sideways + play(), forward + play(), max(bent + play(), 0.0)
        start = np.array([side * half, trunk, 0])
        upper = _way(away, swing)
        inward = pose in ("with hands on the hips", "with folded arms")
        toward = np.array([-1.0, 0.1, 0.15]) if inward else np.array([0, 0.75, 0.66])
        if away > 60:
            toward = np.array([0, 1.0, 0.1])
        toward = toward - upper * (toward * upper).sum()
        toward /= np.sqrt((toward * toward).sum())
        lower = upper * np.cos(np.radians(bend)) + toward * np.sin(np.radians(bend))
        flip = np.array([side, 1, 1])
        legs_of = [start, start + upper * flip * reach * 0.52, start + (upper * 0.52 + lower * 0.48) * flip * reach]
        hands.append(np.stack(legs_of))
    return Joints(leg, trunk, legs, hands, lean + play() * 0.4)


def _clothes(kit: Assembly, rng: np.random.Generator, own: Joints, fat: float, calm: bool) -> list[str]:
    """Clothes over the trunk and hips, for calm poses such as fall to the feet, too."""
    told, half = [], own.arms[0][0, 0]
    kinds = ("nothing", "a skirt", "a dress", "a robe", "a long coat", "armor", "a cape", "a backpack", "a jacket")
    kind = one_of(rng, *(kinds if calm else ("nothing", "nothing", "armor", "a backpack", "a jacket")))
    waist, round_ = half * 0.72 * fat, rounded(2.0, 1.5, 2.4, 18)
    if kind in ("a skirt", "a dress", "a robe"):
        low = {"a skirt": -span(rng, 0.3, 0.7), "a dress": -span(rng, 0.5, 0.95), "a robe": -0.97}[kind] * own.hip
        wide = half * span(rng, 1.1, 2.2)
        top = own.shoulder * (0.35 if kind == "a skirt" else 0.9)
        levels = [low, low * 0.5, 0.0, own.shoulder * 0.3, top]
        hem = rough(stack(round_, levels, [wide, wide * 0.55 + waist * 0.55, waist * 1.15, waist * 0.95,
                                           waist if kind == "a skirt" else half * 0.95]), rng, 0.02)  # fmt: skip
        kit.add("clothing", hem)
    elif kind == "a long coat":
        coat = np.array([-0.6 * own.hip, 0, 0.35 * own.shoulder, 0.95 * own.shoulder])
        kit.add("clothing", stack(round_, coat, [half * 1.15, waist * 1.3, waist * 1.15, half * 1.0]))
    elif kind == "a jacket":
        kit.add(
            "clothing", stack(round_, np.array([-0.08, 0.35, 0.97]) * own.shoulder, [waist * 1.3, waist * 1.2, half])
        )
    elif kind == "armor":
        plate = ball(half * 0.95, own.shoulder * 0.36, half * 0.62, 12)
        kit.add("clothing", place(plate, (0, own.shoulder * 0.66, 0.0)), rx=own.lean)
        pad = dome(half * span(rng, 0.4, 0.65), half * 0.5, 10)
        for side in (1, -1):
            kit.add(
                "clothing", place(place(pad, rz=-side * 35), (side * half * 1.08, own.shoulder * 0.98, 0)), rx=own.lean
            )
        kit.add("clothing", stack(round_, (-0.35 * own.hip * span(rng, 0.5, 1), 0.12), (waist * 1.5, waist * 1.2)))
    elif kind == "a cape":
        low, wide = -own.hip * span(rng, 0.3, 0.95), half * span(rng, 1.0, 1.6)
        rows = [(own.shoulder, half, -0.1), (own.shoulder * 0.5, wide * 0.9, -0.24), (low, wide, -span(rng, 0.25, 0.5))]
        kit.add("clothing", loft(np.array([[(w, y, z + 0.08), (0, y, z - 0.02), (-w, y, z + 0.08), (0, y, z)]
                                           for y, w, z in rows])), rx=own.lean)  # fmt: skip
    elif kind == "a backpack":
        bag = cushion(half * 1.3, own.shoulder * 0.6, half * 0.7)
        kit.add("clothing", place(bag, (0, own.shoulder * 0.28, -half * 0.85)), rx=own.lean)
    if kind != "nothing":
        told.append(kind)
    return told


def _carried(kit: Assembly, rng: np.random.Generator, at: np.ndarray, lean: float) -> str:
    """Something held in the hand at this place."""
    thing = one_of(rng, "a sword", "a staff", "a bag", "a shield", "a gun")
    x, y, z = (float(v) for v in at)
    if thing == "a sword":
        blade = merge([box(0.05, span(rng, 0.5, 0.9), 0.015, (0.3, 1)), place(box(0.2, 0.03, 0.04), (0, -0.02, 0)),
                       place(cylinder(0.018, 0.15, segments=6), (0, -0.15, 0))])  # fmt: skip
        mesh = place(blade, (0, 0.08, 0), rx=span(rng, 20, 110))
    elif thing == "a staff":
        long = span(rng, 0.9, 2.0)
        mesh = merge([place(cylinder(0.02, long, segments=7), (0, -long * 0.5, 0)),
                      place(ball(0.05, 0.09, 0.05, 8), (0, long * 0.5, 0))])  # fmt: skip
    elif thing == "a bag":
        mesh = merge([place(cushion(0.12, 0.3, 0.4), (0, -0.42, 0)),
                      place(sweep(arc(0.1, 0.12, 0, 0.5, 7), 0.012, around=5), (0, -0.13, 0), ry=90)])  # fmt: skip
    elif thing == "a shield":
        mesh = place(dome(span(rng, 0.22, 0.4), 0.08), (0.05, 0, 0), rz=-90)
        mesh = mesh if x > 0 else mirror(mesh, 0)
    else:
        mesh = merge([place(box(0.05, 0.07, 0.5), (0, 0, 0.15)), place(box(0.04, 0.15, 0.06), (0, -0.12, 0), rx=15),
                      place(cylinder(0.015, 0.3, segments=6), (0, 0.04, 0.35), rx=90)])  # fmt: skip
    kit.add("carried thing", place(place(mesh, (x, y, z)), rx=lean))
    return thing


def _in_words(pose: str) -> tuple[str, str]:
    """A pose as an adjective or as something that the figure has; the other one is empty."""
    return ("", pose.removeprefix("with ")) if pose.startswith("with") else (pose, "")


def _simple(kit: Assembly, rng: np.random.Generator, own: Joints, thick: float, tall: float, style: str) -> str:
    """A figure of blocks, of plain rounded pieces or of sticks and a ball; gives its style in words."""
    half, trunk = float(own.arms[0][0, 0]), own.shoulder
    square, fat = style == "blocky", {"blocky": 1.5, "featureless": 1.1, "stick": 0.4}[style] * thick

    def piece(a: np.ndarray, b: np.ndarray, r: float, wide: float = 1.0) -> Mesh:
        ends = [(*(float(v) for v in p), r) for p in (a, b)]
        return limb(*ends, smooth=1, around=4 if square else 10, blunt=not square, wide=wide)

    for points in own.legs:
        kit.add("leg", merge([piece(points[0], points[1], fat), piece(points[1], points[2], fat * 0.95)]))
        if style != "featureless":
            kit.add("leg", box(fat * 1.6, fat, fat * 2.6), (points[2] + np.array([0, -fat, fat * 0.5])).tolist())
    for points in own.arms:
        arm = merge([piece(points[0], points[1], fat * 0.85), piece(points[1], points[2], fat * 0.8)])
        kit.add("arm", arm, rx=own.lean)
        kit.add("arm", ball(fat, fat, fat, 8), points[2].tolist(), rx=own.lean)
    if style == "stick":
        kit.add("torso", piece(np.array([0, -0.02, 0]), np.array([0, trunk + 0.1, 0]), fat), rx=own.lean)
        for y, lines in ((trunk, own.arms), (0.0, own.legs)):
            bar = piece(np.array([0, y, 0]), lines[0][0], fat)
            for one in (bar, mirror(bar, 0)):
                kit.add("torso", one, rx=own.lean if y else 0.0)
    elif square:
        block = box(half * 1.7, trunk * 1.1, half * span(rng, 0.7, 1.2), (span(rng, 0.9, 1.3), 1))
        kit.add("torso", place(block, (0, -0.06, 0)), rx=own.lean)
    else:
        waist = half * span(rng, 0.5, 0.7)
        kit.add("torso", limb((0, 0, 0, waist), (0, trunk * 0.95, 0, half * 0.6), around=12, wide=1.4), rx=own.lean)
    size = tall * span(rng, 0.9, 1.4)
    head = box(size, size, size) if square and chance(rng, 0.7) else cylinder(size * 0.5, size, segments=16)
    if not square:
        head = place(ball(size * 0.45, size * 0.52, size * 0.45), (0, size * 0.5, 0))
    kit.add("head", place(head, (0, trunk + (0.08 if square else 0.06), 0)), rx=own.lean)
    return style


def person(kit: Assembly, rng: np.random.Generator) -> Built:
    pose = one_of(rng, *_POSES)
    build = one_of(rng, "adult", "adult", "adult", "child", "cartoon")
    fine = chance(rng, 0.6)
    around = one_of(rng, 8, 10, 12) if fine else one_of(rng, 4, 5, 6)
    leg, trunk = span(rng, 0.78, 0.98), span(rng, 0.48, 0.6)
    tall, fat = span(rng, 0.21, 0.26), span(rng, 0.75, 1.35)
    if build != "adult":
        tall, leg = tall * (1.3 if build == "child" else span(rng, 1.6, 3.2)), leg * span(rng, 0.6, 0.9)
    half = span(rng, 0.15, 0.22)
    own = joints(rng, pose, leg, trunk, half)
    thick = half * 0.42 * fat
    if chance(rng, 0.15):
        style = _simple(kit, rng, own, thick, tall, one_of(rng, "blocky", "featureless", "stick"))
        held = _carried(kit, rng, own.arms[0][2], own.lean) if chance(rng, 0.2) else ""
        first, posed = _in_words(pose)
        return kit.finish([first, style], [posed, held], "human figure", "figurine")
    boots = one_of(rng, 1.0, 1.0, 1.3)
    for points in own.legs:
        wider = span(rng, 1.0, 1.15)
        kit.add("leg", tapered(points, (thick, thick * 0.7, thick * 0.48 * boots), around))
        shin = points[2] - points[1]
        foot = limb((0, 0, -0.03, thick * 0.55), (0, -0.03, 0.08, thick * 0.6), (0, -0.045, 0.17, thick * 0.42),
                    smooth=2, around=around, wide=wider)  # fmt: skip
        tilt = float(np.degrees(np.arctan2(shin[2], -shin[1])))
        kit.add("leg", foot, points[2].tolist(), rx=-tilt * 0.8)
    shape = one_of(rng, (0.92, 0.75, 1.0), (1.0, 1.0, 1.0), (1.05, 0.68, 0.92), (0.85, 0.8, 1.1), (1.0, 1.25, 1.05))
    hips, waist, chest = (half * 0.62 * k * (0.55 + 0.45 * fat) for k in shape)
    neck = half * 0.3
    top = trunk + 0.06 + tall * 0.12
    torso = limb((0, -0.06, 0, hips * 0.8), (0, 0.04, 0, hips), (0, trunk * 0.4, 0.01, waist),
                 (0, trunk * 0.75, 0.015, chest), (0, trunk * 0.97, 0, chest * 0.7), smooth=3, around=around + 2,
                 wide=span(rng, 1.35, 1.6))  # fmt: skip
    kit.add("torso", torso, rx=own.lean)
    kit.add("torso", limb((0, trunk * 0.95, 0, neck * 1.3), (0, top, 0.01, neck), around=around), rx=own.lean)
    for points in own.arms:
        kit.add("arm", tapered(points, (thick * 0.72, thick * 0.52, thick * 0.38), around), rx=own.lean)
        way = points[2] - points[1]
        end = points[2] + way * (0.2 / np.sqrt((way * way).sum())) * 0.75
        kit.add("arm", tapered(np.stack([points[2], (points[2] + end) / 2, end]), (0.03, 0.045, 0.025), around),
                rx=own.lean)  # fmt: skip
    looks, turn = span(rng, -25, 25), span(rng, -10, 15)
    head, facts = head_parts(rng, fine=fine and chance(rng), face=chance(rng, 0.8))
    for part, mesh in head:
        turned = place(place(scaled(mesh, tall), (0, tall * 0.42, 0.02), rx=turn), (0, top, 0), ry=looks)
        kit.add("clothing" if part in ("glasses", "headwear") else part, turned, rx=own.lean)
    calm = pose == "upright" or pose.startswith(("standing", "with"))
    told = _clothes(kit, rng, own, fat, calm)
    if chance(rng, 0.25):
        spot = own.arms[0][2] + (own.arms[0][2] - own.arms[0][1]) * 0.3
        told.append(_carried(kit, rng, spot, own.lean))
    elif chance(rng, 0.2) or pose == "sitting":
        low = min(float(points[2, 1]) for points in own.legs) - 0.08
        seat = pose == "sitting"
        told.append("a seat" if seat else "a base")
        block = box(half * 2.6, -low - thick, half * 2.4) if seat else cylinder(span(rng, 0.3, 0.5), 0.06)
        kit.add("base", block, (0, low if seat else low - 0.04, -0.05 if seat else 0.0))
    first, posed = _in_words(pose)
    size = {"adult": "heavy" if fat > 1.2 else "slim" if fat < 0.85 else "", "child": "small", "cartoon": "cartoon"}[
        build
    ]
    return kit.finish([first, size], [posed, *told, *facts], "human", "figure")


BUILDERS = (person,)
