"""Large vehicles for work, nose along +z: fire engine, articulated lorry, bulldozer."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, sized, some, span, spread
from pointrecon.shapes.made.parametric.meshes import box, cylinder, prism, rod
from pointrecon.shapes.made.parametric.places.facades import copies
from pointrecon.shapes.made.parametric.transport.airframe import barrel
from pointrecon.shapes.made.parametric.transport.road_vehicles import axle_pairs, road_wheel
from pointrecon.shapes.made.parametric.transport.tracked_vehicles import track
from pointrecon.shapes.made.parametric.transport.vehicles import hull


def fire_engine(kit: Assembly, rng: np.random.Generator) -> Built:
    long, half, radius = span(rng, 2.2, 3.2), span(rng, 0.38, 0.46), span(rng, 0.15, 0.21)
    z, deck, cab = long / 2, radius * 1.2, span(rng, 0.5, 0.9)
    high, tall = deck + span(rng, 0.55, 0.75), deck + span(rng, 0.55, 0.85)
    front = [(z - cab, half, deck, high), (z - 0.1, half, deck, high), (z, half, deck, deck + 0.3)]
    kit.add("cab", hull(*front, soft=0.06))
    kit.pair("window", box(0.03, 0.22, cab * 0.6), (half, high - 0.32, z - cab * 0.55))
    kit.add("body", box(half * 2, tall - deck, long - cab - 0.06), (0, deck, -cab / 2 - 0.03))
    kit.add("body", box(half * 1.6, 0.14, long * 0.98), (0, deck - 0.12, 0))
    lockers = count(rng, 2, 5)
    room = long - cab - 0.2
    at = [(half, deck + 0.06, -cab / 2 + f) for f in spread(lockers, room)]
    kit.pair("body", copies(box(0.03, (tall - deck) * 0.7, room / lockers * 0.82), at))
    axles = (-z * 0.55, z - cab * 0.4) if chance(rng, 0.7) else (-z * 0.7, -z * 0.42, z - cab * 0.4)
    axle_pairs(kit, road_wheel(rng, radius, 0.15), half - 0.05, radius, axles)
    kit.add("lamp", box(half * 1.4, 0.07, 0.1), (0, high, z - cab * 0.4))
    ladders = ("a turntable ladder", "a turntable ladder", "a ladder on the roof")
    top = one_of(rng, *ladders, "a water cannon", "a lifting boom")
    if "ladder" in top:
        reach, wide = long * span(rng, 0.75, 0.95), half * 0.3
        rails = [place(box(0.04, 0.06, reach), (x, 0, reach / 2)) for x in (-wide, wide)]
        rungs = copies(box(wide * 2, 0.025, 0.03), [(0, 0.02, reach * f) for f in np.linspace(0.03, 0.97, 12)])
        ladder = merge([*rails, rungs])
        tilt = one_of(rng, 0, span(rng, 10, 55)) if "turntable" in top else 0
        if "turntable" in top:
            kit.add("ladder", cylinder(half * 0.6, 0.14), (0, tall, -z * 0.7))
        kit.add("ladder", ladder, (0, tall + 0.16, -z * 0.8), rx=-tilt)
    elif "cannon" in top:
        kit.add("nozzle", cylinder(0.08, 0.12), (0, tall, 0))
        kit.add("nozzle", rod((0, tall + 0.12, 0), (0, tall + 0.3, 0.35), 0.04, 0.6))
    else:
        elbow = (0.0, tall + span(rng, 0.1, 0.5), z * 0.4)
        kit.add("ladder", rod((0, tall, -z * 0.8), elbow, 0.06))
        kit.add("ladder", rod(elbow, (0, elbow[1] + 0.12, -z * 0.5), 0.05))
        kit.add("ladder", box(0.4, 0.2, 0.25), (0, elbow[1] + 0.1, -z * 0.6))
    facts = [top, f"{some(lockers, 'locker')} a side", some(len(axles), "axle")]
    return kit.finish([], facts, "fire truck")


_TRAILERS = (
    "a box trailer", "a box trailer", "a curtain trailer", "a tank trailer", "a container", "a flat trailer",
    "a car trailer", "a tipper trailer",
)  # fmt: skip


def articulated_lorry(kit: Assembly, rng: np.random.Generator) -> Built:
    half, radius = span(rng, 0.34, 0.42), span(rng, 0.14, 0.18)
    deck, snub = radius * 2.1, chance(rng)
    front = 0.9
    length, word = sized(rng, 2.0, 3.4, "short", "long")
    cab, high = span(rng, 0.4, 0.65), radius + span(rng, 0.8, 1.1)
    kit.add("chassis", box(half * 1.2, 0.1, front + 0.5), (0, radius, front / 2 - 0.25))
    z = front - (0.0 if snub else 0.45)
    block = [(z - cab, half, radius, high), (z - 0.08, half, radius, high), (z, half * 0.97, radius, high * 0.75)]
    kit.add("cab", hull(*block, soft=0.06))
    if not snub:
        kit.add("cab", hull((z - 0.02, half * 0.7, radius, high * 0.65), (front, half * 0.62, radius, high * 0.58)))
        fender = hull((front - 0.4, 0.1, radius, radius * 2.1), (front, 0.1, radius, radius * 1.9))
        kit.pair("cab", fender, (half * 0.8, 0, 0))
    if deflector := chance(rng, 0.4):
        foot = high - 0.02
        kit.add("cab", hull((z - cab, half * 0.9, foot, high + 0.25), (z - 0.1, half * 0.8, foot, high + 0.02)))
    stacks = one_of(rng, 0, 0, 2)
    if stacks:
        kit.pair("exhaust", cylinder(0.035, high + 0.2 - radius, segments=8), (half + 0.03, radius, z - cab - 0.05))
    hub = road_wheel(rng, radius, 0.13)
    rear = count(rng, 1, 2)
    axle_pairs(kit, hub, half - 0.04, radius, (front - 0.2, *(0.0 - 2.2 * radius * i for i in range(rear))))
    kind = one_of(rng, *_TRAILERS)
    end = 0.25 - length
    middle, z0 = (0.25 + end) / 2, 0.25
    if kind in ("a box trailer", "a curtain trailer"):
        kit.add("trailer", box(half * 2.05, span(rng, 0.85, 1.1), length), (0, deck, middle))
        if "curtain" in kind:
            ribs = copies(box(0.03, 0.75, 0.03), [(half * 1.03, deck + 0.05, middle + f) for f in spread(8, length)])
            kit.pair("trailer", ribs)
    elif kind == "a tank trailer":
        slim = half * 0.7
        line = [(end, slim, slim, 0), (end + 0.1, half, half, 0), (z0 - 0.1, half, half, 0), (z0, slim, slim, 0)]
        kit.add("trailer", barrel(line, 2, 14), (0, deck + half, 0))
        lids = [(0, deck + half * 1.95, middle + f) for f in spread(3, length)]
        kit.add("trailer", copies(cylinder(0.09, 0.06, segments=8), lids))
    elif kind == "a tipper trailer":
        kit.add("trailer", box(half * 1.7, 0.6, length * 0.95, (1.2, 1.04)), (0, deck, middle))
    else:
        kit.add("trailer", box(half * 2.0, 0.08, length), (0, deck - 0.04, middle))
        if kind == "a container":
            container = box(half * 2, span(rng, 0.7, 0.85), length * one_of(rng, 0.5, 0.97))
            kit.add("load", container, (0, deck + 0.04, middle))
        elif kind == "a car trailer":
            kit.add("trailer", box(half * 2.0, 0.04, length), (0, deck + 0.45, middle))
            kit.corners("trailer", box(0.04, 0.5, 0.04), (half * 0.95, deck, length * 0.45), ry=0)
            for level in (0.0, 0.46):
                for f in spread(3, length):
                    at = (0, deck + level + 0.06, middle + f)
                    kit.add("load", hull((-0.3, half * 0.7, 0, 0.16), (0.3, half * 0.7, 0, 0.14)), at)
                    kit.add("load", hull((-0.18, half * 0.6, 0.15, 0.28), (0.1, half * 0.6, 0.15, 0.28)), at)
        else:
            kit.add("trailer", box(half * 2.0, 0.4, 0.05), (0, deck, z0))
    axles = count(rng, 1, 3)
    axle_pairs(kit, hub, half - 0.04, radius, [end + length * 0.12 + 2.2 * radius * i for i in range(axles)])
    if legs := chance(rng):
        kit.pair("leg", box(0.05, deck * 0.8, 0.05), (half * 0.6, deck * 0.2, -0.75))
    facts = [kind, some(axles, "trailer axle"), "a flat nose" if snub else "a long bonnet"]
    facts += ["exhaust stacks" if stacks else "", "a wind deflector" if deflector else ""]
    return kit.finish([word], [*facts, "parking legs" if legs else ""], "semi-trailer truck")


def bulldozer(kit: Assembly, rng: np.random.Generator) -> Built:
    long, half, radius = span(rng, 1.0, 1.4), span(rng, 0.34, 0.46), span(rng, 0.15, 0.22)
    z, wide = long / 2, span(rng, 0.14, 0.2)
    kind = one_of(rng, "tracked", "tracked", "wheeled")
    if kind == "tracked":
        kit.pair("track", track(long, radius, wide, count(rng, 4, 7), chance(rng, 0.3)), (half - wide / 2, 0, 0))
        deck = radius * 2
    else:
        axle_pairs(kit, road_wheel(rng, radius * 1.5, 0.2), half - 0.04, radius * 1.5, (-z * 0.6, z * 0.55))
        deck = radius * 2.2
    bonnet = span(rng, 0.22, 0.36)
    kit.add("body", box((half - wide) * 2, deck * 0.6, long * 0.9), (0, deck * 0.45, 0))
    kit.add(
        "body", hull((0, half * 0.6, deck, deck + bonnet), (z * 0.9, half * 0.55, deck, deck + bonnet * 0.8), soft=0.05)
    )
    kit.add("body", cylinder(0.03, span(rng, 0.15, 0.35), segments=8), (half * 0.2, deck + bonnet * 0.8, z * 0.5))
    cab = one_of(rng, "a closed cab", "a closed cab", "a roof on posts", "an open seat")
    up = span(rng, 0.55, 0.75)
    if cab == "a closed cab":
        kit.add("cab", box(half * 1.35, up, long * 0.36, (0.92, 0.85)), (0, deck, -z * 0.35))
    else:
        kit.add("cab", box(half * 0.9, 0.1, 0.25), (0, deck + 0.15, -z * 0.35))
        kit.add("cab", box(half * 0.9, 0.3, 0.06), (0, deck + 0.2, -z * 0.35 - 0.14), rx=-8)
        if "posts" in cab:
            kit.corners("cab", box(0.04, up, 0.04), (half * 0.6, deck, 0.16), ry=0)
            kit.add("cab", box(half * 1.4, 0.05, long * 0.42), (0, deck + up, -z * 0.1))
    blade, lift = span(rng, 0.35, 0.6), one_of(rng, 0.02, 0.02, span(rng, 0.05, 0.4))
    line = [
        (0.0, 0.0),
        (0.06, blade * 0.2),
        (0.07, blade * 0.6),
        (0.02, blade),
        (-0.03, blade),
        (0.02, blade * 0.5),
        (-0.03, 0.0),
    ]
    tool = one_of(rng, "a curved blade", "a curved blade", "a shovel")
    reach = z + span(rng, 0.15, 0.3)
    if tool == "a shovel":
        kit.add("blade", box(half * 2.2, blade * 0.8, 0.18, (1, 2.2)), (0, lift, reach + 0.1))
    else:
        plate = place(prism(np.array(line[::-1]) * (-1.0, 1.0), half * span(rng, 2.1, 2.8)), ry=-90)
        kit.add("blade", plate, (0, lift, reach))
    kit.pair("arm", rod((half + 0.02, radius, 0), (half * 0.95, lift + blade * 0.3, reach), 0.04))
    kit.pair("arm", rod((half * 0.3, deck + bonnet * 0.5, z * 0.7), (half * 0.35, lift + blade * 0.7, reach), 0.025))
    if ripper := chance(rng, 0.4):
        kit.add("ripper", box(half * 1.2, 0.08, 0.2), (0, deck * 0.6, -z - 0.1))
        for x in spread(count(rng, 1, 3), half):
            kit.add("ripper", box(0.04, deck * 0.6, 0.08, (1, 2)), (x, 0.02, -z - 0.16))
    return kit.finish([kind], [tool, cab, "a rear ripper" if ripper else ""], "earth mover")


BUILDERS = (fire_engine, articulated_lorry, bulldozer)
