"""Gadgets: loudspeakers, printers, microphones, game controllers, remote controls."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.devices.casings import board, keys, side_view
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span, spread
from pointrecon.shapes.made.parametric.meshes import (
    Mesh,
    ball,
    box,
    cushion,
    cylinder,
    lathe,
    prism,
    rod,
    rounded,
    sweep,
    torus,
)


def _cone(r: float) -> Mesh:
    """A loudspeaker's cone in its ring, facing +z."""
    rows = [(0, 0.02), (r * 0.3, 0.03), (r * 0.3, -0.02), (r * 0.85, 0.02), (r * 0.9, 0.05), (r, 0.05), (r, 0)]
    return place(lathe(rows[::-1], 20), rx=90)


def loudspeaker(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "shelf", "floor-standing", "floor-standing", "horn", "round", "stage")
    width, deep = span(rng, 0.4, 0.6), span(rng, 0.35, 0.6)
    if kind == "horn":
        r, long = span(rng, 0.35, 0.55), span(rng, 0.7, 1.1)
        t = np.linspace(0, 1, 8)
        wall = 0.07 + (r - 0.07) * t ** span(rng, 1.6, 3.0)
        flare = lathe([*zip(wall, t * long, strict=True), *zip(wall[::-1] * 0.93, t[::-1] * long, strict=True)], 22)
        up = span(rng, 0.4, 0.8)
        kit.add("horn", flare, (0, up, -0.2), rx=90)
        kit.add("driver", cylinder(0.16, 0.25, 0.13), (0, up, -0.42), rx=90)
        handheld = chance(rng, 0.5)
        if handheld:
            kit.add("grip", box(0.1, 0.35, 0.12), (0, up - 0.42, -0.1), rx=-8)
        else:
            kit.add("stand", cylinder(0.04, up), (0, 0, -0.2))
            kit.add("stand", cylinder(0.2, 0.05), (0, 0, -0.2))
        return kit.finish(
            [kind],
            ["a pistol grip" if handheld else "a post", "a flared mouth"],
            "megaphone" if handheld else "speaker",
        )
    if kind == "round":
        r = span(rng, 0.3, 0.45)
        kit.add("case", ball(r, r, r * 0.9, 18), (0, r, 0))
        kit.add("cone", _cone(r * 0.65), (0, r, r * 0.72))
        kit.add("base", cylinder(r * 0.6, 0.08))
        return kit.finish([kind], ["one cone", "a round foot"], "speaker")
    high = width * (span(rng, 1.3, 1.8) if kind != "floor-standing" else span(rng, 2.4, 3.4))
    kit.add("case", box(width, high, deep, (0.85, 0.9)) if kind == "stage" else board(width, high, deep))
    n, y = count(rng, 1, 4) if kind == "floor-standing" else count(rng, 1, 2), 0.0
    for i in range(n):
        r = width * (0.42 if i == 0 else span(rng, 0.2, 0.42))
        if y + 2 * r > high * 0.97:
            n = i
            break
        kit.add("cone", _cone(r), (0, y + r * 1.08 + 0.02, deep / 2 * (0.97 if kind == "stage" else 1)))
        y += 2.15 * r
    stand = one_of(rng, "", "feet", "a tripod") if kind == "stage" else one_of(rng, "", "", "feet", "a port")
    if stand == "feet":
        kit.corners("foot", cylinder(0.04, 0.06), (width * 0.4, -0.06, deep * 0.4))
    elif stand == "a tripod":
        up = span(rng, 0.8, 1.4)
        kit.add("stand", cylinder(0.035, up), (0, -up, 0))
        kit.ring("stand", rod((0, -up * 0.6, 0), (0.5, -up, 0), 0.025), 3, 0.1)
    elif stand:
        kit.add("port", torus(width * 0.1, 0.02, 14, 5), (0, high * 0.95 - width * 0.1, deep / 2), rx=90)
    return kit.finish([kind], [some(n, "cone"), stand], "speaker", "speaker box")


