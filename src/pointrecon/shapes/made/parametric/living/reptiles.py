"""Dinosaurs, turtles, crocodiles and snakes."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, mirror, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span
from pointrecon.shapes.made.parametric.living.body_shapes import curve, limb, rough, tapered
from pointrecon.shapes.made.parametric.living.four_legged import (
    Form,
    Stance,
    base,
    head,
    on_head,
    tail,
    trunk_and_legs,
    varied,
)
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, box, cylinder, dome


def dinosaur(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "two-legged", "two-legged", "long-necked", "horned", "plated", "armored")
    around = one_of(rng, 6, 8, 10)
    if kind == "two-legged":
        fat, lean, leg = span(rng, 0.17, 0.26), np.radians(span(rng, -5, 45)), span(rng, 0.5, 0.75)
        hip = np.array([0, leg, 0.0])
        way = np.array([0, np.sin(lean), np.cos(lean)])
        neck = hip + way * span(rng, 0.5, 0.7)
        skull = neck + np.array([0, span(rng, 0.1, 0.3), span(rng, 0.08, 0.2)])
        end = hip + np.array([span(rng, -0.3, 0.3), -span(rng, -0.2, 0.45) * leg, -span(rng, 0.9, 1.3)])
        line = np.stack([end, hip + (end - hip) * 0.45 - (0, 0.02, 0), hip, hip + way * 0.35, neck, skull])
        kit.add("body", tapered(line, (0.015, fat * 0.45, fat, fat * 0.95, fat * 0.5, fat * 0.5), around + 2, 4))
        own = Stance(skull, span(rng, -15, 20), end, around, kind)
        head(
            kit,
            rng,
            own,
            Form(1, 1, 1, (1, 1, 1), (fat * 0.6, fat * span(rng, 1.0, 1.8)), 1),
            blunt=0.5,
            drop=0.0,
            jaw=chance(rng, 0.7),
        )
        swing = span(rng, -0.25, 0.25)
        for x in (1, -1):
            knee = hip + np.array([x * fat * 0.9, -leg * 0.4, 0.15 + x * swing])
            ankle, foot = (
                hip + np.array([x * fat * 0.9, -leg * 0.75, -0.08 + x * swing]),
                np.array([x * fat * 0.9, 0.03, x * swing]),
            )
            kit.add(
                "leg",
                tapered(
                    np.stack([hip + np.array([x * fat * 0.6, 0, 0]), knee, ankle, foot]),
                    (fat * 0.6, fat * 0.42, 0.06, 0.05),
                    around,
                    3,
                ),
            )
            kit.add("leg", box(0.13, 0.05, 0.26, (0.8, 0.6)), (x * fat * 0.9, 0, x * swing + 0.08))
            arm = neck - way * 0.12 + (x * fat * 0.55, -0.1, 0)
            reach = fat * span(rng, 0.5, 1.2)
            kit.add(
                "arm",
                tapered(
                    np.stack(
                        [arm, arm + np.array([0, -reach * 0.6, 0.02]), arm + np.array([0, -reach * 0.7, reach * 0.6])]
                    ),
                    (0.05, 0.04, 0.015),
                    6,
                ),
            )
        return kit.finish([kind], ["short arms", "a long tail", base(kit, rng)], "reptile", "meat-eating dinosaur")
    form = {
        "long-necked": Form(0.5, 0.28, 0.9, (1.0, 45, 0.08), (0.1, 0.1), 0.11),
        "horned": Form(0.38, 0.29, 0.95, (0.14, 5, 0.2), (0.2, 0.22), 0.1),
        "plated": Form(0.4, 0.3, 0.75, (0.35, -15, 0.1), (0.1, 0.14), 0.09),
        "armored": Form(0.25, 0.26, 1.0, (0.2, 5, 0.14), (0.14, 0.12), 0.08, False, 1.4),
    }[kind]
    form = varied(rng, form)
    own = trunk_and_legs(kit, rng, form, one_of(rng, "standing", "walking"))
    turn = head(kit, rng, own, form, blunt=0.45)
    tail(
        kit,
        rng,
        own,
        span(rng, 0.8, 1.4),
        form.deep * 0.55,
        one_of(rng, "level", "level", "hanging") if kind != "armored" else "level",
    )
    top, facts = form.leg + form.deep * 0.85, ["a long tail"]
    if kind == "horned":
        r, horns = form.head[0], one_of(rng, 1, 3)
        kit.add(
            "frill",
            on_head(own, turn, place(dome(r * span(rng, 1.6, 2.3), r * 0.5, 14), (0, r * 0.5, -r * 0.6), rx=75)),
        )
        ways = [(0.0, -0.1, 1.3)] + ([(0.5, 0.6, 0.5), (-0.5, 0.6, 0.5)] if horns == 3 else [])
        for across, y, z in ways:
            long = 0.6 if z > 1 else 1.5
            tip = (across * r * 1.2, (y + 0.4 * long) * r, (z + long) * r, r * 0.02)
            kit.add("horn", on_head(own, turn, limb((across * r, y * r, z * r, r * 0.2), tip)))
        facts = [some(horns, "horn"), "a neck frill"]
    elif kind == "plated":
        rows, size = count(rng, 5, 9), span(rng, 0.18, 0.34)
        for i in range(rows):
            grown = size * (0.5 + float(np.sin(np.pi * (i + 0.5) / rows)) * 0.6)
            plate = box(0.03, grown, grown * 0.8, (0.5, 0.15))
            kit.add("plate", plate, (0.04 * (-1) ** i, top - 0.03, -0.45 + 0.85 * i / (rows - 1)))
        facts = ["plates along the back", "a small head"]
    elif kind == "armored":
        knob = cylinder(0.06, 0.09, 0.01, 6)
        for side in (-0.26, -0.1, 0.1, 0.26):
            for back in (-0.4, -0.2, 0.0, 0.2, 0.35):
                kit.add("plate", knob, (side * 1.1, top - side * side, back))
        facts = ["knobs all over the back"]
    return kit.finish([kind], [*facts, base(kit, rng)], "reptile", "plant-eating dinosaur")


def turtle(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "land", "land", "sea", "pond")
    wide, long = span(rng, 0.38, 0.5), span(rng, 0.48, 0.62)
    high = span(rng, 0.3, 0.48) if kind == "land" else span(rng, 0.16, 0.26)
    up = 0.16 if kind == "land" else 0.08
    shell = place(dome(1.0, 1.0, one_of(rng, 8, 14, 20)))
    shell = Mesh(shell.vertices * (wide, high, long), shell.faces)
    bumpy = chance(rng, 0.35)
    kit.add("shell", rough(shell, rng, 0.04, 6) if bumpy else shell, (0, up, 0))
    kit.add("shell", place(ball(wide * 0.97, 0.07, long * 0.97, 14), (0, up, 0)))
    hidden = kind == "land" and chance(rng, 0.12)
    if not hidden:
        stretch, lift = span(rng, 0.1, 0.3), span(rng, -0.02, 0.18)
        end = long + stretch
        neck = [(0, up + 0.02, long * 0.7, 0.08), (0, up + 0.06 + lift * 0.5, long + stretch * 0.5, 0.065),
                (0, up + 0.08 + lift, end, 0.09), (0, up + 0.06 + lift, end + 0.1, 0.06)]  # fmt: skip
        kit.add("head", limb(*neck, around=8))
        if kind == "sea":
            reach, back = span(rng, 0.4, 0.7), span(rng, -0.4, 0.1)
            z = long * 0.6
            fore = limb((wide * 0.7, up, z, 0.09), (wide + reach * 0.5, up - 0.02, z + 0.05, 0.12),
                        (wide + reach, up - 0.1, z + back, 0.03))  # fmt: skip
            hind = limb((wide * 0.5, up, -long * 0.8, 0.07), (wide * 0.75, up - 0.03, -long * 1.15, 0.08))
            for mesh in (fore, hind):
                kit.pair("flipper", Mesh((mesh.vertices - (0, up, 0)) * (1, 0.35, 1) + (0, up, 0), mesh.faces))
        else:
            thick = 0.1 if kind == "land" else 0.065
            for z in (0.6, -0.6):
                swing = span(rng, -0.08, 0.1)
                leg = limb((wide * 0.65, up, z * long, thick), (wide * 0.95, up * 0.6, z * long + swing, thick * 0.9),
                           (wide, 0.04, z * long + swing * 1.5, thick * 0.85))  # fmt: skip
                kit.pair("leg", leg)
        kit.add("tail", limb((0, up, -long * 0.9, 0.04), (0, up - 0.05, -long - 0.13, 0.008)))
    facts = [
        "head and legs drawn in" if hidden else "flippers" if kind == "sea" else "four legs",
        "a bumpy shell" if bumpy else "",
    ]
    return kit.finish([kind], facts, "tortoise" if kind == "land" else "reptile", "shelled animal")


def crocodile(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "heavy", "slender")
    fat, flat = (
        (span(rng, 0.14, 0.2), span(rng, 1.2, 1.6)) if kind == "heavy" else (span(rng, 0.07, 0.1), span(rng, 1.0, 1.3))
    )
    bend, up, around = span(rng, -0.4, 0.4), fat + span(rng, 0.02, 0.12), one_of(rng, 6, 8, 12)
    snout = span(rng, 0.25, 0.5) if kind == "heavy" else span(rng, 0.08, 0.16)
    line = np.array(
        [
            (bend * 1.6, 0.05, -1.5),
            (bend * 0.7, up * 0.6, -0.95),
            (0, up * 0.9, -0.45),
            (0, up, 0),
            (0, up, 0.4),
            (bend * 0.15, up, 0.58),
        ]
    )
    body = limb(
        *np.column_stack([line, np.array((0.015, 0.4, 0.9, 1.0, 0.8, 0.6)) * fat]).tolist(), around=around, wide=flat
    )
    kit.add("body", body)
    gape = chance(rng, 0.5) * span(rng, 5, 25)
    upper = limb(
        (0, 0, 0, fat * 0.62), (0, 0.02, 0.15, fat * 0.6), (0, 0, 0.15 + snout, fat * 0.28), wide=1.5, around=around
    )
    jaw = Mesh(upper.vertices * (0.95, 0.45, 0.97), upper.faces)
    at = (bend * 0.15, up, 0.56)
    kit.add("head", place(upper, at, rx=-gape, ry=bend * 30))
    kit.add("head", place(jaw, (at[0], up - fat * 0.5, 0.56), rx=gape * 0.3, ry=bend * 30))
    for z in (0.3, -0.42):
        for side in (1, -1):
            swing = span(rng, -0.15, 0.15)
            joint = (side * (fat * flat + 0.14), up * 0.9, z + swing * 0.3)
            foot = (side * (fat * flat + 0.2), 0.02, z + swing + 0.05)
            kit.add(
                "leg",
                limb((side * fat * flat * 0.6, up, z, fat * 0.4), (*joint, fat * 0.32), (*foot, fat * 0.22), around=6),
            )
            kit.add("leg", box(fat * 0.7, 0.02, fat * 0.9, (0.7, 0.5)), (foot[0], 0, foot[2] + 0.05))
    ridged = chance(rng, 0.6)
    if ridged:
        for t in np.linspace(0, 1, count(rng, 10, 18)):
            x, y, z = (float(np.interp(t, np.linspace(0, 1, 6), line[:, k])) for k in range(3))
            r = float(np.interp(t, np.linspace(0, 1, 6), (0.015, 0.4, 0.9, 1.0, 0.8, 0.6))) * fat
            kit.add("ridge", box(0.02, fat * 0.4, 0.07, (0.3, 0.2)), (x, y + r * 0.85, z))
    facts = ["open jaws" if gape else "closed jaws", "a ridged back" if ridged else "a smooth back"]
    return kit.finish([kind], facts, "lizard" if kind == "slender" else "alligator", "reptile")


def snake(kit: Assembly, rng: np.random.Generator) -> Built:
    pose = one_of(rng, "winding", "coiled", "rearing", "straight", "looped")
    thick, n = span(rng, 0.025, 0.08), 40
    t = np.linspace(0, 1, n)
    turns = span(rng, 1.5, 4.0)
    if pose in ("winding", "straight"):
        sway = span(rng, 0.1, 0.3) if pose == "winding" else 0.03
        line = np.stack([sway * np.sin(2 * np.pi * turns * t), 0 * t + thick, 2.0 * t], axis=1)
    elif pose == "looped":
        line = np.stack(
            [0.5 * np.sin(4 * np.pi * t), thick + 0.4 * t * thick * 20, 0.6 * np.cos(2 * np.pi * t * 1.3)], axis=1
        )
    else:
        out = 0.45 - 0.3 * t
        line = np.stack(
            [
                out * np.sin(2 * np.pi * turns * t),
                thick + 2.2 * thick * turns * t * t,
                out * np.cos(2 * np.pi * turns * t),
            ],
            axis=1,
        )
        if pose == "rearing":
            neck = curve(
                np.array(
                    [
                        line[-1],
                        line[-1] + np.array([0, 0.25, -0.05]),
                        line[-1] + np.array([0, 0.55, 0.05]),
                        line[-1] + np.array([0, 0.68, 0.2]),
                    ]
                ),
                5,
            )
            line = np.concatenate([line, neck[1:]])
    m = len(line)
    s = np.linspace(0, 1, m)
    radius = thick * np.minimum(1.0, 0.1 + 3.5 * s) * np.where(s > 0.93, 0.8, 1.0)
    kit.add("body", tapered(line, radius.tolist(), one_of(rng, 6, 8, 12), 1))
    ahead = line[-1] - line[-3]
    yaw = float(np.degrees(np.arctan2(ahead[0], ahead[2])))
    pitch = float(np.degrees(np.arctan2(ahead[1], np.sqrt(ahead[0] ** 2 + ahead[2] ** 2))))
    skull = limb(
        (0, 0, -thick * 0.5, thick * 0.9),
        (0, 0.1 * thick, thick * 1.2, thick * 1.2),
        (0, 0, thick * 3, thick * 0.6),
        wide=1.2,
    )
    kit.add("head", place(place(skull, rx=-pitch, ry=yaw), line[-1].tolist()))
    hood = pose == "rearing" and chance(rng, 0.6)
    if hood:
        kit.add(
            "hood", place(ball(thick * 3, thick * 5, thick * 0.7, 12), (line[-8] + np.array([0, 0.05, 0])).tolist())
        )
    tongue = chance(rng, 0.4)
    if tongue:
        fork = limb(
            (0, 0, thick * 3, thick * 0.1),
            (0, 0, thick * 5, thick * 0.1),
            (thick * 0.6, 0, thick * 6, thick * 0.05),
            around=4,
        )
        for one in (fork, mirror(fork, 0)):
            kit.add("tongue", place(place(one, rx=-pitch, ry=yaw), line[-1].tolist()))
    size = "thick" if thick > 0.06 else "thin" if thick < 0.04 else ""
    return kit.finish([pose, size], ["a spread hood" if hood else "", "a forked tongue" if tongue else ""],
                      "cobra" if hood else "serpent", "reptile")  # fmt: skip


BUILDERS = (dinosaur, turtle, crocodile, snake)
