"""Eyeglasses and shoes."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, mirror, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span
from pointrecon.shapes.made.parametric.meshes import TAU, Mesh, arc, ball, cylinder, loft, prism, rod, rounded, sweep


def eyeglasses(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "round", "square", "oval", "aviator", "cat-eye", "half-rim", "goggle-like")
    wide, high = span(rng, 0.42, 0.55), span(rng, 0.3, 0.45)
    high = wide if kind == "round" else high * 0.7 if kind in ("oval", "half-rim") else high
    square = {"round": 2.0, "oval": 2.0, "square": span(rng, 4, 9), "goggle-like": 4.0}.get(kind, 2.8)
    shape = rounded(wide, high, square, 28)
    x, y = shape.T.copy()
    if kind == "aviator":
        x = x * (1 - 0.18 * np.clip(-y / high, -0.5, 0.5)) + 0.1 * np.clip(-y, 0, 1)
        y = y * np.where(y < 0, 1.3, 0.8)
    elif kind == "cat-eye":
        y = y + 0.35 * high * np.clip(x / wide, 0, 1) * (y > 0)
    thick, gap = span(rng, 0.012, 0.04), span(rng, 0.08, 0.16)
    middle = gap / 2 + wide / 2
    if kind == "half-rim":
        top = (y > -0.02 * high).nonzero()[0]
        order = top[np.argsort(-x[top])]
        kit.pair("rim", sweep(np.stack([x[order], y[order], 0 * x[order]], axis=1), thick, around=6), (middle, 0, 0))
    else:
        kit.pair("rim", sweep(np.stack([x, y, 0 * x], axis=1), thick, closed=True, around=6), (middle, 0, 0))
    lenses = chance(rng, 0.75)
    if lenses or kind == "half-rim":
        kit.pair("lens", prism(np.stack([x, y], axis=1), 0.015), (middle, 0, 0))
    kit.add(
        "bridge", sweep(arc(gap / 2 + 0.02, span(rng, 0.02, 0.1), 0.0, 0.5, 7), thick, around=6), (0, high * 0.12, 0)
    )
    if bar := kind == "aviator":
        kit.add("bridge", rod((-gap, high * 0.38, 0), (gap, high * 0.38, 0), thick))
    if pads := chance(rng, 0.5) and kind != "goggle-like":
        kit.pair("nose pad", ball(0.02, 0.05, 0.03, 8), (gap / 2, -high * 0.12, -0.06))
    out = middle + wide / 2
    long, level = span(rng, 0.9, 1.2), high * span(rng, 0.1, 0.35)
    folded = chance(rng, 0.25)
    if kind == "goggle-like":
        band = sweep(arc(out, 0.85, 0.0, 0.5, 17) * (1, -1, 1), rounded(0.03, 0.2, 4.0, 8), (0, 0, 1))
        kit.add("strap", place(band, rx=90), (0, 0, 0))
        kit.pair(
            "rim", prism(np.stack([x, y], axis=1) * 1.1, 0.16, np.stack([x, y], axis=1) * 0.95), (middle, 0, -0.06)
        )
    else:
        t = [(0, 0, 0.0), (0.015, 0, -0.1), (0, 0, -long * 0.7), (0, -0.05, -long * 0.8), (-0.02, -0.2, -long)]
        temple = sweep(np.array(t), rounded(thick * span(rng, 1.6, 4.0), thick * 1.6, 4.0, 8), (1, 0, 0))
        kit.pair("temple", place(temple, ry=-88 if folded else span(rng, -4, 4)), (out, level, -0.01))
    facts = [
        "lenses" if lenses or kind == "half-rim" else "empty rims",
        "a strap" if kind[0] == "g" else "the temples folded" if folded else "the temples open",
        "nose pads" if pads else "",
    ]
    return kit.finish([kind], [*facts, "a double bridge" if bar else ""], "glasses")


def _sole(long: float, wide: float) -> np.ndarray:
    """Outline (24, 2) of a sole in x and z, the toe at +z, narrow at the waist."""
    a = TAU * np.arange(24) / 24
    z = np.sin(a)
    half = wide * (1 - 0.22 * np.exp(-(((z + 0.25) / 0.35) ** 2)) - 0.12 * (z < -0.2))
    return np.stack([half * np.cos(a) + 0.05 * wide * z, long / 2 * z], axis=1)


def shoe(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "sneaker", "high-heeled", "boot", "boot", "slipper", "dress", "sandal")
    long, wide = span(rng, 1.0, 1.25), span(rng, 0.2, 0.26)
    outline = _sole(long, wide)
    made: list[tuple[str, Mesh]] = []
    heel = (
        span(rng, 0.25, 0.5) if kind == "high-heeled" else span(rng, 0.03, 0.14) if kind in ("boot", "dress") else 0.0
    )
    z = outline[:, 1]
    ramp = heel * np.clip((0.1 * long - z) / (0.5 * long), 0, 1) ** 0.8
    thick = span(rng, 0.03, 0.1)

    def layer(y: float, grow: float, high: np.ndarray | float = 0.0, back: float = 0.0) -> np.ndarray:
        return np.stack([outline[:, 0] * grow, y + ramp + high, z * (0.5 + grow / 2) + back], axis=1)[::-1]

    made.append(("sole", loft(np.stack([layer(0, 1.0), layer(thick, 1.05)])[:, ::-1])))
    if heel:
        size = 0.05 if kind == "high-heeled" and chance(rng, 0.7) else wide * 0.75
        made.append(("heel", place(cylinder(size * 0.7, heel + thick * 0.5, size, 10), (0, 0, -long * 0.38))))
    back = np.clip((0.15 * long - z) / (0.55 * long), 0, 1)
    rise = {
        "boot": span(rng, 0.4, 1.1),
        "sneaker": span(rng, 0.03, 0.2),
        "dress": span(rng, 0.02, 0.06),
        "high-heeled": 0.22,
        "slipper": 0.1,
        "sandal": 0.0,
    }[kind]
    facts: list[str] = []
    low_cut = kind in ("sneaker", "dress")
    if kind == "sandal":
        for at in np.linspace(-0.05, 0.3, bands := count(rng, 1, 3)):
            bow = arc(wide * 0.95, span(rng, 0.14, 0.2), 0.0, 0.5, 9) + np.array(
                [0, thick + float(np.interp(at * long, z[np.argsort(z)], ramp[np.argsort(z)])), at * long]
            )
            made.append(("strap", sweep(bow, rounded(0.02, span(rng, 0.06, 0.16), 4.0, 8))))
        if ankle := chance(rng):
            loop = arc(wide * 0.75, wide * 0.8, 0, 1, 17)[:-1, [0, 2, 1]] + np.array([0, 0.3, -long * 0.3])
            made.append(("strap", sweep(loop, 0.025, (0, 1, 0), closed=True, around=6)))
        facts = [some(bands, "strap"), "an ankle strap" if ankle else ""]
    else:
        toe = span(rng, 0.14, 0.24)
        body = toe * np.clip(1 - back, 0.3, 1) ** 0.5 * (1 - 0.4 * np.clip(z / long * 2, 0, 1) ** 3)
        shift = -0.02 * long
        top = body * (1 - back) + rise * back
        rows = [layer(thick, 1.02), layer(thick, 1.0, top * 0.4), layer(thick, 0.92, top * 0.75, shift)]
        if kind == "boot" or low_cut:
            ankle_y = toe * span(rng, 1.05, 1.25)
            tall = [ankle_y, ankle_y + 0.6 * rise, ankle_y + rise]
            center = np.array([0.0, 0.0, -long * 0.25])
            wide_ = span(rng, 0.62, 0.8)
            shaft = [
                np.stack([outline[:, 0] * wide_, 0 * z + thick + heel + h, center[2] + z * 0.42], axis=1)[::-1]
                for h in tall
            ]
            inner = [center + (ring - center) * (0.88, 1, 0.88) for ring in (shaft[2], shaft[0])]
            rows += [layer(thick, 0.85, body * 0.9, shift * 1.5) * (1, 1, 0.92), *shaft, *inner]
        else:
            open_ = layer(thick, 0.62, np.maximum(top, toe * 0.95), shift)
            open_[:, 2] = -long * 0.24 + (open_[:, 2] + long * 0.24) * 0.72
            rows += [open_, open_ * (0.9, 0.98, 0.95), layer(thick + 0.03, 0.75, 0.0, shift)]
        made.append(("upper", loft(np.stack(rows)[:, ::-1])))
        laces = (kind == "boot" or low_cut) and chance(rng, 0.7)
        for at in np.linspace(0.05, 0.95, count(rng, 3, 6)) if laces else ():
            y, w, front = (
                thick + toe * (0.75 + 0.35 * at) + heel * at,
                wide * (0.5 - 0.1 * at),
                long * (0.2 - 0.27 * at),
            )
            made.append(("lace", rod((-w, y, front), (w, y, front), 0.022)))
        facts = ["laces" if laces else "no laces", "a heel" if heel else "a flat sole"]
    pair = chance(rng, 0.25)
    for part, mesh in made:
        kit.add(part, mesh)
    if pair:
        for _, mesh in made:
            kit.add("second shoe", mirror(mesh, 0), (wide * 3, 0, 0.1))
    return kit.finish([kind], [*facts, "its pair beside it" if pair else ""], "footwear")


BUILDERS = (eyeglasses, shoe)