def printer(kit: Assembly, rng: np.random.Generator) -> Built:
    width, high, deep = span(rng, 0.8, 1.1), span(rng, 0.3, 0.7), span(rng, 0.55, 0.8)
    kit.add("body", (cushion if chance(rng, 0.4) else box)(width, high, deep))
    scanner = chance(rng, 0.5)
    if scanner:
        lid = place(box(width * 0.96, 0.07, deep * 0.95), (0, 0, deep * 0.47))
        kit.add("lid", place(lid, rx=-one_of(rng, 0.0, 0.0, span(rng, 20, 70))), (0, high, -deep * 0.47))
    tray = one_of(rng, "an output tray", "an output tray", "a drawer", "no tray")
    if tray == "an output tray":
        kit.add("tray", box(width * 0.7, 0.03, 0.35), (0, high * 0.18, deep / 2 + 0.16), rx=-6)
        kit.add("slot", box(width * 0.75, high * 0.3, 0.03), (0, high * 0.2, deep / 2))
    elif tray == "a drawer":
        kit.add("tray", box(width * 0.85, high * 0.22, 0.05), (0, 0.03, deep / 2))
        kit.add("tray", box(width * 0.3, 0.03, 0.07), (0, 0.03 + high * 0.12, deep / 2))
    feeder = chance(rng, 0.6) and not scanner
    if feeder:
        kit.add("feeder", board(width * 0.65, span(rng, 0.3, 0.5), 0.03), (0, high * 0.95, -deep * 0.4), rx=-20)
    if paper := chance(rng, 0.5):
        sheet = board(width * 0.55, 0.45, 0.012)
        if feeder:
            kit.add("paper", sheet, (0, high, -deep * 0.36), rx=-20)
        else:
            kit.add("paper", box(width * 0.55, 0.015, 0.5), (0, high * 0.25, deep / 2 + 0.1), rx=-4)
    kit.add("panel", board(width * 0.25, high * 0.25, 0.03), (width * 0.33, high * 0.65, deep / 2))
    kit.add("panel", place(keys(width * 0.2, high * 0.12, 3, 2), rx=90), (width * 0.33, high * 0.72, deep / 2 + 0.015))
    facts = [
        "a scanner lid" if scanner else "",
        tray,
        "a paper feeder" if feeder else "",
        "paper in it" if paper else "",
    ]
    return kit.finish(["tall" if high > 0.55 else "flat"], facts, "office machine")


def microphone(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "handheld", "handheld", "studio", "vintage", "desk")
    r, long = span(rng, 0.1, 0.15), span(rng, 0.6, 0.9)
    stand = (
        "no stand"
        if kind == "handheld" and chance(rng, 0.6)
        else one_of(rng, "a tripod stand", "a round stand", "a bending neck")
    )
    up = 0.0 if stand == "no stand" else span(rng, 0.6, 1.8)
    tilt = 0.0 if stand == "no stand" else span(rng, 10, 60)
    if kind == "handheld":
        head = merge(
            [
                lathe([(0, 0), (r * 0.45, 0), (r * 0.7, long), (0, long)], 14),
                place(ball(r, r, r, 14), (0, long + r * 0.7, 0)),
                place(torus(r, r * 0.1, 18, 5), (0, long + r * 0.7, 0)),
            ]
        )
    elif kind == "vintage":
        head = merge(
            [
                place(cushion(r * 2.4, r * 3.6, r * 2), (0, 0, 0)),
                *[place(box(r * 2.5, 0.02, r * 2.1), (0, r * (0.5 + 0.5 * i), 0)) for i in range(6)],
            ]
        )
    else:
        head = merge(
            [
                cylinder(r, r * 2, segments=16),
                place(cylinder(r * 1.05, r * 2, segments=16), (0, r * 2, 0)),
                place(ball(r * 1.05, r * 0.6, r * 1.05, 14), (0, r * 4, 0)),
            ]
        )
    kit.add("head", head, (0, up, 0), rx=tilt)
    if stand == "a tripod stand":
        kit.add("stand", cylinder(0.025, up))
        kit.ring("stand", rod((0, 0.18, 0), (0.4, 0, 0), 0.022), 3, 0.1)
    elif stand == "a round stand":
        kit.add("stand", cylinder(0.025, up))
        kit.add("base", lathe([(0, 0), (0.3, 0), (0.28, 0.05), (0.05, 0.1), (0, 0.1)], 20))
    elif stand == "a bending neck":
        kit.add(
            "stand", sweep([(0, 0, -0.4), (0, up * 0.6, -0.38), (0, up * 0.95, -0.2), (0, up, 0)], 0.025, (1, 0, 0))
        )
        kit.add("base", box(0.4, 0.1, 0.35), (0, 0, -0.4))
    cable = stand == "no stand" and chance(rng, 0.5)
    if cable:
        kit.add(
            "cable", sweep([(0, 0, 0), (0, -0.2, 0), (0.15, -0.35, 0), (0.4, -0.4, 0), (0.7, -0.35, 0)], 0.02, around=5)
        )
    return kit.finish([kind], [stand, "a cable" if cable else ""], "mic")


