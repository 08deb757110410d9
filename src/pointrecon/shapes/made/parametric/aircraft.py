"""What flies, nose along +z: airplane, helicopter, rocket, drone, hot air balloon."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, box, circle, cylinder, lathe, loft, rod, torus
from pointrecon.shapes.made.parametric.vessels import smooth, solid


def spindle(*stations: tuple[float, float, float], tall: float = 1.0) -> Mesh:
    """Round body along z through stations (z, radius, center height)."""
    s = np.array(stations, dtype=np.float64)
    ring = circle(12)
    x = s[:, 1:2] * ring[:, 0]
    y = s[:, 2:3] + tall * s[:, 1:2] * ring[:, 1]
    z = np.broadcast_to(s[:, :1], x.shape)
    return loft(np.stack([x, y, z], axis=2)[::-1])


def wing(span_: float, root: float, tip: float, sweep: float, rise: float = 0.0, thick: float = 0.05) -> Mesh:
    """Half wing from the origin along +x: chords along z, `sweep` moves the tip back, `rise` lifts it."""

    def section(chord: float, z: float, x: float, y: float, t: float) -> list[tuple[float, float, float]]:
        return [(x, y, z + chord / 2), (x, y + t, z + chord * 0.1), (x, y, z - chord / 2), (x, y - t, z + chord * 0.1)]

    ends = [section(root, 0, 0, 0, thick), section(tip, -sweep, span_, rise, thick * tip / root)]
    return loft(np.array(ends))


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


BUILDERS = (airplane, helicopter, rocket, drone, hot_air_balloon)
