"""Buildings and large structures: house, tent, church; tower, bridge, windmill, crane, swing set."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span, spread
from pointrecon.shapes.made.parametric.meshes import arc, ball, box, cylinder, dome, prism, rod, sweep, tube


def _roof(kit: Assembly, rng: np.random.Generator, width: float, depth: float, y: float) -> str:
    kind = one_of(rng, "gabled", "hipped", "flat", "shed", "pyramid")
    rise, over = span(rng, 0.2, 0.6), span(rng, 1.02, 1.2)
    if kind in ("gabled", "shed"):
        ridge = 0.0 if kind == "gabled" else -width * over / 2
        gable = np.array([(-width * over / 2, 0.0), (width * over / 2, 0.0), (ridge, rise)])
        kit.add("roof", prism(gable, depth * over), (0, y, 0))
    elif kind == "flat":
        kit.add("roof", box(width * over, 0.06, depth * over), (0, y, 0))
    else:
        top = (0.02, 0.02) if kind == "pyramid" else (0.05, span(rng, 0.3, 0.6))
        kit.add("roof", box(width * over, rise, depth * over, top), (0, y, 0))
    return f"a {kind} roof"


def house(kit: Assembly, rng: np.random.Generator) -> Built:
    width, depth, floors = span(rng, 0.7, 1.3), span(rng, 0.8, 1.5), count(rng, 1, 3)
    height = floors * span(rng, 0.32, 0.45)
    kit.add("wall", box(width, height, depth))
    roof = _roof(kit, rng, width, depth, height)
    kit.add("door", box(0.18, 0.28, 0.05), (span(rng, -0.25, 0.25) * width, 0, depth / 2))
    columns = count(rng, 2, 4)
    for floor in range(floors):
        for x in spread(columns, width):
            kit.pair("window", box(0.13, 0.14, 0.04), (x, height * (floor + 0.4) / floors, depth / 2), axis=2)
    if chimney := chance(rng):
        kit.add("chimney", box(0.12, span(rng, 0.4, 0.7), 0.12), (width * 0.25, height, -depth * 0.2))
    extra = one_of(rng, "", "a porch", "a garage", "a balcony")
    if extra == "a porch":
        kit.add("annexe", box(width * 0.5, 0.04, 0.3), (0, height / floors * 0.8, depth / 2 + 0.15))
        kit.pair("annexe", cylinder(0.03, height / floors * 0.8, segments=8), (width * 0.22, 0, depth / 2 + 0.27))
    elif extra == "a garage":
        kit.add("annexe", box(0.5, 0.32, depth * 0.6), (width / 2 + 0.25, 0, 0))
    elif extra:
        kit.add("annexe", box(width * 0.5, 0.15, 0.2), (0, height * 0.55, depth / 2 + 0.1))
    words = [f"{('one', 'two', 'three')[floors - 1]}-storey"]
    return kit.finish(words, [roof, "a chimney" if chimney else "", extra], "home")


def tent(kit: Assembly, rng: np.random.Generator) -> Built:
    width, depth, height = span(rng, 0.8, 1.4), span(rng, 0.9, 1.8), span(rng, 0.6, 1.1)
    kind = one_of(rng, "ridge", "dome", "tunnel", "tipi", "pavilion")
    if kind == "ridge":
        kit.add("canvas", prism(np.array([(-width / 2, 0.0), (width / 2, 0.0), (0.0, height)]), depth))
        kit.pair("pole", cylinder(0.02, height * 1.1, segments=6), (0, 0, depth / 2), axis=2)
    elif kind == "dome":
        kit.add("canvas", dome(width * 0.6, height * 0.8, segments=one_of(rng, 6, 8, 16)))
        kit.pair("pole", sweep(arc(width * 0.62, height * 0.82, 0, 0.5, 11), 0.015, around=5), ry=45)
    elif kind == "tunnel":
        kit.add("canvas", prism(arc(width / 2, height * 0.7, 0, 0.5, 13)[:, :2], depth))
        for z in (-0.5, 0.0, 0.5):
            kit.add("pole", sweep(arc(width * 0.51, height * 0.72, 0, 0.5, 11), 0.015, around=5), (0, 0, z * depth))
    elif kind == "tipi":
        kit.add("canvas", cylinder(width * 0.5, height * 1.5, 0.06, count(rng, 6, 12)))
        kit.ring("pole", rod((width * 0.5, 0, 0), (-0.1, height * 1.75, 0), 0.015), count(rng, 4, 7))
    else:
        kit.add("canvas", box(width, height * 0.5, width, (0.05, 0.05)), (0, height * 0.9, 0))
        kit.add("canvas", box(width, height * 0.12, width), (0, height * 0.8, 0))
        kit.corners("pole", cylinder(0.025, height * 0.9, segments=6), (width * 0.47, 0, width * 0.47))
    if ropes := chance(rng, 0.6):
        rope = rod((width * 0.4, height * 0.5, depth * 0.4), (width * 0.9, 0, depth * 0.6), 0.012)
        kit.corners("rope", rope, (0, 0, 0))
    return kit.finish([kind], ["guy ropes" if ropes else "no ropes", "poles"], "camping shelter")


def church(kit: Assembly, rng: np.random.Generator) -> Built:
    width, depth, height = span(rng, 0.5, 0.8), span(rng, 1.0, 1.7), span(rng, 0.4, 0.7)
    kit.add("nave", box(width, height, depth))
    rise = span(rng, 0.25, 0.5)
    gable = np.array([(-width * 0.54, 0.0), (width * 0.54, 0.0), (0.0, rise)])
    kit.add("roof", prism(gable, depth * 1.04), (0, height, 0))
    towers, size = one_of(rng, 1, 1, 2), width * span(rng, 0.35, 0.55)
    up = height + span(rng, 0.3, 0.8)
    spire, tip = one_of(rng, "a spire", "a dome", "a pointed roof"), span(rng, 0.3, 0.8)
    for x in (0.0,) if towers == 1 else (-width / 2, width / 2):
        at = (x, up, depth / 2)
        kit.add("tower", box(size, up, size), (x, 0, depth / 2))
        if spire == "a dome":
            kit.add("spire", dome(size * 0.6, size * 0.8), at)
        else:
            kit.add("spire", box(size * 1.1, tip if "spire" in spire else tip * 0.4, size * 1.1, (0.02, 0.02)), at)
    if aisle := chance(rng, 0.4):
        kit.pair("nave", box(width * 0.35, height * 0.55, depth * 0.8), (width * 0.66, 0, -depth * 0.08))
    if apse := chance(rng, 0.4):
        kit.add("nave", cylinder(width * 0.4, height * 0.9), (0, 0, -depth / 2))
    facts = [some(towers, "tower"), spire, "side aisles" if aisle else "", "an apse" if apse else ""]
    return kit.finish([], facts, "chapel")


def tower(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "castle", "office", "light", "water", "lattice")
    high, wide = span(rng, 1.3, 2.6), span(rng, 0.22, 0.45)
    if kind == "castle":
        kit.add("shaft", cylinder(wide, high, wide * 0.95, 16))
        n = count(rng, 6, 12)
        kit.add("top", cylinder(wide * 1.2, 0.12), (0, high, 0))
        kit.ring("top", place(box(0.08, 0.14, 0.1), (wide * 1.1, high + 0.12, 0)), n)
        said = some(n, "battlement")
    elif kind == "office":
        steps, y = count(rng, 1, 4), 0.0
        for i in range(steps):
            size = 2 * wide * (1 - 0.2 * i)
            kit.add("shaft", box(size, high / steps, size), (0, y, 0))
            y += high / steps
        said = some(steps, "step")
        if chance(rng):
            kit.add("top", cylinder(0.03, 0.5, 0.005, 6), (0, y, 0))
            said += " and a spire"
    elif kind == "light":
        kit.add("shaft", cylinder(wide, high, wide * span(rng, 0.5, 0.8)))
        kit.add("top", cylinder(wide * 1.0, 0.05), (0, high, 0))
        kit.add("top", cylinder(wide * 0.5, 0.25, segments=10), (0, high + 0.05, 0))
        kit.add("top", dome(wide * 0.6, 0.2), (0, high + 0.3, 0))
        said = "a lantern room"
    elif kind == "water":
        kit.add("tank", cylinder(wide * 1.5, span(rng, 0.4, 0.7), wide * span(rng, 1.2, 1.5)), (0, high * 0.7, 0))
        kit.add("top", cylinder(wide * 1.6, 0.25, 0.02), (0, high * 0.7 + 0.5, 0))
        n = count(rng, 3, 6)
        kit.ring("strut", rod((wide * 1.5, 0, 0), (wide, high * 0.72, 0), 0.04), n, 0.125)
        said = f"a tank on {some(n, 'leg')}"
    else:
        tiers = count(rng, 3, 6)
        line = np.linspace(1, 0.15, tiers + 1) * wide * 1.3
        for i in range(tiers):
            y0, y1 = high * i / tiers, high * (i + 1) / tiers
            a, b = float(line[i]), float(line[i + 1])
            kit.ring("strut", rod((a, y0, a), (b, y1, b), 0.025), 4)
            kit.ring("strut", rod((a, y0, a), (-b, y1, b), 0.015), 4)
            kit.ring("strut", rod((-a, y0, a), (a, y0, a), 0.015), 4)
        said = some(tiers, "tier")
    names = {"castle": "keep", "office": "skyscraper", "light": "lighthouse", "water": "raised tank"}
    adjective = "lighthouse-like" if kind == "light" else kind
    return kit.finish(["tall" if high > 2.1 else "", adjective], [said], names.get(kind, "mast"))


def bridge(kit: Assembly, rng: np.random.Generator) -> Built:
    long, wide, up = span(rng, 2.0, 3.2), span(rng, 0.3, 0.6), span(rng, 0.3, 0.8)
    kind = one_of(rng, "beam", "arch", "suspension", "truss")
    kit.add("deck", box(wide, 0.08, long), (0, up, 0))
    bow = place(sweep(arc(long * 0.48, span(rng, 0.5, 0.9), 0, 0.5, 13), 0.04, around=6), ry=90)
    if kind == "beam":
        n = count(rng, 2, 5)
        for z in np.linspace(-0.42, 0.42, n) * long:
            kit.add("pier", box(wide * 0.8, up, 0.14), (0, 0, float(z)))
        said = some(n, "pier")
    elif kind == "arch":
        above = chance(rng)
        kit.pair("arch", bow, (wide / 2, up if above else 0, 0))
        for z in np.linspace(-0.35, 0.35, count(rng, 3, 7)) * long:
            kit.pair("arch", box(0.025, up * 0.8, 0.025), (wide / 2, up * (1 if above else 0.2), float(z)))
        said = "the arch above the deck" if above else "the arch below the deck"
    elif kind == "suspension":
        high = span(rng, 0.6, 1.0)
        for z in (-0.3, 0.3):
            kit.pair("pier", box(0.08, up + high, 0.1), (wide / 2, 0, z * long))
            kit.add("pier", box(wide, 0.06, 0.08), (0, up + high * 0.8, z * long))
        t = np.linspace(-1, 1, 11)
        cable = np.stack([0 * t, up + 0.1 + (high - 0.1) * t * t, 0.3 * long * t], axis=1)
        kit.pair("cable", sweep(cable, 0.02, (1, 0, 0), around=5), (wide / 2, 0, 0))
        for end in (-1, 1):
            kit.pair("cable", rod((wide / 2, up + high, end * 0.3 * long), (wide / 2, up, end * 0.5 * long), 0.02))
        for x in t[1:-1]:
            top = float(0.1 + (high - 0.1) * x * x)
            kit.pair("cable", box(0.014, top, 0.014), (wide / 2, up, float(0.3 * long * x)))
        said = "two pylons and cables"
    else:
        bays, high = count(rng, 4, 8), span(rng, 0.35, 0.6)
        for i in range(bays):
            z0, z1 = long * (i / bays - 0.5), long * ((i + 1) / bays - 0.5)
            ends = (up, up + high) if i % 2 == 0 else (up + high, up)
            kit.pair("truss", rod((wide / 2, ends[0], z0), (wide / 2, ends[1], z1), 0.025))
        kit.pair("truss", box(0.05, 0.05, long * 0.9), (wide / 2, up + high, 0))
        kit.pair("pier", box(wide, up, 0.15), (0, 0, long * 0.45), axis=2)
        said = some(bays, "bay")
    return kit.finish([kind], [said, "a straight deck"], "viaduct")


def windmill(kit: Assembly, rng: np.random.Generator) -> Built:
    high, wide = span(rng, 0.9, 2.0), span(rng, 0.08, 0.4)
    modern = wide < 0.18
    kit.add("tower", cylinder(wide, high, wide * span(rng, 0.5, 0.8), 8 if not modern else 14))
    blades, reach = (3 if modern else one_of(rng, 4, 4, 5, 6, 8)), high * span(rng, 0.4, 0.6)
    hub = (0.0, high, wide * 0.9 + 0.05)
    if modern:
        kit.add("cap", box(0.16, 0.16, 0.5), (0, high - 0.05, 0))
    else:
        kit.add("cap", cylinder(wide * 0.8, 0.3, 0.03, 10), (0, high, 0))
    lattice = not modern and chance(rng)
    arm = box(0.03 if lattice else 0.12, reach, 0.03, (1 if lattice else 0.4, 1))
    first = span(rng, 0, 90)
    for i in range(blades):
        turn = first + 360 * i / blades
        kit.add("blade", arm, hub, rz=turn)
        if lattice:
            for k in range(4):
                kit.add("blade", place(box(0.2, 0.03, 0.015), (0.08, reach * (0.3 + 0.2 * k), 0)), hub, rz=turn)
    kit.add("hub", ball(0.09, 0.09, 0.12, 9), hub)
    facts = [some(blades, "blade"), "lattice sails" if lattice else ""]
    return kit.finish(["modern" if modern else "traditional"], facts, "wind turbine" if modern else "mill")


def crane(kit: Assembly, rng: np.random.Generator) -> Built:
    high, reach = span(rng, 1.2, 2.2), span(rng, 0.8, 1.6)
    half = span(rng, 0.07, 0.14)
    kit.corners("mast", box(0.03, high, 0.03), (half, 0, half))
    tiers = count(rng, 4, 8)
    for i in range(tiers):
        y0, y1 = high * i / tiers, high * (i + 1) / tiers
        kit.ring("mast", rod((-half, y0, half), (half, y1, half), 0.012), 4)
    tilt = one_of(rng, 0.0, 0.0, span(rng, 15, 50))
    jib = place(box(0.1, 0.1, reach), (0, 0, reach / 2 - 0.05))
    kit.add("jib", jib, (0, high, 0), rx=-tilt)
    kit.add("counterweight", box(0.1, 0.08, reach * 0.45), (0, high, -reach * 0.22))
    kit.add("counterweight", box(0.26, 0.28, 0.22), (0, high - 0.2, -reach * 0.4))
    kit.add("cab", box(0.22, 0.22, 0.22), (0.16, high - 0.25, 0.05))
    out = reach * span(rng, 0.5, 0.9)
    tip = high + out * float(np.sin(np.deg2rad(tilt)))
    drop = span(rng, 0.3, 0.9)
    z = out * float(np.cos(np.deg2rad(tilt)))
    kit.add("cable", cylinder(0.012, drop, segments=6), (0, tip - drop, z))
    if load := chance(rng, 0.5):
        kit.add("hook", box(0.25, 0.15, 0.25), (0, tip - drop - 0.15, z))
    else:
        kit.add("hook", tube(0.06, 0.035, 0.03, 12), (0, tip - drop - 0.05, z), rx=90)
    kit.add("base", box(half * 5, 0.08, half * 5))
    facts = [f"a mast of {some(tiers, 'tier')}", "a load on the hook" if load else "an empty hook"]
    return kit.finish(["luffing" if tilt else "level"], facts, "tower crane")


def swing_set(kit: Assembly, rng: np.random.Generator) -> Built:
    high, seats = span(rng, 0.9, 1.4), count(rng, 1, 3)
    wide, thick = 0.5 * seats + span(rng, 0.2, 0.5), span(rng, 0.02, 0.04)
    kit.add("frame", box(wide, 2 * thick, 2 * thick), (0, high, 0))
    splay = span(rng, 0.25, 0.5)
    for end in (-splay, splay):
        kit.pair("frame", rod((wide / 2, 0, end), (wide / 2, high + thick, 0), thick))
    shape, said = one_of(rng, ("board", "board seats"), ("tyre", "tyre seats"))
    drop = high * span(rng, 0.55, 0.75)
    for x in spread(seats, wide):
        away = span(rng, -25, 25)
        for side in (-0.13, 0.13):
            kit.add("rope", place(cylinder(0.01, drop, segments=5), (side, -drop, 0)), (x, high, 0), rx=away)
        low = (0, -drop, 0)
        seat = box(0.3, 0.03, 0.15) if shape == "board" else place(tube(0.15, 0.08, 0.08, 14), (0, -0.04, 0))
        kit.add("seat", place(seat, low), (x, high, 0), rx=away)
    if slide := rng.random() > 0.67:
        kit.add("slide", rod((wide / 2 + 0.3, 0, 0.6), (wide / 2 + 0.1, high * 0.7, -0.2), 0.08))
    return kit.finish([], [some(seats, "seat"), said, "a slide" if slide else ""], "playground swing")


BUILDERS = (house, tent, church, tower, bridge, windmill, crane, swing_set)
