"""What flies, floats or dives, nose along +z: airplane, helicopter, rocket, drone, balloon, boat, ship, submarine."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span
from pointrecon.shapes.made.parametric.household.vessels import smooth, solid
from pointrecon.shapes.made.parametric.meshes import ball, box, cylinder, lathe, loft, rod, spindle, torus, tube, wing
from pointrecon.shapes.made.parametric.transport.vehicles import hull

# how fat, how far its wings reach, their chord at the root, how far they are swept back
_AIRPLANES = {
    "airliner": (0.13, 1.0, 0.4, 0.4), "fighter": (0.1, 0.6, 0.8, 0.4), "propeller": (0.13, 0.95, 0.36, 0.0),
    "glider": (0.07, 1.5, 0.2, 0.05), "biplane": (0.12, 0.9, 0.34, 0.0),
}  # fmt: skip


def airplane(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, *_AIRPLANES)
    fat, reach, root, back = _AIRPLANES[kind]
    long = span(rng, 1.6, 2.4)
    fat *= span(rng, 0.8, 1.3)
    z = long / 2
    body = spindle(
        (-z, 0.02, fat * 0.6),
        (-z * 0.5, fat * 0.8, 0.1 * fat),
        (0, fat, 0),
        (z * 0.7, fat * 0.95, 0),
        (z * 0.93, fat * 0.5, -0.1 * fat),
        (z, 0.02, -0.15 * fat),
    )
    kit.add("fuselage", body)
    reach, root, back = reach * span(rng, 0.8, 1.2), root * span(rng, 0.8, 1.2), back * span(rng, 0.5, 1.3)
    mount, where = (fat * 0.8, "high") if chance(rng, 0.35) else (-fat * 0.5, "low")
    panel = wing(reach, root, root * span(rng, 0.25, 0.9), back, span(rng, -0.02, 0.12), 0.03)
    kit.pair("wing", panel, (0, mount, span(rng, -0.05, 0.2)))
    if kind == "biplane":
        kit.pair("wing", panel, (0, fat * 2.6, 0.15))
        kit.pair("strut", rod((reach * 0.7, mount, 0.1), (reach * 0.7, fat * 2.6, 0.1), 0.015))
    fin = span(rng, 0.25, 0.42)
    tail = wing(fin, 0.3, 0.16, span(rng, 0.05, 0.2), 0, 0.02)
    kit.add("tail", tail, (0, fat * 0.4, -z * 0.82), rz=90)
    high_tail = chance(rng, 0.3)
    low = fin if high_tail else fat * 0.4
    kit.pair("tail", wing(span(rng, 0.28, 0.45), 0.24, 0.13, 0.12, 0, 0.02), (0, low, -z * 0.85))
    engines = {"airliner": one_of(rng, 2, 2, 4), "propeller": one_of(rng, 1, 2), "biplane": 1}.get(kind, 0)
    pod = place(solid(np.array([(0.06, -0.16), (0.09, 0.05), (0.08, 0.16)]), 10), rx=90)
    if kind == "airliner":
        for i in range(engines // 2):
            x = reach * (0.33 + 0.28 * i)
            kit.pair("engine", pod, (x, mount - 0.1, 0.12 - back * x / reach))
    elif engines:
        blades = place(box(0.5, 0.06, 0.02), (0, -0.03, 0))
        for x in (0.0,) if engines == 1 else (-reach * 0.35, reach * 0.35):
            nose = z + 0.02 if engines == 1 else 0.4
            kit.add("engine", blades, (x, mount * (engines > 1), nose))
            if engines == 2:
                kit.add("engine", pod, (x, mount, 0.22))
    if wheels := chance(rng, 0.35):
        kit.pair("gear", rod((fat, -fat - 0.15, 0), (fat * 0.6, 0, 0), 0.02))
        kit.pair("gear", ball(0.025, 0.07, 0.07, 8), (fat, -fat - 0.15, 0))
    driven, tail_up = some(engines, "engine") if engines else "", "a T-tail" if high_tail else ""
    return kit.finish([kind], [f"{where} wings", driven, tail_up, "wheels down" if wheels else ""], "aircraft")


def helicopter(kit: Assembly, rng: np.random.Generator) -> Built:
    fat, long = span(rng, 0.2, 0.34), span(rng, 0.7, 1.2)
    body = spindle(
        (-fat * 1.5, fat * 0.3, 0.1),
        (-fat * 0.7, fat * 0.85, 0),
        (fat * 0.5, fat, 0),
        (fat * 1.2, fat * 0.75, -0.05),
        (fat * 1.6, 0.05, -0.1),
        tall=span(rng, 0.85, 1.2),
    )
    kit.add("body", body)
    kit.add("tail", spindle((-long - fat, 0.03, 0.14), (-fat, 0.08, 0.1)))
    kit.add("tail", wing(0.3, 0.18, 0.1, 0.1, 0, 0.02), (0, 0.12, -long - fat * 0.8), rz=80)
    kit.add("tail rotor", cylinder(span(rng, 0.1, 0.18), 0.015), (0.05, 0.25, -long - fat), rz=90)
    blades, reach, top = count(rng, 2, 6), span(rng, 0.7, 1.2), fat + span(rng, 0.1, 0.2)
    kit.add("mast", cylinder(0.04, top, segments=8))
    kit.ring("rotor", place(box(reach, 0.02, 0.09), (reach / 2, top, 0)), blades, span(rng, 0, 1))
    feet = one_of(rng, "skids", "wheels")
    low = -fat - span(rng, 0.08, 0.2)
    if feet == "skids":
        kit.pair("skid", rod((fat * 0.9, low, -fat * 1.4), (fat * 0.9, low, fat * 1.6), 0.025))
        kit.pair("skid", rod((fat * 0.9, low, 0.15), (fat * 0.4, -fat * 0.6, 0.1), 0.02))
        kit.pair("skid", rod((fat * 0.9, low, -0.2), (fat * 0.4, -fat * 0.6, -0.15), 0.02))
    else:
        kit.pair("skid", ball(0.04, 0.08, 0.08, 8), (fat * 0.8, -fat, -0.1))
        kit.add("skid", ball(0.04, 0.08, 0.08, 8), (0, -fat, fat))
    size = "a long tail" if long > 1.0 else "a short tail"
    return kit.finish([], [f"{some(blades, 'rotor blade')}", feet, size], "rotorcraft")


def rocket(kit: Assembly, rng: np.random.Generator) -> Built:
    radius, long = span(rng, 0.1, 0.24), span(rng, 0.9, 1.8)
    kit.add("body", cylinder(radius, long, radius * span(rng, 0.75, 1.0)))
    nose = one_of(rng, "pointed", "rounded", "capsule")
    tip = long
    if nose == "pointed":
        kit.add("nose", cylinder(radius, span(rng, 0.25, 0.6), 0.01), (0, tip, 0))
    elif nose == "rounded":
        kit.add("nose", ball(radius, span(rng, 0.2, 0.5), radius), (0, tip, 0))
    else:
        kit.add("nose", cylinder(radius * 1.3, 0.25, radius * 0.5), (0, tip, 0))
        kit.add("nose", cylinder(0.02, 0.3, segments=6), (0, tip + 0.25, 0))
    fins = count(rng, 3, 6) if chance(rng, 0.75) else 0
    if fins:
        size = span(rng, 0.15, 0.35)
        fin = wing(size, span(rng, 0.25, 0.5), 0.15, span(rng, 0, 0.25), 0, 0.015)
        kit.ring("fin", place(fin, (radius * 0.9, 0.15, 0), rx=-90), fins)
    boosters = one_of(rng, 0, 0, 2, 4)
    if boosters:
        side = solid(np.array([(radius * 0.5, 0), (radius * 0.5, long * 0.6), (0.01, long * 0.75)]), 10)
        kit.ring("booster", place(side, (radius * 1.5, 0, 0)), boosters, 0.125)
    kit.add("engine", cylinder(radius * 0.8, 0.15, radius * 0.4), (0, -0.14, 0))
    built = "slender" if radius / long < 0.1 else "stout" if radius / long > 0.17 else ""
    facts = [f"a {nose} nose", some(fins, "fin"), some(boosters, "booster") if boosters else ""]
    return kit.finish([built], facts, "space launcher")


def drone(kit: Assembly, rng: np.random.Generator) -> Built:
    arms, reach = one_of(rng, 3, 4, 4, 4, 6, 8), span(rng, 0.4, 0.65)
    thick = span(rng, 0.02, 0.04)
    if chance(rng):
        kit.add("body", box(span(rng, 0.2, 0.35), 0.12, span(rng, 0.25, 0.45), (0.8, 0.8)), (0, -0.06, 0))
    else:
        kit.add("body", ball(span(rng, 0.15, 0.25), 0.1, span(rng, 0.15, 0.28)))
    start = 0.5 / arms
    kit.ring("arm", rod((0, 0, 0), (reach, 0.03, 0), thick), arms, start)
    kit.ring("motor", place(cylinder(0.045, 0.1, segments=8), (reach, 0, 0)), arms, start)
    size = reach * span(rng, 0.3, 0.42) * (1 if arms < 5 else 0.75)
    guarded = chance(rng, 0.3)
    kit.ring("propeller", place(box(2 * size, 0.015, 0.06), (reach, 0.1, 0), ry=0), arms, start)
    if guarded:
        kit.ring("propeller", place(torus(size * 1.1, 0.015, 16, 5), (reach, 0.08, 0)), arms, start)
    if legs := chance(rng, 0.7):
        kit.pair("leg", rod((0.28, -0.25, -0.2), (0.28, -0.25, 0.2), 0.02))
        kit.pair("leg", rod((0.28, -0.25, 0), (0.08, -0.03, 0), 0.02))
    if camera := chance(rng):
        kit.add("camera", ball(0.07, 0.07, 0.07, 8), (0, -0.12, 0.12))
    facts = [some(arms, "rotor"), "landing legs" if legs else "", "a camera" if camera else ""]
    return kit.finish(["guarded" if guarded else ""], facts, "multicopter")


def hot_air_balloon(kit: Assembly, rng: np.random.Generator) -> Built:
    radius, tall = span(rng, 0.5, 0.7), span(rng, 1.1, 1.6)
    sides = [(0.12, 0), (radius * 0.8, tall * 0.4), (radius, tall * 0.62), (radius * 0.7, tall * 0.9), (0.02, tall)]
    drop = span(rng, 0.2, 0.4)
    kit.add("envelope", lathe(smooth(sides, 13), one_of(rng, 8, 12, 20)), (0, drop + 0.2, 0))
    wide = span(rng, 0.1, 0.18)
    basket = one_of(rng, "square", "round")
    if basket == "square":
        kit.add("basket", box(2 * wide, span(rng, 0.15, 0.25), 2 * wide, (1.1, 1.1)))
    else:
        kit.add("basket", cylinder(wide, span(rng, 0.15, 0.25), wide * 1.1))
    ropes = one_of(rng, 4, 4, 6, 8)
    kit.ring("rope", rod((wide, 0.15, 0), (0.14, drop + 0.25, 0), 0.01), ropes, 0.125)
    return kit.finish([], [f"a {basket} basket", some(ropes, "rope")], "balloon")


def boat(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "sailing", "motor", "rowing", "fishing")
    long, half, deep = span(rng, 1.6, 2.4), span(rng, 0.25, 0.42), span(rng, 0.2, 0.4)
    z = long / 2
    stations = [
        (-z, half * span(rng, 0.5, 1), 0.1, deep),
        (0, half, 0, deep),
        (z * 0.6, half * 0.75, 0, deep * 1.05),
        (z, 0.02, deep * 0.7, deep * 1.2),
    ]
    kit.add("hull", hull(*stations, soft=0.3))
    if kind == "sailing":
        mast = span(rng, 1.2, 2.2)
        kit.add("mast", cylinder(0.025, mast, segments=8), (0, deep, 0.1))
        sails = count(rng, 1, 2)
        for i in range(sails):
            sign = 1 if i else -1
            foot = z * span(rng, 0.6, 0.85)
            head = (0, deep + mast * span(rng, 0.75, 0.98), 0.1 + sign * 0.03)
            corners = np.array([(0, deep + 0.12, 0.1), (0, deep + 0.12, 0.1 + sign * foot), head])
            bulge = np.array([0.015 * sign, 0, 0])
            kit.add("sail", loft(np.stack([corners - bulge, corners + bulge])))
        said = some(sails, "sail")
    elif kind == "rowing":
        benches = count(rng, 1, 3)
        for i in range(benches):
            kit.add("hull", box(half * 1.7, 0.03, 0.15), (0, deep + 0.02, z * (0.4 - 0.4 * i)))
        kit.pair("oar", rod((half * 0.5, deep + 0.15, 0), (half + 0.8, 0, -0.1), 0.02))
        kit.pair("oar", box(0.25, 0.015, 0.12), (half + 0.8, 0.0, -0.1), rz=-15)
        said = f"{some(benches, 'bench', 'benches')} and two oars"
    else:
        cab = span(rng, 0.2, 0.45)
        at = z * span(rng, -0.5, 0.2)
        kit.add("cabin", box(half * 1.3, cab, long * span(rng, 0.2, 0.45), (0.85, 0.8)), (0, deep, at))
        said = "a cabin"
        if kind == "fishing":
            kit.add("mast", cylinder(0.03, 0.9, segments=8), (0, deep, -z * 0.5))
            kit.add("mast", rod((0, deep + 0.4, -z * 0.5), (0, deep + 0.9, z * 0.4), 0.02))
            said = "a cabin and a mast with a boom"
        elif chance(rng):
            kit.add("mast", cylinder(0.015, 0.4, segments=6), (0, deep + cab, at))
            kit.add("engine", box(0.15, 0.35, 0.15), (0, deep * 0.4, -z - 0.05))
            said = "a cabin and an outboard engine"
    return kit.finish([kind], [said], "sailing vessel" if kind == "sailing" else "small vessel")


def ship(kit: Assembly, rng: np.random.Generator) -> Built:
    long, half, deep = span(rng, 2.4, 3.4), span(rng, 0.22, 0.36), span(rng, 0.22, 0.4)
    z = long / 2
    body = hull(
        (-z, half * 0.8, 0.1, deep),
        (-z * 0.8, half, 0, deep),
        (z * 0.6, half, 0, deep),
        (z, 0.02, deep * 0.5, deep * 1.25),
        soft=0.15,
    )
    kit.add("hull", body)
    kind = one_of(rng, "container", "passenger", "tanker", "war")
    if kind == "passenger":
        decks = count(rng, 2, 5)
        for i in range(decks):
            kit.add("deck", box(half * 1.8, 0.11, long * (0.75 - 0.09 * i)), (0, deep + 0.12 * i, -0.05 * i))
        top = deep + 0.12 * decks
        said = some(decks, "upper deck")
    else:
        rear = -z * span(rng, 0.6, 0.85)
        size = span(rng, 0.3, 0.55)
        kit.add("deck", box(half * 1.7, size, 0.3), (0, deep, rear))
        top = deep + size
        said = "a bridge aft"
        if kind == "container":
            rows = count(rng, 3, 6)
            for i in range(rows):
                at = rear + 0.3 + (z * 0.6 - rear) * i / rows
                row = box(half * 1.9, span(rng, 0.1, 0.4), (z * 0.55 - rear) / rows * 0.85)
                kit.add("cargo", row, (0, deep, at + 0.1))
            said += f" and {some(rows, 'stack')} of cargo"
        elif kind == "tanker":
            kit.add("cargo", cylinder(0.04, z * 1.2, segments=8), (0, deep + 0.06, rear), rx=90)
        else:
            turrets = count(rng, 1, 3)
            for i in range(turrets):
                at = z * (0.5 - 0.28 * i)
                kit.add("turret", cylinder(0.11, 0.1), (0, deep, at))
                kit.add("turret", rod((0, deep + 0.07, at), (0, deep + 0.13, at + 0.3), 0.02))
            said += f" and {some(turrets, 'gun turret')}"
    funnels = count(rng, 1, 3)
    for i in range(funnels):
        at = -z * 0.6 + 0.28 * i * (kind == "passenger")
        kit.add("funnel", cylinder(0.07, span(rng, 0.15, 0.3), 0.06, 10), (0, top, at))
    return kit.finish([kind], [said, some(funnels, "funnel") if kind == "passenger" else "a funnel"], "vessel")


def submarine(kit: Assembly, rng: np.random.Generator) -> Built:
    fat, long = span(rng, 0.16, 0.28), span(rng, 1.8, 2.5)
    z = long / 2
    blunt = span(rng, 0.4, 0.9)
    body = spindle(
        (-z, 0.03, 0),
        (-z * 0.5, fat * 0.8, 0),
        (0, fat, 0),
        (z * 0.75, fat, 0),
        (z * 0.93, fat * blunt, 0),
        (z, 0.03, 0),
    )
    kit.add("hull", body)
    up, long_tower = span(rng, 0.12, 0.32), span(rng, 0.25, 0.55)
    kit.add("tower", box(0.13, fat + up, long_tower, (0.8, 0.8)), (0, 0, span(rng, -0.1, 0.4)))
    masts = count(rng, 0, 3)
    for i in range(masts):
        kit.add("periscope", cylinder(0.015, fat + up + 0.2, segments=6), (0, 0, 0.1 + 0.08 * i))
    fin = wing(span(rng, 0.25, 0.4), 0.22, 0.14, 0.08, 0, 0.02)
    for turn in (0, 90, 180, 270):
        kit.add("fin", fin, (0, 0, -z * 0.82), rz=turn)
    if chance(rng, 0.3):
        kit.add("propeller", tube(fat * 0.8, fat * 0.75, 0.15), (0, 0, -z - 0.05), rx=90)
    kit.ring("propeller", place(box(fat * 0.7, 0.02, 0.05), (fat * 0.35, 0, 0)), 1)
    if planes := chance(rng):
        kit.pair("fin", wing(0.3, 0.15, 0.1, 0.03, 0, 0.02), (fat * 0.7, 0, z * 0.55))
    words = ["blunt" if blunt > 0.7 else "slender"]
    return kit.finish(words, ["a tower", some(masts, "periscope"), "bow planes" if planes else ""], "submersible")


BUILDERS = (airplane, helicopter, rocket, drone, hot_air_balloon, boat, ship, submarine)
