"""Large animals: horse, cow, deer, elephant, giraffe."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, mirror, place
from pointrecon.shapes.made.parametric.dice import chance, one_of, span
from pointrecon.shapes.made.parametric.living.body_shapes import limb, tapered
from pointrecon.shapes.made.parametric.living.four_legged import (
    ANIMAL,
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
from pointrecon.shapes.made.parametric.meshes import ball, cushion


def _saddle(kit: Assembly, form: Form) -> None:
    """A saddle on the middle of the back."""
    kit.add("saddle", cushion(form.deep * 1.6, 0.09, 0.34), (0, form.leg + form.deep * 0.85, 0.02))
    kit.add("saddle", ball(form.deep * 1.02, form.deep * 0.7, 0.13), (0, form.leg + form.deep * 0.35, 0.02))


def _horns(kit: Assembly, own: Stance, turn: float, r: float, kind: str, size: float) -> None:
    """Two horns: short, wide, curled or antlers."""
    ways = {
        "short": [(0.5, 0.6, 0), (0.9, 1.0, 0), (0.8, 1.6, 0.1)],
        "wide": [(0.5, 0.5, 0), (1.6, 0.7, 0), (2.3, 1.6, 0.2)],
        "curled": [(0.5, 0.6, 0), (1.1, 1.2, -0.8), (1.6, 0.2, -1.2), (1.7, -0.4, -0.3)],
        "upright": [(0.4, 0.7, 0), (0.6, 1.8, -0.5), (0.9, 3.0, -0.6)],
        "antlers": [(0.4, 0.7, 0), (1.2, 1.8, -0.4), (1.6, 3.0, 0.1), (1.3, 3.8, 0.4)],
    }
    line = np.array(ways[kind]) * r * (size, size, size)
    radii = [r * k for k in np.linspace(0.24, 0.05, len(line))]
    meshes = [tapered(line, radii, 6, 3)]
    if kind == "antlers":
        for k, (x, y, z) in ((1, (-0.2, 1.0, 1.0)), (2, (0.9, 0.7, 0.2)), (2, (-0.7, 0.9, 0.0))):
            start = line[k]
            meshes.append(tapered(np.stack([start, start + np.array([x, y, z]) * r * size]), (r * 0.12, r * 0.03), 5))
    for mesh in meshes:
        for one in (mesh, mirror(mesh, 0)):
            kit.add("horn", on_head(own, turn, one))


def horse(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "riding", "riding", "heavy", "pony-like", "donkey-like", "horned")
    form = varied(rng, Form(0.72, 0.22, 0.85, (0.5, 52, 0.1), (0.11, 0.3), 0.075, True), 0.12)
    if kind in ("heavy", "pony-like"):
        form = form._replace(
            deep=form.deep * 1.25, leg=form.leg * (0.95 if kind == "heavy" else 0.75), thick=form.thick * 1.25
        )
    gait = one_of(rng, "standing", "standing", "walking", "running", "lying", "rearing")
    own = trunk_and_legs(kit, rng, form, gait)
    own = own._replace(look=span(rng, -65, -20))
    turn = head(kit, rng, own, form, blunt=0.6, drop=0.05)
    ears(kit, own, turn, form.head[0], "long" if kind == "donkey-like" else "pointed", span(rng, 0.5, 0.9))
    maned = chance(rng, 0.75)
    if maned:
        a = np.radians(form.neck[1])
        way = np.array([0, np.sin(a), np.cos(a)]) * form.neck[0]
        back = own.head + np.array([0, 0.08, -0.08])
        line = np.stack([back + np.array([0, 0.05, 0.1]), back, back - way * 0.5 + (0, 0.06, -0.05), back - way * 0.95])
        kit.add("mane", tapered(line, (0.03, 0.07, 0.08, 0.04), own.around, 2))
    tail(kit, rng, own, span(rng, 0.45, 0.7), span(rng, 0.04, 0.07), one_of(rng, "hanging", "hanging", "bushy"))
    saddled = gait in ("standing", "walking") and chance(rng, 0.25)
    if saddled:
        _saddle(kit, form)
    if kind == "horned":
        kit.add("head", on_head(own, turn, limb((0, 0.08, 0.1, 0.03), (0, 0.5, 0.25, 0.004))))
    names = {"horned": "unicorn", "donkey-like": "donkey", "pony-like": "pony"}
    facts = ["a mane" if maned else "no mane", "a saddle" if saddled else "", base(kit, rng)]
    return kit.finish([gait, kind if kind != "riding" else ""], facts, names.get(kind, "steed"), ANIMAL)


def cow(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "milk", "bull-like", "calf-like", "humped")
    form = varied(rng, Form(0.58, 0.29, 0.95, (0.26, 22, 0.15), (0.14, 0.2), 0.085, True), 0.13)
    if kind == "calf-like":
        form = form._replace(deep=form.deep * 0.75, leg=form.leg * 1.15)
    gait = one_of(rng, "standing", "standing", "walking", "lying")
    own = trunk_and_legs(kit, rng, form, gait)
    own = own._replace(look=span(rng, -45, -5))
    turn = head(kit, rng, own, form, blunt=0.75, drop=0.05)
    ears(kit, own, turn, form.head[0], "sideways", span(rng, 0.8, 1.2))
    horn = "" if kind == "calf-like" else one_of(rng, "short", "wide", "")
    if horn:
        _horns(kit, own, turn, form.head[0], horn, span(rng, 0.8, 1.3))
    tail(kit, rng, own, span(rng, 0.5, 0.65), 0.025, "tufted")
    udder = kind == "milk" and gait != "lying" and chance(rng, 0.7)
    if udder:
        kit.add("udder", ball(0.12, 0.1, 0.14, 10), (0, form.leg - form.deep * 0.95, -0.25))
    if kind == "humped":
        kit.add("body", ball(0.12, 0.16, 0.17, 10), (0, form.leg + form.deep * 0.95, 0.25))
    facts = [f"{horn} horns" if horn else "no horns", "an udder" if udder else "", base(kit, rng)]
    return kit.finish([gait, kind if kind != "milk" else ""], facts, "cattle", ANIMAL)


def deer(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "antlers", "antlers", "antlers", "no antlers", "upright horns", "curled horns")
    form = varied(rng, Form(0.68, 0.19, 0.8, (0.38, 58, 0.085), (0.1, 0.2), 0.055, True), 0.15)
    gait = one_of(rng, "standing", "standing", "walking", "running", "lying")
    own = trunk_and_legs(kit, rng, form, gait)
    own = own._replace(look=span(rng, -35, 0))
    turn = head(kit, rng, own, form, blunt=0.5, drop=0.05)
    ears(kit, own, turn, form.head[0], "sideways", span(rng, 0.9, 1.3))
    if kind != "no antlers":
        _horns(kit, own, turn, form.head[0], kind.split()[0], span(rng, 0.9, 1.6))
    tail(kit, rng, own, 0.3, 0.04, "stubby")
    names = {"upright horns": "antelope", "curled horns": "ram", "antlers": "stag"}
    return kit.finish([gait], [kind, base(kit, rng)], names.get(kind, "doe"), ANIMAL)


def elephant(kit: Assembly, rng: np.random.Generator) -> Built:
    form = varied(rng, Form(0.62, 0.36, 1.0, (0.2, 20, 0.24), (0.24, 0.1), 0.13, False, 0.85), 0.14)
    gait = one_of(rng, "standing", "standing", "walking", "sitting", "rearing")
    own = trunk_and_legs(kit, rng, form, gait)._replace(look=span(rng, -15, 5))
    turn = head(kit, rng, own, form, blunt=0.55, drop=0.3)
    r = form.head[0]
    way = one_of(rng, "hanging", "raised", "curled")
    line = {
        "hanging": [(0, -0.1, 0.8), (0, -0.7, 1.35), (0, -1.7, 1.4), (0, -2.4, 1.3 + span(rng, 0, 0.5))],
        "raised": [(0, -0.1, 0.8), (0, -0.4, 1.6), (0, 0.4, 2.2), (0, 1.4, 2.1)],
        "curled": [(0, -0.1, 0.8), (0, -1.0, 1.4), (0, -1.5, 1.9), (0, -0.9, 2.3), (0, -0.7, 1.9)],
    }[way]
    radii = [r * k for k in np.linspace(0.55, 0.17, len(line))]
    kit.add("trunk", on_head(own, turn, tapered(np.array(line) * r, radii, own.around + 2, 4)))
    ear = place(ball(r * 0.12, r * span(rng, 1.0, 1.8), r * span(rng, 0.9, 1.5), 14), ry=span(rng, -70, -25))
    for one in (ear, mirror(ear, 0)):
        side = 1 if one is ear else -1
        kit.add("head", on_head(own, turn, place(one, (side * r * 1.3, -r * 0.05, -r * 0.3))))
    tusks = chance(rng, 0.65)
    if tusks:
        tusk = limb(
            (r * 0.5, -r * 0.6, r * 0.9, r * 0.14),
            (r * 0.65, -r * 1.1, r * 1.7, r * 0.11),
            (r * 0.55, -r, r * 2.3, r * 0.02),
        )
        for one in (tusk, mirror(tusk, 0)):
            kit.add("tusk", on_head(own, turn, one))
    tail(kit, rng, own, span(rng, 0.4, 0.55), 0.03, "tufted")
    facts = [f"a {way} trunk", "tusks" if tusks else "no tusks", base(kit, rng)]
    return kit.finish([gait], facts, "pachyderm", ANIMAL)


def giraffe(kit: Assembly, rng: np.random.Generator) -> Built:
    form = varied(rng, Form(1.15, 0.26, 0.8, (1.25, 68, 0.1), (0.12, 0.22), 0.085, True), 0.12)
    gait = one_of(rng, "standing", "standing", "walking", "running", "lying")
    own = trunk_and_legs(kit, rng, form, gait)._replace(look=span(rng, -40, 0))
    turn = head(kit, rng, own, form, blunt=0.5, drop=0.05)
    ears(kit, own, turn, form.head[0], "sideways", span(rng, 0.7, 1.1))
    for x in (1, -1):
        knob = limb((x * 0.04, 0.08, 0, 0.018), (x * 0.05, 0.2, -0.02, 0.018), (x * 0.05, 0.21, -0.02, 0.03))
        kit.add("horn", on_head(own, turn, knob))
    tail(kit, rng, own, span(rng, 0.5, 0.7), 0.025, "tufted")
    size = "a very long neck" if form.neck[0] > 1.25 else "a long neck"
    return kit.finish([gait], [size, "two small horns", base(kit, rng)], "tall animal", ANIMAL)


BUILDERS = (horse, cow, deer, elephant, giraffe)
