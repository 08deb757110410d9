"""Lighter vehicles, nose along +z: bicycle, motorcycle, wheelbarrow."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, number, one_of, sized, some, span
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, box, cylinder, rod, sweep, torus, tube
from pointrecon.shapes.made.parametric.vehicles import hull, wheel


def _spoked(radius: float, spokes: int, thick: float = 0.02) -> Mesh:
    """A wire wheel about the x axis through the origin."""
    wires = [place(box(0.006, radius, 0.012), rx=360 * i / spokes) for i in range(spokes)]
    return merge([place(torus(radius, thick, 24, 6), rz=90), *wires])


def bicycle(kit: Assembly, rng: np.random.Generator) -> Built:
    radius, base = span(rng, 0.28, 0.36), span(rng, 0.48, 0.56)
    front, rear = (0.0, radius, base), (0.0, radius, -base)
    spokes = count(rng, 8, 14)
    disc = _spoked(radius, spokes, span(rng, 0.014, 0.03))
    kit.add("wheel", disc, front)
    kit.add("wheel", disc, rear)
    crank, seat = (0.0, radius * 0.85, -0.05), (0.0, span(rng, 0.75, 0.9), -0.22)
    head = (0.0, span(rng, 0.75, 0.85), 0.36)
    thick = span(rng, 0.014, 0.024)
    step = chance(rng, 0.35)
    tubes = [(crank, seat), (crank, head), (crank, rear), (seat, rear)]
    if not step:
        tubes.append((seat, head))
    for a, b in tubes:
        kit.add("frame", rod(a, b, thick))
    kit.pair("frame", rod((0.05, *front[1:]), (0.03, *head[1:]), thick))
    kit.add("saddle", ball(0.07, 0.03, 0.13, 10), (0, seat[1] + 0.08, seat[2]))
    bars = one_of(rng, "straight", "dropped", "raised")
    up, out = {"straight": (0.1, 0.0), "dropped": (0.05, 0.15), "raised": (0.25, -0.15)}[bars]
    y, z = head[1] + up, head[2]
    kit.add("handlebar", rod(head, (0, y, z), thick))
    path = np.array([(0.0, y, z), (0.2, y, z + out * 0.6), (0.25, y - abs(out) * 0.5, z + out)])
    kit.pair("handlebar", sweep(path, 0.014, (0, 1, 0), around=6))
    kit.add("pedal", place(tube(0.1, 0.07, 0.015, 14), rz=90), crank)
    kit.pair("pedal", box(0.1, 0.02, 0.06), (0.12, crank[1] - 0.15, crank[2]))
    extra = one_of(rng, "", "a basket", "a luggage rack", "mudguards")
    if extra == "a basket":
        kit.add("extra", box(0.3, 0.2, 0.22, (1.2, 1.2)), (0, head[1], head[2] + 0.16))
    elif extra == "a luggage rack":
        kit.add("extra", box(0.14, 0.02, 0.35), (0, radius * 2 + 0.05, -base))
    elif extra:
        kit.add("extra", place(torus(radius + 0.04, 0.02, 20, 5), rz=90), rear)
    words = ["step-through" if step else ""]
    return kit.finish(words, [f"{bars} handlebars", extra, f"{number(spokes)} spokes a wheel"], "bike")


def motorcycle(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "sports", "scooter", "chopper", "trail")
    radius = span(rng, 0.14, 0.18) if kind == "scooter" else span(rng, 0.25, 0.33)
    base, tyre = span(rng, 0.5, 0.7) + (0.15 if kind == "chopper" else 0.0), span(rng, 0.05, 0.09)
    for z in (-base, base):
        kit.add("wheel", place(torus(radius - tyre, tyre, 20, 8), rz=90), (0, radius, z))
        kit.add("wheel", place(cylinder(radius * 0.5, 0.06), (0.03, 0, 0), rz=90), (0, radius, z))
    seat = span(rng, 0.5, 0.8)
    body = hull(
        (-base * 0.9, 0.08, seat * 0.7, seat),
        (-0.1, 0.13, radius * 0.8, seat),
        (0.3 * base, 0.13, radius * 0.8, seat + 0.12),
        (0.6 * base, 0.06, seat * 0.7, seat + 0.15),
        soft=0.2,
    )
    kit.add("body", body)
    if kind == "scooter":
        kit.add("body", box(0.4, seat * 0.9, 0.06, (0.8, 1)), (0, radius, base * 0.6), rx=-15)
        kit.add("body", box(0.36, 0.06, base), (0, radius, 0))
    elif kind == "sports":
        kit.add("body", hull((0.3 * base, 0.2, radius, seat + 0.3), (base, 0.1, radius * 1.8, seat), soft=0.25))
    else:
        kit.add("engine", cylinder(0.13, 0.36), (0.18, radius, 0), rz=90)
    kit.add("seat", ball(0.13, 0.06, 0.3, 10), (0, seat + 0.04, -base * 0.4))
    head = (0.0, seat + span(rng, 0.2, 0.35), base * 0.5)
    kit.pair("frame", rod((0.05, radius, base), (0.03, *head[1:]), 0.03))
    left, right = span(rng, 0.25, 0.4), span(rng, 0.25, 0.4)
    kit.add("handlebar", rod((-left, head[1], head[2] - 0.1), (right, head[1], head[2] - 0.1), 0.02))
    if lamp := chance(rng, 0.7):
        kit.add("handlebar", ball(0.09, 0.09, 0.07, 10), (0, head[1] - 0.08, head[2] + 0.1))
    if pipes := chance(rng):
        kit.pair("engine", rod((0.15, radius * 0.8, 0), (0.18, radius, -base * 1.2), 0.05))
    facts = ["two wheels", "a head lamp" if lamp else "", "exhaust pipes" if pipes else ""]
    return kit.finish([kind], facts, "motorbike")


def wheelbarrow(kit: Assembly, rng: np.random.Generator) -> Built:
    radius, half, long = span(rng, 0.14, 0.24), span(rng, 0.2, 0.34), span(rng, 0.6, 0.9)
    wheels = one_of(rng, 1, 1, 2)
    hub = wheel(radius, span(rng, 0.06, 0.12))
    if wheels == 1:
        kit.add("wheel", hub, (0, radius, long * 0.6))
    else:
        kit.pair("wheel", hub, (half * 0.9, radius, long * 0.5))
    depth, rise = sized(rng, 0.12, 0.4, "shallow", "deep")
    up = radius * span(rng, 1.2, 1.8)
    kit.add("tray", box(half * 1.3, depth, long * 0.75, (span(rng, 1.0, 1.5), span(rng, 1.0, 1.35))), (0, up, 0.1))
    kit.pair("handle", rod((half * 0.4, radius, long * 0.55), (half * 1.2, up + span(rng, 0, 0.3), -long), 0.025))
    kit.pair("leg", rod((half * 0.7, 0, -long * 0.25), (half * 0.7, up, -long * 0.2), 0.022))
    if load := chance(rng, 0.25):
        kit.add("load", ball(half * 0.8, 0.15, long * 0.35, 10), (0, up + depth, 0.1))
    return kit.finish([rise], [some(wheels, "wheel"), "two handles", "a heaped load" if load else ""], "hand cart")


BUILDERS = (bicycle, motorcycle, wheelbarrow)
