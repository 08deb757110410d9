"""What rolls on rails: train carriage (passenger and freight), tram."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span, spread
from pointrecon.shapes.made.parametric.meshes import arc, ball, box, cylinder, prism, rod
from pointrecon.shapes.made.parametric.places.facades import copies
from pointrecon.shapes.made.parametric.transport.airframe import barrel
from pointrecon.shapes.made.parametric.transport.vehicles import hull


def _bogies(kit: Assembly, rng: np.random.Generator, long: float, half: float, radius: float) -> int:
    """Wheels under a rail vehicle, in bogies or on single axles; the number of axles."""
    bogies = long > 1.9 or chance(rng, 0.4)
    gap = radius * 1.4
    places = [s * long * 0.34 + d for s in (-1, 1) for d in (-gap, gap)] if bogies else [-long * 0.32, long * 0.32]
    hub = place(
        merge([cylinder(radius, 0.05, segments=14), cylinder(radius * 1.12, 0.015, segments=14)]), (0.05, 0, 0), rz=90
    )
    for z in places:
        kit.pair("wheel", hub, (half * 0.75, radius, z))
    for s in (-1, 1):
        if bogies:
            kit.pair("bogie", box(0.05, radius * 0.7, gap * 3.6), (half * 0.88, radius * 0.8, s * long * 0.34))
    return len(places)


def _passenger(rng: np.random.Generator, kit: Assembly, long: float, half: float, low: float, high: float) -> list[str]:
    """The body of a carriage with windows, doors and a roof; tells what."""
    soft, decks = span(rng, 0.03, 0.2), 2 if chance(rng, 0.15) else 1
    high += 0.4 * (decks - 1)
    nose = one_of(rng, 0.0, 0.0, span(rng, 0.15, 0.5))
    front = [
        (long / 2 - nose, half, low, high),
        (long / 2, half * (0.6 if nose else 1), low, high * (0.75 if nose else 1)),
    ]
    kit.add("body", hull((-long / 2, half, low, high), *front, soft=soft))
    if clerestory := not nose and chance(rng, 0.25):
        kit.add("body", box(half * 0.9, 0.1, long * 0.96), (0, high - 0.01, 0))
    panes = count(rng, 4, 12)
    room = (long - nose) * 0.86
    for level in range(decks):
        y = low + (high - low) * (0.45 if decks == 1 else 0.18 + 0.48 * level)
        pane = box(0.025, (high - low) * 0.28 / decks**0.5, room / panes * span(rng, 0.55, 0.85))
        kit.pair("window", copies(pane, [(half, y, f - nose / 2) for f in spread(panes, room)]))
    doors = count(rng, 1, 3)
    kit.pair(
        "door",
        copies(box(0.03, (high - low) * 0.75, 0.16), [(half, low + 0.03, f - nose / 2) for f in spread(doors, room)]),
    )
    said = "two decks" if decks == 2 else "a raised middle roof" if clerestory else ""
    return [f"{some(panes, 'window')} a side", "a slanted nose" if nose else "flat ends", said]


def train_carriage(kit: Assembly, rng: np.random.Generator) -> Built:
    long, half, radius = span(rng, 1.5, 3.4), span(rng, 0.3, 0.4), span(rng, 0.09, 0.14)
    deck = radius * 2 + span(rng, 0.0, 0.08)
    kind = one_of(rng, "passenger", "passenger", "passenger", "box", "tank", "hopper", "flat", "open", "container")
    axles = _bogies(kit, rng, long, half, radius)
    kit.add("chassis", box(half * 1.6, 0.08, long), (0, deck - 0.06, 0))
    facts: list[str] = []
    if kind == "passenger":
        facts = _passenger(rng, kit, long, half, deck, deck + span(rng, 0.65, 0.9))
    elif kind == "box":
        high = span(rng, 0.6, 0.85)
        kit.add("body", box(half * 2, high, long * 0.97), (0, deck, 0))
        kit.add(
            "body", prism(arc(half * 1.05, span(rng, 0.05, 0.2), 0, 0.5, 9)[:, :2], long * 0.98), (0, deck + high, 0)
        )
        kit.pair("door", box(0.03, high * 0.85, long * 0.22), (half, deck + 0.03, 0))
        ribs = count(rng, 4, 10)
        kit.pair("body", copies(box(0.02, high, 0.02), [(half, deck, f) for f in spread(ribs, long)]))
        facts = ["sliding doors", "an arched roof"]
    elif kind == "tank":
        slim = half * 0.7
        line = [
            (-long * 0.48, slim, slim, 0),
            (-long * 0.45, half, half, 0),
            (long * 0.45, half, half, 0),
            (long * 0.48, slim, slim, 0),
        ]
        kit.add("body", barrel(line, 2, 16), (0, deck + half, 0))
        kit.add("body", cylinder(0.12, 0.12), (0, deck + half * 1.95, 0))
        facts = ["a round tank", "a filling dome"]
    elif kind == "hopper":
        bays = count(rng, 1, 4)
        for f in spread(bays, long * 0.96):
            kit.add("body", box(half * 0.8, 0.3, long * 0.3 / bays, (2.4, 3.1)), (0, deck - 0.05, f))
        kit.add("body", box(half * 1.95, span(rng, 0.3, 0.5), long * 0.95), (0, deck + 0.24, 0))
        facts = [some(bays, "funnel")]
    elif kind == "open":
        high = span(rng, 0.25, 0.5)
        kit.pair("body", box(0.04, high, long), (half, deck, 0))
        kit.pair("body", box(half * 2, high, 0.04), (0, deck, long / 2), axis=2)
        kit.add("body", box(half * 2, 0.04, long), (0, deck, 0))
        if heap := chance(rng):
            kit.add("load", ball(half * 0.95, high * 1.2, long * 0.48, 12), (0, deck + high * 0.3, 0))
        facts = ["open top", "a heaped load" if heap else "nothing in it"]
    elif kind == "container":
        boxes = count(rng, 1, 3)
        for f in spread(boxes, long):
            kit.add("load", box(half * 1.9, span(rng, 0.5, 0.65), long / boxes * 0.93), (0, deck + 0.02, f))
        facts = [some(boxes, "container")]
    else:
        load = one_of(rng, "logs", "stakes", "a vehicle")
        kit.add("body", box(half * 2, 0.06, long), (0, deck, 0))
        if load != "a vehicle":
            at = [(half * 0.95, deck, f) for f in spread(count(rng, 4, 7), long)]
            kit.pair("body", copies(box(0.03, 0.45, 0.03), at))
        if load == "logs":
            for x, y in ((-0.6, 0.1), (0, 0.1), (0.6, 0.1), (-0.3, 0.28), (0.3, 0.28)):
                kit.add(
                    "load",
                    cylinder(half * 0.28, long * 0.92, segments=8),
                    (x * half, deck + 0.05 + y, -long * 0.46),
                    rx=90,
                )
        elif load == "a vehicle":
            kit.add("load", hull((-0.4, half * 0.7, 0.08, 0.25), (0.4, half * 0.7, 0.08, 0.2)), (0, deck, 0))
            kit.add("load", hull((-0.25, half * 0.6, 0.22, 0.4), (0.15, half * 0.6, 0.22, 0.4)), (0, deck, 0))
        facts = [load]
    if couplers := chance(rng, 0.6):
        kit.pair("coupling", box(0.06, 0.06, 0.12), (0, deck - 0.05, long / 2 + 0.06), axis=2)
    if rails := chance(rng, 0.15):
        kit.pair("chassis", box(0.04, 0.05, long * 1.2), (half * 0.75, -0.05, 0))
    facts += [some(axles, "axle"), "couplings" if couplers else "", "a piece of rail" if rails else ""]
    return kit.finish([kind], facts, "railway carriage" if kind == "passenger" else "freight wagon", "rail car")


def tram(kit: Assembly, rng: np.random.Generator) -> Built:
    cars, half, radius = one_of(rng, 1, 1, 2, 3, 5), span(rng, 0.28, 0.36), 0.1
    each = span(rng, 1.3, 2.0) if cars == 1 else span(rng, 0.8, 1.2)
    low, high = radius * span(rng, 0.8, 1.6), span(rng, 0.75, 0.95)
    modern = cars > 1 or chance(rng)
    total = cars * each
    for i, z in enumerate(spread(cars, total)):
        a, b = z - each / 2 + 0.03, z + each / 2 - 0.03
        slant = each * 0.16 if modern else each * 0.04
        rear = [(a, half * 0.75, low, high * 0.75), (a + slant, half, low, high)] if i == 0 else [(a, half, low, high)]
        front = (
            [(b - slant, half, low, high), (b, half * 0.75, low, high * 0.75)]
            if i == cars - 1
            else [(b, half, low, high)]
        )
        kit.add("body", hull(*rear, *front, soft=0.06))
        if i:
            kit.add("joint", box(half * 1.7, high - low - 0.08, 0.08), (0, low + 0.03, a - 0.03))
        panes = count(rng, 3, 6)
        at = [(half, low + (high - low) * 0.45, z + f) for f in spread(panes, each * 0.72)]
        kit.pair("window", copies(box(0.025, (high - low) * 0.35, each * 0.72 / panes * 0.8), at))
        for d in (-0.13, 0.13):
            kit.pair(
                "wheel", place(cylinder(radius, 0.05, segments=12), (0.05, 0, 0), rz=90), (half * 0.8, radius, z + d)
            )
    top = one_of(rng, "a pantograph", "a pantograph", "a trolley pole", "")
    if top == "a pantograph":
        elbow = (0.1, high + 0.15, 0.05)
        kit.pair("roof", rod((0.1, high, -0.2), elbow, 0.015))
        kit.pair("roof", rod(elbow, (0.1, high + 0.32, -0.2), 0.015))
        kit.add("roof", box(half * 1.3, 0.02, 0.05), (0, high + 0.32, -0.2))
    elif top:
        kit.add("roof", rod((0, high, 0), (0, high + 0.45, -each * 0.7), 0.015))
    kit.add("roof", box(half * 1.2, 0.06, each * span(rng, 0.3, 0.7)), (0, high, 0))
    if not modern and chance(rng, 0.6):
        kit.add("body", box(half * 1.2, 0.09, total * 0.85), (0, high, 0))
    return kit.finish(["modern" if modern else "old"], [some(cars, "section"), top], "streetcar")


BUILDERS = (train_carriage, tram)