def game_controller(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "two-handled", "two-handled", "two-handled", "flat", "joystick")
    if kind == "joystick":
        w = span(rng, 0.5, 0.8)
        kit.add("base", box(w, span(rng, 0.12, 0.25), w * span(rng, 0.8, 1.2), (0.85, 0.85)))
        tilt, high = span(rng, -15, 15), span(rng, 0.5, 0.9)
        kit.add("stick", cylinder(0.06, high, 0.05), (0, 0.1, 0), rx=tilt)
        kit.add("stick", place(ball(0.11, 0.13, 0.11, 10), (0, high, 0)), (0, 0.1, 0), rx=tilt)
        buttons = count(rng, 1, 4)
        for x in spread(buttons, w * 0.6):
            kit.add("button", cylinder(0.05, 0.3), (x, 0, w * 0.32))
        return kit.finish([kind], [some(buttons, "button"), "a stick with a knob"], "joystick", "gamepad")
    width, deep, thick = span(rng, 0.9, 1.2), span(rng, 0.4, 0.55), span(rng, 0.1, 0.2)
    kit.add("body", cushion(width, thick, deep, span(rng, 0.03, 0.15)))
    if kind == "two-handled":
        grip = ball(span(rng, 0.12, 0.17), thick * 0.75, span(rng, 0.28, 0.42), 14)
        kit.pair("handle", grip, (width * 0.42, thick * 0.35, deep * 0.45), ry=span(rng, 5, 28))
    x, top = width * 0.32, thick
    kit.add("pad", box(0.22, 0.04, 0.07), (-x, top, -0.05))
    kit.add("pad", box(0.07, 0.04, 0.22), (-x, top, -0.05))
    buttons = one_of(rng, 2, 4, 4, 6)
    for i in range(buttons):
        a = 2 * np.pi * i / buttons
        at = (
            (x + 0.09 * np.cos(a), top - 0.01, -0.05 + 0.09 * np.sin(a))
            if buttons > 2
            else (x + 0.12 * (i - 0.5), top - 0.01, 0.0)
        )
        kit.add("button", cylinder(0.04, 0.05, segments=10), at)
    sticks = kind == "two-handled" and chance(rng, 0.8)
    if sticks:
        knob = lathe([(0, 0), (0.035, 0), (0.035, 0.07), (0.075, 0.09), (0.07, 0.12), (0, 0.11)], 12)
        kit.pair("stick", knob, (width * 0.16, top - 0.02, deep * 0.22))
    kit.pair("trigger", box(0.2, 0.08, 0.1), (width * 0.32, thick * 0.5, -deep * 0.5))
    cable = chance(rng, 0.35)
    if cable:
        kit.add(
            "cable",
            sweep(
                [(0, 0.06, -deep / 2), (0, 0.05, -deep), (0.2, 0.03, -deep * 1.6), (0.5, 0.03, -deep * 1.7)],
                0.022,
                (0, 1, 0),
                around=5,
            ),
        )
    facts = [
        some(buttons, "round button"),
        "two thumb sticks" if sticks else "no thumb sticks",
        "a cable" if cable else "",
    ]
    return kit.finish([kind], facts, "gamepad", "joypad")


def remote_control(kit: Assembly, rng: np.random.Generator) -> Built:
    width, long, thick = span(rng, 0.25, 0.4), span(rng, 0.9, 1.4), span(rng, 0.06, 0.14)
    kind = one_of(rng, "straight", "rounded", "waisted")
    if kind == "straight":
        kit.add("body", box(width, thick, long, (0.95, 0.98)))
    elif kind == "rounded":
        kit.add("body", place(prism(rounded(width, long, span(rng, 2.5, 5), 24), thick), (0, thick / 2, 0), rx=-90))
    else:
        z = np.linspace(-0.5, 0.5, 9) * long
        kit.add("body", side_view(z, 0.0, thick, width * (0.85 + 0.25 * np.cos(np.linspace(-3, 3, 9)) ** 2)))
    rows, columns = count(rng, 3, 7), count(rng, 2, 4)
    kit.add(
        "keys",
        keys(width * 0.75, long * 0.45, columns, rows, fill=span(rng, 0.5, 0.8), high=0.03),
        (0, thick, -long * 0.12),
    )
    ring = chance(rng, 0.6)
    if ring:
        kit.add("ring", torus(width * 0.25, 0.025, 18, 5), (0, thick, long * 0.24))
        kit.add("ring", cylinder(width * 0.1, 0.03), (0, thick, long * 0.24))
    aerial = chance(rng, 0.15)
    if aerial:
        kit.add("antenna", rod((width * 0.3, thick / 2, -long / 2), (width * 0.4, thick, -long * 1.1), 0.015))
    return kit.finish(
        [kind],
        [f"{some(rows, 'row')} of keys", "a round pad" if ring else "", "an antenna" if aerial else ""],
        "remote",
    )


BUILDERS = (loudspeaker, printer, microphone, game_controller, remote_control)
