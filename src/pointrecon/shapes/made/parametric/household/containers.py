"""Trash cans and baskets."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.devices.casings import basin, board
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, span
from pointrecon.shapes.made.parametric.meshes import (
    TAU,
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
    stack,
    sweep,
    torus,
)


def trash_can(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "round", "round", "wheeled", "pedal", "swing-lid", "dumpster-like", "wire", "litter")
    high, r = span(rng, 0.8, 1.2), span(rng, 0.3, 0.45)
    lid = ""
    if kind in ("round", "wire", "pedal"):
        foot = r * span(rng, 0.75, 1.0)
        if kind == "wire":
            for i in range(n := count(rng, 14, 24)):
                kit.add("wire", place(rod((foot, 0, 0), (r, high, 0), 0.012), ry=360 * i / n))
            for y in np.linspace(0, 1, count(rng, 3, 6)):
                kit.add("wire", torus(foot + (r - foot) * float(y), 0.016, 20, 5), (0, float(y) * high, 0))
            kit.add("wire", cylinder(foot, 0.02), (0, 0, 0))
        else:
            t = np.linspace(0, 1, 9)
            w = foot + (r - foot) * t + (0.02 * (np.arange(9) % 2) if chance(rng) else 0)
            kit.add(
                "body",
                lathe([(0, 0), *zip(w, t * high, strict=True), (r * 0.94, high), (foot * 0.94, 0.05), (0, 0.05)], 20),
            )
        if kind == "pedal":
            kit.add("pedal", box(0.16, 0.03, 0.14), (0, 0.03, r + 0.03))
        if kind != "wire" and chance(rng, 0.7):
            lid = (
                one_of(rng, "a closed lid", "a closed lid", "the lid leaning beside it", "an open lid")
                if kind == "round"
                else one_of(rng, "a closed lid", "an open lid")
            )
            cover = lathe(
                [(0, 0), (r * 1.06, 0), (r * 1.06, 0.05), (r * 0.6, span(rng, 0.1, 0.22)), (0, span(rng, 0.14, 0.25))],
                20,
            )
            cover = merge([cover, place(torus(0.09, 0.02, 12, 5), (0, 0.22, 0), rx=90)])
            if "closed" in lid:
                kit.add("lid", cover, (0, high, 0))
            elif "beside" in lid:
                kit.add("lid", cover, (r * 1.5, r * 0.95, 0), rz=-70)
            else:
                kit.add("lid", place(place(cover, (0, 0, r)), rx=-span(rng, 50, 100)), (0, high, -r))
        if kind == "round":
            kit.pair("handle", sweep(arc(0.1, 0.1, 0.75, 0.25 + 1, 7), 0.02, around=5), (r * 0.97, high * 0.7, 0))
    elif kind in ("wheeled", "dumpster-like"):
        wide = r * (2 if kind == "wheeled" else span(rng, 3.5, 5.0))
        deep = wide * (1.1 if kind == "wheeled" else 0.55)
        kit.add("body", box(wide, high, deep, (1.15, span(rng, 1.1, 1.25))), (0, 0.1, 0))
        open_ = chance(rng, 0.3)
        plate = place(cushion(wide * 1.22, 0.09, deep * 1.3), (0, 0, deep * 0.62))
        kit.add(
            "lid", place(plate, rx=-span(rng, 40, 100) if open_ else span(rng, 0, 6)), (0, high + 0.1, -deep * 0.62)
        )
        lid = "an open lid" if open_ else "a closed lid"
        wheel_ = place(cylinder(0.13, 0.07), rz=90)
        if kind == "wheeled":
            kit.pair("wheel", wheel_, (wide * 0.5, 0.13, -deep * 0.42))
            kit.add(
                "handle", rod((-wide * 0.4, high * 1.02, -deep * 0.72), (wide * 0.4, high * 1.02, -deep * 0.72), 0.03)
            )
        else:
            kit.corners("wheel", wheel_, (wide * 0.4, 0.05, deep * 0.4))
            kit.pair("handle", box(0.08, 0.1, deep * 0.5), (wide * 0.57, high * 0.7, 0))
    elif kind == "swing-lid":
        kit.add("body", box(r * 1.3, high, r * 1.2, (1.25, 1.25)))
        ridge = prism(np.array([(-r * 0.85, 0), (r * 0.85, 0), (r * 0.7, 0.2), (0, 0.34), (-r * 0.7, 0.2)]), r * 1.5)
        kit.add("lid", ridge, (0, high, 0))
        kit.add("lid", board(r, 0.2, 0.03), (0, high + 0.05, r * 0.76), rx=-span(rng, 5, 30))
        lid = "a peaked swing lid"
    else:
        up = span(rng, 0.25, 0.6)
        kit.add(
            "body",
            lathe(
                [
                    (0, up),
                    (r * 0.75, up),
                    (r * 0.8, up + high * 0.7),
                    (r * 0.74, up + high * 0.7),
                    (r * 0.7, up + 0.05),
                    (0, up + 0.05),
                ],
                18,
            ),
        )
        kit.add("post", box(0.07, up + high * 1.1, 0.07), (0, 0, -r * 0.85))
        kit.add("post", box(0.4, 0.03, 0.3), (0, 0, -r * 0.6))
        if roof := chance(rng, 0.6):
            kit.add("lid", lathe([(0, 0), (r, 0), (r * 0.6, 0.12), (0, 0.18)], 18), (0, up + high * 1.05, 0))
        lid = "a roof" if roof else ""
    return kit.finish([kind], [lid or "no lid"], "garbage can", "waste bin")


def basket(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "round", "oval", "rectangular")
    wide = span(rng, 0.8, 1.3)
    deep = wide * (1.0 if kind == "round" else span(rng, 0.55, 0.85))
    high, said = span(rng, 0.25, 0.9), ""
    said = "deep" if high > 0.65 else "shallow" if high < 0.4 else ""
    outline = rounded(wide, deep, 2.0 if kind != "rectangular" else 7.0, 28)
    foot = span(rng, 0.6, 1.0)
    belly = span(rng, 0.0, 0.15)
    t = np.linspace(0, 1, 7)
    grow = foot + (1 - foot) * t + belly * np.sin(np.pi * t)
    weave = one_of(rng, "woven bands", "open wires", "smooth sides", "slats")
    x, z = outline.T

    def ring(s: float, y: float, thick: float) -> Mesh:
        return sweep(np.stack([x * s, np.full(28, y), z * s], axis=1)[::-1], thick, (0, 1, 0), closed=True, around=6)

    if weave in ("woven bands", "smooth sides"):
        rows = [
            *zip(t * high, grow, 0 * t, strict=True),
            *zip(t[::-1] * high * 0.95 + 0.04, grow[::-1] * 0.95, 0 * t, strict=True),
        ]
        kit.add("side", basin(outline, *rows))
    else:
        kit.add("floor", stack(outline * foot, (0, 0.03), (1, 1)))
        bars = np.stack([outline[:, None] * grow[None, :, None]], axis=0)[0]
        for strip in bars[:: 1 if weave == "slats" else 2]:
            path = np.stack([strip[:, 0], t * high, strip[:, 1]], axis=1)
            kit.add(
                "side", sweep(path, 0.03 if weave == "slats" else 0.014, (strip[-1, 1], 0, -strip[-1, 0]), around=5)
            )
    if weave != "smooth sides":
        rings = {"woven bands": count(rng, 5, 9), "open wires": count(rng, 4, 7), "slats": 3}[weave]
        for y in np.linspace(0.03, 0.97, rings):
            thick = 0.04 if weave == "woven bands" else 0.018
            kit.add("band", ring(float(np.interp(y, t, grow)), float(y) * high, thick))
    kit.add("rim", ring(1.0, high, span(rng, 0.03, 0.06)))
    grip = one_of(rng, "a high handle", "a high handle", "two side handles", "no handles", "a lid")
    if grip == "a high handle":
        bow = arc(wide / 2, span(rng, 0.5, 0.9), 0.0, 0.5, 13)
        kit.add("handle", sweep(bow, rounded(0.05, span(rng, 0.05, 0.14), 3.0, 8)), (0, high, 0))
    elif grip == "two side handles":
        kit.pair(
            "handle", sweep(arc(0.16, 0.16, 0, 0.5, 9)[:, [2, 1, 0]], 0.03, (1, 0, 0), around=6), (wide / 2, high, 0)
        )
    elif grip == "a lid":
        kit.add("lid", stack(outline, (0, 0.05, span(rng, 0.1, 0.2)), (1.05, 1.05, 0.4)), (0, high + 0.02, 0))
    fill = one_of(rng, "", "", "round fruit") if grip != "a lid" else ""
    if fill:
        for i in range(9):
            a = TAU * i / 8
            reach = 0.0 if i == 8 else 0.3
            kit.add(
                "content",
                ball(0.16, 0.15, 0.16, 9),
                (reach * wide * np.cos(a), high * 0.85 + (0.12 if i == 8 else 0), reach * deep * np.sin(a)),
            )
    return kit.finish(
        [said, kind] if said else [kind], [weave, grip, fill], "hamper" if grip == "a lid" else "container"
    )


BUILDERS = (trash_can, basket)
