"""Figures and arms that move but do not live: robots and industrial robots."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.dice import chance, one_of, span
from pointrecon.shapes.made.parametric.living.body_shapes import limb, tapered
from pointrecon.shapes.made.parametric.living.people import joints
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, box, cushion, cylinder, dome, rod, sweep
from pointrecon.shapes.made.parametric.transport.vehicles import wheel

POSES = ("standing", "upright", "walking", "with lowered arms apart", "with arms spread", "with one arm raised",
          "with both arms raised", "with one arm stretched forward", "with hands on the hips", "striding")  # fmt: skip


def _robot_head(kit: Assembly, rng: np.random.Generator, y: float, size: float) -> str:
    """A robot's head standing at height y; gives its form in words."""
    form = one_of(
        rng,
        "a square head",
        "a round head",
        "a domed head",
        "a cylindrical head",
        "a screen for a head",
        "a helmet-like head",
    )
    deep = size * span(rng, 0.7, 1.1)
    if form == "a square head":
        kit.add("head", (box if chance(rng) else cushion)(size * 1.2, size, deep), (0, y, 0))
    elif form == "a round head":
        kit.add("head", ball(size * 0.6, size * 0.55, deep * 0.6), (0, y + size * 0.5, 0))
    elif form == "a domed head":
        kit.add(
            "head",
            merge([cylinder(size * 0.6, size * 0.4), place(dome(size * 0.6, size * 0.5), (0, size * 0.4, 0))]),
            (0, y, 0),
        )
    elif form == "a cylindrical head":
        kit.add("head", cylinder(size * 0.55, size, size * span(rng, 0.4, 0.6)), (0, y, 0))
    elif form == "a screen for a head":
        kit.add("head", box(size * 1.7, size * 1.1, size * 0.4), (0, y, 0))
        deep = size * 0.4
    else:
        kit.add("head", ball(size * 0.5, size * 0.65, deep * 0.6), (0, y + size * 0.5, 0))
        kit.add("head", box(size * 0.8, size * 0.2, deep * 0.5), (0, y + size * 0.45, deep * 0.3))
    eye = place(cylinder(size * span(rng, 0.09, 0.2), size * 0.12, segments=10), rx=90)
    if chance(rng, 0.25):
        kit.add("eye", eye, (0, y + size * 0.55, deep * 0.5))
    else:
        kit.pair("eye", eye, (size * 0.25, y + size * 0.6, deep * 0.45))
    feelers = one_of(rng, 0, 0, 1, 2)
    mast = merge(
        [cylinder(size * 0.03, size * 0.5, segments=6), place(ball(*(size * 0.09,) * 3, 8), (0, size * 0.5, 0))]
    )
    if feelers == 2:
        kit.pair("head", mast, (size * 0.5, y + size * 0.7, 0), rz=-25)
    elif feelers:
        kit.add("head", mast, (0, y + size * 0.95, 0))
    return form


def _link(a: np.ndarray, b: np.ndarray, thick: float, style: str) -> Mesh:
    """A piece of arm or leg: a tube, a box or a pair of rods, with a joint at its start."""
    start, stop = a.tolist(), b.tolist()
    joint = place(ball(thick * 1.25, thick * 1.25, thick * 1.25, 9), start)
    if style == "boxy":
        turned = sweep(np.stack([a + 0.1 * (b - a), b]), np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * thick * 1.1,
                       (1, 0, 0) if abs(b[0] - a[0]) < 0.8 * np.abs(b - a).max() else (0, 0, 1))  # fmt: skip
        return merge([joint, turned])
    if style == "rods":
        shift = np.array([0, 0, thick * 0.7])
        return merge([joint, rod((a + shift).tolist(), (b + shift).tolist(), thick * 0.4),
                      rod((a - shift).tolist(), (b - shift).tolist(), thick * 0.4)])  # fmt: skip
    return merge([joint, rod(start, stop, thick, 1.5 if style == "flared" else 0.9)])


