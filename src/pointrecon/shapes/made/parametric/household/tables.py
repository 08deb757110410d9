"""Tables, desks and storage furniture."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, sized, some, span, spread
from pointrecon.shapes.made.parametric.household.seating import LEGS, leg, pedestal
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, box, cylinder, rod, rounded, stack, torus


def table(kit: Assembly, rng: np.random.Generator) -> Built:
    width, long = sized(rng, 0.6, 1.9, "short", "long")
    depth, thick = span(rng, 0.45, 0.9), span(rng, 0.02, 0.09)
    height, tall = sized(rng, 0.3, 0.95, "low", "high")
    kit.add("top", box(width, thick, depth), (0, height, 0))
    stand = one_of(rng, "legs", "legs", "trestle", "panels")
    if stand == "legs":
        style, thin = one_of(rng, *LEGS), span(rng, 0.015, 0.05)
        splay = span(rng, 0, 10)
        at = (width / 2 * span(rng, 0.75, 0.96), 0, depth / 2 * 0.9)
        kit.corners("leg", leg(style, height, thin), at, rx=-splay / 2, rz=splay / 2)
        said = f"four {style} legs"
    elif stand == "trestle":
        kit.pair("leg", rod((width * 0.4, 0, -depth * 0.4), (width * 0.4, height, depth * 0.4), 0.03))
        kit.pair("leg", rod((width * 0.4, 0, depth * 0.4), (width * 0.4, height, -depth * 0.4), 0.03))
        kit.add("leg", box(width * 0.8, 0.04, 0.04), (0, height / 2, 0))
        said = "crossed trestle legs"
    else:
        kit.pair("leg", box(span(rng, 0.02, 0.08), height, depth * 0.9), (width * 0.45, 0, 0))
        said = "two side panels"
    extra = one_of(rng, "", "", "an apron", "a shelf below")
    if extra == "an apron":
        kit.pair("apron", box(width * 0.9, 0.08, 0.02), (0, height - 0.08, depth * 0.42), axis=2)
        kit.pair("apron", box(0.02, 0.08, depth * 0.84), (width * 0.45, height - 0.08, 0))
    elif extra:
        kit.add("shelf", box(width * 0.9, 0.02, depth * 0.85), (0, height * span(rng, 0.15, 0.5), 0))
    return kit.finish([tall, long, "rectangular"], [said, extra], "dining table")


def round_table(kit: Assembly, rng: np.random.Generator) -> Built:
    height, tall = sized(rng, 0.3, 1.1, "low", "tall")
    radius, wide = sized(rng, 0.22, 0.65, "small", "large")
    thick = span(rng, 0.015, 0.07)
    oval = chance(rng, 0.25)
    outline = rounded(2 * radius, 2 * radius * (span(rng, 0.6, 0.8) if oval else 1), 2.0, 20)
    kit.add("top", stack(outline, [0, thick], [span(rng, 0.9, 1), 1]), (0, height, 0))
    if chance(rng, 0.4):
        said = pedestal(kit, rng, height, radius * span(rng, 0.4, 0.8))
    else:
        legs, style = count(rng, 3, 5), one_of(rng, "straight", "splayed", "inclined")
        foot = radius * {"straight": 0.6, "splayed": 0.9, "inclined": 0.35}[style]
        top = radius * {"straight": 0.6, "splayed": 0.4, "inclined": 0.7}[style]
        kit.ring("leg", rod((foot, 0, 0), (top, height, 0), span(rng, 0.012, 0.04)), legs, 0.125)
        said = f"{some(legs, style + ' leg')}"
        if chance(rng, 0.25):
            kit.add("ring", torus((foot + top) / 2, 0.012, 20, 6), (0, height / 2, 0))
            said += " held by a ring"
    return kit.finish([tall, wide, "oval" if oval else ""], [said], "pub table" if height > 0.8 else "coffee table")


def _drawers(kit: Assembly, at: tuple[float, float, float], size: tuple[float, float], n: int, knob: Mesh) -> None:
    """`n` drawer fronts with knobs, one above another, from `at` (lower middle of the front) up."""
    width, height = size
    for i in range(n):
        y = at[1] + height * (i + 0.06) / n
        kit.add("drawer", box(width * 0.92, height / n * 0.88, 0.025), (at[0], y, at[2]))
        kit.add("knob", knob, (at[0], y + height / n * 0.44, at[2] + 0.025))


def _knob(rng: np.random.Generator) -> Mesh:
    return one_of(rng, ball(0.02, 0.02, 0.02, 8), box(0.12, 0.015, 0.03), ball(0.05, 0.012, 0.025, 8))


def desk(kit: Assembly, rng: np.random.Generator) -> Built:
    width, wide = sized(rng, 0.9, 1.7, "small", "wide")
    depth, height, thick = span(rng, 0.45, 0.75), span(rng, 0.6, 0.85), span(rng, 0.02, 0.05)
    kit.add("top", box(width, thick, depth), (0, height, 0))
    n, side = count(rng, 1, 4), one_of(rng, "left", "right", "both")
    pod = width * span(rng, 0.22, 0.34)
    tall = height * one_of(rng, 1.0, 0.6, 0.3)
    knob = _knob(rng)
    for sign in {"left": (-1,), "right": (1,), "both": (-1, 1)}[side]:
        x = sign * (width - pod) / 2
        kit.add("pedestal", box(pod, tall, depth * 0.9), (x, height - tall, 0))
        _drawers(kit, (x, height - tall, depth * 0.45), (pod, tall), n, knob)
    style = one_of(rng, *LEGS)
    kit.corners("leg", leg(style, height, 0.025), (width / 2 - 0.03, 0, depth / 2 - 0.03))
    hutch = one_of(rng, "", "", "a modesty panel", "a shelf on top")
    if hutch == "a modesty panel":
        kit.add("panel", box(width * 0.95, height * span(rng, 0.4, 0.9), 0.02), (0, height * 0.1, -depth * 0.42))
    elif hutch:
        up = span(rng, 0.2, 0.5)
        kit.add("panel", box(width, 0.02, depth * 0.35), (0, height + up, -depth * 0.3))
        kit.pair("panel", box(0.02, up, depth * 0.35), (width / 2 - 0.01, height, -depth * 0.3))
    where = "on both sides" if side == "both" else f"on the {side}"
    return kit.finish([wide], [f"{some(n, 'drawer')} {where}", f"{style} legs", hutch], "writing table")


def bookshelf(kit: Assembly, rng: np.random.Generator) -> Built:
    height, tall = sized(rng, 0.6, 2.1, "low", "tall")
    width, wide = sized(rng, 0.4, 1.3, "narrow", "wide")
    depth, thick, n = span(rng, 0.2, 0.45), span(rng, 0.015, 0.045), count(rng, 2, 6)
    for y in np.linspace(span(rng, 0, 0.1), height - thick, n + 1):
        kit.add("shelf", box(width, thick, depth), (0, float(y), 0))
    sides = one_of(rng, "side walls", "side walls", "four posts", "ladder sides")
    if sides == "side walls":
        kit.pair("side", box(thick, height, depth), (width / 2, 0, 0))
    else:
        kit.corners("side", box(thick, height, thick), (width / 2, 0, depth / 2))
        if sides == "ladder sides":
            for y in np.linspace(0.1, 0.9, n):
                kit.pair("side", box(thick, thick, depth), (width / 2, height * float(y), 0))
    if backed := chance(rng):
        kit.add("back", box(width, height, 0.012), (0, 0, -depth / 2))
    columns = count(rng, 1, 3) if wide == "wide" else 1
    for x in np.linspace(-0.5, 0.5, columns + 1)[1:-1]:
        kit.add("divider", box(thick, height, depth), (float(x) * width, 0, 0))
    books = count(rng, 0, 8) if chance(rng) else 0
    for _ in range(books):
        i, x = count(rng, 0, n - 1), span(rng, -0.42, 0.3) * width
        size = height / n * span(rng, 0.4, 0.75)
        kit.add("books", box(span(rng, 0.03, 0.15) * width, size, depth * 0.7), (x, height * i / n + thick, 0))
    facts = [some(n, "shelf", "shelves"), sides, "a back wall" if backed else "an open back", "books" if books else ""]
    return kit.finish([tall, wide], facts, "bookcase")


def _cabinet_base(kit: Assembly, rng: np.random.Generator, width: float, depth: float) -> tuple[float, str]:
    """Feet, plinth or nothing under a cabinet; gives the height and what it is."""
    style = one_of(rng, "feet", "a plinth", "")
    up = span(rng, 0.05, 0.2)
    if style == "feet":
        kind = one_of(rng, *LEGS)
        kit.corners("foot", leg(kind, up, 0.025), (width / 2 - 0.04, 0, depth / 2 - 0.04))
        return up, f"four {kind} feet"
    if style:
        kit.add("foot", box(width * 0.94, up * 0.6, depth * 0.9))
        return up * 0.6, style
    return 0.0, ""


def wardrobe(kit: Assembly, rng: np.random.Generator) -> Built:
    doors = count(rng, 1, 4)
    width, height, depth = doors * span(rng, 0.35, 0.5), span(rng, 1.5, 2.2), span(rng, 0.4, 0.65)
    up, base = _cabinet_base(kit, rng, width, depth)
    kit.add("body", box(width, height, depth), (0, up, 0))
    low = span(rng, 0.2, 0.3) if chance(rng, 0.35) else 0.0
    handle = one_of(rng, ball(0.025, 0.025, 0.025, 8), box(0.02, span(rng, 0.1, 0.5), 0.03))
    for i, x in enumerate(spread(doors, width)):
        panel = box(width / doors * 0.92, height * (0.96 - low), 0.03)
        kit.add("door", panel, (x, up + height * (low + 0.02), depth / 2))
        grip = x + width / doors * 0.38 * (1 if i % 2 == 0 else -1)
        kit.add("handle", handle, (grip, up + height * 0.5, depth / 2 + 0.03))
    if low:
        _drawers(kit, (0, up, depth / 2), (width, height * low), 1, _knob(rng))
    if top := chance(rng, 0.3):
        kit.add("body", box(width * 1.08, 0.08, depth * 1.1, (1.06, 1.06)), (0, up + height, 0))
    facts = [some(doors, "door"), "a drawer below" if low else "", "a cornice" if top else "", base]
    return kit.finish(["wide" if doors > 2 else "narrow" if doors == 1 else ""], facts, "cupboard")


def dresser(kit: Assembly, rng: np.random.Generator) -> Built:
    rows, columns = count(rng, 2, 6), count(rng, 1, 3)
    width, depth = columns * span(rng, 0.4, 0.6), span(rng, 0.35, 0.5)
    height = rows * span(rng, 0.14, 0.26)
    up, base = _cabinet_base(kit, rng, width, depth)
    kit.add("body", box(width, height, depth), (0, up, 0))
    knob = _knob(rng)
    for x in spread(columns, width):
        _drawers(kit, (x, up, depth / 2), (width / columns, height), rows, knob)
    top = one_of(rng, "", "an overhanging top", "a mirror")
    if top == "an overhanging top":
        kit.add("top", box(width * 1.08, 0.04, depth * 1.1), (0, up + height, 0))
    elif top:
        size = span(rng, 0.3, 0.6)
        frame = stack(rounded(width * 0.7, size, one_of(rng, 2.0, 8.0)), [0, 0.03], [1, 1])
        kit.add("mirror", frame, (0, up + height + size / 2, -depth * 0.4), rx=90)
    words = ["low" if height < width * 0.7 else "tall" if height > width * 1.3 else ""]
    return kit.finish(words, [some(rows * columns, "drawer"), top, base], "chest of drawers")


def nightstand(kit: Assembly, rng: np.random.Generator) -> Built:
    width, depth, height = span(rng, 0.35, 0.6), span(rng, 0.3, 0.5), span(rng, 0.4, 0.75)
    n = count(rng, 1, 3)
    body = height * span(rng, 0.3, 0.95)
    kit.add("body", box(width, body, depth), (0, height - body, 0))
    kit.add("top", box(width * 1.06, 0.03, depth * 1.06), (0, height, 0))
    _drawers(kit, (0, height - body, depth / 2), (width, body), n, _knob(rng))
    style = one_of(rng, *LEGS)
    kit.corners("leg", leg(style, height, 0.022), (width / 2 - 0.025, 0, depth / 2 - 0.025))
    if shelf := body < height * 0.6 and chance(rng):
        kit.add("top", box(width * 0.95, 0.02, depth * 0.95), (0, height * 0.15, 0))
    if vase := chance(rng, 0.25):
        kit.add("lamp", cylinder(0.05, 0.2, 0.03), (0, height + 0.03, 0))
        kit.add("lamp", cylinder(0.13, 0.15, 0.08), (0, height + 0.2, 0))
    facts = [some(n, "drawer"), f"{style} legs", "a shelf" if shelf else "", "a lamp on it" if vase else ""]
    return kit.finish([], facts, "bedside table")


BUILDERS = (table, round_table, desk, bookshelf, wardrobe, dresser, nightstand)
