"""Vehicles that drive on tracks or carry armor, nose along +z: tank, armored car, excavator, forklift."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, number, one_of, some, span, spread
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, box, cylinder, dome, prism, rod
from pointrecon.shapes.made.parametric.places.facades import copies
from pointrecon.shapes.made.parametric.transport.road_vehicles import axle_pairs, road_wheel
from pointrecon.shapes.made.parametric.transport.vehicles import hull


def track(long: float, radius: float, wide: float, wheels: int, high_ends: bool) -> Mesh:
    """One track along z about x = 0, standing on y = 0, with road wheels showing at its sides."""
    angle = np.linspace(-0.25, 0.25, 7) * 2 * np.pi
    lift = radius * 0.5 if high_ends else 0.0
    front = np.stack([long / 2 - radius + radius * np.cos(angle), radius + lift + radius * np.sin(angle)], axis=1)
    rear = front[::-1] * (-1.0, 1.0)
    loop = np.concatenate([front, rear])
    if high_ends:  # the middle of the lower run stays on the ground
        low = long / 2 - radius * 2.2
        loop = np.concatenate([[(-low, 0.0), (low, 0.0)], loop])
    center = loop.mean(axis=0)
    belt = place(prism(loop, wide, (loop - center) * 0.86 + center), ry=-90)
    hub = place(cylinder(radius * 0.75, wide * 1.05, segments=12), (wide * 0.525, 0, 0), rz=90)
    at = [(0, radius * 0.85, f) for f in spread(wheels, long - radius * (3.0 if high_ends else 1.0))]
    return merge([belt, copies(hub, at)])


def tank(kit: Assembly, rng: np.random.Generator) -> Built:
    long, half, radius = span(rng, 1.5, 2.2), span(rng, 0.4, 0.58), span(rng, 0.14, 0.24)
    z, wide, wheels = long / 2, span(rng, 0.14, 0.24), count(rng, 4, 8)
    high_ends = chance(rng, 0.6)
    kit.pair("track", track(long, radius, wide, wheels, high_ends), (half - wide / 2, 0, 0))
    low, deck = radius * 0.6, radius * (2.5 if high_ends else 2.0) + span(rng, 0.02, 0.12)
    kit.add(
        "hull",
        hull(
            (-z * 0.95, half - wide, low, deck),
            (z * 0.5, half - wide, low, deck),
            (z * 0.98, half - wide, radius, deck * 0.7),
            soft=0.05,
        ),
    )
    kit.add("hull", box(half * 2, 0.05, long * 0.85), (0, deck - 0.06, -0.03))
    kind = one_of(rng, "cast", "cast", "box", "wedge", "flat", "none")
    at, size, tall = z * span(rng, -0.2, 0.25), half * span(rng, 0.55, 0.9), span(rng, 0.18, 0.34)
    gun, bore = span(rng, 0.6, 1.4), span(rng, 0.025, 0.05)
    tilt, turned = span(rng, -2, 14), one_of(rng, 0.0, 0.0, span(rng, -70, 70))
    turret: list[tuple[str, Mesh]] = []
    if kind == "cast":
        turret.append(("turret", place(ball(size, tall, size * span(rng, 1.0, 1.3), 16), (0, tall * 0.25, 0))))
    elif kind == "box":
        turret.append(("turret", box(size * 1.8, tall, size * 2.1, (span(rng, 0.7, 1), span(rng, 0.7, 1)))))
    elif kind == "wedge":
        turret.append(
            (
                "turret",
                hull(
                    (-size * 1.3, size * 0.8, 0, tall), (0, size, 0, tall), (size * 1.2, size * 0.45, 0.03, tall * 0.55)
                ),
            )
        )
    elif kind == "flat":
        turret.append(("turret", cylinder(size, tall * 0.8, size * 0.75, one_of(rng, 6, 8, 16))))
    reach = size if kind != "none" else 0.0
    barrel = [rod((0, 0, reach * 0.5), (0, 0, reach + gun), bore, 0.8)]
    if brake := chance(rng, 0.4):
        barrel.append(rod((0, 0, reach + gun - 0.12), (0, 0, reach + gun), bore * 1.7))
    if chance(rng, 0.4):
        barrel.append(rod((0, 0, reach + gun * 0.45), (0, 0, reach + gun * 0.65), bore * 1.5))
    barrel.append(place(box(bore * 7, tall * 0.7, 0.16), (0, -tall * 0.35, reach * 0.85)))
    turret.append(("gun", place(merge(barrel), (0, tall * 0.45, 0), rx=-tilt)))
    hatches = count(rng, 0, 2) if kind != "none" else 0
    for i in range(hatches):
        turret.append(
            (
                "hatch",
                place(cylinder(size * 0.24, 0.07, segments=12), (size * (0.4 - 0.8 * i), tall * 0.85, -size * 0.25)),
            )
        )
    if small := kind != "none" and chance(rng, 0.4):
        turret.append(
            ("machine gun", rod((size * 0.4, tall + 0.12, -size * 0.2), (size * 0.4, tall + 0.16, size * 0.4), 0.018))
        )
    if chance(rng, 0.4):
        turret.append(
            ("aerial", rod((-size * 0.6, tall * 0.7, -size * 0.7), (-size * 0.7, tall + 0.6, -size * 0.8), 0.008))
        )
    for part, mesh in turret:
        kit.add(part, mesh, (0, deck, at if kind != "none" else z * 0.2), ry=turned if kind != "none" else 0.0)
    if kind == "none":
        kit.add("hull", box((half - wide) * 2, tall * 1.6, long * 0.6, (0.8, 0.7)), (0, deck - 0.01, -z * 0.15))
    if skirts := chance(rng, 0.3):
        kit.pair("hull", box(0.025, deck - radius, long * 0.85), (half + 0.01, radius, 0))
    shape = {"cast": "a rounded turret", "none": "no turret"}.get(kind, f"a {kind}-shaped turret")
    facts = [
        shape,
        "a long gun" if gun > 1.0 else "a gun",
        "a muzzle brake" if brake else "",
        "a machine gun on top" if small else "",
    ]
    return kit.finish(
        ["turretless" if kind == "none" else "turned" if turned else ""],
        [*facts, "side skirts" if skirts else "", "two tracks"],
        "armored fighting vehicle",
    )


def armored_car(kit: Assembly, rng: np.random.Generator) -> Built:
    long, half, radius, axles = (
        span(rng, 1.4, 2.2),
        span(rng, 0.36, 0.5),
        span(rng, 0.16, 0.26),
        one_of(rng, 2, 2, 3, 4),
    )
    long = max(long, radius * 2.3 * axles)
    z, low, deck = long / 2, radius * span(rng, 0.8, 1.2), radius + span(rng, 0.4, 0.65)
    nose, edge = span(rng, 0.15, 0.5), low + (deck - low) * span(rng, 0.35, 0.65)
    lower = [
        (-z * 0.92, half * 0.75, low, edge),
        (z - nose * 0.5, half * 0.75, low, edge),
        (z, half * 0.7, edge - 0.05, edge),
    ]
    kit.add("hull", hull(*lower, soft=0.05))
    upper = [
        (-z, half, edge - 0.04, edge),
        (-z * 0.85, half * 0.9, edge - 0.04, deck),
        (z - nose - 0.1, half * 0.85, edge - 0.04, deck),
        (z, half * 0.8, edge - 0.04, edge + 0.02),
    ]
    kit.add("hull", hull(*upper, soft=span(rng, 0.02, 0.2)))
    places = [-z * 0.72 + 1.44 * z * i / (axles - 1) for i in range(axles)]
    axle_pairs(kit, road_wheel(rng, radius, 0.18), half - 0.05, radius, places)
    top = one_of(
        rng,
        "a small turret with a gun",
        "a small turret with a gun",
        "a shielded machine gun",
        "a round cupola",
        "a rocket launcher",
        "",
    )
    at = span(rng, -0.3, 0.2) * z
    if "turret" in top:
        size, tall = half * span(rng, 0.45, 0.7), span(rng, 0.14, 0.26)
        kit.add("turret", cylinder(size, tall, size * 0.75, one_of(rng, 6, 8, 16)), (0, deck, at))
        turn = one_of(rng, 0, span(rng, -60, 60))
        kit.add(
            "gun",
            place(rod((0, tall * 0.55, 0), (0, tall * 0.75, size + span(rng, 0.3, 0.9)), 0.03, 0.8)),
            (0, deck, at),
            ry=turn,
        )
    elif "machine" in top:
        kit.add("gun", rod((0, deck, at), (0, deck + 0.2, at), 0.025))
        kit.add("gun", rod((0, deck + 0.2, at - 0.15), (0, deck + 0.22, at + 0.4), 0.022))
        kit.add("gun", box(0.3, 0.25, 0.02), (0, deck + 0.08, at + 0.12))
    elif "cupola" in top:
        kit.add("turret", cylinder(0.14, 0.1), (0, deck, at))
        kit.add("turret", dome(0.13, 0.05), (0, deck + 0.1, at))
    elif top:
        tubes = copies(
            place(cylinder(0.05, 0.6, segments=10), rx=70),
            [(0.12 * i - 0.12, deck + 0.1 + 0.11 * j, at - 0.35) for i in range(3) for j in range(2)],
        )
        kit.add("gun", tubes)
        kit.add("gun", box(0.3, 0.16, 0.25), (0, deck, at - 0.2))
    ports = count(rng, 0, 4)
    if ports:
        kit.pair(
            "port",
            copies(
                box(0.03, 0.05, 0.12),
                [(half * 0.95, edge + (deck - edge) * 0.45, f - 0.1) for f in spread(ports, long * 0.6)],
            ),
        )
    kit.add("port", box(half * 1.1, 0.06, 0.06), (0, edge + (deck - edge) * 0.5, z - nose * 0.5 - 0.06))
    extra = one_of(rng, "", "a spare wheel", "a ram bar", "an aerial", "mudguards")
    if extra == "a spare wheel":
        kit.add("extra", road_wheel(rng, radius * 0.9, 0.12), (0, edge + 0.05, -z - 0.08), ry=90)
    elif extra == "a ram bar":
        kit.add("extra", rod((-half * 0.7, edge - 0.1, z + 0.06), (half * 0.7, edge - 0.1, z + 0.06), 0.035))
    elif extra == "an aerial":
        kit.add("extra", rod((half * 0.5, deck, -z * 0.6), (half * 0.55, deck + 0.7, -z * 0.75), 0.01))
    elif extra:
        for f in (places[0], places[-1]):
            kit.pair("extra", box(0.2, 0.03, radius * 2.2), (half - 0.03, radius * 2.05, f))
    facts = [some(axles * 2, "wheel"), top, f"{some(ports, 'port')} a side" if ports else "", extra]
    return kit.finish([f"{number(2 * axles)}-wheeled"], facts, "armored vehicle")


def excavator(kit: Assembly, rng: np.random.Generator) -> Built:
    long, half, radius = span(rng, 1.0, 1.4), span(rng, 0.34, 0.48), span(rng, 0.13, 0.19)
    deck = radius * 2 + 0.06
    if tracked := chance(rng, 0.7):
        kit.pair("track", track(long, radius, 0.18, count(rng, 3, 6), False), (half - 0.09, 0, 0))
    else:
        axle_pairs(kit, road_wheel(rng, radius * 1.2, 0.16), half - 0.04, radius * 1.2, (-long * 0.33, long * 0.33))
    kit.add("chassis", box(half * 1.4, radius, long * 0.6), (0, radius * 0.8, 0))
    house = [("body", place(box(half * 1.9, span(rng, 0.28, 0.42), long * 0.75), (0, 0.04, -long * 0.15)))]
    house.append(("body", cylinder(half * 0.6, 0.06)))
    house.append(
        ("cab", place(box(half * 0.75, span(rng, 0.55, 0.7), 0.45, (0.9, 0.8)), (half * 0.55, 0.04, long * 0.2)))
    )
    # boom, arm and bucket in the plane x = 0, each at its own angle
    a, b = np.deg2rad(span(rng, 25, 65)), np.deg2rad(span(rng, -100, -10))
    boom, arm, thick = span(rng, 0.9, 1.4), span(rng, 0.6, 1.0), span(rng, 0.05, 0.08)
    foot = (0.0, 0.15, long * 0.2)
    knee = (0.0, foot[1] + boom * float(np.sin(a)), foot[2] + boom * float(np.cos(a)))
    wrist = (0.0, knee[1] + arm * float(np.sin(b)), knee[2] + arm * float(np.cos(b)))
    middle = (0.0, (foot[1] + knee[1]) / 2 + 0.12, (foot[2] + knee[2]) / 2)
    for start, stop, size in ((foot, middle, thick), (middle, knee, thick), (knee, wrist, thick * 0.8)):
        house.append(("arm", rod(start, stop, size)))
    house.append(("arm", rod((0, foot[1] + 0.05, foot[2] + 0.15), (0, middle[1] - 0.05, middle[2]), thick * 0.5)))
    house.append(("arm", rod((0, middle[1] + 0.08, middle[2]), (0, knee[1] + 0.1, knee[2]), thick * 0.5)))
    tool, curl = one_of(rng, "a bucket", "a bucket", "a bucket", "a hammer", "a grab"), span(rng, 20, 110)
    if tool == "a bucket":
        line = np.array([(0.0, 0.0), (0.22, 0.05), (0.3, 0.22), (0.22, 0.34), (0.12, 0.3), (0.02, 0.15)])
        scoop = place(prism(line - (0.05, 0.03), half * span(rng, 0.8, 1.3)), ry=-90)
        house.append(("tool", place(place(scoop, rx=curl), wrist)))
    elif tool == "a hammer":
        hammer = merge([place(box(0.16, 0.3, 0.16), (0, -0.3, 0)), place(cylinder(0.03, 0.25), (0, -0.55, 0))])
        house.append(("tool", place(hammer, wrist)))
    else:
        for side in (-1, 1):
            at = (0, wrist[1] - 0.33, wrist[2] - 0.1 * side)
            house.append(("tool", place(box(0.2, 0.35, 0.05, (0.5, 1)), at, rx=15 * side)))
    turned = one_of(rng, 0.0, span(rng, -90, 90))
    for part, mesh in house:
        kit.add(part, mesh, (0, deck, 0), ry=turned)
    if blade := chance(rng, 0.35):
        kit.add("blade", box(half * 2, 0.25, 0.05), (0, 0.03, long * 0.62))
        kit.pair("blade", box(0.05, 0.06, 0.2), (half * 0.4, 0.12, long * 0.53))
    facts = ["two tracks" if tracked else "four wheels", tool, "a dozer blade" if blade else ""]
    return kit.finish(["tracked" if tracked else "wheeled", "turned" if turned else ""], facts, "digger")


def forklift(kit: Assembly, rng: np.random.Generator) -> Built:
    long, half, radius = span(rng, 0.8, 1.2), span(rng, 0.26, 0.38), span(rng, 0.11, 0.17)
    z, deck = long / 2, radius * 0.8
    body = span(rng, 0.4, 0.55)
    kit.add(
        "body",
        hull(
            (-z, half * 0.9, deck, body),
            (-z * 0.3, half, deck, body + 0.08),
            (0, half, deck, deck + 0.12),
            (z * 0.9, half, deck, deck + 0.12),
        ),
    )
    kit.add("body", box(half * 1.8, span(rng, 0.2, 0.4), 0.2, (0.95, 0.8)), (0, deck + 0.12, z * 0.75))
    axle_pairs(kit, road_wheel(rng, radius, 0.12), half - 0.02, radius, (-z * 0.65, z * 0.75))
    seat = body + 0.08
    kit.add("seat", box(half * 1.1, 0.08, 0.25), (0, seat, -z * 0.4))
    kit.add("seat", box(half * 1.1, 0.28, 0.06), (0, seat, -z * 0.65), rx=-8)
    kit.add("seat", rod((0, deck + 0.3, z * 0.6), (0, seat + 0.2, z * 0.3), 0.02))
    cage = one_of(rng, "an open roof cage", "an open roof cage", "a closed cab", "no roof")
    roof = seat + span(rng, 0.6, 0.75)
    if cage == "a closed cab":
        kit.add("cage", box(half * 1.8, roof - seat + 0.1, long * 0.75, (0.9, 0.85)), (0, seat - 0.1, -z * 0.1))
    elif "cage" in cage:
        kit.pair("cage", rod((half * 0.9, body, -z * 0.85), (half * 0.8, roof, -z * 0.65), 0.022))
        kit.pair("cage", rod((half * 0.9, deck, z * 0.75), (half * 0.8, roof, z * 0.35), 0.022))
        kit.add(
            "cage", copies(box(half * 1.6, 0.025, 0.03), [(0, roof, -z * 0.65 + z * f) for f in np.linspace(0, 1, 6)])
        )
        kit.pair("cage", box(0.03, 0.03, z), (half * 0.8, roof, -z * 0.15))
    tall, stages = roof * span(rng, 0.9, 1.5), count(rng, 1, 3)
    for i in range(stages):
        x = half * (0.6 - 0.12 * i)
        up = tall * 0.35 * i * one_of(rng, 0, 1)
        kit.pair("mast", box(0.05, tall, 0.06), (x, 0.04 + up, z + 0.05 + 0.03 * i))
        kit.add("mast", box(x * 2, 0.04, 0.05), (0, tall * 0.95 + up, z + 0.05))
    lift = span(rng, 0.03, tall * 0.85)
    kit.add("fork", box(half * 1.5, 0.3, 0.04), (0, lift, z + 0.14))
    kit.pair("fork", box(0.09, 0.03, span(rng, 0.5, 0.75)), (half * 0.4, lift, z + 0.42))
    if load := one_of(rng, "", "", "a crate on the fork", "a loaded pallet"):
        kit.add("load", box(half * 1.8, 0.07, 0.6), (0, lift + 0.03, z + 0.5))
        kit.add("load", box(half * 1.7, span(rng, 0.25, 0.6), 0.55), (0, lift + 0.1, z + 0.5))
    facts = [cage, "a raised fork" if lift > tall * 0.4 else "a lowered fork", load]
    return kit.finish(["tall-masted" if tall > roof * 1.2 else ""], facts, "industrial truck")


BUILDERS = (tank, armored_car, excavator, forklift)
