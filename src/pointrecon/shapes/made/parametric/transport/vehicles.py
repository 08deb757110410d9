"""Vehicles, nose along +z: on four wheels or more (car, truck, bus, locomotive, tractor), and lighter ones."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, number, one_of, sized, some, span, spread
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, box, cylinder, loft, rod, sweep, torus, tube


def wheel(radius: float, thick: float) -> Mesh:
    """A disc wheel about the x axis through the origin."""
    disc = place(cylinder(radius * 0.62, thick * 0.6), (0, thick * 0.2, 0))
    return place(merge([tube(radius, radius * 0.6, thick, 16), disc]), (thick / 2, 0, 0), rz=90)


def hull(*stations: tuple[float, float, float, float], soft: float = 0.12) -> Mesh:
    """A body along z through stations (z, half width, lowest y, highest y), its edges cut by `soft`."""
    s = np.array(stations, dtype=np.float64)
    w, low, high = s[:, 1:2], s[:, 2:3], s[:, 3:4]
    cut = soft * np.minimum(2 * w, high - low)
    x = np.concatenate([w, w, w - cut, -w + cut, -w, -w, -w + cut, w - cut], axis=1)
    y = np.concatenate([low + cut, high - cut, high, high, high - cut, low + cut, low, low], axis=1)
    z = np.broadcast_to(s[:, :1], x.shape)
    return loft(np.stack([x, y, z], axis=2)[::-1])


# where the cabin of a car begins, and where its roof does, in half lengths
_CABINS = {
    "saloon": (-0.7, -0.4), "hatchback": (-0.95, -0.75), "estate": (-0.98, -0.92), "sports": (-0.65, -0.25),
    "pick-up": (-0.15, -0.1), "van": (-0.98, -0.96),
}  # fmt: skip


def car(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, *_CABINS)
    long, half = span(rng, 1.9, 2.5), span(rng, 0.42, 0.52)
    radius = span(rng, 0.16, 0.24)
    low, belt = radius * span(rng, 0.5, 1.0), span(rng, 0.45, 0.6)
    roof = belt + {"sports": 0.22, "van": 0.5}.get(kind, 0.35) * span(rng, 0.85, 1.15)
    z = long / 2
    nose = belt * span(rng, 0.65, 0.95) if kind != "van" else belt
    body = hull(
        (-z, half * 0.92, low, belt * 0.95),
        (-z * 0.8, half, low, belt),
        (z * 0.4, half, low, belt),
        (z, half * 0.9, low, nose),
    )
    kit.add("body", body)
    start, flat = (share * z for share in _CABINS[kind])
    stop = (0.45 if kind != "van" else 0.9) * z
    sill, edge = belt - 0.05, belt + 0.02
    rear = [(start, half * 0.9, sill, edge), (flat, half * 0.8, sill, roof)]
    kit.add("cabin", hull(*rear, (stop - 0.35 * z, half * 0.8, sill, roof), (stop, half * 0.9, sill, edge)))
    for end in (-span(rng, 0.55, 0.7), span(rng, 0.58, 0.7)):
        kit.pair("wheel", wheel(radius, 0.16), (half - 0.06, radius, end * z))
    extra = one_of(rng, "", "a roof rack", "a rear wing", "mirrors")
    if extra == "a roof rack":
        kit.add("extra", box(half * 1.3, 0.05, z * 0.5), (0, roof + 0.05, flat + 0.2 * z))
    elif extra == "a rear wing":
        kit.add("extra", box(half * 1.8, 0.03, 0.15), (0, belt + 0.15, -z * 0.9))
        kit.pair("extra", box(0.03, 0.15, 0.1), (half * 0.6, belt, -z * 0.9))
    elif extra:
        kit.pair("extra", box(0.12, 0.07, 0.05), (half + 0.03, belt, stop - 0.1))
    return kit.finish([kind], ["four wheels", extra], "motor car")


def truck(kit: Assembly, rng: np.random.Generator) -> Built:
    long, half, radius = span(rng, 1.8, 3.6), span(rng, 0.38, 0.5), span(rng, 0.16, 0.24)
    deck, cab = radius * 1.6, span(rng, 0.45, 0.7)
    high = span(rng, 0.6, 1.0)
    z = long / 2
    kit.add("chassis", box(half * 1.4, 0.1, long), (0, deck - 0.1, 0))
    snub = chance(rng, 0.6)
    front = [
        (z - cab, half, deck, deck + high),
        (z - 0.1, half, deck, deck + high),
        (z, half, deck, deck + high * 0.55),
    ]
    if not snub:
        front.append((z + 0.4, half * 0.8, deck, deck + high * 0.5))
    kit.add("cab", hull(*front))
    load = one_of(rng, "a box", "a flat bed", "a tank", "a tipper", "logs", "a mixer drum")
    room = long - cab - 0.1
    middle = -z + room / 2
    if load == "a box":
        kit.add("load", box(2 * half, span(rng, 0.8, 1.2), room), (0, deck, middle))
    elif load == "a tank":
        kit.add("load", cylinder(half * 0.95, room), (0, deck + half, -z), rx=90)
    elif load == "a tipper":
        tipper = box(1.6 * half, 0.45, room * 0.9, (1.25, 1.1))
        kit.add("load", tipper, (0, deck + 0.05, middle), rx=one_of(rng, 0, 0, 12))
    elif load == "logs":
        for x, y in ((-0.6, 0.2), (0, 0.2), (0.6, 0.2), (-0.3, 0.5), (0.3, 0.5)):
            kit.add("load", cylinder(half * 0.3, room, segments=10), (x * half, deck + y * half * 1.6, -z), rx=90)
    elif load == "a mixer drum":
        drum = hull(
            (-room / 2, half * 0.4, -half * 0.4, half * 0.4),
            (0, half, -half, half),
            (room / 2, half * 0.5, -half * 0.5, half * 0.5),
            soft=0.3,
        )
        kit.add("load", drum, (0, deck + half, middle), rx=10)
    else:
        kit.add("load", box(2 * half, 0.08, room), (0, deck, middle))
        kit.pair("load", box(0.04, span(rng, 0.1, 0.3), room), (half, deck, middle))
    axles = count(rng, 1, 3)
    kit.pair("wheel", wheel(radius, 0.16), (half - 0.05, radius, z - cab * 0.5))
    for i in range(axles):
        kit.pair("wheel", wheel(radius, 0.2), (half - 0.05, radius, -z + radius * 1.2 + 2.3 * radius * i))
    size = "long" if long > 3.0 else "short" if long < 2.3 else ""
    return kit.finish([size], [load, some(axles + 1, "axle"), "a snub nose" if snub else "a bonnet"], "lorry")


def bus(kit: Assembly, rng: np.random.Generator) -> Built:
    long, half, radius = span(rng, 2.2, 4.0), span(rng, 0.38, 0.5), span(rng, 0.14, 0.22)
    decks = 2 if chance(rng, 0.25) else 1
    low = radius * 0.6
    high = low + (0.85 if decks == 1 else 1.5) * span(rng, 0.85, 1.15)
    z = long / 2
    body = hull(
        (-z, half * 0.97, low, high),
        (z * 0.93, half, low, high),
        (z, half * 0.95, low, high * span(rng, 0.75, 0.97)),
        soft=0.07,
    )
    kit.add("body", body)
    panes = count(rng, 4, 9)
    for level in range(decks):
        y = low + (high - low) * (0.5 if decks == 1 else 0.25 + 0.45 * level)
        for at in spread(panes, long):
            kit.pair("window", box(0.04, (high - low) * 0.28 / decks, long / panes * 0.7), (half, y, at))
    axles = count(rng, 2, 3)
    for f in (0.65, -0.6, -0.6 + 2.4 * radius / z)[:axles]:
        kit.pair("wheel", wheel(radius, 0.14), (half - 0.04, radius, f * z))
    top = one_of(rng, "", "a roof unit", "a pole for wires")
    if top == "a roof unit":
        kit.add("roof", box(half, 0.12, long * 0.3), (0, high, -z * 0.3))
    elif top:
        kit.pair("roof", rod((half * 0.3, high, 0), (half * 0.3, high + 0.4, -z), 0.02))
    size = "double-decker" if decks == 2 else ""
    return kit.finish([size], [some(panes, "window") + " a side", some(axles, "axle"), top], "coach")


def locomotive(kit: Assembly, rng: np.random.Generator) -> Built:
    long, half, radius = span(rng, 2.2, 3.2), span(rng, 0.35, 0.45), span(rng, 0.14, 0.24)
    z, deck = long / 2, radius * 1.5
    kit.add("frame", box(half * 2, 0.12, long), (0, deck, 0))
    axles = count(rng, 2, 5)
    for i in range(axles):
        kit.pair("wheel", wheel(radius, 0.08), (half * 0.8, radius, z * 0.8 * (2 * i / (axles - 1) - 1)))
    if chance(rng):
        boiler, cab = half * span(rng, 0.7, 0.95), span(rng, 0.5, 0.8)
        kit.add("body", cylinder(boiler, long - cab), (0, deck + 0.12 + boiler, -z + cab), rx=90)
        kit.add("cab", box(2 * half, span(rng, 0.8, 1.0), cab), (0, deck + 0.1, -z + cab / 2))
        kit.add("cab", box(2.2 * half, 0.05, cab * 1.2), (0, deck + 1.0, -z + cab / 2))
        top = deck + 2 * boiler
        kit.add("chimney", cylinder(0.09, span(rng, 0.25, 0.5), span(rng, 0.09, 0.2)), (0, top, z * 0.75))
        domes = count(rng, 0, 2)
        for i in range(domes):
            kit.add("chimney", ball(0.14, 0.2, 0.14, 10), (0, top + 0.08, z * (0.3 - 0.45 * i)))
        return kit.finish(["steam"], ["a chimney", some(domes, "dome"), some(axles, "axle")], "railway engine")
    high = deck + span(rng, 0.75, 1.0)
    nose = span(rng, 0.05, 0.8)
    tip = (z, half * 0.8, deck, high - nose * 0.6)
    kit.add("body", hull((-z, half, deck, high), (z - nose, half, deck, high), tip))
    if both := chance(rng, 0.4):
        kit.add("pantograph", rod((0, high, -0.3), (0, high + 0.3, 0), 0.02))
        kit.add("pantograph", rod((0, high + 0.3, 0), (0, high + 0.5, -0.3), 0.02))
        kit.add("pantograph", box(half * 1.4, 0.03, 0.06), (0, high + 0.5, -0.3))
    shape = "a flat front" if nose < 0.25 else "a long nose"
    return kit.finish(["electric" if both else "diesel"], [shape, some(axles, "axle")], "railway engine")


def tractor(kit: Assembly, rng: np.random.Generator) -> Built:
    big, small = span(rng, 0.38, 0.55), span(rng, 0.18, 0.36)
    half, long = span(rng, 0.35, 0.5), span(rng, 1.2, 1.7)
    kit.pair("wheel", wheel(big, span(rng, 0.2, 0.35)), (half, big, -long * 0.3))
    kit.pair("wheel", wheel(small, span(rng, 0.12, 0.22)), (half * 0.9, small, long * 0.42))
    deck = big
    kit.add("bonnet", hull((-long * 0.1, 0.24, deck * 0.7, deck + 0.3), (long * 0.55, 0.2, deck * 0.75, deck + 0.2)))
    cabin = one_of(rng, "a closed cab", "a roll bar", "an open seat")
    if cabin == "a closed cab":
        kit.add("cab", box(half * 1.5, span(rng, 0.7, 0.95), 0.6, (0.85, 0.85)), (0, deck, -long * 0.32))
    else:
        kit.add("seat", box(0.35, 0.08, 0.3), (0, deck + 0.15, -long * 0.32))
        kit.add("seat", box(0.35, 0.3, 0.06), (0, deck + 0.2, -long * 0.42))
        if cabin == "a roll bar":
            kit.pair("cab", box(0.05, 0.85, 0.05), (half * 0.6, deck, -long * 0.45))
            kit.add("cab", box(half * 1.3, 0.05, 0.5), (0, deck + 0.85, -long * 0.35))
    kit.add("exhaust", cylinder(0.035, span(rng, 0.3, 0.5), segments=8), (0.12, deck + 0.2, long * 0.3))
    if shovel := chance(rng, 0.35):
        kit.pair("loader", rod((0.3, deck, 0), (0.3, small, long * 0.85), 0.04))
        kit.add("loader", box(half * 2.1, 0.35, 0.2, (1, 1.6)), (0, 0.05, long * 0.95))
    return kit.finish([], [cabin, "a front loader" if shovel else "", "large rear wheels"], "farm vehicle")


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


BUILDERS = (car, truck, bus, locomotive, tractor, bicycle, motorcycle, wheelbarrow)
