"""What floats with masts, guns or paddles, bow along +z: sailing ship, warship, canoe, yacht."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span, spread
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, box, cylinder, loft, rod
from pointrecon.shapes.made.parametric.places.facades import copies
from pointrecon.shapes.made.parametric.transport.vehicles import hull


def ribbed_hull(long: float, half: float, deep: float, stern: float, sheer: float, keel: float = 0.4) -> Mesh:
    """A solid hull along z with a rounded belly; `stern` is the share of width there, `sheer` lifts the ends."""
    t = np.linspace(-1.0, 1.0, 11)
    width = half * np.where(t < 0, 1.0 - (1.0 - stern) * t**2, 1.0 - np.abs(t) ** 2.6) + 0.01
    low = deep * (1.0 - np.where(t > 0, t**4, 0.4 * t**4)) * -1.0
    high = sheer * t**2
    rows = []
    for z, w, a, b in zip(t * long / 2, width, low, high, strict=True):
        x = np.array([w, w * 1.0, -w, -w, -w * 0.75, -keel * w * 0.3, keel * w * 0.3, w * 0.75])
        y = np.array([b - (b - a) * 0.35, b, b, b - (b - a) * 0.35, b - (b - a) * 0.75, a, a, b - (b - a) * 0.75])
        rows.append(np.stack([x, y, np.full(8, z)], axis=1))
    return loft(np.stack(rows[::-1]))


def _sail(wide_low: float, wide_top: float, low: float, high: float, belly: float) -> Mesh:
    """A square sail across x, bulging to +z, between two heights."""
    rows = []
    for f in np.linspace(0.0, 1.0, 5):
        w, out = (wide_low + (wide_top - wide_low) * f) / 2, belly * np.sin(np.pi * (0.15 + 0.7 * f))
        x = np.array([-w, 0.0, w])
        z = np.array([0.0, out, 0.0])
        y = np.full(3, low + (high - low) * f)
        rows.append(np.concatenate([np.stack([x, y, z - 0.008], axis=1), np.stack([x, y, z + 0.008], axis=1)[::-1]]))
    return loft(np.stack(rows))


def _triangle(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> Mesh:
    """A triangular sail in the plane of y and z, from its corners (z, y)."""
    ring = np.array([(0.0, y, z) for z, y in (a, b, c)])
    shift = np.array([0.008, 0.0, 0.0])
    return loft(np.stack([ring - shift, ring + shift]))


def sailing_ship(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "square-rigged", "square-rigged", "square-rigged", "schooner", "junk", "longship", "lateen")
    long, half, deep = span(rng, 1.6, 2.4), span(rng, 0.22, 0.36), span(rng, 0.22, 0.36)
    z, sheer = long / 2, span(rng, 0.08, 0.2)
    if kind == "longship":
        half, deep, sheer = half * 0.8, deep * 0.6, span(rng, 0.25, 0.45)
        kit.add("hull", ribbed_hull(long, half, deep, 0.05, sheer))
        for s in (-1, 1):
            kit.add("hull", rod((0, sheer * 0.8, s * z * 0.98), (0, sheer + span(rng, 0.15, 0.35), s * z * 1.08), 0.03))
        shields = count(rng, 0, 8)
        for f in spread(shields, long * 0.7):
            kit.pair("shield", place(cylinder(0.08, 0.02, segments=12), rz=90), (half * 0.95, 0.05, f))
    else:
        kit.add("hull", ribbed_hull(long, half, deep, span(rng, 0.6, 0.95), sheer))
    castle = kind in ("square-rigged", "junk", "lateen") and chance(rng, 0.75)
    if castle:
        tall = span(rng, 0.12, 0.35)
        rear = (-z * 1.02, half * 0.8, 0, sheer + tall)
        kit.add("castle", hull(rear, (-z * 0.5, half * 0.9, 0, sheer * 0.6 + tall * 0.6), soft=0.03))
        bow = (z * 0.85, half * 0.35, 0, sheer + 0.1)
        kit.add("castle", hull((z * 0.6, half * 0.6, 0, sheer * 0.5 + 0.1), bow, soft=0.03))
        if chance(rng):
            panes = [(x, sheer + tall * 0.4, -z * 1.03) for x in spread(3, half * 1.3)]
            kit.add("castle", copies(box(0.06, 0.07, 0.03), panes))
    fewest, most = {"longship": (1, 1), "schooner": (2, 4), "junk": (2, 3), "lateen": (1, 2)}.get(kind, (1, 4))
    masts = count(rng, fewest, most)
    tall, furled = span(rng, 1.0, 1.6), chance(rng, 0.2)
    for i, f in enumerate(spread(masts, long * 0.8)):
        h = tall * (1.0 - 0.18 * abs(i - (masts - 1) / 2) * 2 / masts)
        kit.add("mast", rod((0, 0, f), (0, h, f), 0.028, 0.5))
        sails = 0
        if kind in ("square-rigged", "longship"):
            sails, wide, y = (1 if kind == "longship" else count(rng, 2, 4)), half * span(rng, 2.4, 3.2), h * 0.22
            step = (h * 0.93 - y) / sails
            for k in range(sails):
                w = wide * (1.0 - 0.18 * k)
                kit.add("mast", rod((-w / 2, y + step * 0.95, f + 0.03), (w / 2, y + step * 0.95, f + 0.03), 0.014))
                if not furled:
                    cloth = _sail(w, w * 0.86, y + 0.03, y + step * 0.92, span(rng, 0.05, 0.16))
                    kit.add("sail", cloth, (0, 0, f + 0.04))
                y += step
        elif not furled:
            reach = long * 0.75 / masts
            if kind == "schooner":
                kit.add("sail", _triangle((f - 0.02, 0.15), (f - 0.02, h * 0.95), (f - reach, 0.2)))
                kit.add("mast", rod((0, 0.13, f), (0, 0.18, f - reach), 0.014))
            elif kind == "lateen":
                kit.add("mast", rod((0, 0.15, f + reach * 0.6), (0, h * 1.05, f - reach * 0.6), 0.016))
                low, peak = (f + reach * 0.55, 0.18), (f - reach * 0.57, h * 1.02)
                kit.add("sail", _triangle(low, peak, (f - reach * 0.7, 0.3)))
            else:
                ribs = count(rng, 4, 7)
                for k in range(ribs):
                    w = reach * (0.9 - 0.35 * k / ribs)
                    up = h * 0.78 * k / ribs
                    kit.add("sail", box(0.015, h * 0.72 / ribs, w), (0.02, 0.15 + up, f - w * 0.25))
                    kit.add("sail", box(0.03, 0.02, w * 1.04), (0.02, 0.13 + up, f - w * 0.25))
    if sprit := kind != "longship" and chance(rng, 0.85):
        tip = (0.0, sheer + span(rng, 0.1, 0.35), z + span(rng, 0.25, 0.55))
        kit.add("mast", rod((0, sheer, z * 0.85), tip, 0.022, 0.6))
        if not furled and chance(rng, 0.7):
            front = spread(masts, long * 0.8)[-1]
            kit.add("sail", _triangle((tip[2] - 0.05, tip[1]), (front + 0.05, tall * 0.7), (front + 0.12, 0.2)))
    if lines := chance(rng, 0.5):
        for f in spread(masts, long * 0.8):
            for d in (-0.1, 0.0, 0.1):
                kit.pair("rope", rod((half * 0.95, 0.02, f + d - 0.05), (0.02, tall * 0.62, f), 0.006))
    guns = count(rng, 3, 8) if kind == "square-rigged" and chance(rng, 0.4) else 0
    for f in spread(guns, long * 0.65):
        kit.pair("cannon", rod((half * 0.8, -deep * 0.12, f), (half * 1.18, -deep * 0.1, f), 0.018))
    facts = [some(masts, "mast"), "furled sails" if furled else "set sails"]
    facts += ["a bowsprit" if sprit else "", "ropes" if lines else ""]
    facts.append(f"{some(guns, 'cannon')} a side" if guns else "")
    return kit.finish([kind], facts, "sailing vessel")


def warship(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "battleship", "battleship", "destroyer", "carrier", "stealth", "patrol")
    long, half, deep = span(rng, 2.2, 3.2), span(rng, 0.17, 0.28), span(rng, 0.12, 0.22)
    if kind == "patrol":
        long *= 0.6
    z, sheer = long / 2, span(rng, 0.03, 0.12)
    kit.add("hull", ribbed_hull(long, half, deep, span(rng, 0.6, 0.95), sheer, 0.9))
    facts = []
    if kind == "carrier":
        plan = [(-z * 1.02, half * 1.5, 0.1, 0.15), (z * 0.5, half * 1.6, 0.1, 0.15), (z, half * 0.9, 0.1, 0.15)]
        kit.add("deck", hull(*plan, soft=0.02))
        kit.add("deck", box(half * 1.7, 0.12, long * 0.85))
        if angled := chance(rng):
            kit.add("deck", box(half * 1.1, 0.05, long * 0.6), (-half * 1.0, 0.1, -z * 0.1), ry=-7)
        at = z * span(rng, -0.2, 0.2)
        kit.add("tower", box(0.14, span(rng, 0.2, 0.35), span(rng, 0.25, 0.5), (0.8, 0.75)), (half * 1.25, 0.15, at))
        kit.add("mast", rod((half * 1.25, 0.3, at), (half * 1.25, 0.75, at), 0.02, 0.4))
        planes = count(rng, 0, 8)
        for i in range(planes):
            spot = (half * span(rng, -1.1, 0.6), 0.16, z * (0.85 - 1.7 * (i + 0.5) / planes))
            kit.add("plane", box(0.03, 0.03, 0.15), spot)
            kit.add("plane", box(0.15, 0.012, 0.05), spot)
        facts = ["a flat flight deck", "an island tower", f"{some(planes, 'plane')} on deck" if planes else ""]
        facts.append("an angled deck" if angled else "")
        return kit.finish(["carrier-type"], facts, "aircraft carrier")
    if kind == "stealth":
        rear = [(-z * 0.5, half * 0.85, 0, 0.18), (-z * 0.3, half * 0.6, 0, 0.36)]
        kit.add("tower", hull(*rear, (z * 0.1, half * 0.55, 0, 0.34), (z * 0.4, half * 0.7, 0, 0.1), soft=0.3))
        kit.add("mast", box(0.16, 0.35, 0.16, (0.3, 0.3)), (0, 0.3, -z * 0.05))
    else:
        tiers = count(rng, 2, 5)
        at = z * span(rng, -0.05, 0.25)
        for i in range(tiers):
            f = 1.0 - 0.17 * i
            tier = box(half * 1.3 * f, 0.1, long * 0.2 * f, (0.95, 0.9))
            kit.add("tower", tier, (0, sheer * 0.3 + 0.09 * i, at - 0.05 * i))
        top = sheer * 0.3 + 0.09 * tiers
        kit.add("mast", rod((0, top - 0.05, at - 0.08), (0, top + span(rng, 0.2, 0.5), at - 0.1), 0.022, 0.4))
        kit.add("mast", rod((-0.14, top + 0.15, at - 0.1), (0.14, top + 0.15, at - 0.1), 0.012))
        if dish := chance(rng):
            kit.add("mast", box(0.22, 0.12, 0.02), (0, top + 0.16, at - 0.05), rx=-10)
        funnels = count(rng, 1, 3) if kind != "patrol" else 0
        for i in range(funnels):
            kit.add(
                "funnel", cylinder(0.075, span(rng, 0.25, 0.4), 0.065, 10), (0, 0, at - long * 0.14 - 0.2 * i), rx=-6
            )
        kit.add("tower", box(half * 1.1, 0.12, long * 0.16), (0, 0, at - long * 0.25))
        facts.append(some(funnels, "funnel") if funnels else "")
        facts.append("a radar" if dish else "")
    turrets = {"battleship": count(rng, 3, 5), "destroyer": count(rng, 1, 4)}.get(kind, 1)
    barrels = one_of(rng, 2, 3) if kind == "battleship" else 1
    fore = (turrets + 1) // 2
    size = half * (0.5 if kind == "battleship" else 0.32)
    for i in range(turrets):
        front = i < fore
        f = z * (0.78 - 0.2 * i) if front else -z * (0.8 - 0.2 * (i - fore))
        up = sheer * 0.4 + (0.08 * i if front else 0.08 * (i - fore))
        way = 1.0 if front else -1.0
        kit.add("turret", cylinder(size * 0.9, up + 0.02, segments=12), (0, -0.02, f))
        house = hull((-size, size * 0.9, 0, size * 0.7), (size, size * 0.7, 0, size * 0.6), soft=0.1)
        kit.add("turret", house, (0, up, f), ry=0 if front else 180)
        for x in spread(barrels, size * 1.6):
            muzzle = (x, up + size * 0.6, f + way * (size + span(rng, 0.2, 0.35)))
            kit.add("gun", rod((x, up + size * 0.35, f + way * size * 0.8), muzzle, 0.016))
    if small := chance(rng, 0.6):
        for f in spread(count(rng, 2, 4), long * 0.35):
            kit.pair("gun", cylinder(0.04, 0.07, segments=8), (half * 0.75, 0, f))
            kit.pair("gun", rod((half * 0.75, 0.05, f), (half * 1.1, 0.12, f + 0.05), 0.01))
    facts += [f"{some(turrets, 'turret')} of {some(barrels, 'gun')}", "small guns at the sides" if small else ""]
    words = {"battleship": "heavy", "destroyer": "slender", "patrol": "small"}.get(kind, kind)
    return kit.finish([words], facts, "naval vessel")


def canoe(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "open", "open", "kayak-like", "outrigger", "dugout")
    long, half, deep = span(rng, 1.6, 2.6), span(rng, 0.16, 0.26), span(rng, 0.13, 0.22)
    t, rise = np.linspace(-1.0, 1.0, 13), span(rng, 0.03, 0.28)
    power = span(rng, 1.6, 3.0)
    width = half * (1.0 - np.abs(t) ** power) + 0.008
    top, low = rise * np.abs(t) ** 3, -deep * (1.0 - 0.5 * np.abs(t) ** 4)
    wall = span(rng, 0.015, 0.05 if kind == "dugout" else 0.025)
    rows = []
    for z, w, a, b in zip(t * long / 2, width, low, top, strict=True):
        angle = np.linspace(0.0, -0.5, 9) * 2 * np.pi
        outer = np.stack([w * np.cos(angle), b + (b - a) * np.sin(angle)], axis=1)
        if kind == "kayak-like":
            bump = w / half
            lid = np.array([(-w * 0.5, b + 0.05 * bump), (0.0, b + 0.08 * bump), (w * 0.5, b + 0.05 * bump)])
        else:  # the inner wall, back along the outer one
            across, down = max(w - wall, 0.002), max(b - a - wall, 0.004)
            lid = np.stack([across * np.cos(angle), b + down * np.sin(angle)], axis=1)[::-1]
        ring = np.concatenate([outer, lid])
        rows.append(np.column_stack([ring, np.full(len(ring), z)]))
    kit.add("hull", loft(np.stack(rows)))
    seats = count(rng, 1, 3)
    for f in spread(seats, long * 0.6):
        if kind == "kayak-like":
            kit.add("seat", place(cylinder(half * 0.55, 0.03, segments=14), (0, 0.06, f)))
            kit.add("seat", box(half * 0.8, 0.14, 0.03), (0, 0.06, f - 0.12), rx=-10)
        else:
            kit.add("seat", box(half * 1.75, 0.02, 0.1), (0, -0.03, f))
    if kind == "outrigger":
        out, side = span(rng, 0.45, 0.7), long * span(rng, 0.5, 0.75)
        kit.add("outrigger", rod((out, -deep * 0.6, -side / 2), (out, -deep * 0.6, side / 2), 0.035))
        for s in (-1, 1):
            kit.add("outrigger", rod((-half, 0.03, s * side * 0.3), (out, 0.03, s * side * 0.3), 0.018))
            kit.add("outrigger", rod((out, 0.03, s * side * 0.3), (out, -deep * 0.6, s * side * 0.3), 0.014))
    paddles = count(rng, 0, 2)
    for i in range(paddles):
        x, double = half * (0.5 - i), kind == "kayak-like"
        tilt = span(rng, -30, 30)
        blade = ball(0.06, 0.012, 0.14, 10)
        kit.add("paddle", place(rod((0, 0, -0.45), (0, 0, 0.45), 0.012), (x, 0.1, 0)), ry=tilt + 60 * double)
        for s in (-1, 1) if double else (1,):
            kit.add("paddle", place(blade, (x, 0.1, s * 0.55)), ry=tilt + 60 * double)
    people = count(rng, 1, 2) if chance(rng, 0.2) else 0
    for f in spread(people, long * 0.5):
        kit.add("paddler", ball(0.09, 0.2, 0.07, 10), (0, 0.12, f))
        kit.add("paddler", ball(0.06, 0.075, 0.065, 10), (0, 0.37, f))
        kit.pair("paddler", rod((0.09, 0.22, f), (0.05, 0.12, f + 0.2), 0.025))
    facts = [
        "raised ends" if rise > 0.16 else "low ends",
        some(seats, "seat"),
        some(paddles, "paddle") if paddles else "no paddle",
    ]
    return kit.finish([kind], [*facts, some(people, "paddler") if people else ""], "paddled boat")


def yacht(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "motor", "motor", "speed", "cruising", "catamaran")
    long, half, deep = span(rng, 1.5, 2.4), span(rng, 0.24, 0.36), span(rng, 0.2, 0.34)
    z, sheer = long / 2, span(rng, 0.02, 0.14)
    if kind == "catamaran":
        kit.pair("hull", ribbed_hull(long, half * 0.35, deep, 0.8, sheer, 0.8), (half * 1.1, 0, 0))
        kit.add("hull", box(half * 2.6, 0.08, long * 0.6), (0, -0.04, -z * 0.15))
    else:
        kit.add("hull", ribbed_hull(long, half, deep, span(rng, 0.7, 1.0), sheer, 0.3))
    decks = 1 if kind in ("speed", "cruising") else count(rng, 1, 3)
    start, stop = -z * span(rng, 0.4, 0.75), z * span(rng, 0.1, 0.4)
    y, wide = 0.0, half * (1.2 if kind == "catamaran" else 0.8)
    for i in range(decks):
        tall = span(rng, 0.13, 0.2)
        slope = span(rng, 0.15, 0.4)
        a, b = start + 0.1 * i, stop - 0.22 * i
        if b - slope > a:
            kit.add(
                "cabin",
                hull((a, wide, y, y + tall), (b - slope, wide * 0.95, y, y + tall), (b, wide * 0.8, y, y + 0.03)),
            )
            kit.pair(
                "window",
                box(0.02, tall * 0.4, (b - slope - a) * 0.8),
                (wide * 0.98, y + tall * 0.4, (a + b - slope) / 2),
            )
            y, wide = y + tall, wide * 0.86
    extra = one_of(rng, "a radar arch", "a mast", "rails", "")
    if kind == "cruising":
        extra = "a mast with a sail"
        kit.add("mast", rod((0, 0, z * 0.15), (0, span(rng, 1.4, 2.0), z * 0.15), 0.022, 0.6))
        kit.add("mast", rod((0, 0.25, z * 0.15), (0, 0.25, -z * 0.7), 0.018))
        kit.add("sail", _triangle((z * 0.13, 0.28), (z * 0.13, 1.35), (-z * 0.68, 0.28)))
        kit.add("hull", box(0.04, 0.35, 0.35, (1, 1.4)), (0, -deep - 0.3, 0))
    elif extra == "a radar arch":
        kit.pair("mast", rod((half * 0.7, 0, start), (half * 0.6, y + 0.18, start + 0.15), 0.025))
        kit.add("mast", rod((-half * 0.6, y + 0.18, start + 0.15), (half * 0.6, y + 0.18, start + 0.15), 0.03))
    elif extra == "a mast":
        kit.add("mast", rod((0, y, start + 0.2), (0, y + span(rng, 0.2, 0.45), start + 0.15), 0.018))
        kit.add("mast", ball(0.06, 0.05, 0.06, 8), (0, y + 0.15, start + 0.2))
    elif extra:
        kit.pair("rail", rod((half * 0.9, sheer * 0.1 + 0.12, -z * 0.1), (half * 0.35, sheer + 0.14, z * 0.85), 0.01))
        at = [(half * 0.88, 0.0, -z * 0.1), (half * 0.82, 0.0, z * 0.25), (half * 0.62, sheer * 0.3, z * 0.55)]
        kit.pair("rail", copies(box(0.012, 0.13, 0.012), at))
    facts = [some(decks, "deck house"), extra, "two hulls" if kind == "catamaran" else "a swimming platform"]
    if kind != "catamaran":
        kit.add("hull", box(half * 1.5, 0.03, 0.16), (0, -deep * 0.35, -z - 0.06))
    return kit.finish([kind], facts, "pleasure boat")


BUILDERS = (sailing_ship, warship, canoe, yacht)
