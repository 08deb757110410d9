"""What stands beside roads: signs and traffic lights."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.devices.casings import board
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span
from pointrecon.shapes.made.parametric.meshes import TAU, Mesh, arc, box, cylinder, prism, rod, sweep


def _sign_plate(rng: np.random.Generator, size: float) -> tuple[Mesh, str, float]:
    """A plate in the x-y plane about the origin, its word, and its half height."""
    kind = one_of(
        rng,
        "round",
        "octagonal",
        "triangular",
        "diamond",
        "rectangular",
        "upside-down triangular",
        "arrow-shaped",
        "wide",
    )
    corners = {
        "round": (32, 0.0),
        "octagonal": (8, 1 / 16),
        "triangular": (3, 0.25),
        "diamond": (4, 0.25),
        "upside-down triangular": (3, 0.75),
    }
    thick = span(rng, 0.02, 0.06)
    if kind in corners:
        n, start = corners[kind]
        a = TAU * (np.arange(n) / n + start)
        outline = np.stack([np.cos(a), np.sin(a)], axis=1) * size
        rim = prism(outline * 1.02, thick * 1.6, outline * 0.88)
        return merge([prism(outline, thick), rim]), kind, size
    wide, high = (
        (size * 0.75, size * span(rng, 0.9, 1.2)) if kind == "rectangular" else (size * span(rng, 1.2, 2.0), size * 0.5)
    )
    outline = np.array([(-wide, -high), (wide, -high), (wide, high), (-wide, high)])
    if kind == "arrow-shaped":
        outline = np.array([(-wide, -high), (wide * 0.7, -high), (wide * 1.2, 0), (wide * 0.7, high), (-wide, high)])
    return merge([prism(outline, thick), prism(outline, thick * 1.6, outline * 0.9)]), kind, high


def _symbol(rng: np.random.Generator, size: float) -> tuple[Mesh | None, str]:
    """What is shown on a sign, in the x-y plane about the origin."""
    kind = one_of(rng, "", "a bar", "an arrow", "an exclamation mark", "two lines", "a cross")
    bar = place(box(size * 1.0, size * 0.2, 0.03), (0, -size * 0.1, 0))
    if kind == "a bar":
        return bar, kind
    if kind == "an arrow":
        head = place(prism(np.array([(-0.3, 0), (0.3, 0), (0, 0.4)]) * size, 0.03), (0, size * 0.1, 0))
        return place(
            merge([place(box(size * 0.2, size * 0.6, 0.03), (0, -size * 0.45, 0)), head]),
            rz=one_of(rng, 0, 90, -90, 45),
        ), kind
    if kind == "an exclamation mark":
        return merge(
            [
                place(box(size * 0.16, size * 0.5, 0.03, (1.3, 1)), (0, -size * 0.1, 0)),
                place(box(size * 0.18, size * 0.14, 0.03), (0, -size * 0.38, 0)),
            ]
        ), kind
    if kind == "two lines":
        return merge([place(bar, (0, size * 0.2, 0)), place(bar, (0, -size * 0.2, 0))]), kind
    if kind == "a cross":
        return merge([place(bar, rz=45), place(bar, rz=-45)]), kind
    return None, ""


def road_sign(kit: Assembly, rng: np.random.Generator) -> Built:
    size, thick = span(rng, 0.3, 0.5), span(rng, 0.025, 0.06)
    plates = one_of(rng, 1, 1, 1, 1, 2, 2, 3)
    style = one_of(rng, "one post", "one post", "one post", "two posts", "guidepost", "no post")
    if style == "guidepost":
        high = span(rng, 1.8, 2.6)
        kit.add("post", (cylinder if chance(rng) else lambda r, h: box(2 * r, h, 2 * r))(thick * 1.5, high))
        plates = count(rng, 2, 5)
        for i in range(plates):
            long, w = span(rng, 0.7, 1.1), 0.14
            outline = np.array([(0, -w / 2), (long * 0.85, -w / 2), (long, 0), (long * 0.85, w / 2), (0, w / 2)]) - (
                long * 0.15,
                0,
            )
            kit.add(
                "plate",
                prism(outline, 0.04),
                (0, high - 0.15 - 0.22 * i, thick * 1.6),
                ry=one_of(rng, 0.0, 180.0, span(rng, -60, 60)),
            )
        return kit.finish(["wooden-looking"], [some(plates, "arrow"), "one post"], "signpost", "guidepost")
    plates = 1 if style == "no post" else plates
    level, words = 0.0, ""
    top = span(rng, 1.6, 2.6) if style != "no post" else 0.0
    for i in range(plates):
        plate, word, half = _sign_plate(rng, size * (1.0 if i == 0 else 0.7))
        level = top if i == 0 else level - half - 0.03
        words = words or word
        kit.add("plate", plate, (0, level, thick + 0.03))
        symbol, shown = _symbol(rng, min(half, size) * 0.9)
        if i == 0:
            said = shown
        if symbol is not None:
            kit.add("symbol", symbol, (0, level, thick + 0.06))
        level -= half
        if i == 0:
            above = half
    if style == "one post":
        kit.add(
            "post",
            cylinder(thick, top + above * span(rng, 0.5, 1.1))
            if chance(rng, 0.7)
            else place(box(thick * 2, top + above * 0.8, thick)),
        )
    elif style == "two posts":
        kit.pair("post", cylinder(thick, top + above * 0.8), (size * 0.5, 0, 0))
    base = "" if style == "no post" else one_of(rng, "", "", "a foot plate", "a concrete block")
    if base == "a foot plate":
        kit.add("base", cylinder(span(rng, 0.2, 0.35), 0.05), (0, 0, 0))
    elif base:
        kit.add("base", box(0.45 + size, 0.15, 0.4, (0.8, 0.8)))
    facts = [said, some(plates, "plate"), style, base]
    return kit.finish([words], facts, "traffic sign", "street sign")


def traffic_light(kit: Assembly, rng: np.random.Generator) -> Built:
    lamps = one_of(rng, 2, 3, 3, 3)
    r, deep = span(rng, 0.14, 0.2), span(rng, 0.2, 0.4)
    pitch = r * 2.4
    mount = one_of(rng, "a post", "a post", "an overhanging arm", "a cable", "none")
    high = span(rng, 1.2, 2.6)
    heads = 1 if mount != "a post" else one_of(rng, 1, 1, 2, 4)
    tall = pitch * lamps + 0.1
    lying = chance(rng, 0.15) and mount != "a cable"
    visor = one_of(rng, "long visors", "short visors", "no visors")
    head = [("case", place(box(r * 2.7, tall, deep), (0, 0, 0)))]
    for i in range(lamps):
        y = 0.05 + pitch * (i + 0.5)
        head.append(("lamp", place(cylinder(r, 0.04, r * 0.9, 16), (0, y, deep / 2), rx=90)))
        if visor != "no visors":
            cut = arc(r * 1.08, r * 1.08, -0.05, 0.55, 13)[:, :2]
            ring = np.concatenate([cut, cut[::-1] * 0.92])
            long = deep * (0.8 if visor == "long visors" else 0.35)
            strip = [place(rod((*a, 0), (*a, long), 0.03), (0, y, deep / 2)) for a in ring[:13]]
            head.append(("visor", merge(strip)))
    if plate := chance(rng, 0.25):
        head.append(("case", place(board(r * 4, tall + 0.25, 0.03), (0, -0.12, -deep / 2))))
    for k in range(heads):
        for part, mesh in head:
            if lying:
                mesh = place(place(mesh, (0, -tall / 2, 0)), (0, tall / 2, 0), rz=90)
            shift = (0.0, high if mount != "none" else 0.0, deep / 2 + 0.1 if mount == "a post" else 0.0)
            kit.add(part, place(place(mesh, shift), ry=k * 360 / heads))
    if mount == "a post":
        kit.add("post", cylinder(0.07, high + tall * 0.9, 0.06))
        kit.add("post", cylinder(0.16, 0.14))
    elif mount == "an overhanging arm":
        reach = span(rng, 0.8, 1.8)
        kit.add(
            "post",
            sweep(
                [
                    (reach, 0, -0.2),
                    (reach, high + tall * 0.9, -0.2),
                    (reach - 0.15, high + tall + 0.1, -0.2),
                    (0, high + tall + 0.1, -0.2),
                ],
                0.06,
                (0, 0, 1),
            ),
        )
        kit.add("post", box(0.08, 0.2, 0.3), (0, high + tall - 0.05, -0.1))
    elif mount == "a cable":
        kit.add("post", rod((-1.0, high + tall + 0.25, 0), (1.0, high + tall + 0.25, 0), 0.02))
        kit.add("post", cylinder(0.03, 0.27), (0, high + tall, 0))
    facts = [
        some(lamps, "lamp"),
        visor,
        mount if mount != "none" else "",
        f"{some(heads, 'head')}" if heads > 1 else "",
        "a back plate" if plate else "",
    ]
    return kit.finish(["lying" if lying else "upright"], facts, "traffic signal", "stoplight")


BUILDERS = (road_sign, traffic_light)