def robot(kit: Assembly, rng: np.random.Generator) -> Built:
    base = one_of(
        rng,
        "two legs",
        "two legs",
        "two legs",
        "two legs",
        "tracks",
        "wheels",
        "one wheel",
        "a round foot",
        "four legs",
    )
    style, half, trunk = one_of(rng, "boxy", "round", "flared", "rods"), span(rng, 0.18, 0.36), span(rng, 0.4, 0.65)
    leg = span(rng, 0.5, 0.95)
    pose = (
        one_of(rng, *POSES)
        if base == "two legs"
        else one_of(rng, "with lowered arms apart", "with one arm raised", "upright")
    )
    own = joints(rng, pose, leg, trunk, half * 1.25)
    thick, deep = span(rng, 0.04, 0.085), half * span(rng, 0.9, 1.6)
    shape = one_of(rng, "a box for a body", "a barrel body", "an egg-shaped body", "a tapered body", "a plated chest")
    if shape == "a box for a body":
        kit.add("body", (box if chance(rng) else cushion)(half * 2, trunk, deep))
    elif shape == "a barrel body":
        kit.add("body", cylinder(half, trunk, half * span(rng, 0.8, 1.1), segments=18))
    elif shape == "an egg-shaped body":
        kit.add("body", ball(half, trunk * 0.55, half * 0.9), (0, trunk * 0.5, 0))
    elif shape == "a tapered body":
        kit.add("body", box(half * 1.1, trunk, deep * 0.7, (1.9, 1.5)))
    else:
        kit.add("body", box(half, trunk * 0.45, deep * 0.6))
        kit.add("body", cushion(half * 2.1, trunk * 0.55, deep), (0, trunk * 0.45, 0))
        kit.pair("body", box(half * 0.8, trunk * 0.3, 0.06), (half * 0.48, trunk * 0.55, deep / 2))
    if chance(rng, 0.5):
        kit.add("panel", box(half, trunk * 0.3, 0.03), (0, trunk * 0.45, deep / 2))
    kit.add("body", cylinder(half * 0.3, 0.12, segments=10), (0, trunk * 0.97, 0))
    form = _robot_head(kit, rng, trunk + 0.07, span(rng, 0.2, 0.4))
    grip = one_of(rng, "claws", "fists", "fingers", "guns")
    arms = chance(rng, 0.92)
    for points in own.arms if arms else []:
        a, b, c = points
        kit.add("arm", merge([_link(a, b, thick, style), _link(b, c, thick * 0.9, style)]))
        if chance(rng, 0.3) or style == "boxy":
            kit.add("arm", ball(thick * 2, thick * 2, thick * 2, 10), a.tolist())
        way = (c - b) / np.sqrt(((c - b) ** 2).sum())
        if grip == "fists":
            kit.add(
                "arm",
                place(cushion(thick * 2.6, thick * 2.6, thick * 2.6), (c - np.array([0, thick * 1.3, 0])).tolist()),
            )
        elif grip == "guns":
            kit.add("arm", rod(c.tolist(), (c + way * 0.25).tolist(), thick * 1.3))
        else:
            for turn in (1, -1) if grip == "claws" else (-1, 0, 1):
                side = np.array([0.0, 0.04, 0.06]) * turn
                kit.add(
                    "arm",
                    tapered(
                        np.stack([c, c + way * 0.08 + side, c + way * 0.18 + side * 0.5]),
                        (thick * 0.6, 0.022, 0.012),
                        6,
                    ),
                )
    facts = [form, base, grip if arms else "no arms", shape]
    if base in ("two legs", "four legs"):
        for points in own.legs:
            a, b, c = points
            for shift in (0.0,) if base == "two legs" else (-0.22, 0.22):
                s = np.array([0, 0, shift])
                kit.add(
                    "leg",
                    merge(
                        [
                            _link(a + s, b + s * 1.6, thick * 1.2, style),
                            _link(b + s * 1.6, c + s * 1.3, thick * 1.2, style),
                        ]
                    ),
                )
                foot = box(thick * 3, 0.07, 0.26, (0.8, 0.7)) if chance(rng, 0.9) else cylinder(thick * 2, 0.06)
                kit.add("leg", place(foot, (c + s * 1.3 + np.array([0, -0.06, 0.04])).tolist()))
    elif base == "tracks":
        for x in (1, -1):
            loop = np.array([(-0.3, -0.3), (0.3, -0.3), (0.42, -0.17), (0.3, -0.02), (-0.3, -0.02), (-0.42, -0.17)])
            belt = sweep(
                np.stack([loop[:, 0] * 0, loop[:, 1], loop[:, 0]], axis=1),
                np.array([(-1, -0.25), (1, -0.25), (1, 0.25), (-1, 0.25)]) * 0.09,
                (1, 0, 0),
                closed=True,
            )
            kit.add("track", belt, (x * half * 1.1, 0, 0))
            for z in (-0.28, 0, 0.28):
                kit.add("track", wheel(0.11, 0.12), (x * half * 1.1, -0.16, z))
    elif base == "a round foot":
        kit.add("foot", cylinder(half * span(rng, 1.1, 1.6), leg * 0.4, half * 0.6), (0, -leg * 0.4, 0))
    elif base == "one wheel":
        kit.add("wheel", wheel(0.22, 0.14), (0, -0.35, 0))
        kit.pair("wheel", rod((0.1, -0.35, 0), (0.1, 0.05, 0), 0.03))
    else:
        kit.corners("wheel", wheel(0.14, 0.1), (half, -0.12, 0.22))
        kit.add("body", box(half * 1.7, 0.12, 0.6), (0, -0.14, 0))
    posed = pose.removeprefix("with ") if pose.startswith("with") else ""
    return kit.finish(
        [pose if not posed else "", "" if style == "round" else style],
        [posed, *facts],
        "android" if base == "two legs" else "machine",
        "mechanical figure",
    )


