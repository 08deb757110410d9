"""Pianos and electric keyboards."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.devices.casings import board, keys, piano_keys
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, sized, some, span, spread
from pointrecon.shapes.made.parametric.meshes import Mesh, box, cylinder, lathe, rod, slab


def _leg(rng: np.random.Generator, high: float, thick: float) -> tuple[Mesh, str]:
    """A leg from y = 0 up, and its word."""
    kind = one_of(rng, "turned", "square", "round")
    if kind == "square":
        return box(thick * 1.3, high, thick * 1.3, (1.5, 1.5)), kind
    if kind == "round":
        return cylinder(thick * 0.6, high, thick), kind
    t = np.linspace(0.0, 1.0, 9)
    r = thick * np.array([0.5, 0.8, 0.5, 0.6, 0.75, 0.9, 1.1, 0.8, 1.1])
    return lathe([(0, 0), *zip(r, t * high, strict=True), (0, high)], 12), kind


def _bench(wide: float, high: float) -> Mesh:
    """A piano bench on y = 0."""
    leg = box(0.06, high, 0.06)
    legs = [place(leg, (s * (wide / 2 - 0.05), 0, t * 0.12)) for s in (-1, 1) for t in (-1, 1)]
    return merge([*legs, place(box(wide, 0.09, 0.36), (0, high, 0))])


def grand_piano(kit: Assembly, rng: np.random.Generator) -> Built:
    width = span(rng, 1.2, 1.6)
    long, size = sized(rng, 1.0, 2.6, "baby", "long")
    thick, up = span(rng, 0.2, 0.35), span(rng, 0.5, 0.75)
    t = np.array([0.0, 0.12, 0.3, 0.42, 0.52, 0.62, 0.75, 0.86, 0.94, 1.0])
    edge = np.array([0.5, 0.5, 0.47, 0.38, 0.24, 0.1, 0.0, -0.08, -0.2, -0.42])
    low = np.array([-0.5] * 7 + [-0.5, -0.49, -0.45])

    def plate(start: int, high: float, grow: float = 1.0) -> Mesh:
        """The wing-shaped outline from a station to the tail, standing on y = 0, the tail at -z."""
        flat = slab(t[start:] * long, low[start:] * width * grow, edge[start:] * width * grow, high)
        return place(flat, (0, high / 2, 0), rx=-90)

    kit.add("case", plate(1, thick), (0, up, 0))
    kit.add("case", box(width, thick * 0.45, 0.35), (0, up, 0.18 - long * 0.12))
    kit.pair("case", box(0.07, thick * 0.85, 0.34), (width / 2 - 0.035, up, 0.18 - long * 0.12))
    white, black = piano_keys(width * 0.88, 0.24, 7 * count(rng, 3, 6))
    at = (0, up + thick * 0.45, 0.22 - long * 0.12)
    kit.add("keys", white, at)
    kit.add("keys", black, at)
    state = one_of(rng, "raised", "raised", "half raised", "closed")
    angle = {"raised": span(rng, 28, 45), "half raised": span(rng, 10, 18), "closed": 0.0}[state]
    lid = place(plate(1, 0.035, 1.02), (width / 2, 0, 0))
    kit.add("lid", place(lid, rz=angle), (-width / 2, up + thick + 0.005, 0))
    if angle:
        reach = width * 0.78
        top = (
            -width / 2 + reach * np.cos(np.radians(angle)),
            up + thick + reach * np.sin(np.radians(angle)),
            -long * 0.3,
        )
        kit.add("lid", rod((width * 0.44, up + thick, -long * 0.25), top, 0.015))
        for x in spread(9, width * 0.7):
            kit.add(
                "case",
                box(0.012, 0.012, long * (0.5 - 0.35 * x / width)),
                (x - 0.05, up + thick, -long * (0.42 - 0.2 * x / width)),
            )
    if music := chance(rng, 0.7):
        kit.add("music stand", board(width * 0.5, 0.22, 0.03), (0, up + thick, -long * 0.12), rx=-20)
    leg, style = _leg(rng, up, span(rng, 0.05, 0.09))
    kit.pair("leg", leg, (width * 0.42, 0, 0.1 - long * 0.12))
    kit.add("leg", leg, (-width * 0.25, 0, -long * 0.86))
    if lyre := chance(rng, 0.7):
        kit.pair("pedals", rod((0.09, 0.1, -long * 0.05), (0.05, up, -long * 0.12), 0.025))
        kit.add("pedals", box(0.28, 0.06, 0.1), (0, 0.06, -long * 0.05))
        for x in spread(3, 0.24):
            kit.add("pedals", box(0.04, 0.02, 0.14), (x, 0.07, 0.08 - long * 0.05))
    if seat := chance(rng, 0.4):
        kit.add("bench", _bench(0.6, up * 0.6), (0, 0, 0.65 - long * 0.12))
    extras = {"a music stand": music, "pedals": lyre, "a bench": seat}
    return kit.finish(
        [size], [f"its lid {state}", f"three {style} legs", *(k for k, v in extras.items() if v)], "piano"
    )


def upright_piano(kit: Assembly, rng: np.random.Generator) -> Built:
    width, depth = span(rng, 1.2, 1.6), span(rng, 0.35, 0.5)
    high, tall = sized(rng, 0.95, 1.4, "low", "tall")
    desk = high * span(rng, 0.5, 0.62)
    kit.add("case", board(width, high, depth), (0, 0, -depth / 2))
    kit.add("case", box(width * 1.04, 0.04, depth * 1.1), (0, high, -depth / 2))
    kit.add("case", box(width, 0.12, 0.36), (0, desk - 0.12, 0.18))
    kit.pair("case", box(0.06, 0.14, 0.36), (width / 2 - 0.03, desk, 0.18))
    is_open = chance(rng, 0.8)
    if is_open:
        white, black = piano_keys(width * 0.9, 0.26, 7 * count(rng, 3, 7))
        kit.add("keys", white, (0, desk, 0.2))
        kit.add("keys", black, (0, desk, 0.2))
        kit.add("key lid", board(width * 0.9, 0.18, 0.02), (0, desk + 0.03, 0.04), rx=-10)
    else:
        kit.add("key lid", box(width * 0.9, 0.08, 0.34, (1, 0.6)), (0, desk, 0.17))
    if legs := chance(rng, 0.7):
        leg, _ = _leg(rng, desk - 0.12, 0.05)
        kit.pair("leg", leg, (width / 2 - 0.06, 0, 0.28))
        kit.pair("leg", box(0.1, 0.08, 0.42), (width / 2 - 0.06, 0, 0.18))
    panels = count(rng, 1, 3)
    for x in spread(panels, width * 0.94):
        kit.add("panel", board(width * 0.85 / panels, (high - desk) * 0.5, 0.03), (x, desk + (high - desk) * 0.4, 0.01))
        kit.add("panel", board(width * 0.85 / panels, desk * 0.6, 0.03), (x, desk * 0.2, 0.01))
    pedals = count(rng, 2, 3)
    for x in spread(pedals, 0.12 * pedals):
        kit.add("pedal", box(0.05, 0.02, 0.16), (x, 0.05, 0.08))
    if music := chance(rng, 0.5):
        kit.add("music stand", board(width * 0.45, 0.25, 0.03), (0, desk + 0.2, 0.07), rx=-15)
    if seat := chance(rng, 0.4):
        kit.add("music stand" if music else "bench", _bench(0.6, desk * 0.7), (0, 0, 0.75))
    facts = ["the keys open" if is_open else "the key lid closed", "two front legs" if legs else "no legs"]
    return kit.finish([tall], [*facts, some(pedals, "pedal"), "a bench" if seat else ""], "piano")


def piano_keyboard(kit: Assembly, rng: np.random.Generator) -> Built:
    octaves = count(rng, 2, 7)
    width, depth, thick = 0.22 * octaves + span(rng, 0.1, 0.4), span(rng, 0.3, 0.45), span(rng, 0.06, 0.12)
    stand = one_of(rng, "no stand", "an X-shaped stand", "two side legs", "four legs")
    up = 0.0 if stand == "no stand" else span(rng, 0.6, 0.85)
    kit.add("case", box(width, thick, depth, (1.0, span(rng, 0.85, 1.0))), (0, up, 0))
    white, black = piano_keys(width * 0.94, depth * 0.5, 7 * octaves)
    kit.add("keys", white, (0, up + thick, depth * 0.2))
    kit.add("keys", black, (0, up + thick, depth * 0.2))
    kit.add("case", box(width, thick * 0.4, depth * 0.4), (0, up + thick, -depth * 0.3))
    panel = (0.0, up + thick * 1.4, -depth * 0.3)
    buttons = one_of(rng, "a row of buttons", "knobs", "a display")
    if buttons == "knobs":
        for x in spread(count(rng, 4, 9), width * 0.8):
            kit.add("control", cylinder(0.022, 0.04, segments=8), (x, *panel[1:]))
    elif "row" in buttons:
        kit.add("control", keys(width * 0.6, depth * 0.2, count(rng, 6, 16), 2), panel)
    else:
        kit.add("control", box(width * 0.2, 0.03, depth * 0.22), panel)
        kit.pair("control", box(width * 0.22, 0.015, depth * 0.25), (width * 0.34, *panel[1:]))
    if rest := chance(rng, 0.4):
        kit.add("music rest", board(width * 0.4, 0.22, 0.02), (0, panel[1], -depth * 0.45), rx=-20)
    if "X" in stand:
        for z in (-0.1, 0.1):
            kit.add("stand", rod((-width * 0.33, 0, z), (width * 0.33, up, z), 0.022))
            kit.add("stand", rod((width * 0.33, 0, z), (-width * 0.33, up, z), 0.022))
        kit.pair("stand", rod((width * 0.33, 0.02, -0.25), (width * 0.33, 0.02, 0.25), 0.022))
    elif "side" in stand:
        kit.pair("stand", board(0.04, up, depth * 0.6), (width * 0.45, 0, 0))
        kit.pair("stand", box(0.06, 0.04, depth * 1.2), (width * 0.45, 0, 0))
    elif up:
        kit.corners("stand", box(0.05, up, 0.05), (width * 0.45, 0, depth * 0.4))
    facts = [some(octaves, "octave"), buttons, stand, "a music rest" if rest else ""]
    return kit.finish(["short" if octaves < 4 else "long"], facts, "electric keyboard", "synthesizer")


BUILDERS = (grand_piano, upright_piano, piano_keyboard)
