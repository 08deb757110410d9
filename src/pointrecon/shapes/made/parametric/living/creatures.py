"""More creatures, real, made and fabulous: monkey, mouse, frog, dragon, teddy bear, snowman."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span
from pointrecon.shapes.made.parametric.living.body_shapes import limb, tapered
from pointrecon.shapes.made.parametric.living.four_legged import Form, ears, head, tail, trunk_and_legs, varied
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, box, cylinder, loft, rod, torus


def _round_head(
    kit: Assembly, rng: np.random.Generator, y: float, z: float, r: float, ear: float, snout: float
) -> None:
    """A round head with a snout, two eyes and two round ears at height y."""
    turn = span(rng, -25, 25)
    pieces = [
        ball(r, r * span(rng, 0.85, 1.0), r * 0.9, 14),
        place(ball(r * 0.45, r * 0.36, r * snout), (0, -r * 0.25, r * 0.75)),
    ]
    for x in (1, -1):
        pieces.append(place(ball(ear, ear, ear * 0.4, 10), (x * r * 0.8, r * 0.7, -r * 0.05)))
        pieces.append(place(ball(r * 0.1, r * 0.1, r * 0.1, 7), (x * r * 0.36, r * 0.18, r * 0.84)))
    for mesh in pieces:
        kit.add("head", place(mesh, (0, y, z), ry=turn))


def teddy_bear(kit: Assembly, rng: np.random.Generator) -> Built:
    pose = one_of(rng, "sitting", "sitting", "standing")
    fat, high, r = span(rng, 0.24, 0.36), span(rng, 0.32, 0.45), span(rng, 0.24, 0.34)
    low = fat * 0.8 if pose == "sitting" else span(rng, 0.4, 0.6)
    kit.add("body", limb((0, low, 0, fat), (0, low + high, 0, fat * 0.75), around=14, smooth=4))
    top = low + high + fat * 0.5
    _round_head(kit, rng, top + r * 0.75, 0.03, r, r * span(rng, 0.3, 0.5), span(rng, 0.3, 0.6))
    thick = fat * span(rng, 0.35, 0.5)
    raised = span(rng, -0.35, 0.25)
    kit.pair(
        "arm",
        limb(
            (fat * 0.75, low + high, 0, thick), (fat + 0.22, low + high * 0.7 + raised, 0.12, thick * 0.95), around=10
        ),
    )
    if pose == "sitting":
        leg = limb((fat * 0.5, fat * 0.5, 0.1, thick * 1.1), (fat * 0.9, fat * 0.4, fat + 0.25, thick), around=10)
        foot = place(ball(thick * 1.25, thick * 1.5, thick * 0.7), (fat * 0.9, fat * 0.5, fat + 0.32))
    else:
        leg = limb((fat * 0.5, low - fat * 0.3, 0, thick * 1.2), (fat * 0.55, thick, 0, thick), around=10)
        foot = place(ball(thick * 1.1, thick * 0.8, thick * 1.5), (fat * 0.55, thick * 0.6, thick * 0.5))
    kit.pair("leg", leg)
    kit.pair("leg", foot)
    bow = chance(rng, 0.35)
    if bow:
        kit.pair("bow", limb((0, top - 0.02, fat * 0.7, 0.03), (0.14, top, fat * 0.75, 0.08), around=8))
    return kit.finish([pose], ["a bow" if bow else "", "round ears", "stubby limbs"], "stuffed toy", "plush animal")


def monkey(kit: Assembly, rng: np.random.Generator) -> Built:
    kind, pose = one_of(rng, "slender", "slender", "gorilla-like"), one_of(rng, "sitting", "on all fours", "upright")
    fat = span(rng, 0.13, 0.18) * (1.7 if kind == "gorilla-like" else 1)
    around, long, r = one_of(rng, 6, 8, 10), span(rng, 0.45, 0.6), fat * span(rng, 0.75, 0.95)
    up = np.radians(
        {"sitting": span(rng, 60, 85), "upright": span(rng, 70, 90), "on all fours": span(rng, 20, 40)}[pose]
    )
    low = {"sitting": fat, "upright": 0.5, "on all fours": 0.42}[pose]
    hip = np.array([0, low, -0.1])
    chest = hip + np.array([0, np.sin(up), np.cos(up)]) * long
    kit.add(
        "body",
        tapered(np.stack([hip, hip * 0.5 + chest * 0.5, chest]), (fat * 0.9, fat * 0.95, fat * 1.1), around + 4, 3),
    )
    _round_head(kit, rng, float(chest[1]) + r * 1.1, float(chest[2]) + r * 0.6, r, r * 0.35, span(rng, 0.35, 0.6))
    thick, reach = fat * 0.36, 0.62 if kind == "slender" else 0.7
    for side in (1, -1):
        shoulder = chest + np.array([side * fat * 1.05, 0, 0])
        if pose == "on all fours":
            hand = np.array([side * fat * 1.3, 0.03, float(chest[2]) + span(rng, -0.1, 0.15)])
        else:
            hand = shoulder + np.array([side * 0.1, span(rng, -1.0, 0.6), 0.35]) * reach
        elbow = (shoulder + hand) / 2 + np.array([side * 0.08, -0.05, -0.1])
        kit.add("arm", tapered(np.stack([shoulder, elbow, hand]), (thick * 1.1, thick, thick * 0.8), around, 3))
        kit.add("arm", ball(thick, thick * 0.7, thick * 1.2, 8), hand.tolist())
        knee = hip + np.array([side * fat * 1.2, 0.18 if pose == "sitting" else -low * 0.4, 0.34])
        foot = np.array([side * fat * 1.1, 0.04, 0.3 if pose == "sitting" else float(hip[2]) + 0.08])
        kit.add(
            "leg",
            tapered(
                np.stack([hip + np.array([side * fat * 0.5, 0, 0]), knee, foot]),
                (thick * 1.4, thick * 1.1, thick * 0.8),
                around,
                3,
            ),
        )
        kit.add("leg", ball(thick * 0.9, thick * 0.6, thick * 1.7, 8), (foot + np.array([0, 0, thick])).tolist())
    tailed = kind == "slender" and chance(rng, 0.85)
    if tailed:
        curl = np.array(
            [(0, 0, 0), (0, -0.05, -0.3), (0.1, 0.25, -0.55), (0.1, 0.6, -0.45), (0.05, 0.6, -0.25)]
        ) * span(rng, 0.7, 1.2)
        line = curl + hip
        line[:, 1] = np.maximum(line[:, 1], 0.03)
        kit.add("tail", tapered(line, (0.04, 0.035, 0.03, 0.025, 0.015), around, 4))
    words = ["crawling" if pose == "on all fours" else pose, kind]
    return kit.finish(words, ["a curled tail" if tailed else "no tail", "long arms"], "primate" if tailed else "ape")


def mouse(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "mouse-like", "rat-like", "squirrel-like", "hedgehog-like")
    form = varied(rng, Form(0.2, 0.25 if kind != "rat-like" else 0.2, 1.1, (0.05, 10, 0.17), (0.15, 0.2), 0.05))
    gait = one_of(rng, "standing", "sitting") if kind == "squirrel-like" else one_of(rng, "standing", "walking")
    own = trunk_and_legs(kit, rng, form, gait)
    turn = head(kit, rng, own, form, blunt=0.25, drop=0.25)
    ears(kit, own, turn, form.head[0], "round", span(rng, 0.7, 1.6) if kind == "mouse-like" else 0.7)
    if kind == "squirrel-like":
        root = own.rump
        line = np.array([(0, 0, 0), (0, 0.15, -0.2), (0, 0.6, -0.25), (0, 0.85, -0.1), (0, 0.75, -0.38)]) + root
        kit.add("tail", tapered(line, (0.05, 0.12, 0.16, 0.13, 0.05), 8, 3))
    elif kind == "hedgehog-like":
        rows = np.linspace(-0.45, 0.3, 8)
        for z in rows:
            for a in np.linspace(-75, 75, 7):
                spine = place(cylinder(0.025, 0.16, 0.003, 5), (0, form.deep * 0.8, 0), rx=-25)
                kit.add("spine", place(spine, (0, form.leg, float(z)), rz=float(a)))
    else:
        tail(kit, rng, own, span(rng, 0.7, 1.0), 0.025, one_of(rng, "level", "raised"))
    names = {"mouse-like": "house mouse", "rat-like": "rat", "squirrel-like": "squirrel", "hedgehog-like": "hedgehog"}
    told = {"squirrel-like": "a bushy raised tail", "hedgehog-like": "spines"}.get(kind, "a thin tail")
    return kit.finish([gait, kind], [told, "a pointed snout"], names[kind], "small animal")


def frog(kit: Assembly, rng: np.random.Generator) -> Built:
    pose = one_of(rng, "crouching", "crouching", "leaping")
    fat, around, flat = span(rng, 0.22, 0.32), one_of(rng, 8, 10, 12), span(rng, 1.1, 1.4)
    lift = 0.3 if pose == "leaping" else 0.0
    up = span(rng, 0.1, 0.3)
    kit.add(
        "body",
        limb(
            (0, fat * 0.6 + lift, -0.35, fat * 0.6),
            (0, fat + lift, 0, fat),
            (0, fat + up + lift, 0.35, fat * 0.7),
            around=around,
            wide=flat,
        ),
    )
    eye = fat * span(rng, 0.22, 0.38)
    kit.pair("eye", ball(eye, eye, eye, 10), (fat * 0.6, fat * 1.55 + up + lift, 0.35))
    thick = fat * 0.3
    if pose == "leaping":
        hind = np.array([(fat * 0.7, 0.5, -0.35), (fat * 1.3, 0.45, -0.65), (fat, 0.35, -1.0), (fat * 1.1, 0.25, -1.3)])
        fore = np.array([(fat * 0.8, 0.55, 0.2), (fat * 1.1, 0.4, 0.4), (fat * 1.1, 0.35, 0.65)])
    else:
        hind = np.array(
            [
                (fat * 0.8, fat * 0.6, -0.3),
                (fat * 1.7, fat * 0.9, 0.05),
                (fat * 1.5, 0.1, -0.4),
                (fat * 1.7, 0.03, 0.05),
            ]
        )
        fore = np.array([(fat * 0.8, fat * 0.8, 0.25), (fat * 1.3, fat * 0.6, 0.25), (fat * 1.1, 0.04, 0.5)])
    kit.pair("leg", tapered(hind, (thick * 1.5, thick * 1.2, thick * 0.7, thick * 0.45), 8, 3))
    kit.pair("leg", tapered(fore, (thick, thick * 0.8, thick * 0.5), 8, 3))
    for end in (hind[-1], fore[-1]):
        for yaw in (-35, 0, 35):
            toe = limb(
                (0, 0, 0, thick * 0.25), (0, -0.005, 0.16, thick * 0.2), (0, -0.005, 0.17, thick * 0.3), around=5
            )
            kit.pair("leg", place(toe, end.tolist(), ry=yaw + (180 if pose == "leaping" and end is hind[-1] else 0)))
    return kit.finish(
        [pose], ["bulging eyes", "long hind legs", "a broad body" if flat > 1.28 else ""], "toad", "amphibian"
    )


def _bat_wing(reach: float, chord: float, rise: float) -> Mesh:
    """A wing of skin between fingers, from the origin along +x, its hind edge scalloped."""
    rows = []
    for t in np.linspace(0, 1, 13):
        x, y = reach * t, rise * reach * (t if t < 0.5 else 1.0 - t * 0.9) * 1.4
        front = chord * 0.5 * np.sin(np.pi * min(t * 1.1, 1.0)) - chord * 0.5 * t * t
        back = front - chord * (1 - t) ** 0.6 * (0.8 + 0.2 * np.abs(np.cos(2 * np.pi * t * 1.5))) - 0.02
        rows.append([(x, y, front), (x, y + 0.02, (front + back) / 2), (x, y, back), (x, y - 0.02, (front + back) / 2)])
    return loft(np.array(rows))


def dragon(kit: Assembly, rng: np.random.Generator) -> Built:
    form = varied(rng, Form(0.4, 0.22, 0.8, (0.6, 50, 0.1), (0.13, 0.22), 0.085))
    gait = one_of(rng, "standing", "walking", "sitting", "rearing")
    own = trunk_and_legs(kit, rng, form, gait)
    turn = head(kit, rng, own, form, blunt=0.45, jaw=chance(rng, 0.7))
    ears(kit, own, turn, form.head[0], "long", span(rng, 0.6, 1.0))
    tail(kit, rng, own, span(rng, 0.9, 1.5), form.deep * 0.5, one_of(rng, "level", "raised", "curled"))
    winged = chance(rng, 0.85)
    raised = span(rng, -5, 65)
    if winged:
        wing = _bat_wing(span(rng, 0.7, 1.3), span(rng, 0.4, 0.7), span(rng, 0.0, 0.5))
        root = (form.deep * 0.4, form.leg + form.deep * (0.8 if gait in ("standing", "walking") else 1.4), 0.1)
        kit.pair("wing", place(place(wing, rz=raised, ry=span(rng, -5, 35)), root))
    spined = chance(rng, 0.6) and gait in ("standing", "walking")
    if spined:
        for z in np.linspace(-0.45, 0.3, 7):
            kit.add("spine", box(0.03, 0.12, 0.1, (0.3, 0.1)), (0, form.leg + form.deep * 0.8, float(z)))
    pose = "raised wings" if raised > 35 else "spread wings"
    facts = [pose if winged else "no wings", "a spined back" if spined else "", "a long tail"]
    return kit.finish([gait], facts, "winged beast" if winged else "fabulous beast", "monster")


def snowman(kit: Assembly, rng: np.random.Generator) -> Built:
    balls, r, y = one_of(rng, 2, 3, 3, 3), span(rng, 0.35, 0.5), 0.0
    for i in range(balls):
        y += r * (0.85 if i == 0 else 0.75)
        kit.add("ball", ball(r * span(rng, 0.95, 1.08), r, r * span(rng, 0.95, 1.05), 16), (0, y, 0))
        last = r
        y += r * 0.75
        r *= span(rng, 0.65, 0.85)
    middle = y - last * 0.75
    kit.add(
        "nose", limb((0, middle, last * 0.9, last * 0.15), (0, middle, last * span(rng, 1.4, 2.0), 0.005), around=8)
    )
    kit.pair("eye", ball(last * 0.1, last * 0.1, last * 0.1, 7), (last * 0.35, middle + last * 0.25, last * 0.88))
    hat, scarf, arms = one_of(rng, "a top hat", "a bucket hat", "no hat"), chance(rng), chance(rng, 0.75)
    if hat == "a top hat":
        kit.add("hat", cylinder(last * 0.95, 0.03), (0, middle + last * 0.8, 0))
        kit.add("hat", cylinder(last * 0.6, last * span(rng, 0.6, 1.2)), (0, middle + last * 0.8, 0))
    elif hat == "a bucket hat":
        kit.add(
            "hat", cylinder(last * 0.75, last * 0.8, last * 0.5), (0, middle + last * 0.7, 0), rz=span(rng, -12, 12)
        )
    if scarf:
        kit.add("scarf", torus(last * 0.75, last * 0.2, 18, 7), (0, middle - last * 0.8, 0))
    if arms:
        low, up = middle - last * 1.5, span(rng, -0.1, 0.45)
        tip = np.array([last * 1.3 + 0.4, low + up, 0.1])
        kit.pair("arm", rod((last * 0.8, low, 0), tip.tolist(), 0.025))
        for k in (-1, 1):
            kit.pair("arm", rod((tip * 0.9).tolist(), (tip + np.array([0.05, 0.1 * k, 0.03])).tolist(), 0.014))
    if buttons := count(rng, 0, 3):
        for k in range(buttons):
            kit.add("eye", ball(0.03, 0.03, 0.03, 7), (0, middle - last * (1.25 + 0.4 * k), last * (1.15 + 0.1 * k)))
    facts = [some(balls, "ball"), hat, "a scarf" if scarf else "", "stick arms" if arms else "no arms"]
    return kit.finish(["small" if balls == 2 else ""], facts, "figure of snow", "winter figure")


BUILDERS = (monkey, mouse, frog, dragon, teddy_bear, snowman)
