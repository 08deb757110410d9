"""Hands: in many gestures, of flesh, of bone or of metal, bare or gloved."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, mirror, place
from pointrecon.shapes.made.parametric.dice import chance, one_of, span
from pointrecon.shapes.made.parametric.living.body_shapes import limb, tapered
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, cushion, cylinder, rod, torus, tube

# how far index, middle, ring and little finger are curled (1 is into the fist); how the thumb lies; spread (degrees)
_GESTURES = {
    "open": ((0.08, 0.05, 0.06, 0.1), "out", 7.0), "spread": ((0.02, 0.0, 0.0, 0.02), "out", 14.0),
    "flat": ((0.0, 0.0, 0.0, 0.0), "along", 1.0), "clenched": ((1.0, 1.0, 1.0, 1.0), "across", 0.0),
    "pointing": ((0.0, 1.0, 1.0, 1.0), "across", 0.0), "victory": ((0.0, 0.0, 1.0, 1.0), "across", 11.0),
    "thumbs-up": ((1.0, 1.0, 1.0, 1.0), "up", 0.0), "relaxed": ((0.25, 0.32, 0.38, 0.42), "along", 3.0),
    "grasping": ((0.5, 0.52, 0.55, 0.6), "front", 3.0), "okay": ((0.55, 0.15, 0.08, 0.05), "front", 8.0),
    "horned": ((0.0, 1.0, 1.0, 0.0), "across", 6.0), "clawed": ((0.45, 0.4, 0.4, 0.45), "out", 10.0),
}  # fmt: skip
_THUMBS = {
    "out": ((0.62, 0.35, 0.1), (0.85, 0.55, 0.15), (1.0, 0.78, 0.18)),
    "along": ((0.55, 0.38, 0.12), (0.6, 0.65, 0.16), (0.58, 0.9, 0.18)),
    "across": ((0.5, 0.42, 0.3), (0.32, 0.72, 0.52), (-0.02, 0.78, 0.55)),
    "up": ((0.6, 0.42, 0.05), (0.88, 0.62, 0.02), (1.2, 0.72, -0.04)),
    "front": ((0.5, 0.3, 0.35), (0.5, 0.5, 0.62), (0.38, 0.75, 0.75)),
}
_LENGTHS = (0.84, 0.92, 0.85, 0.66)


def _finger(root: tuple[float, float, float], long: float, curl: float, lean: float) -> np.ndarray:
    """The four joints (4, 3) of a finger; `lean` turns it sideways (degrees)."""
    angle = np.cumsum(np.array([85.0, 100.0, 70.0]) * curl + 1.0) * np.pi / 180
    step = np.array([0.45, 0.31, 0.24])[:, None] * long
    way = np.stack([np.sin(lean * np.pi / 180) * np.cos(angle), np.cos(lean * np.pi / 180) * np.cos(angle),
                    np.sin(angle)], axis=1)  # fmt: skip
    return np.concatenate([[root], root + np.cumsum(step * way, axis=0)])


def _digit(joints: np.ndarray, thick: float, make: str, around: int) -> Mesh:
    """A finger through its joints, of flesh or in pieces."""
    radius = thick * np.array([1.0, 0.95, 0.85, 0.7])
    if make == "flesh":
        return tapered(joints, radius.tolist(), around)
    pieces = []
    for a, b, r in zip(joints[:-1], joints[1:], radius, strict=False):
        if make == "bone":
            pieces.append(tapered(np.stack([a, (a + b) / 2, b]), (r * 0.8, r * 0.45, r * 0.7), 6, 3))
        else:
            pieces += [rod(a + 0.12 * (b - a), b - 0.12 * (b - a), float(r) * 0.9), place(ball(r, r, r, 8), a)]
    return merge(pieces)


def hand(kit: Assembly, rng: np.random.Generator) -> Built:
    gesture = one_of(rng, *_GESTURES)
    curls, thumb, fan = _GESTURES[gesture]
    make = one_of(rng, "flesh", "flesh", "flesh", "flesh", "bone", "metal")
    around = one_of(rng, 5, 6, 8, 10)
    thick, long, half = span(rng, 0.085, 0.13), span(rng, 0.8, 1.25), span(rng, 0.34, 0.44)
    high = span(rng, 0.75, 1.0)
    pieces: list[tuple[str, Mesh]] = []
    for i, (curled, share) in enumerate(zip(curls, _LENGTHS, strict=True)):
        x = half * (0.78 - 0.5 * i)
        curl = float(np.clip(curled + span(rng, -0.06, 0.06), 0, 1))
        joints = _finger((x, high * (1.0 - 0.06 * abs(i - 1)), 0.0), share * long, curl, fan * (1.3 - i))
        pieces.append(("finger", _digit(joints, thick * (0.85 if i == 3 else 1.0), make, around)))
        if make == "bone":
            pieces.append(("palm", limb((x * 0.4, 0.1, 0, 0.06), (x * 0.7, 0.45 * high, 0, 0.04),
                                        (x, high * 0.95, 0, 0.08), around=6)))  # fmt: skip
    way = np.array([(half * 0.7, 0.15, 0.05), *_THUMBS[thumb]]) * (half / 0.4, high, 1.0)
    pieces.append(("thumb", _digit(way, thick * 1.2, make, around)))
    if make == "flesh":
        bulge = half * 0.42
        palm = limb((0, 0.0, 0, half * 0.52), (0, high * 0.3, 0, bulge), (0, high * 0.92, 0, half * 0.3), smooth=4,
                    around=12, wide=2.3)  # fmt: skip
        pieces += [("palm", palm), ("palm", place(ball(0.17, 0.3, 0.14), (half * 0.55, 0.3, 0.1), rz=-25))]
    elif make == "metal":
        pieces.append(("palm", place(cushion(half * 2.1, high, 0.22), (0, 0, 0))))
    else:
        spots = [(x, y, 0.0) for x in (-0.16, 0.0, 0.16) for y in (-0.02, 0.12)]
        pieces.append(("palm", merge([place(ball(0.09, 0.08, 0.08, 7), spot) for spot in spots])))
    arm = one_of(rng, "", "a wrist", "a forearm", "a sleeve")
    low = -span(rng, 0.8, 1.8) if arm in ("a forearm", "a sleeve") else -0.4
    if arm and make == "bone":
        pieces += [("arm", limb((x, 0, 0, 0.1), (x * 1.4, low * 0.5, 0, 0.06), (x, low, 0, 0.11), around=7))
                   for x in (-0.12, 0.12)]  # fmt: skip
    elif arm:
        pieces.append(("arm", limb((0, low, 0, span(rng, 0.22, 0.32)), (0, low * 0.4, 0, 0.23), (0, 0.1, 0, 0.19),
                                   around=12, wide=1.25, blunt=False)))  # fmt: skip
    if arm == "a sleeve":
        pieces.append(("arm", place(tube(0.42, 0.34, -low * 0.7), (0, low, 0))))
    held = ""
    if gesture == "grasping" and chance(rng, 0.6):
        held = one_of(rng, "a held stick", "a held ball")
        at = (0.0, high * 0.95, 0.38)
        stick = place(cylinder(0.13, span(rng, 1.5, 3.0), segments=10), (1.2, 0, 0), rz=90)
        pieces.append(("held thing", place(stick if "stick" in held else ball(0.3, 0.3, 0.3), at)))
    if ring := make == "flesh" and gesture in ("open", "spread", "flat") and chance(rng, 0.25):
        pieces.append(("ring", place(torus(thick * 1.15, 0.03, 14, 6), (half * -0.22, high * 1.18, 0))))
    left = chance(rng)
    lay = one_of(rng, 0.0, 0.0, 90.0, -90.0) if gesture != "thumbs-up" else 0.0
    roll = 90.0 if gesture == "thumbs-up" else span(rng, -25, 25)
    for part, mesh in pieces:
        turned = place(place(mesh, rz=roll), rx=lay)
        kit.add(part, mirror(turned, 0) if left else turned)
    built = {"flesh": "", "bone": "bony", "metal": "robotic"}[make]
    synonym = {"bone": "skeleton hand", "metal": "robot hand"}.get(make, "human hand")
    facts = [arm or "no wrist", held, "a ring" if ring else ""]
    return kit.finish(
        [gesture, "left" if left else "right", built], facts, "fist" if gesture == "clenched" else synonym
    )


BUILDERS = (hand,)