def robot_arm(kit: Assembly, rng: np.random.Generator) -> Built:
    thick, boxy = span(rng, 0.09, 0.18), chance(rng, 0.35)
    lengths = [span(rng, 0.4, 0.8), span(rng, 0.35, 0.75), span(rng, 0.12, 0.3)]
    kit.add(
        "base",
        cylinder(thick * span(rng, 1.6, 2.6), 0.12, thick * 1.6)
        if chance(rng, 0.7)
        else box(thick * 4, 0.12, thick * 4),
    )
    kit.add("base", cylinder(thick * 1.4, 0.22), (0, 0.1, 0))
    yaw, angle = span(rng, -180, 180), span(rng, 50, 130)
    spot = np.array([0.0, 0.4, 0.0])
    cheek = place(cylinder(thick * 1.1, thick * 2.4), (thick * 1.2, 0, 0), rz=90)
    kit.add("joint", place(cheek, spot.tolist()), ry=yaw)
    kit.add("base", box(thick * 2.2, 0.15, thick * 1.6), (0, 0.28, 0), ry=yaw)
    for k, long in enumerate(lengths):
        r = thick * (0.85 - 0.2 * k)
        a = np.radians(angle)
        stop = spot + np.array([0, np.sin(a), np.cos(a)]) * long
        if boxy:
            outline = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * r
            piece = sweep(np.stack([spot, stop]), outline, (1, 0, 0), scale=(1.0, 0.75))
        else:
            piece = rod(spot.tolist(), stop.tolist(), r, 0.8)
        kit.add("link", piece, ry=yaw)
        kit.add("joint", place(Mesh(cheek.vertices * (0.85 - 0.2 * k), cheek.faces), stop.tolist()), ry=yaw)
        spot, angle = stop, angle - span(rng, 20, 110)
    tool = one_of(rng, "gripper", "suction cup", "welding torch", "three-fingered gripper")
    pieces = {
        "gripper": [
            box(0.2, 0.05, 0.08),
            place(box(0.03, 0.16, 0.07), (0.08, 0.05, 0)),
            place(box(0.03, 0.16, 0.07), (-0.08, 0.05, 0)),
        ],
        "suction cup": [cylinder(0.03, 0.1), place(cylinder(0.03, 0.06, 0.1), (0, 0.1, 0))],
        "welding torch": [limb((0, 0, 0, 0.035), (0, 0.15, 0, 0.03), (0, 0.26, 0.12, 0.012), around=8)],
        "three-fingered gripper": [
            cylinder(0.07, 0.06),
            *(
                limb((x, 0.05, z, 0.02), (x * 2, 0.12, z * 2, 0.02), (x, 0.22, z, 0.012), around=6)
                for x, z in ((0.06, 0.0), (-0.03, 0.05), (-0.03, -0.05))
            ),
        ],
    }[tool]
    placed = place(place(merge(pieces), rx=90 - angle), spot.tolist())
    kit.add("tool", placed, ry=yaw)
    hose = chance(rng, 0.3)
    if hose:
        line = np.array(
            [
                (0, 0.3, -thick * 1.3),
                (thick, 0.75, -thick * 2.4),
                (thick, spot[1] * 0.6 + 0.4, spot[2] * 0.5),
                tuple(spot),
            ]
        )
        kit.add("hose", tapered(line, (0.02,) * 4, 6, 4), ry=yaw)
    facts = [f"a {tool}", "a hose" if hose else "", "square links" if boxy else "round links"]
    return kit.finish(["slender" if thick < 0.12 else "sturdy"], facts, "industrial robot", "manipulator")


BUILDERS = (robot, robot_arm)
