"""Computers, keyboards, television."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.devices.casings import board, keys, side_view
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span, spread
from pointrecon.shapes.made.parametric.meshes import Mesh, arc, ball, box, cushion, cylinder, rod, sweep


def _screen(rng: np.random.Generator, width: float, high: float, thick: float) -> tuple[Mesh, str]:
    """A standing display with its foot on y = 0, and what carries it."""
    up = span(rng, 0.08, 0.25)
    stand = one_of(rng, "a round foot", "a square foot", "two feet")
    parts = [
        place(board(width, high, thick), (0, up, 0)),
        place(board(width * 0.92, high * 0.85, 0.02), (0, up + high * 0.08, thick / 2)),
    ]
    if stand == "two feet":
        foot = box(0.05, up, span(rng, 0.2, 0.4), (1, 0.2))
        parts += [place(foot, (s * width * 0.32, 0, 0)) for s in (-1, 1)]
    else:
        parts.append(place(box(0.12, up + high * 0.3, 0.05), (0, 0, -thick / 2)))
        size = span(rng, 0.15, 0.26)
        parts.append(cylinder(size, 0.03) if "round" in stand else box(size * 2.4, 0.03, size * 1.5))
    return merge(parts), stand


def _keyboard(width: float, depth: float, rows: int, columns: int) -> Mesh:
    """A plain keyboard on y = 0, sloping to the front."""
    base = side_view([-depth / 2, depth / 2], 0.0, [0.07, 0.03], width)
    return merge([base, place(keys(width * 0.94, depth * 0.85, columns, rows, high=0.03), (0, 0.045, 0), rx=3)])


def _tower(rng: np.random.Generator, kit: Assembly, high: float, at: tuple[float, float, float]) -> str:
    """Adds a computer case and says what is on its front."""
    width, depth = high * span(rng, 0.35, 0.5), high * span(rng, 0.8, 1.1)
    x, y, z = at
    kit.add("case", box(width, high, depth), at)
    drives = count(rng, 1, 4)
    for i in range(drives):
        kit.add("drive", box(width * 0.8, high * 0.07, 0.03), (x, y + high * (0.86 - 0.1 * i), z + depth / 2))
    kit.add("button", cylinder(width * 0.1, 0.03), (x, y + high * 0.42, z + depth / 2), rx=90)
    vents = count(rng, 0, 5)
    for i in range(vents):
        kit.add("vent", box(width * 0.7, high * 0.02, 0.02), (x, y + high * (0.08 + 0.045 * i), z + depth / 2))
    return some(drives, "drive")


def computer(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "tower", "tower", "desktop", "desktop", "all-in-one", "old", "compact")
    if kind == "tower":
        drives = _tower(rng, kit, span(rng, 0.8, 1.2), (0, 0, 0))
        feet = chance(rng, 0.4)
        if feet:
            kit.corners("foot", box(0.08, 0.06, 0.08), (0.12, -0.06, 0.3))
        return kit.finish(["tower"], [drives, "feet" if feet else ""], "computer case", "personal computer")
    width, high = span(rng, 0.8, 1.2), span(rng, 0.55, 0.75)
    facts = []
    if kind == "desktop":
        stand = span(rng, -0.1, 0.0)
        shown, foot = _screen(rng, width, high, span(rng, 0.04, 0.12))
        if beside := chance(rng, 0.7):
            side = one_of(rng, -1, 1)
            drives = _tower(rng, kit, span(rng, 0.7, 1.0), (side * (width / 2 + 0.4), 0, -0.1))
            kit.add("monitor", shown, (0, 0, stand))
        else:
            flat, drives = span(rng, 0.16, 0.26), "a flat case below the screen"
            kit.add("case", box(width * 0.95, flat, span(rng, 0.6, 0.8)))
            kit.add("monitor", shown, (0, flat, 0))
        facts = ["a tower beside the monitor" if beside else drives, foot]
    elif kind == "all-in-one":
        kit.add("monitor", _screen(rng, width, high, span(rng, 0.06, 0.14))[0])
        facts = ["a screen"]
    else:
        size = high if kind == "old" else high * 1.3
        flat = span(rng, 0.16, 0.3) if kind == "old" else 0.0
        if flat:
            kit.add("case", box(width * 1.1, flat, 0.8))
            kit.pair("drive", box(width * 0.35, flat * 0.3, 0.03), (width * 0.27, flat * 0.4, 0.4))
        kit.add("monitor", box(width * 0.85, size, 0.35), (0, flat, 0.15))
        kit.add("monitor", place(box(width * 0.8, 0.4, size * 0.9, (0.6, 0.6)), rx=-90), (0, flat + size / 2, 0))
        low = flat + size * (0.12 if flat else 0.4)
        kit.add(
            "screen",
            cushion(width * 0.68, 0.06, size * (0.74 if flat else 0.5)),
            (0, low + size * 0.37 - (0 if flat else size * 0.1), 0.3),
            rx=90,
        )
        if not flat:
            kit.add("drive", box(width * 0.3, 0.04, 0.03), (width * 0.15, size * 0.2, 0.325))
        facts = ["a picture tube"]
    board, deep = width * span(rng, 0.75, 1.0), span(rng, 0.26, 0.4)
    front = 0.45 + deep / 2 + span(rng, 0.02, 0.2)
    kit.add("keyboard", _keyboard(board, deep, 5, 14), (0, 0, front))
    if mouse := chance(rng, 0.7):
        kit.add("mouse", ball(0.07, 0.06, 0.11, 10), (board / 2 + 0.17, 0.02, front))
    return kit.finish(
        [kind], [*facts, "a keyboard", "a mouse" if mouse else ""], "personal computer", "desktop computer"
    )


def computer_keyboard(kit: Assembly, rng: np.random.Generator) -> Built:
    width, depth = span(rng, 1.0, 1.6), span(rng, 0.38, 0.6)
    rows, columns = count(rng, 4, 6), count(rng, 12, 16)
    front, back = span(rng, 0.03, 0.07), span(rng, 0.05, 0.18)
    kind = one_of(rng, "straight", "straight", "straight", "split", "rounded")
    tilt = float(np.degrees(np.arctan2(back - front, depth)))
    pad = chance(rng, 0.5) and kind != "split"
    tall, fill = span(rng, 0.02, 0.06), span(rng, 0.7, 0.9)

    def block(across: float, shift: float, n: int) -> Mesh:
        main = keys(across * 0.95, depth * 0.7, n, rows - 1, fill=fill, high=tall)
        space = place(box(across * 0.45, tall, depth * 0.13), (0, 0, depth * 0.42))
        return place(
            merge([place(main, (0, 0, -depth * 0.04)), space]), (shift, (front + back) / 2 - 0.005, 0), rx=tilt
        )

    body = side_view([-depth / 2, depth / 2], 0.0, [back, front], width)
    if kind == "split":
        turn = span(rng, 6, 16)
        half = width / 2
        sheet = merge([side_view([-depth / 2, depth / 2], 0.0, [back, front], half), block(half, 0, columns // 2)])
        kit.pair("half", sheet, (half * 0.56, 0, 0), ry=-turn)
    else:
        if kind == "rounded":
            kit.add("body", place(cushion(width, front * 1.6, depth, 0.04), rx=tilt))
        else:
            kit.add("body", body)
        share = 0.76 if pad else 1.0
        kit.add("keys", block(width * share, -width * (1 - share) / 2, columns))
        if pad:
            numbers = keys(width * 0.18, depth * 0.6, 4, 5, fill=fill, high=tall)
            kit.add("number pad", place(numbers, (width * 0.39, (front + back) / 2, 0.02), rx=tilt))
    if rest := chance(rng, 0.3):
        kit.add("wrist rest", cushion(width, front, depth * 0.3), (0, 0, depth * 0.66))
    if wire := chance(rng, 0.4):
        path = np.array(
            [(0, 0.05, -depth / 2), (0.1, 0.02, -depth * 0.9), (0.35, 0.02, -depth * 1.2), (0.6, 0.02, -depth * 1.3)]
        )
        kit.add("cable", sweep(path, 0.015, (0, 1, 0), around=5))
    if feet := back > 0.12:
        kit.pair("foot", box(0.08, back * 0.6, 0.02), (width * 0.4, -back * 0.1, -depth * 0.42))
    facts = [
        f"{some(rows, 'row')} of keys",
        "a number pad" if pad else "",
        "a wrist rest" if rest else "",
        "a cable" if wire else "",
        "feet" if feet else "",
    ]
    return kit.finish([kind], facts, "keyboard")


def television(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "flat", "flat", "tube", "tube", "console", "portable")
    width = span(rng, 1.0, 1.5)
    high = width * span(rng, 0.52, 0.62) if kind == "flat" else width * span(rng, 0.68, 0.85)
    if kind == "flat":
        shown, stand = _screen(rng, width, high, span(rng, 0.03, 0.1))
        lift = 0.0
        on = one_of(rng, "", "", "a low cabinet", "a wall arm")
        if on == "a low cabinet":
            lift, long = span(rng, 0.3, 0.5), width * span(rng, 1.0, 1.5)
            kit.add("cabinet", box(long, lift, 0.4))
            doors = count(rng, 2, 4)
            for x in spread(doors, long):
                kit.add("cabinet", box(long / doors * 0.9, lift * 0.8, 0.03), (x, lift * 0.1, 0.2))
        elif on:
            kit.add("arm", box(0.1, 0.1, 0.4), (0, high * 0.5, -0.2))
            kit.add("arm", box(0.35, 0.35, 0.04), (0, high * 0.4, -0.4))
        if bar := chance(rng, 0.25) and not on:
            kit.add("speaker", box(width * 0.7, 0.07, 0.1), (0, 0, 0.25))
        kit.add("screen", shown, (0, lift, 0))
        return kit.finish(["flat", "wide"], [stand, on, "a speaker bar" if bar else ""], "TV", "TV set")
    depth = span(rng, 0.25, 0.6)
    kit.add("body", (cushion if chance(rng) else box)(width, high, depth))
    if kind != "console":
        kit.add(
            "body",
            place(box(width * 0.85, span(rng, 0.2, 0.4), high * 0.85, (0.6, 0.6)), rx=-90),
            (0, high / 2, -depth / 2),
        )
    side = chance(rng, 0.6)
    across = width * (0.66 if side else 0.88)
    x = -width * 0.13 if side else 0.0
    kit.add(
        "screen",
        cushion(across, 0.08, high * (0.8 if side else 0.72)),
        (x, high * (0.5 if side else 0.56), depth / 2 - 0.03),
        rx=90,
    )
    knobs = count(rng, 2, 5)
    for i in range(knobs):
        at = (
            (width * 0.38, high * (0.85 - 0.16 * i), depth / 2)
            if side
            else (width * (0.4 - 0.09 * i), high * 0.09, depth / 2)
        )
        kit.add("knob", cylinder(0.055 if side else 0.035, 0.06, segments=10), at, rx=90)
    legs = kind == "console" or chance(rng, 0.2)
    if legs:
        tall, out = span(rng, 0.2, 0.6), span(rng, 0.0, 0.1)
        kit.corners("leg", rod((0, 0, 0), (out, -tall, out), 0.04, 0.6), (width * 0.42, 0.02, depth * 0.4))
    aerial = kind == "portable" or (kind == "tube" and chance(rng, 0.5))
    if aerial:
        kit.add("antenna", ball(0.08, 0.06, 0.08, 10), (0, high, 0))
        kit.pair("antenna", rod((0, high, 0), (span(rng, 0.2, 0.5), high + span(rng, 0.3, 0.7), 0), 0.014))
    if kind == "portable":
        kit.add("handle", sweep(arc(width * 0.3, 0.14, 0, 0.5, 8), 0.025, around=6), (0, high, -depth * 0.25))
    facts = [some(knobs, "knob"), "four legs" if legs else "", "a rabbit-ear antenna" if aerial else ""]
    return kit.finish([kind, "old"], facts, "TV", "TV set")


BUILDERS = (computer, computer_keyboard, television)
