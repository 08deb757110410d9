"""Things to sit and lie on: chairs, stools, armchairs, sofas, benches, beds."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, number, one_of, sized, some, span, spread
from pointrecon.shapes.made.parametric.meshes import (
    Mesh,
    arc,
    box,
    cushion,
    cylinder,
    lathe,
    rod,
    rounded,
    stack,
    sweep,
    torus,
)


def leg(style: str, height: float, thick: float) -> Mesh:
    """One leg standing at the origin, its top at `height`."""
    if style == "round":
        return cylinder(thick, height, segments=8)
    if style == "tapered":
        return cylinder(thick * 0.5, height, thick * 1.2, segments=8)
    if style == "turned":
        swell = np.array([0.7, 0.5, 1.2, 0.8, 1.4, 0.6, 1.1]) * thick
        return lathe(np.stack([swell, np.linspace(0, height, 7)], axis=1), 8)
    return box(2 * thick, height, 2 * thick)


LEGS = ("square", "round", "tapered", "turned")


def pedestal(kit: Assembly, rng: np.random.Generator, height: float, reach: float) -> str:
    """A central column up to `height` on a foot of about `reach`; says what it is."""
    kit.add("leg", cylinder(span(rng, 0.02, 0.05), height, span(rng, 0.02, 0.06), 8))
    feet = one_of(rng, 0, 0, 3, 4, 5)
    if feet == 0:
        kit.add("leg", cylinder(reach, span(rng, 0.02, 0.06), reach * span(rng, 0.2, 1.0)))
        return "a round foot"
    rise = span(rng, 0.02, 0.15)
    kit.ring("leg", rod((0, rise, 0), (reach, 0, 0), 0.025), feet, 0.25)
    if chance(rng, 0.4):
        kit.ring("wheel", place(cylinder(0.03, 0.03), (reach, 0, 0), rx=90), feet, 0.25)
        return f"{some(feet, 'castor')}"
    return f"a star of {some(feet, 'foot', 'feet')}"


def back(rng: np.random.Generator, width: float, height: float, thick: float) -> tuple[Mesh, str]:
    """A back rest standing on the origin and what it is called."""
    style = one_of(rng, "solid", "slatted", "ladder", "round", "cushion", "frame")
    if style == "solid":
        return box(width, height, thick, (span(rng, 0.6, 1.2), 1.0)), "a solid back"
    if style == "cushion":
        return cushion(width, height, thick * 2.5), "a cushioned back"
    if style == "round":
        rows = place(stack(rounded(width, height, 2.2), [0, thick], [1, 1]), (0, height / 2, -thick / 2), rx=90)
        return rows, "a round back"
    posts = [place(box(thick, height, thick), (s * (width - thick) / 2, 0, 0)) for s in (-1, 1)]
    top = place(box(width, height * 0.15, thick), (0, height * 0.85, 0))
    if style == "frame":
        return merge([*posts, top]), "an open back"
    n = count(rng, 2, 6)
    if style == "slatted":
        at = np.linspace(-0.5, 0.5, n + 2)[1:-1] * width
        bars = [place(box(width * 0.35 / n, height, thick * 0.6), (x, 0, 0)) for x in at]
        return merge([*posts, top, *bars]), f"{some(n, 'upright slat')} in the back"
    level = np.linspace(0.15, 1.0, n) * height
    bars = [place(box(width, height * 0.4 / n, thick * 0.6), (0, y - height * 0.4 / n, 0)) for y in level]
    return merge([*posts, *bars]), f"{some(n, 'cross bar')} in the back"


def chair(kit: Assembly, rng: np.random.Generator) -> Built:
    width, broad = sized(rng, 0.38, 0.62, "narrow", "wide")
    depth, height, thick = span(rng, 0.36, 0.55), span(rng, 0.32, 0.65), span(rng, 0.02, 0.09)
    if chance(rng, 0.25):
        kit.add("seat", stack(rounded(width, depth, 2.3), [0, thick], [0.92, 1]), (0, height, 0))
    else:
        shape = cushion if chance(rng) else box
        kit.add("seat", shape(width, thick, depth), (0, height, 0))
    tall, high = sized(rng, 0.25, 0.75, "low-backed", "high-backed")
    rest, kind = back(rng, width * span(rng, 0.75, 1.0), tall, span(rng, 0.02, 0.05))
    kit.add("back", rest, (0, height + thick, -depth / 2 + 0.03), rx=-span(rng, 0, 20))
    base = one_of(rng, "legs", "legs", "legs", "sled", "pedestal")
    if base == "legs":
        style, thin = one_of(rng, *LEGS), span(rng, 0.012, 0.032)
        splay = span(rng, 0, 12)
        at = (width / 2 - thin, 0, depth / 2 - thin)
        kit.corners("leg", leg(style, height, thin), at, rx=-splay / 2, rz=splay / 2)
        stand = f"four {style} legs"
        if chance(rng, 0.35):
            kit.pair("leg", box(thin, 0.03, depth - 2 * thin), (width / 2 - thin, height * 0.35, 0))
            stand += " joined by rails"
    elif base == "sled":
        path = np.array([(0, height, 0.5), (0, 0, 0.5), (0, 0, -0.5), (0, height, -0.5)]) * (1, 1, depth * 0.9)
        kit.pair("leg", sweep(path, 0.018, (1, 0, 0)), (width / 2 - 0.03, 0, 0))
        stand = "a sled base"
    else:
        stand = pedestal(kit, rng, height, span(rng, 0.2, 0.32))
    if arms := chance(rng, 0.35):
        up = height + thick + span(rng, 0.15, 0.25)
        kit.pair("arm", box(0.05, 0.03, depth * span(rng, 0.6, 1.0)), (width / 2 - 0.01, up, 0))
        kit.pair("arm", rod((0, height, 0), (0, up, 0), 0.015), (width / 2 - 0.01, 0, depth * 0.25))
    return kit.finish([high, broad], [kind, stand, "arm rests" if arms else "no arm rests"], "seat", "dining chair")


def stool(kit: Assembly, rng: np.random.Generator) -> Built:
    height, tall = sized(rng, 0.25, 1.0, "low", "tall")
    seat, thick = span(rng, 0.15, 0.3), span(rng, 0.02, 0.09)
    shape = one_of(rng, "round", "square", "padded")
    if shape == "round":
        kit.add("seat", cylinder(seat * span(rng, 0.8, 1.0), thick, seat), (0, height, 0))
    else:
        seat_of = box if shape == "square" else cushion
        kit.add("seat", seat_of(2 * seat, thick, 2 * seat * span(rng, 0.6, 1.0)), (0, height, 0))
    if chance(rng, 0.25):
        stand = pedestal(kit, rng, height, seat * span(rng, 0.8, 1.3))
    else:
        legs, foot, top = count(rng, 3, 5), seat * span(rng, 0.6, 1.4), seat * span(rng, 0.3, 0.8)
        kit.ring("leg", rod((foot, 0, 0), (top, height, 0), span(rng, 0.012, 0.035)), legs, 0.125)
        stand = some(legs, "leg")
        if chance(rng, 0.4):
            level = span(rng, 0.2, 0.5)
            kit.add("ring", torus(foot + (top - foot) * level, 0.012, 20, 6), (0, height * level, 0))
            stand += " and a foot ring"
    return kit.finish([tall, shape], [stand], "backless seat")


def armchair(kit: Assembly, rng: np.random.Generator) -> Built:
    return _upholstered(kit, rng, span(rng, 0.55, 0.75), 1, "easy chair")


def sofa(kit: Assembly, rng: np.random.Generator) -> Built:
    places = count(rng, 2, 4)
    return _upholstered(kit, rng, places * span(rng, 0.45, 0.65), places, "couch")


def _upholstered(kit: Assembly, rng: np.random.Generator, width: float, places: int, synonym: str) -> Built:
    depth, legs = span(rng, 0.55, 0.8), span(rng, 0.0, 0.2)
    base, pad = span(rng, 0.12, 0.3), span(rng, 0.08, 0.18)
    soft = chance(rng, 0.6)
    shape = cushion if soft else box
    kit.add("seat", shape(width, base, depth), (0, legs, 0))
    for x in spread(places, width):
        kit.add("cushion", cushion(width / places * 0.96, pad, depth * 0.8), (x, legs + base, depth * 0.08))
    tall, high = sized(rng, 0.35, 0.85, "low-backed", "high-backed")
    thick = span(rng, 0.12, 0.25)
    kit.add("back", shape(width, tall, thick), (0, legs + base, -depth / 2 + thick / 2), rx=-span(rng, 0, 15))
    arm, up = span(rng, 0.08, 0.22), base + span(rng, 0.15, 0.35)
    style = one_of(rng, "square", "rolled", "no") if places > 1 else one_of(rng, "square", "rolled", "slim")
    if style != "no":
        kit.pair("arm", shape(arm if style != "slim" else 0.05, up, depth), (width / 2 + arm / 2, legs, 0))
    if style == "rolled":
        roll = cylinder(arm * 0.65, depth)
        kit.pair("arm", roll, (width / 2 + arm / 2, legs + up, -depth / 2), rx=90)
    if legs > 0.05:
        kit.corners("leg", leg(one_of(rng, *LEGS), legs, 0.025), (width / 2 - 0.04, 0, depth / 2 - 0.05))
    if chaise := places > 1 and chance(rng, 0.2):
        kit.add("seat", shape(width / places, base + pad, depth), (width * (0.5 - 0.5 / places), legs, depth * 0.9))
    facts = [f"{style} arms", "a chaise" if chaise else "", "short legs" if legs > 0.05 else "no legs"]
    return kit.finish([high, "" if places == 1 else f"{number(places)}-seat"], facts, synonym)


def bench(kit: Assembly, rng: np.random.Generator) -> Built:
    width, long = sized(rng, 0.9, 1.9, "short", "long")
    depth, height, thick = span(rng, 0.28, 0.5), span(rng, 0.35, 0.55), span(rng, 0.03, 0.08)
    slats = one_of(rng, 1, 1, 2, 3, 4, 5)
    for z in spread(slats, depth):
        kit.add("seat", box(width, thick, depth / slats * (0.8 if slats > 1 else 1)), (0, height, z))
    if chance(rng):
        style = one_of(rng, *LEGS)
        kit.corners("leg", leg(style, height, 0.03), (width * 0.44, 0, depth * 0.38))
        stand = f"four {style} legs"
    else:
        kit.pair("leg", box(span(rng, 0.04, 0.15), height, depth * 0.9), (width * 0.4, 0, 0))
        stand = "two side panels"
    if backed := chance(rng, 0.4):
        rest, _ = back(rng, width * 0.96, span(rng, 0.25, 0.45), 0.035)
        kit.add("back", rest, (0, height + thick, -depth / 2 + 0.03), rx=-span(rng, 0, 18))
    return kit.finish([long, "slatted" if slats > 1 else ""], [stand, "a back" if backed else "no back"], "settle")


def bed(kit: Assembly, rng: np.random.Generator) -> Built:
    width, broad = sized(rng, 0.8, 1.9, "single", "double")
    long, base, legs = span(rng, 1.7, 2.1), span(rng, 0.1, 0.3), span(rng, 0.0, 0.3)
    kit.add("frame", box(width, base, long), (0, legs, 0))
    kit.add("mattress", cushion(width * 0.96, span(rng, 0.1, 0.28), long * 0.97, 0.03), (0, legs + base, 0))
    top = legs + base + 0.15
    head = span(rng, 0.3, 0.9)
    if chance(rng, 0.7):
        kit.add("board", box(width, legs + base + head, 0.06), (0, 0, -long / 2))
        said = "a headboard"
    else:
        rest, _ = back(rng, width, head, 0.05)
        kit.add("board", rest, (0, legs + base, -long / 2))
        said = "an openwork headboard"
    pillows = count(rng, 0, 2)
    for x in spread(pillows, width):
        kit.add("pillow", cushion(width * 0.8 / pillows, 0.12, 0.35, 0.3), (x, top + 0.05, -long * 0.36))
    if foot := chance(rng, 0.35):
        kit.add("board", box(width, legs + base + head * 0.5, 0.05), (0, 0, long / 2))
    canopy = chance(rng, 0.15)
    if legs > 0.06:
        kit.corners("leg", box(0.08, legs, 0.08), (width / 2 - 0.05, 0, long / 2 - 0.05))
    if canopy:
        kit.corners("post", box(0.06, 1.8, 0.06), (width / 2 - 0.03, 0, long / 2 - 0.03))
        kit.pair("post", box(0.05, 0.05, long), (width / 2 - 0.03, 1.75, 0))
    facts = [said, "a footboard" if foot else "", some(pillows, "pillow"), "four posts" if canopy else ""]
    return kit.finish([broad], facts, "bedstead")


def office_chair(kit: Assembly, rng: np.random.Generator) -> Built:
    width, height = span(rng, 0.42, 0.6), span(rng, 0.35, 0.6)
    kit.add("seat", cushion(width, span(rng, 0.05, 0.12), width * span(rng, 0.85, 1.1)), (0, height, 0))
    tall, high = sized(rng, 0.3, 0.85, "low-backed", "high-backed")
    gap = span(rng, 0.05, 0.15)
    kit.add("back", cushion(width * span(rng, 0.7, 1), tall, 0.08), (0, height + gap, -width / 2), rx=-span(rng, 0, 15))
    kit.add("base", box(0.06, gap + 0.15, 0.03), (0, height, -width / 2))
    kit.add("base", cylinder(0.03, height, segments=8), (0, 0.05, 0))
    feet, reach = count(rng, 4, 6), span(rng, 0.22, 0.34)
    kit.ring("base", rod((0, 0.1, 0), (reach, 0.05, 0), 0.02, 0.7), feet, 0.25)
    if wheels := chance(rng, 0.8):
        kit.ring("wheel", place(cylinder(0.03, 0.04, segments=10), (reach, 0.02, -0.02), rx=90), feet, 0.25)
    arms = one_of(rng, "no arm rests", "looped arm rests", "T-shaped arm rests")
    if arms[0] == "l":
        loop = sweep(arc(0.12, 0.14, 0, 1, 13)[:-1], 0.018, closed=True, around=6)
        kit.pair("arm", loop, (width / 2, height + 0.14, 0), ry=90)
    elif arms[0] == "T":
        kit.pair("arm", box(0.03, 0.22, 0.05), (width / 2, height, 0))
        kit.pair("arm", box(0.06, 0.03, 0.25), (width / 2, height + 0.22, 0))
    return kit.finish([high], [arms, some(feet, "castor") if wheels else some(feet, "foot", "feet")], "desk chair")


BUILDERS = (chair, stool, armchair, sofa, bench, bed, office_chair)
