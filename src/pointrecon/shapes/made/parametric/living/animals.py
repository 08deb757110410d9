"""Animals that one keeps or meets: dog, cat, bear, pig, rabbit."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, mirror, place
from pointrecon.shapes.made.parametric.dice import chance, one_of, span
from pointrecon.shapes.made.parametric.living.body_shapes import limb, rough
from pointrecon.shapes.made.parametric.living.four_legged import (
    ANIMAL,
    GAITS,
    Form,
    Stance,
    base,
    ears,
    head,
    on_head,
    tail,
    trunk_and_legs,
    varied,
)
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, cylinder, torus


def dog(kit: Assembly, rng: np.random.Generator) -> Built:
    breed = {
        "slender": Form(0.62, 0.18, 0.6, (0.34, 50, 0.09), (0.11, 0.24), 0.065),
        "stocky": Form(0.45, 0.24, 0.85, (0.2, 45, 0.13), (0.16, 0.12), 0.09),
        "shaggy": Form(0.5, 0.25, 0.95, (0.24, 50, 0.14), (0.15, 0.18), 0.1),
        "long-bodied": Form(0.26, 0.16, 0.85, (0.22, 50, 0.09), (0.11, 0.18), 0.06),
        "wolf-like": Form(0.58, 0.21, 0.75, (0.3, 35, 0.12), (0.13, 0.24), 0.075),
        "tiny": Form(0.45, 0.2, 0.8, (0.26, 65, 0.1), (0.17, 0.1), 0.05),
    }
    kind, gait = one_of(rng, *breed), one_of(rng, *GAITS)
    form = varied(rng, breed[kind])
    own = trunk_and_legs(kit, rng, form, gait)
    turn = head(kit, rng, own, form, blunt=span(rng, 0.4, 0.75), jaw=chance(rng, 0.4))
    ear = one_of(rng, "pointed", "drooping", "pointed" if kind == "wolf-like" else "drooping")
    ears(kit, own, turn, form.head[0], ear, span(rng, 0.7, 1.3))
    shape = one_of(rng, "raised", "curled", "bushy", "hanging", "stubby")
    tail(kit, rng, own, span(rng, 0.35, 0.6), span(rng, 0.025, 0.05), shape)
    collar = chance(rng, 0.25)
    if collar:
        ring = place(torus(form.neck[2] * 1.25, 0.02, 14, 5), rx=90 - form.neck[1])
        kit.add("collar", place(ring, (own.head - (0, form.neck[0] * 0.35, form.neck[0] * 0.25)).tolist()))
    facts = [f"{ear} ears", f"a {shape} tail", "a collar" if collar else "", base(kit, rng)]
    return kit.finish([gait, kind], facts, "canine", ANIMAL)


def cat(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "house", "house", "big", "maned")
    gait = one_of(rng, *GAITS, "sitting")
    form = varied(rng, Form(0.46, 0.17, 0.85, (0.16, 45, 0.1), (0.14, 0.05), 0.055))
    if kind != "house":
        form = varied(rng, Form(0.5, 0.2, 0.85, (0.2, 30, 0.13), (0.15, 0.11), 0.08))
    own = trunk_and_legs(kit, rng, form, gait)
    turn = head(kit, rng, own, form, blunt=0.5, drop=0.3)
    ear = "pointed" if kind == "house" else "round"
    ears(kit, own, turn, form.head[0], ear, span(rng, 0.7, 1.1))
    if kind == "maned":
        kit.add("mane", on_head(own, turn, place(rough(ball(0.25, 0.28, 0.16, 16), rng, 0.1, 5), (0, -0.02, -0.12))))
    shape = (
        one_of(rng, "raised", "curled", "hanging", "level")
        if kind == "house"
        else one_of(rng, "tufted", "level", "hanging")
    )
    tail(kit, rng, own, span(rng, 0.5, 0.8), span(rng, 0.02, 0.035), shape)
    names = {"house": "pet cat", "big": "big cat", "maned": "lion"}
    word = "" if kind == "house" else kind
    return kit.finish([gait, word], [f"{ear} ears", f"a {shape} tail", base(kit, rng)], names[kind], "feline", ANIMAL)


def bear(kit: Assembly, rng: np.random.Generator) -> Built:
    form = varied(rng, Form(0.42, 0.3, 1.0, (0.2, 25, 0.17), (0.19, 0.14), 0.12))
    gait = one_of(rng, "standing", "walking", "sitting", "sitting", "rearing")
    own = trunk_and_legs(kit, rng, form, gait)
    turn = head(kit, rng, own, form, blunt=0.45)
    ears(kit, own, turn, form.head[0], "round", span(rng, 0.6, 1.0))
    tail(kit, rng, own, 0.25, 0.05, "stubby")
    size = "bulky" if form.deep > 0.31 else ""
    return kit.finish([gait, size], ["round ears", "a short snout", base(kit, rng)], "large mammal", ANIMAL)


def pig(kit: Assembly, rng: np.random.Generator) -> Built:
    form = varied(rng, Form(0.36, 0.29, 1.0, (0.12, 15, 0.2), (0.2, 0.16), 0.075, True, 0.95))
    gait = one_of(rng, "standing", "walking", "lying", "sitting")
    own = trunk_and_legs(kit, rng, form, gait)
    turn = head(kit, rng, own, form, blunt=0.45)
    disc = place(cylinder(form.head[0] * 0.5, 0.05), rx=90)
    snout = form.head[0] * 0.75 + form.head[1]
    kit.add("head", on_head(own, turn, place(disc, (0, -0.18 * form.head[1] - form.head[0] * 0.2, snout))))
    ear = one_of(rng, "pointed", "drooping", "sideways")
    ears(kit, own, turn, form.head[0], ear, span(rng, 0.6, 1.1))
    tail(kit, rng, own, span(rng, 0.2, 0.35), 0.02, "curled")
    tusks = chance(rng, 0.3)
    if tusks:
        tusk = limb((0.1, -0.18, snout - 0.08, 0.02), (0.14, -0.12, snout - 0.02, 0.018), (0.14, -0.02, snout, 0.004))
        for one in (tusk, mirror(tusk, 0)):
            kit.add("tusk", on_head(own, turn, one))
    facts = [f"{ear} ears", "tusks" if tusks else "", base(kit, rng)]
    return kit.finish([gait], facts, "boar" if tusks else "swine", ANIMAL)


def rabbit(kit: Assembly, rng: np.random.Generator) -> Built:
    gait = one_of(rng, "crouching", "crouching", "upright", "leaping")
    r, fat, up = (
        span(rng, 0.16, 0.24),
        span(rng, 0.26, 0.36),
        {"upright": 55.0, "leaping": 8.0}.get(gait, 20.0) + span(rng, -8, 8),
    )
    around, a = one_of(rng, 6, 8, 12), np.radians(up)
    lift = 0.25 if gait == "leaping" else 0.0
    neck = np.array([0, fat * 0.9 + np.sin(a) * 0.75 + lift, -0.35 + np.cos(a) * 0.75])
    body = [(0, fat * 0.9 + lift, -0.4, fat * 0.85), (0, fat * 1.05 + lift, -0.15, fat), (*neck, fat * 0.55)]
    kit.add("body", limb(*body, around=around + 4, smooth=4))
    own = Stance(neck + np.array([0, 0.16, 0.1]), span(rng, -20, 10), np.zeros(3), around, gait)
    turn = head(kit, rng, own, Form(1, 1, 1, (1, 1, 1), (r, r * 0.6), 1), blunt=0.55)
    ear = one_of(rng, "upright", "upright", "folded back", "drooping")
    long = span(rng, 0.8, 1.5)
    if ear == "drooping":
        ears(kit, own, turn, r, "drooping", long)
    else:
        one = limb((0, 0, 0, r * 0.25), (0, r * 1.2 * long, 0, r * 0.38), (0, r * 2.3 * long, 0, r * 0.12))
        for x in (1, -1):
            tilted = place(
                Mesh(one.vertices * (1, 1, 0.5), one.faces), rx=-70 if ear == "folded back" else -8, rz=-x * 10
            )
            kit.add("head", on_head(own, turn, place(tilted, (x * r * 0.4, r * 0.7, -r * 0.2))))
    back = -0.3 if gait == "leaping" else 0.25
    thigh = limb((fat * 0.75, fat * 0.85 + lift, -0.3, 0.15), (fat * 0.85, 0.12 + lift, -0.22, 0.1), blunt=True)
    foot = limb((fat * 0.75, 0.06 + lift, -0.3, 0.06), (fat * 0.75, 0.06 + lift * 0.6, -0.3 + back * 1.5, 0.05))
    front = neck + np.array([fat * 0.35, -0.15, 0.0])
    low = (fat * 0.35, 0.06 + lift * 0.7, float(front[2]) + (0.3 if gait == "leaping" else 0.05))
    if gait == "upright":
        low = (fat * 0.3, float(front[1]) - 0.25, float(front[2]) + 0.2)
    for mesh in (thigh, foot, limb((*front, 0.08), (*low, 0.055))):
        kit.pair("leg", mesh)
    kit.add("tail", rough(ball(0.1, 0.1, 0.1, 10), rng, 0.08), (0, fat * 0.9 + lift, -0.4 - fat))
    return kit.finish([gait], [f"{ear} ears", "a round tail", base(kit, rng)], "hare", "bunny")


BUILDERS = (dog, cat, bear, pig, rabbit)
