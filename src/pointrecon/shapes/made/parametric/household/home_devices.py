"""Things of a household: monitor, laptop, door, ladder, fence, guitar, headphones, hat, suitcase, camera."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, sized, some, span
from pointrecon.shapes.made.parametric.meshes import (
    arc,
    ball,
    box,
    cushion,
    cylinder,
    dome,
    lathe,
    prism,
    rod,
    rounded,
    slab,
    sweep,
    torus,
    tube,
)


def monitor(kit: Assembly, rng: np.random.Generator) -> Built:
    width, wide = sized(rng, 0.7, 1.5, "narrow", "wide")
    height, thick = span(rng, 0.5, 0.8), span(rng, 0.03, 0.15)
    up = span(rng, 0.05, 0.35)
    tube_back = chance(rng, 0.2)
    kit.add("screen", box(width, height, thick), (0, up, 0), rx=-span(rng, 0, 12))
    if tube_back:
        kit.add("back", box(width * 0.9, height * 0.9, 0.02), (0, up, -thick))
        cone = place(box(width * 0.9, span(rng, 0.3, 0.6), height * 0.9, (0.5, 0.5)), rx=-90)
        kit.add("back", cone, (0, up + height / 2, -thick / 2))
    stand = one_of(rng, "a round foot", "a square foot", "two feet", "a V-shaped foot")
    if stand == "two feet":
        kit.pair("stand", box(0.05, 0.03, span(rng, 0.2, 0.4)), (width * 0.35, 0, 0))
        kit.pair("stand", box(0.04, up, 0.04), (width * 0.35, 0, 0))
    else:
        kit.add("stand", box(span(rng, 0.05, 0.2), up + height * 0.3, 0.04), (0, 0, -thick * 0.8))
        size = span(rng, 0.15, 0.3)
        if "round" in stand:
            kit.add("stand", cylinder(size, 0.025))
        elif "square" in stand:
            kit.add("stand", box(size * 2, 0.025, size * 1.4))
        else:
            kit.pair("stand", rod((0, 0.02, -0.05), (size * 1.5, 0.02, size), 0.02))
    if bar := chance(rng, 0.2):
        kit.add("speaker", box(width * 0.8, 0.06, 0.08), (0, up - 0.06, 0.02))
    return kit.finish([wide, "bulky" if tube_back else "flat"], [stand, "a speaker bar" if bar else ""], "screen")


def laptop(kit: Assembly, rng: np.random.Generator) -> Built:
    width, depth, thick = span(rng, 0.8, 1.1), span(rng, 0.55, 0.8), span(rng, 0.02, 0.07)
    open_by = span(rng, 30, 170)
    kit.add("base", box(width, thick, depth))
    kit.add("screen", box(width, depth * span(rng, 0.92, 1.0), thick * 0.6), (0, thick, -depth / 2), rx=90 - open_by)
    rows, columns = count(rng, 3, 5), count(rng, 8, 11)
    pitch = width * 0.9 / columns
    key = box(pitch * 0.8, 0.015, depth * 0.4 / rows)
    across = [(c - (columns - 1) / 2) * pitch for c in range(columns)]
    along = [-depth * 0.35 + r * depth * 0.5 / rows for r in range(rows)]
    kit.add("keyboard", merge([place(key, (x, thick, z)) for z in along for x in across]))
    kit.add("touchpad", box(width * 0.3, 0.008, depth * 0.22), (0, thick, depth * 0.32))
    state = "half-closed" if open_by < 75 else "flat open" if open_by > 145 else "open"
    facts = [f"{some(rows, 'row')} of keys", "a touchpad", "a thick base" if thick > 0.05 else "a thin base"]
    return kit.finish([state], facts, "notebook computer")


def door(kit: Assembly, rng: np.random.Generator) -> Built:
    width, height, thick = span(rng, 0.7, 1.1), span(rng, 1.7, 2.2), span(rng, 0.03, 0.08)
    double = chance(rng, 0.2)
    wings = 2 if double else 1
    ajar = one_of(rng, 0.0, 0.0, span(rng, 20, 80))
    full = width * wings
    panels = one_of(rng, 0, 1, 2, 3, 4, 6)
    style = one_of(rng, "lever", "knob", "bar")
    for i in range(wings):
        side = 1 if i == 0 else -1
        leaf = [("leaf", box(width, height, thick), (side * width / 2, 0.0, 0.0))]
        columns, rows = (2, panels // 2) if panels > 3 else (1, panels)
        for k in range(panels):
            x = width * ((k % columns + 0.5) / columns)
            y = height * (k // columns + 0.1) / rows
            leaf.append(("panel", box(width * 0.75 / columns, height * 0.8 / rows, thick + 0.03), (side * x, y, 0.0)))
        grip = {
            "lever": box(0.14, 0.03, thick + 0.14),
            "knob": ball(0.04, 0.04, 0.1, 8),
            "bar": box(0.03, 0.5, thick + 0.12),
        }[style]
        leaf.append(("handle", grip, (side * width * 0.88, height * 0.47, 0.0)))
        for part, mesh, at in leaf:
            kit.add(part, place(place(mesh, at), ry=-side * ajar), (-side * full / 2, 0, 0))
    if framed := chance(rng, 0.7):
        kit.pair("frame", box(0.1, height + 0.1, 0.14), (full / 2 + 0.05, 0, 0))
        kit.add("frame", box(full + 0.2, 0.1, 0.14), (0, height, 0))
    facts = [some(panels, "panel") if panels else "a smooth leaf", f"a {style} handle", "a frame" if framed else ""]
    return kit.finish(["double" if double else "", "ajar" if ajar else "closed"], facts, "doorway")


def ladder(kit: Assembly, rng: np.random.Generator) -> Built:
    height, width = span(rng, 1.2, 2.6), span(rng, 0.35, 0.6)
    rungs, thick = count(rng, 4, 11), span(rng, 0.02, 0.04)
    step, steps = one_of(rng, False, True), "flat steps"
    kind = one_of(rng, "leaning", "folding", "upright")
    lean = {"leaning": span(rng, 10, 25), "folding": span(rng, 12, 22), "upright": 0.0}[kind]
    narrow = span(rng, 0.6, 1.0)
    rails = rod((width / 2, 0, 0), (width / 2 * narrow, height, 0), thick)
    kit.pair("rail", rails, rx=-lean)
    for i in range(rungs):
        y = height * (i + 0.7) / (rungs + 0.4)
        across = width * (1 - (1 - narrow) * y / height)
        bar = box(across, 0.03, 0.12) if step else place(cylinder(0.018, across, segments=7), (across / 2, 0, 0), rz=90)
        kit.add("rung", place(bar, (0, y, 0)), rx=-lean)
    if kind == "folding":
        back = 2 * height * float(np.sin(np.deg2rad(lean)))
        kit.pair("brace", rails, (0, 0, -back), rx=lean)
        kit.add("brace", box(width, 0.03, 0.03), (0, height * 0.3, -back * 0.85))
    facts = [some(rungs, "rung"), steps if step else "round rungs"]
    return kit.finish([kind], facts, "stepladder" if kind == "folding" else "rung ladder")


def fence(kit: Assembly, rng: np.random.Generator) -> Built:
    long, height = span(rng, 1.4, 2.4), span(rng, 0.6, 1.2)
    n, rails = count(rng, 4, 14), count(rng, 1, 3)
    tip = one_of(rng, "pointed", "flat", "round")
    bar = span(rng, 0.03, 0.09)
    for x in np.linspace(-0.5, 0.5, n) * long:
        kit.add("picket", box(bar, height, 0.03), (float(x), 0, 0))
        if tip == "pointed":
            kit.add("picket", box(bar, bar * 1.3, 0.03, (0.05, 1)), (float(x), height, 0))
        elif tip == "round":
            kit.add("picket", ball(bar * 0.7, bar * 0.7, bar * 0.7, 7), (float(x), height, 0))
    for y in np.linspace(0.25, 0.8, rails) * height:
        kit.add("rail", box(long, 0.06, 0.04), (0, float(y), -0.035))
    if posts := chance(rng):
        kit.pair("post", box(0.12, height * 1.15, 0.12), (long / 2 + 0.06, 0, 0))
    return kit.finish([tip + "-topped"], [some(n, "picket"), some(rails, "rail"), "posts" if posts else ""], "railing")


def guitar(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "acoustic", "electric", "small", "banjo-like")
    long, thick = span(rng, 0.8, 1.0), 0.05 if kind == "electric" else span(rng, 0.1, 0.2)
    half = span(rng, 0.26, 0.38) * (0.8 if kind == "small" else 1)
    if kind == "banjo-like":
        kit.add("body", cylinder(half, thick, segments=20), (0, half, -thick / 2), rx=90)
        long = 2 * half
    else:
        t = np.linspace(0, 1, 13)
        waist = span(rng, 0.3, 0.55)
        width = (
            half
            * np.sqrt(np.maximum(np.sin(np.pi * np.clip(t * 0.97 + 0.015, 0, 1)), 0.0))
            * (1 - waist * np.sin(np.pi * t) ** 4)
        )
        width = width * (1 - 0.25 * t)
        kit.add("body", slab(t * long, -width, width, thick))
    neck = span(rng, 0.6, 1.0) * (0.7 if kind == "small" else 1)
    kit.add("neck", box(0.09, neck, 0.04, (0.75, 1)), (0, long * 0.95, thick / 2))
    kit.add("head", box(0.11, 0.25, 0.035, (1.4, 1)), (0, long * 0.95 + neck, thick / 2), rx=-12)
    pegs = one_of(rng, 2, 3, 3)
    for i in range(pegs):
        y = long * 0.95 + neck + 0.07 * (i + 0.5)
        kit.pair("head", cylinder(0.02, 0.06, segments=6), (0.07, y, thick / 2), rz=-90)
    kit.add("bridge", box(half * 0.6, 0.04, 0.03), (0, long * 0.25, thick / 2))
    if kind != "electric":
        kit.add("sound hole", torus(half * 0.3, 0.015, 16, 5), (0, long * 0.6, thick / 2), rx=90)
    else:
        kit.pair("body", ball(0.07, 0.15, thick / 2, 8), (half * 0.6, long * 0.95, 0))
    facts = [f"{some(2 * pegs, 'tuning peg')}", "a long neck" if neck > 0.8 else "a short neck"]
    return kit.finish([kind], facts, "string instrument")


def headphones(kit: Assembly, rng: np.random.Generator) -> Built:
    half, high, cup = span(rng, 0.35, 0.45), span(rng, 0.4, 0.6), span(rng, 0.15, 0.26)
    thick = span(rng, 0.08, 0.18)
    band = sweep(arc(half, high, 0.0, 0.5, 15), rounded(0.04, span(rng, 0.06, 0.2), 5.0, 8))
    kit.add("band", band)
    shell = place(cylinder(cup, thick, cup * span(rng, 0.7, 1.0)), rz=-90)
    kit.pair("cup", shell, (half - thick * 0.3, -cup * 0.4, 0))
    if soft := chance(rng, 0.7):
        kit.pair("pad", place(torus(cup * 0.75, 0.05, 18, 6), rz=90), (half - thick * 0.4, -cup * 0.4, 0))
    if mic := chance(rng, 0.35):
        path = np.array([(-half - 0.05, -cup * 0.4, 0), (-half - 0.05, -cup, 0.25), (-half * 0.5, -cup * 1.3, 0.45)])
        kit.add("microphone", sweep(path, 0.02, (1, 0, 0), around=6))
        kit.add("microphone", ball(0.05, 0.05, 0.05, 8), path[-1].tolist())
    words = ["large" if cup > 0.21 else "small"]
    return kit.finish(words, ["soft pads" if soft else "", "a microphone" if mic else "no microphone"], "headset")


def hat(kit: Assembly, rng: np.random.Generator) -> Built:
    heights = {"top": 0.6, "bowler": 0.35, "baseball": 0.3, "sun": 0.28, "pointed": 0.8, "hard": 0.33}
    kind = one_of(rng, *heights)
    radius = span(rng, 0.3, 0.4)
    height = heights[kind] * span(rng, 0.8, 1.2)
    if kind == "top":
        kit.add("crown", cylinder(radius, height, radius * span(rng, 0.9, 1.2)))
    elif kind == "pointed":
        kit.add("crown", cylinder(radius, height, 0.02))
    else:
        kit.add("crown", dome(radius, height))
        kit.add("crown", dome(radius * 0.95, height * 0.94))
    brim = {"top": 0.18, "bowler": 0.12, "sun": 0.4, "pointed": 0.25, "hard": 0.06}.get(kind, 0.0) * span(rng, 0.6, 1.3)
    if kind == "baseball":
        visor = prism(arc(radius, span(rng, 0.35, 0.5), 0.5, 1.0, 10)[:, :2], 0.02)
        kit.add("brim", place(visor, rx=-90), (0, 0.01, radius * 0.8))
        kit.add("crown", ball(0.03, 0.02, 0.03, 7), (0, height, 0))
    else:
        droop = span(rng, -0.05, 0.08)
        rows = [(radius * 0.95, 0), (radius + brim, -droop), (radius + brim, 0.02 - droop), (radius * 0.95, 0.02)]
        kit.add("brim", lathe(rows, 20, wrap=True))
    if band := kind != "baseball" and chance(rng):
        kit.add("band", tube(radius * 1.03, radius * 0.97, 0.08, 20), (0, 0.02, 0))
    wide = "a visor" if kind == "baseball" else "a wide brim" if brim > 0.2 else "a narrow brim"
    return kit.finish([kind], [wide, "a hat band" if band else ""], "cap")


def suitcase(kit: Assembly, rng: np.random.Generator) -> Built:
    width, height, depth = span(rng, 0.5, 0.9), span(rng, 0.5, 1.0), span(rng, 0.18, 0.35)
    soft = chance(rng)
    kit.add("case", (cushion if soft else box)(width, height, depth), (0, 0.06, 0))
    kind = one_of(rng, "a carrying handle", "a telescopic handle")
    grip = span(rng, 0.12, 0.2)
    top = height + 0.06
    if kind == "a carrying handle":
        kit.add("handle", sweep(arc(grip, 0.1, 0, 0.5, 8), 0.02, around=6), (0, top, 0))
    else:
        path = np.array([(-grip, 0, 0), (-grip, 0.5, 0), (grip, 0.5, 0), (grip, 0, 0)]) * (1, span(rng, 0.5, 1), 1)
        kit.add("handle", sweep(path, 0.018, around=6), (0, top, -depth * 0.35))
    wheels = one_of(rng, 0, 2, 4)
    if wheels == 4:
        kit.corners("wheel", place(cylinder(0.05, 0.05, segments=10), rz=90), (width * 0.4, 0.04, depth * 0.35))
    elif wheels:
        kit.pair("wheel", place(cylinder(0.06, 0.05, segments=10), rz=90), (width * 0.42, 0.05, -depth * 0.4))
    straps = count(rng, 0, 2)
    for i in range(straps):
        x = width * (0.25 if i else -0.25)
        kit.add("strap", box(0.06, height + 0.03, depth + 0.03), (x, 0.045, 0))
    words = ["soft" if soft else "hard", "upright" if height > width else "wide"]
    return kit.finish(words, [kind, some(wheels, "wheel"), some(straps, "strap") if straps else ""], "travel case")


def camera(kit: Assembly, rng: np.random.Generator) -> Built:
    width, height, depth = span(rng, 0.7, 1.1), span(rng, 0.45, 0.7), span(rng, 0.2, 0.4)
    kit.add("body", (cushion if chance(rng) else box)(width, height, depth))
    lens, long = span(rng, 0.15, 0.28), span(rng, 0.1, 0.9)
    shift = span(rng, -0.1, 0.1) * width
    y = height * span(rng, 0.42, 0.55)
    kit.add("lens", cylinder(lens, long, lens * span(rng, 0.8, 1.2)), (shift, y, depth / 2), rx=90)
    kit.add("lens", tube(lens * 1.2, lens * 0.8, 0.08), (shift, y, depth / 2 + long * 0.6), rx=90)
    if hump := chance(rng, 0.6):
        kit.add("viewfinder", box(width * 0.3, 0.16, depth * 0.8, (0.6, 0.8)), (shift, height, 0))
    kit.add("button", cylinder(0.05, 0.06, segments=10), (-width * 0.38, height, 0))
    if stand := chance(rng, 0.35):
        drop = span(rng, 0.8, 1.6)
        kit.ring("tripod", rod((0.05, 0, 0), (drop * 0.4, -drop, 0), 0.03), 3, 0.1)
    size = "a long lens" if long > 0.5 else "a short lens"
    return kit.finish([], [size, "a viewfinder" if hump else "", "a tripod" if stand else ""], "photo camera")


BUILDERS = (monitor, laptop, door, ladder, fence, guitar, headphones, hat, suitcase, camera)
