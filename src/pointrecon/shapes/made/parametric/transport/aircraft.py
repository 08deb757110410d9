"""Aircraft with wings of many forms, nose along +z: biplane, propeller plane, jet fighter, glider; also airship."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, sized, some, span
from pointrecon.shapes.made.parametric.meshes import ball, box, cylinder, rod, tube
from pointrecon.shapes.made.parametric.transport.airframe import airfoil, barrel, landing_gear, propeller, tail_planes
from pointrecon.shapes.made.parametric.transport.vehicles import hull


def biplane(kit: Assembly, rng: np.random.Generator) -> Built:
    long, fat = span(rng, 1.2, 1.9), span(rng, 0.09, 0.17)
    z, square, sides = long / 2, one_of(rng, 2.0, 2.0, 3.5), one_of(rng, 6, 8, 12)
    end, belly = (-z, 0.02, fat * 0.35, fat * 0.3), (-z * 0.3, fat * 0.75, fat * 0.9, 0)
    body = [end, belly, (z * 0.3, fat, fat * 1.1, 0), (z * 0.8, fat * 0.95, fat, 0), (z, fat * 0.55, fat * 0.55, 0)]
    kit.add("fuselage", barrel(body, square, sides))
    if radial := chance(rng):
        kit.add("engine", cylinder(fat * span(rng, 1.05, 1.4), 0.16, fat * 1.0), (0, 0, z * 0.82), rx=90)
    blades = one_of(rng, 2, 2, 2, 3, 4)
    kit.add("propeller", propeller(blades, span(rng, 0.22, 0.36), fat * 0.3, chance(rng, 0.15)), (0, 0, z * 1.04))
    reach, chord, at = span(rng, 0.7, 1.2), span(rng, 0.24, 0.42), z * span(rng, 0.2, 0.45)
    low, gap, stagger = -fat * span(rng, 0.5, 1.1), span(rng, 0.34, 0.55), span(rng, -0.06, 0.18)
    ends, back = one_of(rng, "square", "round", "round"), one_of(rng, 0, 0, span(rng, 0, 0.25))
    shorter, rise = one_of(rng, 1.0, 1.0, span(rng, 0.6, 0.9)), span(rng, 0, 0.07)
    kit.pair("wing", airfoil(reach * shorter, chord, 1, back, rise, ends), (0, low, at))
    kit.pair("wing", airfoil(reach, chord * span(rng, 1.0, 1.15), 1, back, rise, ends), (0, low + gap, at + stagger))
    bays = count(rng, 1, 2)
    for i in range(bays):
        x = reach * shorter * (0.8 - 0.4 * i)
        y, along = rise * x / reach, at - back * x / reach
        for d in (-chord * 0.25, chord * 0.25):
            kit.pair("strut", rod((x, low + y, along + d), (x, low + gap + y, along + d + stagger), 0.014))
        if i == 0 and chance(rng):
            kit.pair("strut", rod((fat, low, at), (x, low + gap + y, along + stagger), 0.006))
            kit.pair("strut", rod((fat, low + gap, at), (x, low + y, along), 0.006))
    for d in (-chord * 0.25, chord * 0.25):
        kit.pair("strut", rod((fat * 0.5, 0, at + d), (fat, low + gap, at + d + stagger), 0.014))
    seats = count(rng, 1, 2)
    for i in range(seats):
        kit.add("fuselage", ball(fat * 0.4, fat * 0.6, fat * 0.7, 8), (0, fat * 1.0, -z * (0.05 + 0.3 * i)))
    tail = tail_planes(kit, rng, -z * 0.86, fat * 0.35, span(rng, 0.22, 0.34))
    gear = landing_gear(kit, rng, fat, z * 0.45, -z * 0.8)
    facts = ["two pairs of wings", f"{some(bays, 'strut bay')} a side", some(blades, "propeller blade"), gear, tail]
    words = ["radial-engined" if radial else "", "two-seat" if seats == 2 else "single-seat"]
    return kit.finish(words, facts, "old aircraft")


def propeller_plane(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "light", "light", "fighter", "fighter", "transport", "twin-boom")
    long, fat = span(rng, 1.3, 2.1), span(rng, 0.09, 0.18)
    z, square, sides = long / 2, one_of(rng, 2.0, 2.0, 3.0), one_of(rng, 6, 8, 12, 16)
    boom = kind == "twin-boom"
    end = -z if not boom else -z * 0.35
    body = [(end, 0.02, fat * 0.3, fat * 0.3), (end * 0.4, fat * 0.8, fat * 0.85, 0.02), (z * 0.2, fat, fat * 1.1, 0)]
    body += [(z * 0.75, fat * 0.9, fat * 0.95, -0.02), (z, fat * 0.4, fat * 0.4, -0.03)]
    kit.add("fuselage", barrel(body, square, sides))
    high = (kind == "light" and chance(rng, 0.6)) or (kind == "transport" and chance(rng))
    y, at = (fat * 1.0, z * 0.3) if high else (-fat * 0.6, z * span(rng, 0.15, 0.35))
    reach, root, rise = span(rng, 0.8, 1.35), span(rng, 0.26, 0.46), span(rng, 0, 0.05 if high else 0.15)
    ends = one_of(rng, "square", "round", "elliptic")
    kit.pair("wing", airfoil(reach, root, span(rng, 0.45, 1.0), span(rng, -0.05, 0.1), rise, ends, 0.12), (0, y, at))
    if strutted := high and chance(rng, 0.7):
        kit.pair("wing", rod((fat * 0.7, -fat * 0.8, at), (reach * 0.5, y + rise * 0.5, at), 0.014))
    if kind == "light":
        sill = fat * 0.7
        kit.add("canopy", hull((-z * 0.25, sill, 0, fat), (z * 0.05, fat * 0.8, 0, fat * 1.9), (z * 0.5, sill, 0, fat)))
    elif kind == "fighter" or chance(rng):
        kit.add(
            "canopy", ball(fat * 0.6, fat * 0.8, span(rng, 0.14, 0.28), 10), (0, fat * 0.8, z * span(rng, 0.0, 0.5))
        )
    engines = {"transport": one_of(rng, 2, 4, 4), "twin-boom": 2}.get(kind, one_of(rng, 1, 1, 1, 2) if not high else 1)
    blades, size, spinning = count(rng, 2, 5), span(rng, 0.18, 0.32), chance(rng, 0.2)
    if engines == 1:
        kit.add("propeller", propeller(blades, size, fat * 0.42, spinning), (0, -0.03, z * 1.0))
    for i in range(engines // 2):
        x, pod = reach * (0.32 + 0.28 * i), fat * span(rng, 0.45, 0.6)
        level = y + rise * x / reach
        rear = at - root * 0.5 if not boom else -z
        nose = at + root * 0.5 + 0.18
        shape = [(rear, pod * 0.3, pod * 0.3, 0), (at, pod, pod, 0), (nose - 0.05, pod * 0.9, pod * 0.9, 0)]
        kit.pair("engine", barrel([*shape, (nose, pod * 0.5, pod * 0.5, 0)], 2, 10), (x, level, 0))
        kit.pair("propeller", propeller(blades, min(size, reach * 0.16), pod * 0.45, spinning), (x, level, nose + 0.02))
    tail = "twin tail booms" if boom else ""
    if boom:
        x = reach * 0.32
        kit.pair("tail", airfoil(x, root * 0.5, 1), (0, y, -z * 0.95))
        kit.pair("tail", place(airfoil(0.25, 0.22, 0.6, 0.04, 0, "round"), rz=90), (x, y, -z * 0.95))
    else:
        tail = tail_planes(kit, rng, -z * 0.85, fat * 0.3, span(rng, 0.22, 0.36))
    gear = landing_gear(kit, rng, fat, at + 0.12, -z * 0.8)
    braced = "wing struts" if strutted else ""
    facts = [some(engines, "propeller"), f"{'high' if high else 'low'} wings", tail, gear, braced]
    return kit.finish(["" if boom else kind], facts, "aeroplane")


# half span, root chord, tip share, sweep back, whether it has stabilizers
_JETS = {
    "delta": (0.6, 1.0, 0.06, 0.45, False), "canard": (0.6, 0.8, 0.1, 0.35, True),
    "swept": (0.75, 0.42, 0.6, 0.42, True), "modern": (0.65, 0.7, 0.25, 0.25, True),
    "stealth": (0.75, 0.85, 0.2, 0.4, False), "straight": (0.85, 0.34, 0.6, 0.05, True),
}  # fmt: skip


def jet_fighter(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, *_JETS)
    reach, root, tip, back, stable = _JETS[kind]
    scale = span(rng, 0.85, 1.2)
    reach, root, back = reach * scale, root * span(rng, 0.85, 1.15), back * span(rng, 0.8, 1.2)
    long, fat = span(rng, 1.7, 2.3), span(rng, 0.09, 0.15)
    z, sides = long / 2, one_of(rng, 6, 8, 12)
    flat, square = (1.9, 2.0) if kind == "stealth" else (span(rng, 1.0, 1.5), one_of(rng, 2.0, 3.0))
    wide = fat * flat
    middle = [(-z * 0.9, wide * 0.9, fat * 0.8, 0), (-z * 0.2, wide, fat, 0), (z * 0.3, wide * 0.8, fat, 0)]
    nose = [(z * 0.7, fat * 0.6, fat * 0.6, 0), (z, 0.01, 0.01, -0.03)]
    open_nose = kind == "swept" and chance(rng)
    if open_nose:
        nose = [(z * 0.7, fat * 0.8, fat * 0.8, 0), (z * 0.85, fat * 0.6, fat * 0.6, 0)]
    kit.add("fuselage", barrel([*middle, *nose], square, sides))
    engines = 1 if kind in ("swept", "delta") else one_of(rng, 1, 2, 2)
    out = fat * (0.55 if engines == 2 else 0) * flat
    for x in (-out, out) if out else (0.0,):
        kit.add("engine", tube(fat * 0.75, fat * 0.55, 0.22, 14), (x, 0, -z * 1.0), rx=90)
    at = -z * span(rng, 0.1, 0.3)
    kit.pair("wing", airfoil(reach, root, tip, back, span(rng, -0.06, 0.06), "square", 0.06), (fat * 0.5, 0, at))
    if stable:
        rear = z * 0.3 if kind == "canard" else -z * 0.85
        small = airfoil(reach * 0.5, root * 0.45, max(tip, 0.3), back * 0.5, 0, "square", 0.06)
        kit.pair("wing", small, (fat * 0.7, 0.02, rear))
    fins = 2 if kind in ("modern", "stealth") else one_of(rng, 1, 1, 2)
    tall, lean = span(rng, 0.25, 0.42), span(rng, 5, 40 if kind == "stealth" else 25)
    fin = airfoil(tall, tall * span(rng, 0.8, 1.3), span(rng, 0.3, 0.6), span(rng, 0.08, 0.25), 0, "square", 0.06)
    if fins == 2:
        kit.pair("tail", place(fin, rz=90 - lean), (fat * flat * 0.6, fat * 0.5, -z * 0.72))
    else:
        kit.add("tail", fin, (0, fat * 0.7, -z * 0.72), rz=90)
    kit.add("canopy", ball(fat * 0.55, fat * 0.75, span(rng, 0.16, 0.3), 10), (0, fat * 0.75, z * span(rng, 0.3, 0.5)))
    if intakes := not open_nose and chance(rng, 0.7):
        kit.pair("intake", box(fat * 0.8, fat * 1.3, z * 0.6, (0.8, 1)), (fat * flat * 0.9, -fat * 0.7, z * 0.05))
    rockets = one_of(rng, 0, 0, 1, 2, 3)
    for i in range(rockets):
        x = reach * (0.4 + 0.28 * i)
        slim = [(-0.2, 0.02, 0.02, 0), (0.14, 0.02, 0.02, 0), (0.24, 0.003, 0.003, 0)]
        kit.pair("missile", barrel(slim, 2, 8), (x + fat * 0.5, -0.07, at - back * x / reach + 0.05))
        kit.pair("missile", box(0.01, 0.07, 0.1), (x + fat * 0.5, -0.07, at - back * x / reach))
    words = {"delta": "delta-winged", "swept": "swept-wing", "straight": "straight-wing"}.get(kind, kind)
    air = "side air intakes" if intakes else "an air intake in the nose" if open_nose else ""
    arms = f"{some(rockets, 'missile')} under each wing" if rockets else ""
    return kit.finish([words], [some(fins, "tail fin"), some(engines, "engine"), air, arms], "fighter plane")


def glider(kit: Assembly, rng: np.random.Generator) -> Built:
    reach, ends = span(rng, 1.2, 1.9), one_of(rng, "square", "round", "elliptic")
    if chance(rng, 0.25):  # a hang glider: a sail over a frame of tubes
        depth, drop = span(rng, 0.5, 0.9), span(rng, 0.35, 0.55)
        kit.pair("wing", airfoil(reach * 0.6, depth, 0.15, depth * 0.6, span(rng, -0.1, 0.1), "square", 0.03))
        for a, b in (((0, 0, 0.1), (0.28, -drop, 0.1)), ((0, 0, depth / 2), (0.28, -drop, 0.1))):
            kit.pair("frame", rod(a, b, 0.012))
        kit.add("frame", rod((-0.28, -drop, 0.1), (0.28, -drop, 0.1), 0.012))
        kit.add("frame", rod((0, 0, 0), (0, 0.25, 0), 0.012))
        if pilot := chance(rng):
            kit.add("pilot", ball(0.08, 0.07, 0.35, 8), (0, -drop * 0.6, -0.15))
            kit.add("pilot", ball(0.06, 0.07, 0.07, 8), (0, -drop * 0.5, 0.25))
        facts = ["a triangular sail", "a control bar", "a lying pilot" if pilot else ""]
        return kit.finish(["triangular"], facts, "hang glider")
    long, fat = span(rng, 1.0, 1.5), span(rng, 0.06, 0.1)
    z = long / 2
    body = [(-z, 0.015, 0.02, 0.03), (-z * 0.2, fat * 0.4, fat * 0.5, 0.02), (z * 0.3, fat, fat * 1.25, 0)]
    kit.add("fuselage", barrel([*body, (z * 0.75, fat * 0.8, fat, 0), (z, 0.015, 0.015, -0.03)], 2, one_of(rng, 8, 12)))
    kit.add("canopy", ball(fat * 0.7, fat * 0.8, 0.2, 10), (0, fat * 0.7, z * 0.5))
    bent, root = span(rng, 0.0, 0.3), span(rng, 0.14, 0.24)
    high = chance(rng, 0.6)
    half = airfoil(reach, root, span(rng, 0.3, 0.8), span(rng, -0.05, 0.08), bent, ends)
    kit.pair("wing", half, (0, fat * 0.8 * high, z * 0.25))
    tail = tail_planes(kit, rng, -z * 0.88, 0.03, span(rng, 0.16, 0.26))
    if wheel := chance(rng, 0.4):
        kit.add("gear", place(cylinder(0.05, 0.03, segments=10), rz=90), (0.015, -fat * 1.3, z * 0.3))
    shape = "raised wings" if bent > 0.17 else "straight wings"
    return kit.finish(["long-winged"], [shape, tail, "one wheel" if wheel else ""], "sailplane")


def ultralight(kit: Assembly, rng: np.random.Generator) -> Built:
    reach, depth, high = span(rng, 0.8, 1.2), span(rng, 0.35, 0.65), span(rng, 0.55, 0.8)
    trike = chance(rng, 0.6)
    tip, back = (0.3, depth * 0.6) if trike else (0.9, 0.0)
    sail = airfoil(reach, depth, tip, back, span(rng, -0.05, 0.12), "square", 0.05)
    kit.pair("wing", sail, (0, high, 0))
    kit.add("frame", rod((0, high, 0), (0, 0.1, -0.1), 0.018))
    kit.add("frame", rod((0, 0.08, -0.35), (0, 0.1, 0.45), 0.022))
    for x, z in ((0.3, 0.1), (reach * 0.5, 0.0)):
        kit.pair("frame", rod((0.03, 0.12, 0), (x, high, -z if trike else z), 0.012))
    seats = count(rng, 1, 2)
    for i in range(seats):
        kit.add("seat", box(0.2, 0.04, 0.18), (0, 0.12, 0.05 - 0.26 * i))
        kit.add("seat", box(0.2, 0.25, 0.04), (0, 0.14, -0.05 - 0.26 * i), rx=-12)
    rear = -0.1 - 0.26 * seats
    kit.add("engine", box(0.14, 0.14, 0.14), (0, 0.2, rear))
    blades = count(rng, 2, 3)
    kit.add("propeller", propeller(blades, span(rng, 0.22, 0.3), 0.03, chance(rng, 0.2)), (0, 0.28, rear - 0.14))
    radius = span(rng, 0.06, 0.1)
    hub = place(cylinder(radius, 0.05, segments=12), (0.025, 0, 0), rz=90)
    kit.pair("gear", hub, (0.32, radius - 0.05, -0.3))
    kit.pair("gear", rod((0, 0.1, -0.2), (0.32, radius - 0.05, -0.3), 0.015))
    kit.add("gear", hub, (0, radius - 0.05, 0.45))
    if pod := chance(rng):
        kit.add("frame", barrel([(-0.1, 0.1, 0.08, 0.1), (0.25, 0.12, 0.12, 0.15), (0.5, 0.03, 0.04, 0.1)], 2, 8))
    if not trike:
        kit.add("tail", rod((0, high - 0.05, 0), (0, high - 0.1, -0.95), 0.02))
        kit.pair("tail", airfoil(0.3, 0.2, 0.8), (0, high - 0.1, -0.9))
        kit.add("tail", airfoil(0.26, 0.22, 0.6, 0.05), (0, high - 0.1, -0.9), rz=90)
    driven = some(blades, "propeller blade")
    facts = ["a cloth wing", some(seats, "open seat"), driven, "a nose pod" if pod else ""]
    return kit.finish(["weight-shift" if trike else "tube-framed"], facts, "light aircraft")


def airship(kit: Assembly, rng: np.random.Generator) -> Built:
    ratio, shape = sized(rng, 0.13, 0.3, "slender", "fat")
    rigid, sides = chance(rng, 0.5), one_of(rng, 8, 12, 20)
    line, power = np.linspace(-1, 1, 13), span(rng, 1.6, 3.0)
    girth = ratio * np.sqrt(1.0 - np.abs(line * 0.995) ** power) * (1.0 + 0.15 * line)
    kit.add(
        "envelope", barrel([(float(z), float(r), float(r), 0.0) for z, r in zip(line, girth, strict=True)], 2, sides)
    )
    size = span(rng, 0.16, 0.3)
    fin = airfoil(ratio * 0.5 + size, size * 1.4, 0.6, 0.1, 0, "square", 0.06)
    fins, turn = one_of(rng, 3, 4, 4), one_of(rng, 0, 45)
    for i in range(fins):
        kit.add("fin", fin, (0, 0, -0.75), rz=90 + (turn if fins == 4 else 0) + 360 * i / fins)
    long, at = span(rng, 0.2, 0.6), span(rng, -0.1, 0.3)
    middle = [(-long / 3, 0.06, 0.07, 0), (long / 3, 0.06, 0.07, 0)]
    cabin = barrel([(-long / 2, 0.04, 0.04, 0.02), *middle, (long / 2, 0.03, 0.03, 0.03)], 4, 8)
    kit.add("gondola", cabin, (0, -ratio - 0.03, at))
    engines = count(rng, 0, 3)
    for i in range(engines):
        z = 0.2 - 0.3 * i
        x = ratio * 1.05 if rigid else 0.14
        y = -ratio * 0.6 if rigid else -ratio - 0.03
        pod = barrel([(-0.08, 0.015, 0.015, 0), (0, 0.035, 0.035, 0), (0.07, 0.03, 0.03, 0)], 2, 8)
        kit.pair("engine", pod, (x, y, z))
        kit.pair("engine", propeller(2, 0.08, 0.01), (x, y, z - 0.1))
        kit.pair("strut", rod((x, y, z), (x * 0.5, y + 0.04, z), 0.01))
    facts = [some(fins, "fin"), "a gondola", f"{some(engines, 'engine')} a side" if engines else ""]
    return kit.finish([shape], facts, "blimp" if not rigid else "zeppelin")


BUILDERS = (biplane, propeller_plane, jet_fighter, glider, ultralight, airship)
