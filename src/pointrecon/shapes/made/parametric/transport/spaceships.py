"""Spaceships of fiction in many forms, nose along +z: saucers, winged ones, long cruisers, wedges, freighters."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, around, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span, spread
from pointrecon.shapes.made.parametric.household.vessels import solid
from pointrecon.shapes.made.parametric.meshes import ball, box, circle, cylinder, dome, lathe, prism, rod, torus, tube
from pointrecon.shapes.made.parametric.places.facades import copies
from pointrecon.shapes.made.parametric.transport.airframe import airfoil, barrel
from pointrecon.shapes.made.parametric.transport.vehicles import hull


def _nozzles(kit: Assembly, rng: np.random.Generator, wide: float, tall: float, z: float, most: int = 5) -> str:
    """Engine bells at the rear end; tells how many."""
    engines, long = count(rng, 1, most), span(rng, 0.1, 0.25)
    radius = min(tall * 0.7, wide * 0.9 / engines)
    bell = solid(np.array([(radius, 0.0), (radius * 0.7, long * 0.6), (radius * 0.6, long)]), 12)
    for x in spread(engines, 2 * wide):
        kit.add("engine", bell if engines > 1 else place(bell), (x, 0, z - long), rx=90)
    return some(engines, "engine")


def _greebles(kit: Assembly, rng: np.random.Generator, wide: float, long: float, y: float, most: int = 14) -> None:
    """Small blocks and aerials strewn over an upper side."""
    for _ in range(count(rng, 0, most)):
        size = (wide * span(rng, 0.05, 0.3), span(rng, 0.02, 0.1), long * span(rng, 0.03, 0.15))
        block = box(*size, (span(rng, 0.6, 1), 1))
        kit.add("detail", block, (wide * span(rng, -0.35, 0.35), y - 0.01, long * span(rng, -0.4, 0.3)))


def _saucer(kit: Assembly, rng: np.random.Generator) -> list[str]:
    high, sides = span(rng, 0.1, 0.3), one_of(rng, 12, 20, 32)
    line = [(0.25, -high * 0.7), (0.7, -high * 0.5), (1.0, 0.0), (0.6, high * 0.6), (0.3, high * 0.8)]
    kit.add("hull", solid(np.array(line), sides))
    top = span(rng, 0.2, 0.4)
    kit.add("cockpit", dome(top, top * span(rng, 0.5, 1.2), 16), (0, high * 0.7, 0))
    lamps, legs = count(rng, 0, 12), one_of(rng, 0, 0, 3, 4)
    if lamps:
        kit.ring("detail", place(ball(0.06, 0.05, 0.06, 8), (0.85, high * 0.15, 0)), lamps)
    if legs:
        foot = place(cylinder(0.08, 0.03), (0.75, -0.52, 0))
        kit.ring("leg", merge([rod((0.5, -high * 0.5, 0), (0.75, -0.5, 0), 0.025), foot]), legs)
    return [some(legs, "landing leg") if legs else "a flat belly", "a domed top", some(lamps, "lamp") if lamps else ""]


def _fighter(kit: Assembly, rng: np.random.Generator) -> list[str]:
    long, wide, square = span(rng, 1.3, 2.2), span(rng, 0.1, 0.22), one_of(rng, 2.0, 3.0, 4.0)
    z, flat = long / 2, span(rng, 0.6, 1.1)
    body = [(-z, wide * 0.9, wide * flat, 0), (-z * 0.2, wide, wide * flat, 0), (z * 0.5, wide * 0.6, wide * 0.5, 0)]
    kit.add("hull", barrel([*body, (z, 0.03, 0.03, -0.03)], square, one_of(rng, 6, 8, 12)))
    kit.add("cockpit", ball(wide * 0.5, wide * 0.7, long * 0.14, 10), (0, wide * flat * 0.6, z * span(rng, 0, 0.4)))
    wings, reach = one_of(rng, 2, 2, 3, 4), span(rng, 0.5, 1.0)
    panel = airfoil(reach, long * span(rng, 0.25, 0.6), span(rng, 0.2, 0.9), span(rng, -0.6, 0.6), 0, "square", 0.07)
    turn = span(rng, -20, 15) if wings < 4 else span(rng, 12, 25)
    for t in (turn,) if wings < 4 else (turn, -turn):
        kit.pair("wing", place(panel, rz=t), (wide * 0.6, 0, -z * 0.5))
    if wings == 3:
        kit.add("wing", airfoil(reach * 0.5, long * 0.3, 0.5, 0.2, 0, "square", 0.07), (0, wide * 0.5, -z * 0.6), rz=90)
    if guns := chance(rng):
        x, y = wide * 0.6 + reach * float(np.cos(np.deg2rad(turn))), reach * float(np.sin(np.deg2rad(turn)))
        kit.pair("gun", rod((x, y, -z * 0.8), (x, y, z * span(rng, 0, 0.6)), 0.025))
        if wings == 4:
            kit.pair("gun", rod((x, -y, -z * 0.8), (x, -y, z * 0.3), 0.025))
    return [some(wings, "wing"), _nozzles(kit, rng, wide * 1.6, wide, -z, 4), "guns at the wing tips" if guns else ""]


def _cruiser(kit: Assembly, rng: np.random.Generator) -> list[str]:
    long, wide = span(rng, 2.0, 3.2), span(rng, 0.2, 0.45)
    z, tall, blocks = long / 2, wide * span(rng, 0.4, 1.0), count(rng, 2, 5)
    ends = np.linspace(-z, z, blocks + 1)
    for i in range(blocks):
        w, t = wide * span(rng, 0.45, 1.0), tall * span(rng, 0.5, 1.0)
        tip = span(rng, 0.2, 0.6) if i == blocks - 1 else span(rng, 0.8, 1.0)
        a, b = float(ends[i]) - 0.03, float(ends[i + 1])
        kit.add("hull", hull((a, w, -t, t), (b, w * tip, -t * tip, t * tip), soft=span(rng, 0.02, 0.3)))
    up = tall * span(rng, 1.1, 1.8)
    kit.add("bridge", box(wide * 0.7, up, 0.25, (0.7, 0.6)), (0, 0, -z * span(rng, 0.3, 0.7)))
    _greebles(kit, rng, wide, long, tall * 0.6, 20)
    turrets = count(rng, 0, 4)
    for f in spread(turrets, long * 0.7):
        kit.add("gun", ball(0.06, 0.05, 0.06, 8), (0, tall * 0.8, f))
        kit.pair("gun", rod((0.02, tall * 0.85, f), (0.02, tall * 0.9, f + 0.16), 0.012))
    pods = chance(rng, 0.4)
    if pods:
        side = barrel([(-0.3, 0.08, 0.08, 0), (0.1, 0.09, 0.09, 0), (0.3, 0.03, 0.03, 0)], 2, 10)
        kit.pair("engine", side, (wide * 1.6, 0, -z * 0.7))
        kit.pair("engine", box(wide * 0.8, 0.04, 0.2), (wide * 1.2, -0.02, -z * 0.7))
    told = ["a long hull of blocks", _nozzles(kit, rng, wide * 0.8, tall, -z), "a bridge"]
    return [*told, some(turrets, "gun turret") if turrets else "", "engine pods" if pods else ""]


def _wedge(kit: Assembly, rng: np.random.Generator) -> list[str]:
    long, wide, tall = span(rng, 1.6, 2.4), span(rng, 0.4, 0.9), span(rng, 0.12, 0.3)
    z = long / 2
    kit.add("hull", hull((-z, wide, -tall, tall), (z, 0.02, -0.02, 0.02), soft=span(rng, 0.1, 0.45)))
    steps = count(rng, 1, 4)
    for i in range(steps):
        f = 1.0 - 0.25 * i
        rear = (-z * 0.95, wide * 0.5 * f, 0, tall * (1.1 + 0.3 * i))
        kit.add("bridge", hull(rear, (-z * 0.5 + 0.2 * (1 - i), 0.08 * f, 0, tall * (0.6 + 0.3 * i))))
    kit.add("bridge", box(wide * 0.5, 0.1, 0.12), (0, tall * (1 + 0.3 * steps), -z * 0.8))
    _greebles(kit, rng, wide * 0.8, long * 0.6, tall * 0.4)
    return ["a wedge-shaped hull", _nozzles(kit, rng, wide * 0.8, tall, -z), some(steps, "deck")]


def _station(kit: Assembly, rng: np.random.Generator) -> list[str]:
    long, spine = span(rng, 1.8, 3.0), span(rng, 0.04, 0.12)
    z = long / 2
    kit.add("hull", cylinder(spine, long, segments=8), (0, 0, -z), rx=90)
    radius = span(rng, 0.2, 0.4)
    front = one_of(rng, "a round head", "a flat head", "a cone head")
    head = cylinder(radius, radius * 2, radius * (0.2 if "cone" in front else 0.9))
    if "round" in front:
        head = ball(radius, radius, radius)
    kit.add("hull", head, (0, 0, z), rx=0 if "round" in front else 90)
    rings = count(rng, 0, 2)
    for i in range(rings):
        at, size = z * (0.4 - 0.5 * i), span(rng, 0.45, 0.75)
        kit.add("ring", torus(size, span(rng, 0.05, 0.11), 28, 8), (0, 0, at), rx=90)
        spokes = around(rod((0, 0, 0), (size, 0, 0), 0.03), count(rng, 2, 5))
        kit.add("ring", spokes, (0, 0, at), rx=90)
    tanks = one_of(rng, 0, 3, 4, 6)
    for i in range(tanks):
        tank = barrel([(-0.25, 0.05, 0.05, 0), (-0.2, 0.1, 0.1, 0), (0.2, 0.1, 0.1, 0), (0.25, 0.05, 0.05, 0)], 2, 10)
        kit.add("tank", place(tank, (spine + 0.11, 0, -z * 0.45)), rz=360 * i / tanks)
    if panels := chance(rng):
        kit.pair("panel", box(0.8, 0.015, 0.3), (0.55, 0, -z * 0.8))
    told = [front, some(rings, "turning ring") if rings else "", some(tanks, "tank") if tanks else ""]
    return [*told, _nozzles(kit, rng, 0.2, 0.25, -z, 3), "solar panels" if panels else ""]


def _retro(kit: Assembly, rng: np.random.Generator) -> list[str]:
    fat, long = span(rng, 0.2, 0.36), span(rng, 1.4, 2.0)
    belly = [(fat * 0.4, 0.0), (fat * 0.85, long * 0.2), (fat, long * 0.45)]
    kit.add("hull", solid(np.array([*belly, (fat * 0.75, long * 0.75), (0.01, long)]), one_of(rng, 10, 16, 24)))
    fins = count(rng, 3, 4)
    out = span(rng, 0.3, 0.5)
    tip = [(fat + out * 0.6, -span(rng, 0.15, 0.4)), (fat + out, -0.1), (fat + out * 0.6, long * 0.25)]
    kit.ring("fin", prism(np.array([(fat * 0.5, long * 0.4), (fat * 0.4, 0.05), *tip]), 0.04), fins)
    windows = count(rng, 0, 3)
    for i in range(windows):
        kit.add("window", tube(0.07, 0.04, 0.05, 12), (0, long * (0.5 + 0.13 * i), fat * (0.96 - 0.14 * i)), rx=90)
    return ["a bulging upright hull", some(fins, "fin"), some(windows, "porthole") if windows else ""]


def _pod(kit: Assembly, rng: np.random.Generator) -> list[str]:
    radius, reach = span(rng, 0.25, 0.4), span(rng, 0.4, 0.65)
    kit.add("hull", ball(radius, radius, radius, 16))
    kit.add("window", tube(radius * 0.5, radius * 0.3, 0.08), (0, 0, radius * 0.9), rx=90)
    corners, size = one_of(rng, 4, 6, 8), span(rng, 0.5, 0.8)
    panel = place(prism(circle(corners, 0.5 / corners) * (size * 0.7, size), 0.04), ry=90)
    bend = one_of(rng, 0.0, span(rng, 10, 30))
    kit.pair("wing", panel, (reach, 0, 0), rz=bend)
    if bent := bend > 0 and chance(rng):
        kit.pair("wing", panel, (reach, 0.1, 0), rz=-bend)
    kit.pair("strut", rod((0, 0, 0), (reach, 0, 0), 0.06))
    return ["a ball cabin", "crossed side panels" if bent else "side panels"]


def _freighter(kit: Assembly, rng: np.random.Generator) -> list[str]:
    disc = chance(rng, 0.4)
    if disc:
        high = span(rng, 0.1, 0.2)
        kit.add("hull", solid(np.array([(0.4, -high), (0.8, -0.04), (0.8, 0.04), (0.4, high)]), 24))
        kit.pair("hull", hull((0.5, 0.14, -0.05, 0.05), (1.15, 0.08, -0.03, 0.03)), (0.22, 0, 0))
        cabin = barrel([(0.0, 0.1, 0.1, 0), (0.25, 0.1, 0.1, 0), (0.4, 0.05, 0.05, 0)], 2, 10)
        kit.add("cockpit", cabin, (0.75, 0, 0.35))
        kit.add("detail", lathe([(0.0, 0.0), (0.2, 0.08), (0.0, 0.03)], 14), (-0.3, high + 0.12, 0.3), rx=50)
        kit.add("detail", cylinder(0.03, 0.15), (-0.3, high - 0.05, 0.3))
        _greebles(kit, rng, 0.8, 0.9, high)
        return ["a disc-shaped hull", "a cockpit at the side", _nozzles(kit, rng, 0.5, high, -0.75)]
    rows, wide, each = count(rng, 2, 5), span(rng, 0.2, 0.3), span(rng, 0.3, 0.45)
    long = rows * each
    kit.add("hull", box(wide * 0.5, wide * 0.5, long + 0.2), (0, -wide * 0.25, 0))
    crate = box(wide * 0.9, wide * 0.9, each * 0.9)
    sides = ((0.75, -0.5), (-0.75, -0.5), (0.0, 0.28), (0.0, -1.2))
    kit.add("cargo", copies(crate, [(wide * x, wide * y, f) for f in spread(rows, long) for x, y in sides]))
    nose = (long / 2 + 0.4, wide * 0.5, -wide * 0.5, wide * 0.4)
    kit.add("cockpit", hull((long / 2 + 0.05, wide, -wide, wide), nose, soft=0.2))
    kit.add("engine", box(wide * 2, wide * 2, 0.35), (0, -wide, -long / 2 - 0.2))
    return [some(4 * rows, "cargo container"), _nozzles(kit, rng, wide, wide, -long / 2 - 0.37)]


_FORMS = {
    "saucer": _saucer, "winged": _fighter, "long": _cruiser, "wedge": _wedge, "modular": _station, "retro": _retro,
    "ball": _pod, "cargo": _freighter,
}  # fmt: skip


def spaceship(kit: Assembly, rng: np.random.Generator) -> Built:
    form = one_of(rng, *_FORMS, "winged", "winged", "long")
    facts = _FORMS[form](kit, rng)
    broader = {"saucer": "flying saucer", "winged": "starfighter", "retro": "rocket ship"}.get(form, "spacecraft")
    words = {"wedge": "triangular", "ball": "round"}.get(form, "" if form == "saucer" else form)
    return kit.finish([words], facts, broader)


BUILDERS = (spaceship,)
