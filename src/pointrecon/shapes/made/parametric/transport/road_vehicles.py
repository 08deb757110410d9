"""Road vehicles of more kinds, nose along +z: van, pickup truck, race, sports and off-road cars; wheels for others."""

from collections.abc import Sequence

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span, spread
from pointrecon.shapes.made.parametric.meshes import Mesh, ball, box, cylinder, rod, torus, tube
from pointrecon.shapes.made.parametric.places.facades import copies
from pointrecon.shapes.made.parametric.transport.airframe import barrel
from pointrecon.shapes.made.parametric.transport.vehicles import hull, wheel


def road_wheel(rng: np.random.Generator, radius: float, thick: float) -> Mesh:
    """A wheel about the x axis: a plain disc, a tyre with spokes, a deep rim, or a simple block."""
    kind = one_of(rng, "disc", "rim", "spokes", "plain")
    if kind == "disc":
        return wheel(radius, thick)
    if kind == "plain":
        return place(cylinder(radius, thick, segments=one_of(rng, 8, 12, 20)), (thick / 2, 0, 0), rz=90)
    tyre = place(tube(radius, radius * 0.65, thick, 20), (thick / 2, 0, 0), rz=90)
    if kind == "rim":
        return merge([tyre, place(cylinder(radius * 0.66, thick * 0.3, radius * 0.3, 12), (thick * 0.3, 0, 0), rz=90)])
    n = count(rng, 4, 7)
    spokes = [place(box(thick * 0.3, radius * 0.66, radius * 0.18), rx=360 * i / n) for i in range(n)]
    return merge([tyre, *spokes, place(cylinder(radius * 0.16, thick * 0.5, segments=8), (thick / 4, 0, 0), rz=90)])


def axle_pairs(kit: Assembly, hub: Mesh, x: float, radius: float, at: Sequence[float]) -> None:
    """Wheels on both sides at the given places along z."""
    for z in at:
        kit.pair("wheel", hub, (x, radius, z))


def lights(kit: Assembly, rng: np.random.Generator, half: float, y: float, z: float) -> None:
    """Two head lamps at the front end, round or square."""
    lamp = box(0.1, 0.06, 0.04) if chance(rng) else place(cylinder(0.04, 0.04, segments=10), rx=90)
    kit.pair("lamp", lamp, (half * 0.7, y, z))


