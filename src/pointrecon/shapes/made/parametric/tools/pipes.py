"""Pipe fittings and shafts: elbow, tee, cross, reducer, flange, valve, pulley, crankshaft."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, sized, some, span
from pointrecon.shapes.made.parametric.meshes import Mesh, arc, ball, box, cylinder, lathe, rod, sweep, torus, tube


def collar(rng: np.random.Generator, radius: float) -> tuple[Mesh | None, str]:
    """An end piece around y = 0 for a pipe of this radius, and what it is called."""
    kind = one_of(rng, "plain", "socket", "flanged", "threaded", "hexagonal")
    wide = span(rng, 1.2, 1.4)
    if kind == "plain":
        return None, kind
    if kind == "flanged":
        return tube(radius * span(rng, 1.6, 2.2), radius * 0.8, radius * 0.3), kind
    if kind == "threaded":
        zigzag = [(radius * (1.0 if i % 2 else 1.12), radius * 0.1 * i) for i in range(9)]
        return lathe([(radius * 0.8, 0), *zigzag, (radius * 0.8, radius * 0.8)]), kind
    return tube(radius * wide, radius * 0.8, radius * span(rng, 0.4, 0.9), 6 if kind == "hexagonal" else 18), kind


def _bend(radius: float, reach: float, degrees: float) -> tuple[Mesh, Mesh]:
    path = arc(reach, reach, 0.5, 0.5 - degrees / 360, 11)
    outer = sweep(path, radius, around=14)
    inner = sweep(path, radius * 0.8, around=14)
    return outer, Mesh(inner.vertices, inner.faces[:, ::-1])


def pipe_elbow(kit: Assembly, rng: np.random.Generator) -> Built:
    degrees = one_of(rng, 45, 90, 90, 90, 135, 180)
    radius, reach = span(rng, 0.12, 0.3), span(rng, 0.35, 0.8)
    for skin in _bend(radius, reach, degrees):
        kit.add("bend", skin, (reach, 0, 0))
    stub = span(rng, 0.05, 0.8)
    kit.add("pipe", tube(radius, radius * 0.8, stub), (0, -stub, 0))
    turn = np.deg2rad(degrees)
    tip = (float(reach - reach * np.cos(turn)), float(reach * np.sin(turn)), 0.0)
    kit.add("pipe", tube(radius, radius * 0.8, stub), tip, rz=-degrees)
    ends, kind = collar(rng, radius)
    if ends is not None:
        kit.add("collar", ends, (0, -stub, 0))
        end = (tip[0] + stub * np.sin(turn), tip[1] + stub * np.cos(turn), 0.0)
        kit.add("collar", ends, end, rz=180 - degrees)
    facts = [f"{kind} ends", "long legs" if stub > 0.45 else "short legs"]
    return kit.finish([f"{degrees}-degree"], facts, "pipe bend")


def _branches(kit: Assembly, rng: np.random.Generator, angles: list[float]) -> str:
    radius, ends = span(rng, 0.12, 0.26), collar(rng, 0.2)
    kind = ends[1]
    for i, degrees in enumerate(angles):
        r = radius * (span(rng, 0.55, 1.0) if i == len(angles) - 1 else 1.0)
        long = span(rng, 0.4, 0.9)
        turn = np.deg2rad(degrees)
        end = np.array([-np.sin(turn), np.cos(turn), 0.0])
        kit.add("branch" if i > 1 else "run", tube(r, r * 0.8, long), rz=degrees)
        if ends[0] is not None:
            scaled = Mesh(ends[0].vertices * (r / 0.2), ends[0].faces)
            kit.add("collar", scaled, (end * long).tolist(), rz=degrees + 180)
    kit.add("run", ball(radius, radius, radius, 12))
    return kind


def pipe_tee(kit: Assembly, rng: np.random.Generator) -> Built:
    slanted = chance(rng, 0.35)
    third = span(rng, 30, 65) if slanted else 90.0
    kind = _branches(kit, rng, [90.0, 270.0, 0.0] if not slanted else [90.0, 270.0, third])
    return kit.finish(["slanted" if slanted else "straight"], [f"three {kind} ends"], "three-way pipe fitting")


def pipe_cross(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = _branches(kit, rng, [90.0, 270.0, 0.0, 180.0])
    return kit.finish([], [f"four {kind} ends"], "four-way pipe fitting")


def pipe_reducer(kit: Assembly, rng: np.random.Generator) -> Built:
    wide, thin = span(rng, 0.3, 0.55), span(rng, 0.12, 0.28)
    a, b, c = span(rng, 0.1, 0.5), span(rng, 0.1, 0.5), span(rng, 0.1, 0.5)
    kit.add("wide end", tube(wide, wide * 0.88, a))
    shift = span(rng, 0, wide - thin) if chance(rng, 0.3) else 0.0
    taper = lathe([(wide * 0.88, 0), (wide, 0), (thin, b), (thin * 0.85, b)], wrap=True)
    taper.vertices[:, 0] += shift * taper.vertices[:, 1] / b
    kit.add("taper", taper, (0, a, 0))
    kit.add("narrow end", tube(thin, thin * 0.85, c), (shift, a + b, 0))
    ends, kind = collar(rng, wide)
    if ends is not None:
        kit.add("collar", ends)
    return kit.finish(["eccentric" if shift else "concentric"], [f"a {kind} wide end", "a narrow end"], "pipe adapter")


def flange(kit: Assembly, rng: np.random.Generator) -> Built:
    bore, thick = span(rng, 0.2, 0.55), span(rng, 0.08, 0.25)
    square = chance(rng, 0.15)
    kit.add("plate", tube(1, bore, thick, 4 if square else 24), ry=45)
    neck, kind = sized(rng, 0.05, 1.0, "slip-on", "long-necked", "necked")
    kit.add("neck", tube(bore + span(rng, 0.06, 0.15), bore, neck), (0, thick, 0))
    bolts = one_of(rng, 4, 4, 6, 8, 8, 12)
    middle = (1 + bore) / 2 + 0.08
    size = span(rng, 0.05, 0.09)
    studs = chance(rng, 0.6)
    peg = cylinder(size, span(rng, 0.06, 0.2), segments=6) if studs else torus(size, 0.02, 10, 5)
    kit.ring("bolt", place(peg, (middle, thick, 0)), bolts, 0.125 if square else 0.0)
    if blind := chance(rng, 0.15):
        kit.add("plate", cylinder(bore, thick * 0.8))
    said = f"{some(bolts, 'bolt')}" if studs else f"{some(bolts, 'bolt hole')}"
    return kit.finish([kind, "square" if square else ""], [said, "a closed bore" if blind else ""], "pipe flange")


def valve(kit: Assembly, rng: np.random.Generator) -> Built:
    radius, half = span(rng, 0.14, 0.26), span(rng, 0.35, 0.7)
    kit.add("body", tube(radius, radius * 0.8, 2 * half), (half, 0, 0), rz=90)
    kind = one_of(rng, "gate", "ball", "globe")
    if kind != "gate":
        kit.add("body", ball(radius * 1.5, radius * 1.4, radius * 1.5))
    else:
        kit.add("body", box(radius * 1.6, radius * 2.6, radius * 2.2), (0, -radius, 0))
    ends, end = collar(rng, radius)
    if ends is not None:
        kit.pair("end", ends, (half, 0, 0), rz=90)
    stem = span(rng, 0.25, 0.7)
    kit.add("stem", cylinder(radius * 0.8, stem * 0.5, radius * 0.4), (0, radius, 0))
    kit.add("stem", cylinder(0.04, stem, segments=8), (0, radius, 0))
    top = radius + stem
    if kind == "ball" or chance(rng, 0.2):
        long = span(rng, 0.35, 0.7)
        kit.add("handle", box(long, 0.05, 0.1), (long * 0.4, top, 0), ry=one_of(rng, 0, 90))
        said = "a lever handle"
    else:
        wheel = span(rng, 0.2, 0.38)
        kit.add("handle", torus(wheel, 0.035, 20, 6), (0, top, 0))
        spokes = count(rng, 3, 5)
        kit.ring("handle", rod((0, top, 0), (wheel, top, 0), 0.025), spokes)
        said = "a hand wheel"
    return kit.finish([kind], [said, f"{end} ends"], "stopcock")


def faucet(kit: Assembly, rng: np.random.Generator) -> Built:
    height, tall = sized(rng, 0.3, 1.0, "low", "tall")
    thick, reach = span(rng, 0.05, 0.1), span(rng, 0.35, 0.7)
    kit.add("base", cylinder(span(rng, 0.12, 0.2), 0.08, 0.1))
    kit.add("body", cylinder(thick * 1.3, height * 0.6, thick))
    if angular := chance(rng, 0.35):
        path = np.array([(0, 0, 0), (0, height, 0), (0, height, reach), (0, height - 0.15, reach)])
        kit.add("spout", sweep(path, thick * 0.8, (1, 0, 0)))
    else:
        bow = arc(reach / 2, span(rng, 0.15, 0.35), 0.5, 0.0, 9)
        kit.add("spout", sweep(bow, thick * 0.8), (0, height * 0.7, reach / 2), ry=-90)
        kit.add("body", cylinder(thick * 0.8, height * 0.7))
    style = one_of(rng, "one lever", "two cross handles", "two round knobs")
    if style == "one lever":
        kit.add("handle", rod((0, height * 0.55, 0), (span(rng, 0.2, 0.35), height * 0.7, 0), 0.035))
    else:
        grip = ball(0.1, 0.07, 0.1, 10) if "round" in style else box(0.22, 0.05, 0.05)
        apart = span(rng, 0.22, 0.4)
        kit.pair("handle", grip, (apart, 0.25, 0))
        kit.pair("handle", cylinder(0.05, 0.25, segments=8), (apart, 0, 0))
        kit.add("base", box(2 * apart, 0.06, 0.15))
    return kit.finish([tall, "angular" if angular else "curved"], [style, "a spout"], "water tap")


def pulley(kit: Assembly, rng: np.random.Generator) -> Built:
    thick, grooves = span(rng, 0.25, 0.8), count(rng, 1, 4)
    deep, bore = span(rng, 0.1, 0.3), span(rng, 0.12, 0.25)
    y = np.linspace(-thick / 2, thick / 2, 2 * grooves + 1)
    rim = np.stack([np.where(np.arange(2 * grooves + 1) % 2, 1 - deep, 1.0), y], axis=1)
    kit.add("rim", lathe([(bore, -thick / 2), *rim, (bore, thick / 2)], 24, wrap=True))
    if hub := chance(rng):
        kit.add("hub", tube(bore + 0.15, bore, thick + span(rng, 0.3, 0.8)), (0, -thick / 2, 0))
    if fork := chance(rng, 0.3):
        kit.pair("fork", box(0.2, 0.04, 1.6), (0, thick / 2 + 0.04, 0.6), axis=1)
        kit.add("fork", box(0.2, thick + 0.12, 0.08), (0, -thick / 2 - 0.06, 1.4))
    return kit.finish([], [some(grooves, "groove"), "a hub" if hub else "", "a fork" if fork else ""], "belt wheel")


def stepped_shaft(kit: Assembly, rng: np.random.Generator) -> Built:
    steps = count(rng, 3, 7)
    y = 0.0
    for i in range(steps):
        radius, long = span(rng, 0.08, 0.26), span(rng, 0.12, 0.6)
        kit.add("journal" if i % 2 else "shoulder", cylinder(radius, long), (0, y, 0))
        y += long
    extra = one_of(rng, "", "a key", "a gear on it", "a disc on it")
    if extra == "a key":
        kit.add("key", box(0.08, y * 0.2, 0.3), (0, y * 0.1, 0))
    elif extra == "a gear on it":
        kit.ring("gear", place(box(0.1, 0.15, 0.07), (0.36, y * 0.6, 0)), 14)
        kit.add("gear", cylinder(0.34, 0.15), (0, y * 0.6, 0))
    elif extra:
        kit.add("disc", cylinder(span(rng, 0.35, 0.6), 0.08, segments=20), (0, y * span(rng, 0.2, 0.8), 0))
    return kit.finish(["long" if y > 1.9 else "short" if y < 1.1 else ""], [some(steps, "step"), extra], "axle")


BUILDERS = (pipe_elbow, pipe_tee, pipe_cross, pipe_reducer, flange, valve, faucet, pulley, stepped_shaft)
