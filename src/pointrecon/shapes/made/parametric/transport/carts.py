"""Small things on wheels that are drawn or pushed: horse cart, wheelchair, stroller, scooter."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, sized, some, span, spread
from pointrecon.shapes.made.parametric.meshes import Mesh, arc, ball, box, cylinder, prism, rod, sweep, torus, tube
from pointrecon.shapes.made.parametric.places.facades import copies
from pointrecon.shapes.made.parametric.transport.airframe import barrel
from pointrecon.shapes.made.parametric.transport.vehicles import hull, wheel


def spoked_wheel(radius: float, spokes: int, thick: float) -> Mesh:
    """A wheel with wooden or wire spokes about the x axis."""
    bars = [place(box(thick * 0.5, radius, thick * 0.5), rx=360 * i / spokes) for i in range(spokes)]
    rim = place(torus(radius - thick, thick, 24, 6), rz=90)
    return merge([rim, *bars, place(cylinder(thick * 2, thick * 4, segments=8), (thick * 2, 0, 0), rz=90)])


def horse_cart(kit: Assembly, rng: np.random.Generator) -> Built:
    kind, half = one_of(rng, "farm", "covered", "open carriage", "closed carriage", "two-wheeled"), span(rng, 0.3, 0.42)
    long, big = span(rng, 0.9, 1.5), span(rng, 0.28, 0.42)
    small, thick, spokes = big * span(rng, 0.6, 1.0), span(rng, 0.02, 0.035), count(rng, 6, 14)
    z, deck = long / 2, big * 1.15
    if kind == "two-wheeled":
        kit.pair("wheel", spoked_wheel(big, spokes, thick), (half + 0.06, big, -z * 0.1))
    else:
        kit.pair("wheel", spoked_wheel(big, spokes, thick), (half + 0.06, big, -z * 0.65))
        kit.pair("wheel", spoked_wheel(small, spokes, thick), (half + 0.06, small, z * 0.7))
        kit.add("axle", rod((-half, small, z * 0.7), (half, small, z * 0.7), thick))
        kit.add("axle", box(0.06, 0.06, long * 0.7), (0, big * 0.9, 0))
    rear = -z * (0.1 if kind == "two-wheeled" else 0.65)
    kit.add("axle", rod((-half, big, rear), (half, big, rear), thick))
    said = ""
    if "carriage" in kind:
        stations = [
            (-z * 0.9, half * 0.8, deck, deck + 0.25),
            (0, half * 0.9, deck - 0.15, deck + 0.2),
            (z * 0.6, half * 0.8, deck, deck + 0.2),
        ]
        kit.add("body", hull(*stations, soft=0.1))
        if kind == "closed carriage":
            kit.add(
                "cabin",
                hull((-z * 0.75, half * 0.8, deck, deck + 0.7), (z * 0.25, half * 0.8, deck, deck + 0.7), soft=0.12),
            )
            kit.pair("cabin", box(0.02, 0.2, 0.2), (half * 0.8, deck + 0.35, -z * 0.25))
            said = "a closed cabin"
        else:
            for f in (-0.65, 0.1):
                kit.add("seat", box(half * 1.5, 0.1, 0.25), (0, deck + 0.2, z * f))
                kit.add("seat", box(half * 1.5, 0.3, 0.06), (0, deck + 0.25, z * f - 0.15), rx=-10)
            said = "two benches"
            if chance(rng):
                hood = place(prism(arc(0.35, 0.4, 0.1, 0.45, 9)[:, :2], half * 1.6), ry=90)
                kit.add("cabin", hood, (0, deck + 0.35, -z * 0.75))
                said = "a folding hood"
        kit.add("seat", box(half * 1.3, 0.06, 0.2), (0, deck + 0.45, z * 0.75))
    else:
        wall, slats = span(rng, 0.15, 0.4), chance(rng)
        kit.add("body", box(half * 1.8, 0.05, long), (0, deck, 0))
        if slats:
            for y in np.linspace(0.08, wall, 3):
                kit.pair("body", box(0.025, 0.05, long), (half * 0.95, deck + float(y), 0))
            kit.pair("body", copies(box(0.035, wall + 0.08, 0.04), [(half * 0.92, deck, f) for f in spread(5, long)]))
        else:
            kit.pair("body", box(0.03, wall, long), (half * 0.9, deck, 0), rz=-8)
            kit.pair("body", box(half * 1.8, wall, 0.03), (0, deck, z), axis=2)
        said = "slatted sides" if slats else "plank sides"
        if kind == "covered":
            bows = arc(half * 0.95, span(rng, 0.5, 0.75), 0, 0.5, 13)
            kit.add("cover", prism(bows[:, :2], long * 1.05), (0, deck + wall * 0.8, 0))
            for f in (-0.5, 0.5):
                kit.add("cover", sweep(bows * 1.02, 0.02, around=5), (0, deck + wall * 0.8, f * long * 1.04))
            said = "a canvas cover"
        elif load := one_of(rng, "", "a heap of hay", "barrels"):
            if "hay" in load:
                kit.add("load", ball(half * 1.0, 0.4, z * 1.0, 12), (0, deck + wall, 0))
            else:
                at = [(half * s * 0.45, deck + 0.05, f) for s in (-1, 1) for f in spread(3, long * 0.9)]
                kit.add("load", copies(cylinder(0.13, 0.35, segments=10), at))
            said = load
    shafts = one_of(rng, 1, 2, 2)
    reach = z + span(rng, 0.6, 1.1)
    if shafts == 2:
        kit.pair("shaft", rod((half * 0.6, deck * 0.8, z * 0.8), (half * 0.6, deck * 0.75, reach), 0.025))
    else:
        kit.add("shaft", rod((0, deck * 0.7, z * 0.7), (0, deck * 0.7, reach), 0.03))
    wheels = 2 if kind == "two-wheeled" else 4
    facts = [said, some(wheels, "spoked wheel"), "a pole" if shafts == 1 else "two shafts"]
    return kit.finish([kind.replace(" carriage", "")], facts, "carriage" if "carriage" in kind else "wagon")


def wheelchair(kit: Assembly, rng: np.random.Generator) -> Built:
    kind, half = one_of(rng, "manual", "manual", "manual", "electric", "sports", "old"), span(rng, 0.2, 0.27)
    big, seat, thick = span(rng, 0.26, 0.33), span(rng, 0.44, 0.54), span(rng, 0.012, 0.02)
    depth, back = span(rng, 0.38, 0.48), span(rng, 0.35, 0.55) * (0.6 if kind == "sports" else 1.0)
    camber = span(rng, 8, 16) if kind == "sports" else 0.0
    small = span(rng, 0.06, 0.12)
    if kind == "electric":
        hub = wheel(span(rng, 0.14, 0.2), 0.09)
        radius = float(np.ptp(hub.vertices[:, 1]) / 2)
        kit.pair("wheel", hub, (half + 0.02, radius, -depth * 0.4))
        kit.pair("caster", wheel(small, 0.06), (half - 0.04, small, depth * 0.6))
        kit.add("motor", box(half * 1.7, seat - 0.15, depth * 1.1, (0.9, 0.8)), (0, 0.1, -0.04))
    else:
        spokes, thin = count(rng, 6, 18), 0.016 if kind != "old" else 0.022
        disc = spoked_wheel(big, spokes, thin)
        kit.pair("wheel", disc, (half + 0.05, big, -depth * 0.3), rz=camber)
        kit.pair("wheel", place(torus(big * 0.88, 0.009, 24, 5), rz=90), (half + 0.09, big, -depth * 0.3), rz=camber)
        kit.pair("caster", wheel(small, 0.03), (half - 0.03, small, depth * 0.65))
        kit.pair("frame", rod((half - 0.03, small, depth * 0.65), (half - 0.03, seat * 0.8, depth * 0.6), thick))
        kit.add("frame", rod((half, seat, 0), (-half, big * 0.6, 0), thick))
        kit.add("frame", rod((-half, seat, 0), (half, big * 0.6, 0), thick))
    soft = chance(rng)
    kit.add("seat", box(half * 2, 0.06 if soft else 0.02, depth), (0, seat, 0))
    lean = span(rng, -18, -3)
    kit.add("seat", box(half * 2, back, 0.05 if soft else 0.02), (0, seat, -depth / 2), rx=lean)
    kit.pair("frame", rod((half, big, -depth / 2), (half, seat + back * 1.05, -depth / 2 - 0.07), thick))
    kit.pair("frame", rod((half, seat, -depth / 2), (half, seat, depth / 2), thick))
    kit.pair("frame", rod((half, seat * 0.6, -depth / 2), (half, seat * 0.6, depth / 2), thick))
    arms, handles = chance(rng, 0.2 if kind == "sports" else 0.85), chance(rng, 0.75)
    if arms:
        kit.pair("arm rest", box(0.05, 0.03, depth * 0.75), (half, seat + 0.22, 0.02))
        kit.pair("arm rest", rod((half, seat, depth * 0.35), (half, seat + 0.22, depth * 0.35), thick))
    if handles:
        kit.pair(
            "frame",
            rod(
                (half, seat + back * 1.05, -depth / 2 - 0.07), (half, seat + back * 1.05, -depth / 2 - 0.2), thick * 1.2
            ),
        )
    rest = depth / 2 + span(rng, 0.15, 0.35)
    kit.pair("foot rest", rod((half - 0.03, seat, depth / 2), (half * 0.7, 0.1, rest), thick))
    kit.pair("foot rest", box(half * 0.8, 0.015, 0.15), (half * 0.5, 0.09, rest + 0.03), rx=-10)
    head = kind in ("electric", "old") and chance(rng, 0.5)
    if head:
        kit.add("seat", box(half, 0.14, 0.05), (0, seat + back + 0.03, -depth / 2 - 0.1))
    facts = [
        "arm rests" if arms else "no arm rests",
        "push handles" if handles else "",
        "a head rest" if head else "",
        "foot rests",
    ]
    return kit.finish([kind], facts, "mobility aid")


def stroller(kit: Assembly, rng: np.random.Generator) -> Built:
    kind, half = one_of(rng, "pram", "pram", "buggy", "buggy", "three-wheeled", "twin"), span(rng, 0.18, 0.25)
    radius, seat, thick = span(rng, 0.08, 0.18), span(rng, 0.4, 0.6), 0.014
    half *= 1.7 if kind == "twin" else 1.0
    hub = wheel(radius, 0.045) if chance(rng) else spoked_wheel(radius, count(rng, 5, 10), 0.014)
    kit.pair("wheel", hub, (half, radius, -0.3))
    if kind == "three-wheeled":
        kit.add("wheel", hub, (0, radius, 0.42))
        kit.pair("frame", rod((0.02, radius, 0.42), (half, seat, 0), thick))
    else:
        kit.pair("wheel", hub, (half, radius, 0.32))
        kit.pair("frame", rod((half * 0.95, radius, 0.32), (half * 0.95, seat + 0.1, -0.2), thick))
    top, back = span(rng, 0.9, 1.1), span(rng, -0.65, -0.4)
    kit.pair("frame", rod((half * 0.95, radius, -0.3), (half * 0.95, seat, 0.15), thick))
    kit.pair("handle", rod((half * 0.95, seat * 0.8, 0.0), (half * 0.95, top, back), thick))
    kit.add("handle", rod((-half * 0.95, top, back), (half * 0.95, top, back), thick * 1.5))
    hood, basket = chance(rng, 0.8), chance(rng, 0.5)
    if kind == "pram":
        line = [
            (-0.4, half * 0.8, 0.1, 0.02),
            (-0.3, half * 0.95, 0.16, 0),
            (0.3, half * 0.95, 0.16, 0),
            (0.4, half * 0.8, 0.1, 0.02),
        ]
        kit.add("seat", barrel(line, 3, 14), (0, seat + 0.12, 0))
        at = (0.0, seat + 0.26, -0.18)
    else:
        children = 2 if kind == "twin" else 1
        for x in spread(children, 2 * half):
            wide = 1.7 * half / children
            kit.add("seat", box(wide, 0.05, 0.3), (x, seat, 0.02), rx=-8)
            kit.add("seat", box(wide, 0.42, 0.04), (x, seat, -0.15), rx=-span(rng, 12, 35))
            kit.add("seat", box(wide * 0.8, 0.25, 0.03), (x, seat - 0.25, 0.22), rx=20)
        kit.add("seat", box(half * 1.5, 0.02, 0.12), (0, radius, 0.35))
        at = (0.0, seat + 0.4, -0.25)
    if hood:
        kit.add("hood", place(prism(arc(0.32, 0.32, 0.05, 0.5, 9)[:, :2], half * 1.9), ry=-90), at)
    if basket:
        kit.add("basket", box(half * 1.5, 0.12, 0.35, (1.1, 1.1)), (0, radius + 0.02, 0))
    facts = [
        "a hood" if hood else "no hood",
        "a basket below" if basket else "",
        "three wheels" if kind == "three-wheeled" else "four wheels",
    ]
    return kit.finish(
        [{"pram": "lying", "buggy": "sitting", "three-wheeled": "sporty"}.get(kind, kind)], facts, "baby carriage"
    )


def scooter(kit: Assembly, rng: np.random.Generator) -> Built:
    kind, radius = one_of(rng, "kick", "kick", "electric", "three-wheeled"), span(rng, 0.06, 0.14)
    long, high, size = span(rng, 0.5, 0.8), *sized(rng, 0.7, 1.1, "low", "tall")
    z, thick = long / 2, span(rng, 0.015, 0.03)
    tyre = (
        wheel(radius, 0.04)
        if chance(rng)
        else merge(
            [
                place(tube(radius, radius * 0.7, 0.05), (0.025, 0, 0), rz=90),
                place(cylinder(radius * 0.72, 0.02), (0.01, 0, 0), rz=90),
            ]
        )
    )
    deck = radius + span(rng, -0.03, 0.05)
    kit.add("deck", box(span(rng, 0.1, 0.18), 0.05 if kind == "electric" else 0.025, long * 0.85), (0, deck, -0.02))
    kit.add("wheel", tyre, (0, radius, -z - radius * 0.5))
    if kind == "three-wheeled":
        kit.pair("wheel", tyre, (0.13, radius, z + 0.08))
        kit.add("stem", rod((-0.13, radius, z + 0.08), (0.13, radius, z + 0.08), 0.02))
    else:
        kit.add("wheel", tyre, (0, radius, z + 0.13))
        kit.pair("stem", rod((0.04, radius, z + 0.13), (0.02, radius * 2 + 0.06, z + 0.08), 0.012))
    top = (0.0, high, z - span(rng, 0.02, 0.12))
    kit.add("stem", rod((0, radius * 2, z + 0.1), top, thick))
    kit.add("stem", rod((0, deck + 0.02, z * 0.75), (0, radius * 2 + 0.05, z + 0.09), 0.025))
    wide = span(rng, 0.18, 0.3)
    kit.add("handlebar", rod((-wide, *top[1:]), (wide, *top[1:]), 0.014))
    kit.pair("handlebar", rod((wide - 0.1, *top[1:]), (wide, *top[1:]), 0.022))
    if brake := chance(rng):
        kit.add("mudguard", box(0.07, 0.015, radius * 1.6), (0, radius * 2.05, -z - radius * 0.3), rx=-12)
    seat = kind == "electric" and chance(rng, 0.3)
    if seat:
        kit.add("seat", rod((0, deck, -z * 0.5), (0, high * 0.65, -z * 0.5), 0.02))
        kit.add("seat", box(0.16, 0.05, 0.24), (0, high * 0.65, -z * 0.5))
    lamp = chance(rng, 0.6 if kind == "electric" else 0.1)
    if lamp:
        kit.add("handlebar", ball(0.035, 0.035, 0.04, 8), (0, high - 0.06, top[2] + 0.04))
    facts = [
        "a rear mudguard" if brake else "",
        "a seat" if seat else "",
        "a lamp" if lamp else "",
        "three wheels" if kind == "three-wheeled" else "two wheels",
    ]
    return kit.finish([size, kind], facts, "push scooter" if kind != "electric" else "e-scooter")


BUILDERS = (horse_cart, wheelchair, stroller, scooter)