def van(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "panel", "panel", "passenger", "camper", "box")
    long, half, radius = span(rng, 1.5, 2.3), span(rng, 0.36, 0.46), span(rng, 0.13, 0.19)
    low, roof, z = radius * 0.7, span(rng, 0.75, 1.2), long / 2
    belt = low + (roof - low) * span(rng, 0.42, 0.55)
    nose = span(rng, 0.0, 0.45)  # how far the bonnet reaches out: none in a forward-control van
    slope = span(rng, 0.1, 0.35)
    end, soft = z - nose, span(rng, 0.04, 0.14)
    if kind == "box":
        cut = -z + long * span(rng, 0.5, 0.65)
        kit.add("body", box(half * 2.2, roof * 1.05 - low, cut + z), (0, low + 0.05, (cut - z) / 2))
        body = [(cut + 0.02, half * 0.95, low, roof * 0.85), (end - slope, half * 0.95, low, roof * 0.85)]
    else:
        body = [(-z, half * 0.94, low, roof * 0.97), (-z * 0.7, half, low, roof), (end - slope, half, low, roof)]
    front = [(end, half * 0.97, low, belt + 0.02)] if nose > 0.1 else []
    kit.add("body", hull(*body, *front, (z, half * 0.92, low, belt * span(rng, 0.75, 0.98)), soft=soft))
    axles = (-z * span(rng, 0.5, 0.65), z * span(rng, 0.55, 0.7))
    axle_pairs(kit, road_wheel(rng, radius, 0.13), half - 0.05, radius, axles)
    up, tall = belt, (roof - belt) * 0.65
    kit.pair("window", box(0.03, tall, 0.28), (half * 0.97, up, end - slope - 0.2))
    panes = count(rng, 2, 4) if kind in ("passenger", "camper") else 0
    if panes:
        room = end - slope - 0.4 + z
        at = [(half, up, -z + room / 2 + f) for f in spread(panes, room)]
        kit.pair("window", copies(box(0.03, tall, room / panes * 0.8), at))
    elif kind == "panel" and chance(rng):
        kit.pair("window", box(0.02, 0.02, long * 0.5), (half, up, -z * 0.35))
    if kind != "box":
        kit.add("window", box(half * 1.4, tall, 0.03), (0, up, -z))
    lights(kit, rng, half, belt * 0.8, z)
    extra = one_of(rng, "", "", "a roof rack", "a raised roof", "mirrors", "a spare wheel at the rear")
    if kind == "camper" and chance(rng):
        extra = "a raised roof"
    if extra == "a roof rack":
        for f in np.linspace(-0.7, 0.3, 5):
            kit.add("extra", box(half * 1.6, 0.025, 0.03), (0, roof + 0.06, f * z))
        kit.pair("extra", box(0.025, 0.07, z * 1.1), (half * 0.8, roof, -z * 0.2))
    elif extra == "a raised roof":
        foot = roof - 0.02
        kit.add("extra", hull((-z * 0.9, half * 0.8, foot, roof + 0.18), (z * 0.25, half * 0.7, foot, roof + 0.1)))
    elif extra == "mirrors":
        kit.pair("extra", box(0.09, 0.13, 0.04), (half + 0.06, belt + 0.02, end - slope))
    elif extra:
        kit.add("extra", wheel(radius, 0.1), (0, belt * 0.8, -z - 0.04), ry=90)
    shape = "a short bonnet" if nose > 0.15 else "a flat nose"
    broader = {"passenger": "minibus", "camper": "camping vehicle"}.get(kind, "delivery vehicle")
    sides = f"{some(panes, 'window')} a side" if panes else "closed sides"
    return kit.finish([kind], [shape, sides, extra], broader)


