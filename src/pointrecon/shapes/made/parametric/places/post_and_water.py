"""Mailboxes and fire hydrants."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.devices.casings import board
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span
from pointrecon.shapes.made.parametric.meshes import arc, ball, box, cylinder, dome, lathe, prism, rod, sweep, tube


def mailbox(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "tunnel-shaped", "tunnel-shaped", "street", "pillar", "wall")
    flag = ""
    if kind == "tunnel-shaped":
        w, long, up = span(rng, 0.3, 0.42), span(rng, 0.7, 1.0), span(rng, 0.8, 1.3)
        outline = np.concatenate([[(-w / 2, -w * 0.5), (w / 2, -w * 0.5)], arc(w / 2, w / 2, 0.0, 0.5, 13)[:, :2]])
        kit.add("box", prism(outline, long), (0, up + w * 0.5, 0))
        if is_open := chance(rng, 0.3):
            kit.add("door", prism(outline, 0.03), (0, up, long / 2 + w * 0.5), rx=80)
        else:
            kit.add("door", prism(outline * 1.04, 0.04), (0, up + w * 0.5, long / 2))
            kit.add("door", ball(0.03, 0.03, 0.04, 8), (0, up + w * 0.8, long / 2 + 0.04))
        raised = chance(rng)
        kit.add("flag", box(0.02, 0.25, 0.04), (w / 2 + 0.02, up + w * 0.5, 0), rx=0 if raised else 90)
        kit.add(
            "flag",
            box(0.02, 0.1, 0.16),
            (w / 2 + 0.02, up + w * 0.5 + 0.2, 0.06) if raised else (w / 2 + 0.02, up + w * 0.45, 0.2),
        )
        kit.add("post", box(0.1, up, 0.1))
        if brace := chance(rng, 0.4):
            kit.add("post", rod((0, up * 0.5, 0), (0, up, long * 0.35), 0.035))
        flag = "a raised flag" if raised else "a lowered flag"
        facts = [flag, "the door open" if is_open else "the door closed", "a braced post" if brace else "a post"]
    elif kind == "street":
        w, high = span(rng, 0.6, 0.8), span(rng, 0.9, 1.1)
        outline = np.concatenate(
            [[(-w / 2, 0), (w / 2, 0)], arc(w / 2, w / 2, 0.0, 0.5, 13)[:, :2] + np.array([0, high * 0.7])]
        )
        kit.add("box", place(prism(outline, w), ry=90), (0, 0.2, 0))
        kit.add("door", box(w * 0.7, 0.06, 0.06), (0, 0.2 + high * 0.95, w * 0.42), rx=-30)
        kit.add("door", board(w * 0.7, high * 0.4, 0.04), (0, 0.3, w / 2))
        kit.corners("post", box(0.07, 0.22, 0.07), (w * 0.44, 0, w * 0.42))
        facts = ["a slot", "four short legs"]
    elif kind == "pillar":
        r, high = span(rng, 0.26, 0.36), span(rng, 1.3, 1.7)
        kit.add(
            "box",
            lathe(
                [
                    (0, 0),
                    (r * 1.15, 0),
                    (r * 1.15, 0.12),
                    (r, 0.16),
                    (r, high),
                    (r * 1.15, high + 0.03),
                    (r * 1.1, high + 0.1),
                    (0, high + 0.22),
                ],
                22,
            ),
        )
        kit.add("door", box(r * 1.2, 0.05, 0.1), (0, high * 0.85, r * 0.95))
        kit.add("door", board(r * 0.9, high * 0.4, 0.06), (0, high * 0.25, r * 0.97))
        facts = ["a slot", "a round cap"]
    else:
        w, high, deep = span(rng, 0.4, 0.7), span(rng, 0.4, 0.6), span(rng, 0.14, 0.25)
        kit.add("box", box(w, high, deep))
        kit.add("lid", box(w * 1.08, 0.05, deep * 1.3), (0, high, 0.02), rx=span(rng, 0, 25))
        kit.add("door", box(w * 0.7, 0.05, 0.03), (0, high * 0.75, deep / 2))
        if roll := chance(rng):
            kit.add("roll", place(tube(0.09, 0.075, w), (w / 2, -0.1, 0), rz=90))
        facts = ["a lid", "a newspaper roll" if roll else ""]
    return kit.finish([kind], facts, "letter box", "post box")


def fire_hydrant(kit: Assembly, rng: np.random.Generator) -> Built:
    r, high = span(rng, 0.2, 0.28), span(rng, 0.8, 1.2)
    top = one_of(rng, "a domed cap", "a flat cap", "a pointed cap")
    kit.add(
        "body",
        lathe(
            [
                (0, 0),
                (r * 1.5, 0),
                (r * 1.5, 0.08),
                (r, 0.1),
                (r * span(rng, 0.8, 1.0), high),
                (r * 1.25, high),
                (r * 1.25, high + 0.06),
                (0, high + 0.06),
            ],
            18,
        ),
    )
    y = high + 0.06
    if top == "a domed cap":
        kit.add("cap", dome(r * 1.1, r * span(rng, 0.7, 1.2)), (0, y, 0))
        y += r
    elif top == "a flat cap":
        kit.add("cap", cylinder(r * 1.1, 0.12), (0, y, 0))
        y += 0.12
    else:
        kit.add("cap", cylinder(r * 1.1, r * 1.3, 0.05), (0, y, 0))
        y += r * 1.2
    kit.add("nut", cylinder(0.07, 0.14, 0.05, 5), (0, y - 0.04, 0))
    out = r * span(rng, 0.5, 0.9)
    level = high * span(rng, 0.6, 0.8)
    nozzle = merge(
        [
            cylinder(r * 0.5, r + out * 0.5, segments=14),
            place(cylinder(r * 0.62, 0.1, segments=8), (0, r + out * 0.5, 0)),
            place(cylinder(0.05, 0.1, segments=5), (0, r + out * 0.5 + 0.1, 0)),
        ]
    )
    kit.pair("nozzle", nozzle, (0, level, 0), rz=-90)
    if front := chance(rng, 0.7):
        kit.add("nozzle", nozzle, (0, level - 0.04, 0), rx=90)
    bolts = count(rng, 6, 10)
    kit.ring("bolt", place(cylinder(0.035, 0.1, segments=6), (r * 1.3, 0.05, 0)), bolts)
    if chain := chance(rng, 0.4):
        path = [(r + 0.1, level - 0.1, 0.1), (r * 0.9, level - 0.3, r * 0.6), (0.1, level - 0.15, r + 0.1)]
        kit.add("chain", sweep(path, 0.018, (0, 1, 0.3), around=5))
    return kit.finish(
        [],
        [f"{some(3 if front else 2, 'nozzle')}", top, "a chain" if chain else "", some(bolts, "bolt")],
        "hydrant",
        "fireplug",
    )


BUILDERS = (mailbox, fire_hydrant)
