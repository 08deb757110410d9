"""Telephones, mobile phones and radios."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.devices.casings import coil, keys, side_view
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span, spread
from pointrecon.shapes.made.parametric.meshes import (
    Mesh,
    arc,
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
    tube,
)


def _handset(rng: np.random.Generator, long: float) -> Mesh:
    """A telephone receiver along x, its cups down, resting on y = 0."""
    cup, drop = span(rng, 0.09, 0.14), span(rng, 0.08, 0.16)
    if chance(rng, 0.35):
        bar = place(cushion(long + cup, 0.08, cup * 1.6), (0, drop, 0))
        ends = [place(cushion(cup * 1.7, drop + 0.03, cup * 1.6), (s * long / 2, 0, 0)) for s in (-1, 1)]
    else:
        path = arc(long / 2, span(rng, 0.06, 0.2), 0.5, 0.0, 9) + np.array([0, drop, 0])
        bar = sweep(path, rounded(span(rng, 0.07, 0.1), span(rng, 0.07, 0.13), 3.0, 8))
        ends = [place(cylinder(cup, drop, cup * 0.65, 12), (s * long / 2, 0, 0)) for s in (-1, 1)]
    return merge([bar, *ends])


def _dial(radius: float) -> Mesh:
    """A rotary dial lying on y = 0."""
    holes = [place(torus(radius * 0.13, radius * 0.05, 8, 4), (radius * 0.72, 0.03, 0), ry=28 * i) for i in range(10)]
    return merge([cylinder(radius, 0.03, radius * 0.95, 18), place(cylinder(radius * 0.4, 0.04), (0, 0.02, 0)), *holes])


def telephone(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "desk", "desk", "rotary", "rotary", "candlestick", "wall", "cordless")
    if kind == "candlestick":
        high, foot = span(rng, 0.8, 1.2), span(rng, 0.25, 0.35)
        kit.add("base", lathe([(0, 0), (foot, 0), (foot, 0.06), (0.07, 0.12), (0.05, high), (0, high)]))
        kit.add("mouthpiece", cylinder(0.05, 0.25, span(rng, 0.12, 0.18)), (0, high, 0), rx=70)
        kit.add("mouthpiece", ball(0.09, 0.09, 0.09), (0, high, 0))
        kit.add("hook", rod((0, high * 0.8, 0), (0.2, high * 0.82, 0), 0.02))
        kit.add(
            "handset",
            lathe([(0, 0), (0.12, 0), (0.12, 0.04), (0.05, 0.12), (0.06, 0.4), (0, 0.4)]),
            (0.22, high * 0.5, 0),
        )
        if dial := chance(rng, 0.5):
            kit.add("dial", _dial(0.12), (0, 0.1, foot * 0.7), rx=50)
        return kit.finish([kind, "old"], ["a hanging receiver", "a dial" if dial else ""], "phone", "telephone set")
    if kind == "cordless":
        high, width = span(rng, 0.7, 1.2), span(rng, 0.2, 0.3)
        kit.add("base", box(width * span(rng, 1.3, 2.2), 0.14, span(rng, 0.4, 0.6), (0.8, 0.7)))
        tilt = -span(rng, 5, 25)
        kit.add("handset", place(prism(rounded(width, high, 4.0), 0.12), (0, high / 2, 0)), (0, 0.1, 0), rx=tilt)
        pad = place(place(keys(width * 0.75, high * 0.4, 3, 4), rx=90), (0, high * 0.32, 0.06))
        kit.add("keys", pad, (0, 0.1, 0), rx=tilt)
        kit.add("display", place(box(width * 0.7, high * 0.2, 0.02), (0, high * 0.62, 0.06)), (0, 0.1, 0), rx=tilt)
        if aerial := chance(rng):
            kit.add(
                "antenna",
                place(cylinder(0.025, span(rng, 0.15, 0.5)), (width * 0.35, high * 0.95, 0)),
                (0, 0.1, 0),
                rx=tilt,
            )
        return kit.finish([kind], ["a charging base", "an antenna" if aerial else "", "twelve keys"], "phone")
    width, depth = span(rng, 0.6, 0.95), span(rng, 0.55, 0.8)
    back, front = span(rng, 0.15, 0.4), span(rng, 0.05, 0.12)
    tilt = float(np.degrees(np.arctan2(back - front, depth)))
    middle = (front + back) / 2
    long = span(rng, 0.65, 0.85)
    off = chance(rng, 0.2)
    receiver = _handset(rng, long)
    dialed = kind == "rotary" or (kind == "wall" and chance(rng, 0.4))
    turn = 90.0 if kind == "wall" else 0.0
    if kind == "rotary":
        back, size = span(rng, 0.35, 0.5), span(rng, 0.18, 0.26)
        kit.add("body", box(width, back, depth, (span(rng, 0.5, 0.75), span(rng, 0.3, 0.5))))
        kit.add("dial", _dial(size), (0, back * 0.5, depth * 0.33), rx=48)
        kit.pair("cradle", box(0.05, 0.1, 0.24), (width * 0.2, back, 0))
        rest = (0.0, back + 0.05, 0.0)
    else:
        body = side_view([-depth / 2, depth / 2], 0.0, [back, front], width)
        kit.add("body", place(body, rx=turn))
        shift = 0.16 * width if kind == "desk" else 0.0
        face = place(_dial(0.2), (0, 0.01, 0)) if dialed else keys(width * 0.42, depth * 0.45, 3, 4)
        z = depth * 0.16
        face = place(face, (shift, middle - z * (back - front) / depth, z), rx=tilt)
        kit.add("dial" if dialed else "keys", place(face, rx=turn))
        if not dialed:
            screen = place(
                box(width * 0.42, 0.03, depth * 0.18), (shift, middle + (back - front) * 0.27, -depth * 0.27), rx=tilt
            )
            kit.add("display", place(screen, rx=turn))
        if kind == "desk":
            rest = (-width * 0.32, middle, 0.0)
            receiver = place(receiver, ry=90)
            receiver = receiver if off else place(receiver, rx=tilt)
        else:
            rest = (0.0, depth * 0.38, back + 0.02)
            receiver = receiver if off else place(receiver, rx=90)
            receiver = (
                place(place(receiver, rz=90), (-width * 0.35 - 0.1, -depth * 0.3, 0))
                if chance(rng) and not off
                else receiver
            )
    if off:
        rest = (-width * 0.5 - 0.35, -depth if kind == "wall" else 0.0, 0.2)
    kit.add("handset", receiver, rest)
    if cord := chance(rng, 0.75):
        low = -depth * 0.5 - 0.2 if kind == "wall" else 0.05
        kit.add("cord", coil(span(rng, 0.4, 0.8), 0.04, count(rng, 6, 14), 0.012), (-width * 0.55, low, 0.1), ry=90)
    facts = [
        "a rotary dial" if dialed else "push buttons",
        "the receiver off the hook" if off else "a handset",
        "a coiled cord" if cord else "",
    ]
    return kit.finish([kind], facts, "phone")


def mobile_phone(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "bar", "flip", "slider", "touchscreen", "touchscreen", "brick")
    width, high = span(rng, 0.42, 0.56), span(rng, 0.9, 1.15)
    thick = {"touchscreen": 0.06, "brick": 0.28, "bar": 0.14}.get(kind, 0.09) * span(rng, 0.8, 1.3)
    square = span(rng, 3.5, 9.0)
    columns, rows = one_of(rng, (3, 4), (3, 4), (4, 5), (8, 4))

    def half(part: str, tall: float) -> Mesh:
        """A plate with its lower end at y = 0, its face at z = 0."""
        return place(prism(rounded(width, tall, square, 20), thick), (0, tall / 2, -thick / 2))

    def pad(tall: float) -> Mesh:
        return place(keys(width * 0.8, tall, columns, rows, high=0.025), rx=90)

    shown = place(box(width * 0.8, 1.0, 0.015), (0, 0, 0.0))
    extra, facts = "", ["a touch screen"]
    if kind == "touchscreen":
        kit.add("body", half("body", high))
        kit.add(
            "screen", prism(rounded(width * 0.93, high * span(rng, 0.75, 0.96), square, 20), 0.012), (0, high / 2, 0)
        )
        lenses = count(rng, 1, 4)
        for i in range(lenses):
            at = (width * (0.28 - 0.2 * (i % 2)), high * (0.9 - 0.09 * (i // 2)), -thick)
            kit.add("camera", cylinder(0.04, 0.03), at, rx=-90)
        kit.add("button", box(0.02, 0.12, thick * 0.4), (width / 2, high * 0.65, -thick * 0.5))
        facts = ["a large screen", "one camera" if lenses == 1 else f"{some(lenses, 'camera')} on the back"]
        extra = one_of(rng, "", "", "a ring holder", "a stand")
        if extra == "a ring holder":
            kit.add("holder", place(torus(0.1, 0.015), rx=90), (0, high * 0.4, -thick - 0.05))
        elif extra:
            kit.add("holder", box(width * 0.6, 0.06, 0.35), (0, -0.06, 0))
            kit.add("holder", box(width * 0.5, high * 0.6, 0.03), (0, 0, -0.12), rx=-8)
        return kit.finish(["touchscreen"], [*facts, extra], "smartphone", "cell phone")
    if kind == "flip":
        tall, fold = high * 0.62, one_of(rng, 0.0, span(rng, 5, 40), span(rng, 60, 110))
        kit.add("body", half("body", tall))
        kit.add("keys", pad(tall * 0.6), (0, tall * 0.38, 0))
        kit.add("hinge", place(cylinder(thick * 0.6, width * 0.8, segments=10), (width * 0.4, tall, 0), rz=90))
        lid = merge([half("lid", tall), place(box(width * 0.7, tall * 0.6, 0.015), (0, tall * 0.2, 0))])
        kit.add("lid", lid, (0, tall, 0), rx=fold)
        facts = ["the lid open" if fold < 45 else "the lid half closed", "a keypad"]
    elif kind == "slider":
        tall = high * 0.75
        shift = tall * span(rng, 0.3, 0.6)
        kit.add("body", half("body", tall))
        kit.add("keys", pad(shift * 0.85), (0, shift * 0.52, 0))
        kit.add("lid", half("lid", tall), (0, shift, thick))
        kit.add("screen", box(width * 0.78, tall * 0.6, 0.015), (0, shift + tall * 0.28, thick))
        facts = ["the upper half slid up", "a keypad"]
    else:
        kit.add(
            "body",
            half("body", high) if kind == "bar" else place(box(width, high, thick, (0.85, 0.8)), (0, 0, -thick / 2)),
        )
        kit.add("keys", pad(high * 0.38), (0, high * 0.26, 0.0))
        kit.add("screen", Mesh(shown.vertices * (0.95, high * 0.3, 1.4), shown.faces), (0, high * 0.56, 0))
        facts = ["a small screen", f"{some(columns * rows, 'key')}"]
    aerial = kind == "brick" or chance(rng, 0.4)
    if aerial:
        top = high * 0.75 if kind == "slider" else high * 0.6 if kind == "flip" else high
        kit.add("antenna", cylinder(0.04, span(rng, 0.15, 0.6), 0.025), (width * 0.36, top * 0.97, -thick * 0.7))
    return kit.finish([kind], [*facts, "an antenna" if aerial else ""], "cell phone")


def radio(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "table", "table", "arched", "boombox", "handheld")
    width, high, depth = span(rng, 0.8, 1.4), span(rng, 0.5, 0.75), span(rng, 0.2, 0.4)
    front = depth / 2
    if kind == "arched":
        width = high = span(rng, 0.7, 0.9)
        outline = np.concatenate(
            [
                [(-width / 2, 0), (width / 2, 0)],
                arc(width / 2, width * span(rng, 0.5, 0.8), 0, 0.5, 14)[:, :2] + (0, high * 0.6),
            ]
        )
        kit.add("case", prism(outline, depth))
        kit.add("speaker", tube(width * 0.3, width * 0.25, 0.04), (0, high * 0.72, front), rx=90)
        for x in spread(count(rng, 2, 4), width * 0.5):
            kit.add("speaker", box(0.03, width * 0.5, 0.03), (x, high * 0.47, front))
        kit.add("scale", box(width * 0.4, 0.1, 0.02), (0, high * 0.25, front))
    elif kind == "handheld":
        width, high, depth = span(rng, 0.3, 0.45), span(rng, 0.75, 1.0), span(rng, 0.18, 0.3)
        front = depth / 2
        kit.add("case", (cushion if chance(rng) else box)(width, high, depth))
        for i in range(count(rng, 3, 6)):
            kit.add("speaker", box(width * 0.6, 0.025, 0.03), (0, high * (0.4 + 0.07 * i), front))
        kit.add("keys", place(keys(width * 0.6, high * 0.25, 3, 3), rx=90), (0, high * 0.2, front))
        kit.add("antenna", cylinder(0.04, span(rng, 0.4, 0.9), 0.025), (width * 0.3, high * 0.98, 0))
        kit.add("knob", cylinder(0.05, 0.08, segments=10), (-width * 0.25, high * 0.98, 0))
        return kit.finish(["handheld"], ["a thick antenna", "a knob", "keys"], "walkie-talkie", "two-way radio")
    else:
        kit.add("case", (cushion if chance(rng, 0.4) else box)(width, high, depth))
        if kind == "boombox":
            size = high * span(rng, 0.3, 0.38)
            for grow in (1.0, 0.5):
                kit.pair(
                    "speaker",
                    tube(size * grow, size * grow * 0.75, 0.05),
                    (width / 2 - size * 1.05, high * 0.45, front),
                    rx=90,
                )
            kit.add("scale", box(width * 0.3, high * 0.3, 0.05), (0, high * 0.12, front))
        else:
            kit.add("speaker", tube(high * 0.36, high * 0.3, 0.03), (-width * 0.24, high * 0.5, front), rx=90)
            for i in range(count(rng, 3, 6)):
                kit.add("speaker", box(high * 0.5, 0.02, 0.02), (-width * 0.24, high * (0.3 + 0.08 * i), front))
            kit.add("scale", box(width * 0.38, high * 0.3, 0.03), (width * 0.25, high * 0.55, front))
    knobs = count(rng, 2, 4)
    for x in spread(knobs, width * (0.7 if kind == "arched" else 0.4)):
        shift = width * 0.25 if kind == "table" else 0.0
        kit.add(
            "knob",
            cylinder(0.055, 0.07, segments=10),
            (x + shift, high * (0.12 if kind == "arched" else 0.28 if kind == "table" else 0.8), front),
            rx=90,
        )
    grip = kind == "boombox" or (kind == "table" and chance(rng, 0.4))
    if grip:
        path = np.array([(-0.42, 0, 0), (-0.42, 0.18, 0), (0.42, 0.18, 0), (0.42, 0, 0)]) * (width, 1, 1)
        kit.add("handle", sweep(path, 0.03, around=6), (0, high * 0.97, 0))
    aerial = kind != "arched" and chance(rng, 0.6)
    if aerial:
        kit.add(
            "antenna",
            rod(
                (width * 0.4, high, -depth * 0.3),
                (width * span(rng, -0.2, 0.7), high + span(rng, 0.4, 0.9), -depth * 0.3),
                0.014,
            ),
        )
    return kit.finish(
        [kind], [some(knobs, "knob"), "a handle" if grip else "", "an antenna" if aerial else ""], "radio set"
    )


BUILDERS = (telephone, mobile_phone, radio)
