"""Human skeletons in many poses."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, mirror, place
from pointrecon.shapes.made.parametric.dice import count, one_of, some, span
from pointrecon.shapes.made.parametric.living.body_shapes import tapered
from pointrecon.shapes.made.parametric.living.people import joints
from pointrecon.shapes.made.parametric.living.robots import POSES
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, box, sweep, torus


def skeleton(kit: Assembly, rng: np.random.Generator) -> Built:
    pose = one_of(rng, *POSES, "sitting", "walking", "running")
    half, leg, trunk = span(rng, 0.15, 0.2), span(rng, 0.8, 0.95), span(rng, 0.48, 0.56)
    own = joints(rng, pose, leg, trunk, half)
    bone, n = span(rng, 0.016, 0.03), one_of(rng, 5, 6, 8)

    def long_bone(a: np.ndarray, b: np.ndarray, r: float) -> Mesh:
        return tapered(
            np.stack([a, a * 0.85 + b * 0.15, a * 0.15 + b * 0.85, b]), (r * 1.6, r * 0.8, r * 0.7, r * 1.5), n, 2
        )

    spine = [place(ball(bone * 1.5, bone * 0.9, bone * 1.5, 7), (0, y, -0.05 + 0.03 * np.sin(6 * y / trunk)))
             for y in np.linspace(0, trunk + 0.08, 15)]  # fmt: skip
    kit.add("spine", merge(spine), rx=own.lean)
    ribs = count(rng, 6, 10)
    for i in range(ribs):
        t = i / (ribs - 1)
        y, wide = trunk * (0.98 - 0.5 * t), half * (0.55 + 0.4 * np.sin(np.pi * (0.2 + 0.65 * t)))
        a = np.linspace(0.0, 0.93 if t < 0.75 else 0.6, 8) * np.pi
        ring = np.stack([wide * np.sin(a), y - 0.07 * np.sin(a * 0.6), 0.02 - wide * 0.75 * np.cos(a)], axis=1)
        rib = place(tapered(ring, (bone * 0.45,) * 8, 5, 1), rx=own.lean)
        kit.add("rib", rib)
        kit.add("rib", mirror(rib, 0))
    kit.add("rib", place(box(bone * 2, trunk * 0.38, bone, (1.3, 1)), (0, trunk * 0.55, half * 0.68)), rx=own.lean)
    collar = place(
        tapered(np.array([(0.01, trunk * 0.96, half * 0.55), (half, trunk, 0)]), (bone * 0.7, bone * 0.8), 6),
        rx=own.lean,
    )
    blade = place(ball(half * 0.3, 0.09, 0.012, 8), (half * 0.65, trunk * 0.86, -half * 0.7), rx=own.lean)
    hip = place(ball(half * 0.42, 0.1, 0.05, 10), (half * 0.4, 0.03, -0.02), ry=35, rz=-25)
    for mesh, part in ((collar, "rib"), (blade, "rib"), (hip, "hip")):
        kit.add(part, mesh)
        kit.add(part, mirror(mesh, 0))
    for points in own.arms:
        a, b, c = points
        kit.add("arm", long_bone(a, b, bone), rx=own.lean)
        for s in (0.5, -0.5):
            shift = np.array([s, 0, 0.3 * s]) * bone * 1.6
            kit.add("arm", long_bone(b + shift, c + shift, bone * 0.6), rx=own.lean)
        way = (c - b) / np.sqrt(((c - b) ** 2).sum())
        for k in range(5):
            side = np.array([0.0, 0.0, 0.018 * (k - 2)])
            kit.add(
                "arm",
                tapered(
                    np.stack([c + side * 0.5, c + way * 0.1 + side, c + way * 0.18 + side * 1.3]),
                    (0.01, 0.009, 0.006),
                    5,
                ),
                rx=own.lean,
            )
    for points in own.legs:
        a, b, c = points
        kit.add(
            "leg",
            merge(
                [
                    long_bone(a, b, bone * 1.3),
                    long_bone(b, c, bone * 1.1),
                    place(ball(*(bone * 1.6,) * 3, 7), (b + np.array([0, 0, bone])).tolist()),
                ]
            ),
        )
        for k in range(4):
            toe = np.stack([c + np.array([0.0, -0.02, -0.02]), c + np.array([0.015 * (k - 1.5), -0.05, 0.16])])
            kit.add("leg", tapered(toe, (0.014, 0.009), 5))
    r = 0.115
    skull = [
        place(ball(r * 0.75, r * 0.8, r, 14), (0, 0.1, -0.02)),
        place(box(r * 0.9, 0.09, r * 0.7, (1.2, 1.2)), (0, -0.04, 0.04)),
    ]
    jaw = place(
        sweep(
            np.array(
                [(-0.06, 0.03, -0.02), (-0.05, -0.03, 0.06), (0, -0.04, 0.1), (0.05, -0.03, 0.06), (0.06, 0.03, -0.02)]
            ),
            0.018,
            (0, 1, 0.3),
        ),
        (0, -0.05 - span(rng, 0, 0.04), 0),
    )
    sockets = [place(torus(0.028, 0.01, 10, 5), (x, 0.07, r * 0.82), rx=80) for x in (0.04, -0.04)]
    nod, turn = span(rng, -10, 15), span(rng, -25, 25)
    for mesh in (*skull, jaw, *sockets):
        kit.add("skull", place(place(mesh, rx=nod, ry=turn), (0, trunk + 0.17, 0)), rx=own.lean)
    posed = pose.removeprefix("with ") if pose.startswith("with") else ""
    return kit.finish(
        [pose if not posed else "", "human"], [posed, some(ribs, "pair") + " of ribs"], "set of bones", "bony figure"
    )


BUILDERS = (skeleton,)
