"""Tall slender things: lamps, umbrella, tree, coat stand, candlestick, fan."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, sized, some, span
from pointrecon.shapes.made.parametric.household.vessels import smooth, solid
from pointrecon.shapes.made.parametric.meshes import arc, ball, box, cylinder, dome, lathe, rod, sweep, torus


def _shade(kit: Assembly, rng: np.random.Generator, radius: float, at: tuple[float, float, float], tilt: float) -> str:
    """A lamp shade hanging below `at`; says its shape."""
    kind = one_of(rng, "conical", "drum", "dome", "globe", "pleated")
    height = radius * span(rng, 0.7, 1.5)
    if kind == "globe":
        kit.add("shade", ball(radius * 0.8, radius * 0.8, radius * 0.8), at, rz=tilt)
    elif kind == "dome":
        kit.add("shade", place(dome(radius, height), (0, -height * 0.6, 0)), at, rz=tilt)
    else:
        top = radius * {"conical": 0.35, "drum": 0.95, "pleated": 0.6}[kind]
        shape = lathe([(radius, -height * 0.7), (top, height * 0.3)], 6 if kind == "pleated" else 16)
        kit.add("shade", shape, at, rz=tilt)
    return kind


def _foot(kit: Assembly, rng: np.random.Generator, radius: float) -> str:
    kind = one_of(rng, "round", "round", "square", "tripod")
    if kind == "round":
        kit.add("base", cylinder(radius, span(rng, 0.02, 0.08), radius * span(rng, 0.3, 1)))
    elif kind == "square":
        kit.add("base", box(radius * 1.7, span(rng, 0.02, 0.08), radius * 1.7))
    else:
        kit.ring("base", rod((radius, 0, 0), (0, span(rng, 0.15, 0.5), 0), 0.018), 3)
    return kind


def floor_lamp(kit: Assembly, rng: np.random.Generator) -> Built:
    height, tall = sized(rng, 1.0, 1.9, "short", "tall")
    foot = _foot(kit, rng, span(rng, 0.12, 0.3))
    bent = chance(rng, 0.3)
    radius, thin = span(rng, 0.12, 0.32), span(rng, 0.012, 0.03)
    if bent:
        reach = span(rng, 0.2, 0.6)
        kit.add("pole", cylinder(thin, height - 0.2, segments=8))
        kit.add("pole", sweep(arc(reach / 2, 0.2, 0.5, 0.0, 9), thin, around=6), (reach / 2, height - 0.2, 0))
        shade = _shade(kit, rng, radius * 0.7, (reach, height - 0.25, 0), 0)
    else:
        kit.add("pole", cylinder(thin, height, segments=8))
        shade = _shade(kit, rng, radius, (0, height, 0), 0)
    return kit.finish([tall], [f"a {shade} shade", f"a {foot} foot", "an arched pole" if bent else ""], "standing lamp")


def desk_lamp(kit: Assembly, rng: np.random.Generator) -> Built:
    foot = _foot(kit, rng, span(rng, 0.12, 0.25))
    lower, upper = span(rng, 0.25, 0.5), span(rng, 0.2, 0.5)
    lean, bend = span(rng, -0.25, 0.1), span(rng, 0.15, 0.45)
    elbow = np.array([lean, lower, 0.0])
    head = elbow + np.array([bend, upper * span(rng, 0.2, 1.0), 0.0])
    thin = span(rng, 0.01, 0.025)
    kind = one_of(rng, "jointed", "goose-neck", "straight")
    if kind == "goose-neck":
        t = np.linspace(0, 1, 9)[:, None]
        curve = (1 - t) ** 2 * np.zeros(3) + 2 * t * (1 - t) * (elbow * (1, 2, 1)) + t * t * head
        kit.add("arm", sweep(curve, thin, around=6))
    elif kind == "jointed":
        kit.add("arm", rod((0, 0, 0), elbow.tolist(), thin))
        kit.add("arm", rod(elbow.tolist(), head.tolist(), thin))
        kit.add("arm", ball(thin * 2, thin * 2, thin * 2, 8), elbow.tolist())
    else:
        head = np.array([0.0, lower + upper * 0.5, 0.0])
        kit.add("arm", solid(smooth([(0.03, 0), (span(rng, 0.04, 0.14), lower * 0.5), (0.03, head[1])], 9), 12))
    tilt = 0.0 if kind == "straight" else span(rng, 10, 50)
    size = span(rng, 0.2, 0.3) if kind == "straight" else span(rng, 0.1, 0.2)
    shade = _shade(kit, rng, size, (float(head[0]), float(head[1]), 0), tilt)
    return kit.finish([kind], [f"a {shade} shade", f"a {foot} foot"], "table lamp")


def ceiling_lamp(kit: Assembly, rng: np.random.Generator) -> Built:
    kit.add("mount", cylinder(span(rng, 0.08, 0.15), 0.05), (0, -0.05, 0))
    drop, long = sized(rng, 0.25, 1.1, "short", "long")
    kit.add("cord", cylinder(0.015, drop, segments=6), (0, -drop, 0))
    arms = one_of(rng, 0, 0, 3, 4, 5, 6, 8)
    if arms == 0:
        shade = _shade(kit, rng, span(rng, 0.2, 0.45), (0, -drop, 0), 0)
        return kit.finish([], [f"one {shade} shade", f"a {long or 'medium'} cord"], "pendant lamp")
    reach = span(rng, 0.3, 0.6)
    curve = arc(reach, span(rng, 0.05, 0.3), 0.75, 1.0, 7)
    kit.ring("arm", place(sweep(curve, 0.02, around=6), (0, -drop, 0)), arms)
    up = chance(rng)
    cup = solid(smooth([(0.04, 0), (0.11, 0.08), (0.09, 0.2)], 5), 8)
    kit.ring("shade", place(cup, (reach, -drop, 0), rx=0 if up else 180), arms)
    hub = span(rng, 0.05, 0.14)
    kit.add("arm", ball(hub, hub, hub, 10), (0, -drop - 0.1, 0))
    return kit.finish(["branched"], [some(arms, "arm"), f"shades facing {'up' if up else 'down'}"], "chandelier")


def umbrella(kit: Assembly, rng: np.random.Generator) -> Built:
    radius, height = span(rng, 0.4, 0.8), span(rng, 0.7, 1.2)
    ribs = count(rng, 6, 10)
    if open_ := chance(rng, 0.8):
        rise = span(rng, 0.15, 0.45)
        kit.add("canopy", dome(radius, rise, ribs), (0, height - rise, 0))
        kit.add("canopy", dome(radius * 0.97, rise * 0.93, ribs), (0, height - rise, 0))
    else:
        kit.add("canopy", cylinder(0.12, height * 0.65, 0.03, ribs), (0, height * 0.35, 0))
    kit.add("pole", cylinder(0.018, height + 0.08, segments=8))
    grip = one_of(rng, "a hooked handle", "a straight handle", "a round foot", "a crossed foot")
    if "hook" in grip:
        kit.add("handle", sweep(arc(0.09, 0.09, 0.5, 1.0, 9), 0.025, around=6), (0.09, 0, 0))
    elif "straight" in grip:
        kit.add("handle", cylinder(0.035, 0.18, 0.028, 8), (0, -0.1, 0))
    elif "round" in grip:
        kit.add("base", cylinder(radius * 0.35, 0.06))
    else:
        kit.ring("base", rod((0, 0.02, 0), (radius * 0.45, 0.02, 0), 0.025), 4)
    return kit.finish(["open" if open_ else "closed"], [grip, some(ribs, "panel")], "parasol")


def tree(kit: Assembly, rng: np.random.Generator) -> Built:
    trunk, tall = sized(rng, 0.3, 1.0, "short-trunked", "long-trunked")
    thick = span(rng, 0.03, 0.1)
    kit.add("trunk", cylinder(thick, trunk + 0.2, thick * 0.6, 8))
    kind = one_of(rng, "conifer", "round", "cloudy", "palm", "bare")
    if kind == "conifer":
        tiers, wide = count(rng, 1, 5), span(rng, 0.25, 0.5)
        for i in range(tiers):
            r = wide * (1 - 0.8 * i / tiers)
            kit.add("crown", cylinder(r, 1.1 / tiers, r * 0.1, 10), (0, trunk + 0.75 * i / tiers, 0))
        said = f"{some(tiers, 'tier')} of needles"
    elif kind == "round":
        size = span(rng, 0.3, 0.5)
        kit.add("crown", ball(size, size * span(rng, 0.7, 1.5), size), (0, trunk + size * 0.8, 0))
        said = "one round crown"
    elif kind == "cloudy":
        clumps = count(rng, 4, 9)
        for _ in range(clumps):
            r = span(rng, 0.12, 0.28)
            at = (span(rng, -0.3, 0.3), trunk + span(rng, 0.1, 0.6), span(rng, -0.3, 0.3))
            kit.add("crown", ball(r, r * 0.8, r, 9), at)
        said = "a crown in clumps"
    else:
        n = count(rng, 5, 9)
        if kind == "palm":
            limb = sweep(arc(0.5, 0.3, 0.25, -0.02, 7), 0.06, scale=np.linspace(0.6, 0.2, 7), around=4)
            kit.ring("crown", place(limb, (0, trunk - 0.1, 0)), n)
            said = some(n, "frond")
        else:
            for i in range(n):
                foot = trunk * span(rng, 0.5, 1.1)
                tip = (span(rng, 0.2, 0.5), foot + span(rng, 0.2, 0.6), 0.0)
                kit.ring("branch", rod((0, foot, 0), tip, thick * 0.5, 0.3), 1, i / n)
            said = some(n, "bare branch", "bare branches")
    return kit.finish([tall, kind], [said], "plant")


def coat_stand(kit: Assembly, rng: np.random.Generator) -> Built:
    height, thick = span(rng, 1.2, 1.8), span(rng, 0.018, 0.04)
    kit.add("pole", cylinder(thick, height, segments=8))
    hooks, rows = count(rng, 3, 6), count(rng, 1, 2)
    for i in range(rows):
        tip = (span(rng, 0.1, 0.22), height - 0.3 * i, 0)
        kit.ring("hook", rod((0, height - 0.12 - 0.3 * i, 0), tip, 0.015), hooks, 0.1 * i)
    feet = one_of(rng, 0, 3, 4)
    reach = span(rng, 0.18, 0.3)
    if feet:
        kit.ring("foot", rod((reach, 0, 0), (0, span(rng, 0.1, 0.35), 0), 0.02), feet)
    else:
        kit.add("foot", cylinder(reach, 0.04))
    if ball_on_top := chance(rng):
        kit.add("pole", ball(0.05, 0.05, 0.05, 8), (0, height, 0))
    stand = some(feet, "foot", "feet") if feet else "a round foot"
    return kit.finish([], [some(hooks * rows, "hook"), stand, "a knob on top" if ball_on_top else ""], "hat stand")


def candlestick(kit: Assembly, rng: np.random.Generator) -> Built:
    stem, base = span(rng, 0.1, 0.8), span(rng, 0.2, 0.4)
    kit.add("base", cylinder(base, 0.06, base * 0.5))
    swell = np.array([0.05, span(rng, 0.04, 0.12), 0.04, span(rng, 0.04, 0.12), 0.06])
    arms = one_of(rng, 0, 0, 2, 3, 4, 6)
    kit.add("stem", lathe(np.stack([swell, np.linspace(0, stem, 5)], axis=1), 10))
    candle, thick = span(rng, 0.15, 0.7), span(rng, 0.04, 0.09)
    light = cylinder(thick, candle, thick * 0.9, 10)
    dish = cylinder(0.06, 0.06, 0.13, 12)
    if arms:
        reach = span(rng, 0.25, 0.45)
        kit.ring("stem", place(sweep(arc(reach, 0.2, 0.75, 1.0, 6), 0.025, around=6), (0, stem, 0)), arms)
        kit.ring("dish", place(dish, (reach, stem, 0)), arms)
        kit.ring("candle", place(light, (reach, stem + 0.06, 0)), arms)
    kit.add("dish", dish, (0, stem, 0))
    kit.add("candle", light, (0, stem + 0.06, 0))
    size = "a long candle" if candle > 0.45 else "a short candle"
    return kit.finish([], [some(arms + 1, "candle") if arms else size, "a round base"], "candle holder")


def fan(kit: Assembly, rng: np.random.Generator) -> Built:
    height, tall = sized(rng, 0.2, 1.2, "desk-top", "standing")
    radius, blades = span(rng, 0.25, 0.45), count(rng, 3, 6)
    kit.add("base", cylinder(span(rng, 0.2, 0.32), 0.05, 0.12))
    kit.add("pole", cylinder(0.03, height, segments=8))
    blade = place(box(radius * 0.75, 0.015, radius * 0.45), (radius * 0.55, 0, 0), rx=25)
    head = (0.0, height + radius * 0.7, 0.06)
    turned = place(cylinder(0.07, 0.18, segments=10), (0, -0.12, 0))
    kit.add("motor", turned, head, rx=90)
    for i in range(blades):
        kit.add("blade", place(blade, ry=360 * i / blades), head, rx=90)
    if caged := chance(rng, 0.7):
        kit.add("cage", torus(radius, 0.015, 24, 5), head, rx=90)
        for i in range(count(rng, 4, 10)):
            kit.add("cage", place(torus(radius, 0.007, 20, 4), rz=90, ry=18.0 * i), head, rx=90)
    return kit.finish([tall], [some(blades, "blade"), "a wire cage" if caged else "no cage"], "ventilator")


BUILDERS = (floor_lamp, desk_lamp, ceiling_lamp, umbrella, tree, coat_stand, candlestick, fan)