def pickup_truck(kit: Assembly, rng: np.random.Generator) -> Built:
    long, half, radius = span(rng, 1.9, 2.5), span(rng, 0.4, 0.5), span(rng, 0.17, 0.27)
    low, belt, z = radius * span(rng, 0.7, 1.3), span(rng, 0.5, 0.66), long / 2
    belt += low * 0.4
    roof, double = belt + span(rng, 0.28, 0.38), chance(rng)
    start = z * (-0.3 if double else 0.0)
    hood = belt * span(rng, 0.88, 1.0)
    kit.add("body", hull((start, half, low, belt), (z * 0.5, half, low, belt), (z, half * 0.94, low, hood), soft=0.08))
    stop, slope = z * 0.5, z * span(rng, 0.1, 0.25)
    sill = belt - 0.03
    rear = [(start, half * 0.93, sill, roof), (stop - slope, half * 0.86, sill, roof)]
    kit.add("cab", hull(*rear, (stop, half * 0.92, sill, belt)))
    bed, wall = start + z, span(rng, 0.2, 0.32)
    flat = chance(rng, 0.25)
    kit.add("bed", box(half * 2, 0.06, bed), (0, belt - wall - 0.05, start - bed / 2))
    if not flat:
        kit.pair("bed", box(0.06, wall, bed), (half - 0.03, belt - wall, start - bed / 2))
        kit.add("bed", box(half * 2, wall, 0.05), (0, belt - wall, -z + 0.025))
    kit.add("bed", box(half * 1.3, belt - wall - low, bed), (0, low, start - bed / 2))
    axle_pairs(kit, road_wheel(rng, radius, span(rng, 0.14, 0.22)), half - 0.03, radius, (-z * 0.58, z * 0.68))
    lights(kit, rng, half, hood * 0.85, z)
    load = one_of(rng, "", "", "a roll bar", "a canopy over the bed", "crates", "a light bar", "bull bars")
    if load == "a roll bar":
        kit.pair("extra", box(0.05, roof - belt + 0.1, 0.06), (half * 0.85, belt - 0.05, start - 0.1))
        kit.add("extra", box(half * 1.8, 0.05, 0.06), (0, roof + 0.03, start - 0.1))
    elif load == "a canopy over the bed":
        kit.add("extra", box(half * 1.9, roof - belt, bed * 0.95, (0.9, 0.92)), (0, belt, start - bed / 2))
    elif load == "crates":
        for i in range(count(rng, 2, 4)):
            side = span(rng, 0.18, 0.35)
            at = (half * (0.4 - 0.8 * (i % 2)), belt - wall, start - 0.25 - 0.3 * (i // 2))
            kit.add("extra", box(side, side, side), at)
    elif load == "a light bar":
        kit.add("extra", box(half * 1.4, 0.06, 0.08), (0, roof + 0.02, start + 0.15))
    elif load:
        for y in (low, hood * 0.7):
            kit.add("extra", rod((-half * 0.8, y, z + 0.08), (half * 0.8, y, z + 0.08), 0.03))
        kit.pair("extra", rod((half * 0.4, low, z + 0.08), (half * 0.4, hood * 0.9, z + 0.08), 0.025))
    height = "high-legged" if radius > 0.24 else ""
    bed_told = "a flat bed" if flat else "an open bed" if "canopy" not in load else ""
    facts = [bed_told, "a double cab" if double else "a single cab", load]
    return kit.finish([height], facts, "light truck")


def race_car(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "formula", "formula", "prototype", "vintage", "stock")
    long, radius = span(rng, 1.9, 2.5), span(rng, 0.17, 0.23)
    z, half = long / 2, span(rng, 0.42, 0.5)
    if kind in ("formula", "vintage"):
        slim, tall = span(rng, 0.13, 0.2), span(rng, 0.3, 0.42)
        square = 2.0 if kind == "vintage" else 3.5
        up = tall * 0.55
        stations = [(-z * 0.85, slim * 0.4, tall * 0.3, up), (-z * 0.3, slim, up, up), (z * 0.1, slim, tall * 0.5, up)]
        if kind == "vintage":
            stations += [(z * 0.75, slim * 0.85, tall * 0.45, up), (z * 0.78, slim * 0.6, tall * 0.4, up)]
        else:
            stations += [(z * 0.75, slim * 0.45, tall * 0.25, tall * 0.4), (z * 1.05, slim * 0.3, 0.05, 0.12)]
        kit.add("body", barrel(stations, square, 10))
        fat = span(rng, 0.1, 0.22) if kind == "formula" else 0.06
        hub = road_wheel(rng, radius, fat)
        axle_pairs(kit, hub, half, radius, (-z * 0.62, z * 0.62))
        for end in (-z * 0.62, z * 0.62):
            for d in (-0.1, 0.1):
                kit.pair("suspension", rod((half, radius, end), (slim * 0.4, radius * 1.1, end + d), 0.015))
        kit.add("driver", ball(0.08, 0.1, 0.1, 10), (0, tall * 1.15, -z * 0.05))
        if kind == "formula":
            pod = hull((-z * 0.6, 0.1, 0.06, tall * 0.7), (z * 0.05, 0.14, 0.06, tall * 0.65))
            kit.pair("body", pod, (slim + 0.1, 0, 0))
            kit.add("body", hull((-z * 0.6, 0.04, tall * 0.7, tall * 0.9), (-z * 0.15, 0.07, tall * 0.9, tall * 1.5)))
            kit.add("wing", box(half * 1.9, 0.02, 0.22), (0, 0.06, z * 1.02))
            kit.pair("wing", box(0.02, 0.14, 0.26), (half * 0.95, 0.05, z * 1.02))
        facts = ["open wheels", "a driver's helmet"]
    else:
        low, belt, roof = 0.06, span(rng, 0.34, 0.42), span(rng, 0.52, 0.66)
        flanks = [(-z, half * 0.95, low, belt), (-z * 0.6, half, low, belt * 1.05), (0, half * 0.95, low, belt * 0.9)]
        kit.add("body", hull(*flanks, (z * 0.6, half, low, belt), (z, half * 0.85, low, belt * 0.5), soft=0.15))
        wide, sill = half * 0.6, belt * 0.8
        glass = [(-z * 0.6, wide, sill, belt), (-z * 0.15, wide, sill, roof), (z * 0.05, wide, sill, roof)]
        kit.add("cabin", hull(*glass, (z * 0.4, wide, belt * 0.7, belt * 0.85), soft=0.2))
        axle_pairs(kit, road_wheel(rng, radius, 0.16), half - 0.06, radius, (-z * 0.62, z * 0.62))
        kit.add("wing", box(half * 1.9, 0.015, 0.15), (0, 0.03, z * 1.02))
        facts = ["covered wheels", "a closed cabin"]
    if spoiler := kind != "vintage" and chance(rng, 0.85):
        up = span(rng, 0.5, 0.75)
        kit.add("wing", box(half * span(rng, 1.4, 2.0), 0.025, 0.2), (0, up, -z * 0.95), rx=8)
        kit.pair("wing", box(0.02, up - 0.2, 0.15), (half * 0.6, 0.22, -z * 0.92))
    return kit.finish([kind], [*facts, "a rear wing" if spoiler else ""], "racing car")


def sports_car(kit: Assembly, rng: np.random.Generator) -> Built:
    long, half, radius = span(rng, 1.9, 2.3), span(rng, 0.43, 0.52), span(rng, 0.17, 0.22)
    z, low, belt = long / 2, radius * 0.5, span(rng, 0.42, 0.52)
    kind = one_of(rng, "open", "open", "coupe", "wedge")
    nose = belt * (0.45 if kind == "wedge" else span(rng, 0.6, 0.85))
    fenders = [(z * 0.6, half * 1.02, low, belt * (0.75 if kind == "wedge" else 0.98)), (z, half * 0.85, low, nose)]
    rear = [(-z, half * 0.9, low, belt * 0.9), (-z * 0.6, half * 1.02, low, belt), (0, half * 0.96, low, belt * 0.93)]
    kit.add("body", hull(*rear, *fenders, soft=span(rng, 0.08, 0.25)))
    axle_pairs(kit, road_wheel(rng, radius, 0.16), half - 0.06, radius, (-z * 0.62, z * 0.62))
    start, stop, roof = -z * span(rng, 0.55, 0.8), z * span(rng, 0.2, 0.4), belt + span(rng, 0.2, 0.28)
    if kind == "open":
        kit.add("windscreen", box(half * 1.5, 0.2, 0.02, (0.9, 1)), (0, belt * 0.9, stop), rx=-30)
        for x in (-half * 0.45, half * 0.45):
            kit.add("seat", box(0.24, 0.06, 0.24), (x, belt - 0.05, -z * 0.05))
            kit.add("seat", box(0.24, 0.28, 0.06), (x, belt - 0.05, -z * 0.2), rx=-12)
        kit.add("seat", torus(0.08, 0.012, 14, 5), (half * 0.45, belt + 0.05, stop - 0.18), rx=70)
        said = "no roof and two seats"
    else:
        wide, sill = half * 0.72, belt - 0.06
        rear = [(start, half * 0.8, sill, belt), (start * 0.35, wide, sill, roof), (stop * 0.3, wide, sill, roof)]
        kit.add("cabin", hull(*rear, (stop + 0.2, half * 0.85, belt * 0.8, belt * 0.9), soft=0.18))
        said = "a low roof"
    lights(kit, rng, half, nose * 0.85, z * 0.98)
    if spoiler := chance(rng, 0.35):
        kit.add("spoiler", box(half * 1.7, 0.025, 0.12), (0, belt + 0.1, -z * 0.92))
        kit.pair("spoiler", box(0.03, 0.14, 0.08), (half * 0.6, belt - 0.03, -z * 0.92))
    if pipes := chance(rng, 0.4):
        kit.pair("body", place(cylinder(0.03, 0.12, segments=8), rx=90), (half * 0.4, low + 0.04, -z - 0.08))
    facts = [said, "a rear spoiler" if spoiler else "", "two exhaust pipes" if pipes else ""]
    word = {"open": "open-topped", "wedge": "wedge-shaped"}.get(kind, kind)
    return kit.finish([word], facts, "convertible" if kind == "open" else "fast car")


def off_road_vehicle(kit: Assembly, rng: np.random.Generator) -> Built:
    long, half, radius = span(rng, 1.4, 2.0), span(rng, 0.36, 0.46), span(rng, 0.19, 0.3)
    z, low, belt = long / 2, radius * span(rng, 0.9, 1.3), radius + span(rng, 0.3, 0.45)
    kind = one_of(rng, "open", "canvas-topped", "closed", "closed", "frame")
    roof, screen = belt + span(rng, 0.3, 0.42), z * span(rng, 0.15, 0.35)
    if kind == "frame":  # a buggy of tubes
        kit.add("body", box(half * 1.2, 0.06, long * 0.85), (0, low, 0))
        corners = [(half * 0.8, low, z * 0.8), (half * 0.8, roof, screen * 0.5), (half * 0.8, roof, -z * 0.3)]
        for a, b in zip(corners, [*corners[1:], (half * 0.8, low, -z * 0.9)], strict=True):
            kit.pair("cage", rod(a, b, 0.025))
        for _, y, at in corners[1:]:
            kit.add("cage", rod((-half * 0.8, y, at), (half * 0.8, y, at), 0.025))
        kit.add("body", box(half * 1.1, 0.25, 0.35), (0, low, -z * 0.7))
    else:
        kit.add("body", box(half * 1.6, belt - low, long * 0.62), (0, low, -z * 0.35))
        kit.add("body", hull((z * 0.2, half * 0.75, low, belt), (z * 0.95, half * 0.68, low, belt * 0.97), soft=0.04))
        kit.pair("body", box(half * 0.45, 0.04, radius * 2.3), (half * 0.85, radius * 2.05, z * 0.6))
        kit.pair("body", box(half * 0.3, 0.04, radius * 2.3), (half * 0.9, radius * 2.05, -z * 0.6))
        kit.add("windscreen", box(half * 1.5, roof - belt, 0.03), (0, belt, screen), rx=-12)
    if kind in ("closed", "canvas-topped"):
        soft = 0.25 if kind == "canvas-topped" else 0.05
        rear = [(-z * 0.95, half * 0.78, belt - 0.02, roof), (screen - 0.1, half * 0.74, belt - 0.02, roof)]
        kit.add("cabin", hull(*rear, (screen, half * 0.76, belt - 0.02, belt), soft=soft))
    else:
        for x in (-half * 0.42, half * 0.42):
            kit.add("seat", box(0.26, 0.08, 0.26), (x, belt - 0.12, -z * 0.05))
            kit.add("seat", box(0.26, 0.3, 0.06), (x, belt - 0.1, -z * 0.05 - 0.14), rx=-10)
        if kind == "open" and chance(rng):
            kit.pair("cage", rod((half * 0.75, belt, -z * 0.3), (half * 0.75, roof, -z * 0.3), 0.025))
            kit.add("cage", rod((-half * 0.75, roof, -z * 0.3), (half * 0.75, roof, -z * 0.3), 0.025))
    axle_pairs(kit, road_wheel(rng, radius, span(rng, 0.14, 0.22)), half, radius, (-z * 0.6, z * 0.62))
    lights(kit, rng, half * 0.8, belt * 0.85, z * 0.97)
    spare = one_of(rng, "a spare wheel at the rear", "a spare wheel on the bonnet", "")
    if "rear" in spare:
        kit.add("wheel", road_wheel(rng, radius * 0.9, 0.14), (0, belt * 0.9, -z - 0.06), ry=90)
    elif spare and kind != "frame":
        kit.add("wheel", road_wheel(rng, radius * 0.8, 0.12), (0, belt + 0.05, z * 0.6), rz=90)
    else:
        spare = ""
    if bars := chance(rng, 0.4):
        for y in (low, belt * 0.8):
            kit.add("body", rod((-half * 0.7, y, z + 0.06), (half * 0.7, y, z + 0.06), 0.025))
    facts = ["large wheels" if radius > 0.25 else "four wheels", spare, "a front guard" if bars else ""]
    return kit.finish([kind.replace("frame", "tube-framed")], facts, "four-wheel drive car")


BUILDERS = (van, pickup_truck, race_car, sports_car, off_road_vehicle)
