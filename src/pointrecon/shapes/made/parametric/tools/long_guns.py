"""Rifles, shotguns and submachine guns, muzzle along +z."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, place
from pointrecon.shapes.made.parametric.devices.casings import side_view
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, span
from pointrecon.shapes.made.parametric.meshes import ball, box, cylinder, rod, sweep, torus
from pointrecon.shapes.made.parametric.tools.gun_parts import (
    gun_barrel,
    gun_grip,
    magazine,
    shoulder_stock,
    telescopic_sight,
    trigger_guard,
)


def rifle(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "hunting", "assault", "assault", "assault", "musket", "lever-action", "sniper", "bullpup")
    width, extras = span(rng, 0.07, 0.1), []
    if kind in ("hunting", "musket", "lever-action", "sniper"):
        long = {"musket": span(rng, 1.2, 1.7)}.get(kind, span(rng, 0.8, 1.2))
        pistol_grip = kind == "sniper" and chance(rng, 0.6)
        shoulder_stock(rng, kit, "solid" if pistol_grip else "wooden", -0.2, 0.0, width)
        fore = long * (span(rng, 0.8, 0.92) if kind == "musket" else span(rng, 0.35, 0.55))
        kit.add(
            "stock",
            side_view([-0.22, 0.1, fore], [-0.09, -0.09, -0.04], [0.05, 0.05, 0.03], [width, width, width * 0.6]),
        )
        kit.add("barrel", gun_barrel(-0.15, long, span(rng, 0.025, 0.038), 0.05, span(rng, 0.7, 1.0)))
        kit.add("receiver", box(width * 0.9, 0.1, 0.4), (0, 0.0, 0.0))
        trigger_guard(kit, 0.2, 0.09, (0, -0.08, -0.08))
        if pistol_grip:
            kit.add("stock", gun_grip(0.24, 0.1, width * 0.9, 18), (0, -0.06, -0.22))
        if kind == "musket":
            kit.add(
                "receiver", sweep([(0, 0, 0), (0, 0.1, -0.04), (0, 0.13, 0.05)], 0.018, (1, 0, 0)), (0.05, 0.05, -0.12)
            )
            if blade := chance(rng, 0.5):
                kit.add("bayonet", box(0.015, 0.04, 0.45, (1, 1)), (0.0, 0.0, long + 0.2))
            extras = ["a bayonet" if blade else "", "a long wooden stock"]
        elif kind == "lever-action":
            loop = np.array([(0, 0, 0), (0, -0.14, -0.02), (0, -0.14, -0.22), (0, -0.02, -0.26)])
            kit.add("lever", sweep(loop, 0.016, (1, 0, 0)), (0, -0.08, 0.02))
            kit.add("barrel", gun_barrel(0.1, long * 0.95, 0.026, -0.005))
            extras = ["a loop lever", "a tube below the barrel"]
        else:
            kit.add("receiver", rod((0.03, 0.06, -0.08), (0.13, 0.0, -0.12), 0.014))
            kit.add("receiver", ball(0.025, 0.025, 0.025, 8), (0.14, 0.0, -0.12))
            scope = kind == "sniper" or chance(rng, 0.5)
            if scope:
                telescopic_sight(kit, 0.1, 0.0, span(rng, 0.35, 0.6))
            box_there = chance(rng, 0.5)
            if box_there:
                kit.add("magazine", magazine(span(rng, 0.08, 0.2), 0.16, width * 0.7, 0.0), (0, -0.08, 0.14))
            extras = ["a scope" if scope else "open sights", "a magazine" if box_there else ""]
            if kind == "sniper" and chance(rng, 0.7):
                kit.pair("bipod", rod((0.02, 0, fore), (0.16, -0.38, fore + 0.05), 0.014))
                extras.append("a bipod")
        return kit.finish([kind], extras, "long gun", "gun")
    tall, long = span(rng, 0.14, 0.2), span(rng, 0.45, 0.7)
    barrel = span(rng, 0.3, 0.6)
    kit.add("receiver", side_view([-0.3, -0.22, 0.3], [-0.04, -tall / 2, -tall / 2], [0.05, tall / 2, tall / 2], width))
    guard = 0.3 + span(rng, 0.25, 0.4)
    kit.add(
        "receiver",
        (box(width * 1.05, 0.13, guard - 0.3))
        if chance(rng)
        else place(cylinder(width * 0.62, guard - 0.3, segments=8), (0, 0.06, -(guard - 0.3) / 2), rx=90),
        (0, -0.06, (guard + 0.3) / 2),
    )
    kit.add("barrel", gun_barrel(0.3, guard + barrel, 0.022, 0.01))
    kit.add("barrel", gun_barrel(guard + barrel - 0.08, guard + barrel + 0.04, 0.034, 0.01))
    kit.add("barrel", box(0.02, 0.13, 0.05, (1, 0.5)), (0, 0.0, guard + barrel * span(rng, 0.1, 0.7)))
    butt = "solid" if kind == "bullpup" else one_of(rng, "wooden", "skeleton", "sliding", "solid")
    shoulder_stock(rng, kit, butt, -0.28, 0.0, width)
    kit.add(
        "grip",
        gun_grip(0.27, 0.11, width * 0.8, span(rng, 10, 25)),
        (0, -tall / 2 + 0.02, 0.22 if kind == "bullpup" else -0.16),
    )
    trigger_guard(kit, 0.18, 0.09, (0, -tall / 2, 0.36 if kind == "bullpup" else 0.0))
    bend = one_of(rng, 0.0, 0.05, span(rng, 0.1, 0.18))
    kit.add(
        "magazine",
        magazine(span(rng, 0.25, 0.42), 0.14, width * 0.65, bend),
        (0, -tall / 2 + 0.03, -0.35 if kind == "bullpup" else 0.2),
    )
    top = one_of(rng, "a carrying handle", "a scope", "iron sights", "a rail")
    if top == "a carrying handle":
        grip = np.array([(0, 0, -0.2), (0, 0.1, -0.16), (0, 0.1, 0.12), (0, 0, 0.2)])
        kit.add("sight", sweep(grip, 0.025, (1, 0, 0)), (0, tall / 2, 0))
    elif top == "a scope":
        telescopic_sight(kit, tall / 2, 0.0, span(rng, 0.25, 0.5))
    elif top == "a rail":
        for i in range(12):
            kit.add("sight", box(width * 0.4, 0.025, 0.02), (0, tall / 2, -0.25 + 0.06 * i))
    else:
        kit.add("sight", box(0.02, 0.06, 0.04), (0, tall / 2, -0.15))
    extra = one_of(rng, "", "", "a front grip", "a grenade launcher", "a bayonet")
    if extra == "a front grip":
        kit.add("receiver", cylinder(0.03, 0.2), (0, -0.26, guard - 0.12))
    elif extra == "a grenade launcher":
        kit.add("receiver", gun_barrel(0.32, guard + 0.1, 0.05, -0.12))
    elif extra:
        kit.add("barrel", box(0.012, 0.035, 0.35), (0, -0.05, guard + barrel + 0.05))
    return kit.finish(
        [kind],
        [f"a {butt} stock", "a curved magazine" if bend > 0.08 else "a straight magazine", top, extra],
        "automatic weapon",
        "gun",
    )


def shotgun(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "side-by-side", "over-and-under", "pump-action", "sawn-off")
    long = span(rng, 0.4, 0.55) if kind == "sawn-off" else span(rng, 0.85, 1.25)
    r = span(rng, 0.032, 0.042)
    if kind in ("side-by-side", "sawn-off"):
        kit.pair("barrel", gun_barrel(0, long, r, 0.04), (r, 0, 0))
    else:
        kit.add("barrel", gun_barrel(0, long, r, 0.05))
        kit.add("barrel", gun_barrel(0, long * (1.0 if kind[0] == "o" else span(rng, 0.6, 0.95)), r, 0.05 - 2 * r))
    kit.add("receiver", side_view([-0.22, -0.12, 0.06], [-0.06, -0.09, -0.09], [0.03, 0.09, 0.09], 0.1))
    at = long * span(rng, 0.35, 0.5)
    kit.add("forend", side_view([at - 0.17, at + 0.17], [-0.1, -0.08], [0.0, 0.0], 0.1))
    if short := kind == "sawn-off" or chance(rng, 0.15):
        kit.add("grip", gun_grip(0.3, 0.12, 0.08, 35), (0, 0.02, -0.2))
    else:
        shoulder_stock(rng, kit, "wooden", -0.2, 0.0, 0.09)
    trigger_guard(kit, 0.2, 0.09, (0, -0.08, -0.06))
    return kit.finish(
        [kind],
        ["a pistol grip" if short else "a shoulder stock", "two barrels" if kind[0] in "so" else "a pump"],
        "gun",
        "long gun",
    )


def submachine_gun(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "drum-fed", "boxy", "boxy", "compact", "tubular", "futuristic")
    width = span(rng, 0.08, 0.12)
    long = span(rng, 0.5, 0.75)
    front = long / 2
    if kind in ("tubular", "drum-fed"):
        kit.add("receiver", gun_barrel(-front, front, width * 0.6, 0.0))
        if kind == "drum-fed":
            kit.add("receiver", box(width, 0.14, long * 0.8), (0, -0.12, -0.05))
    else:
        kit.add("receiver", box(width, span(rng, 0.16, 0.24), long, (0.85, 1.0)), (0, -0.1, 0))
    barrel = span(rng, 0.1, 0.45)
    kit.add("barrel", gun_barrel(front - 0.02, front + barrel, 0.03, 0.0))
    holes = one_of(rng, "", "cooling rings", "a silencer")
    if holes == "cooling rings":
        for i in range(count(rng, 5, 9)):
            kit.add("barrel", torus(0.04, 0.01, 10, 4), (0, 0, front + 0.03 + i * barrel * 0.09), rx=90)
    elif holes:
        kit.add("barrel", gun_barrel(front + barrel * 0.4, front + barrel + 0.35, 0.052, 0.0))
    in_grip = kind == "boxy"
    lean = 2.0 if in_grip else span(rng, 8, 22)
    kit.add("grip", gun_grip(0.32, 0.14, width * 0.9, lean), (0, -0.06, 0.0 if in_grip else -front * 0.5))
    trigger_guard(kit, 0.18, 0.1, (0, -0.12, 0.16 if in_grip else -front * 0.5 + 0.17))
    if kind == "drum-fed" and chance(rng, 0.7):
        size = span(rng, 0.16, 0.22)
        kit.add("magazine", cylinder(size, 0.16, segments=20), (0, -0.16 - size * 0.7, front * 0.45 - 0.08), rx=90)
        said = "a drum magazine"
    elif kind == "tubular" and chance(rng):
        kit.add("magazine", place(magazine(0.42, 0.12, 0.06, 0.0), rz=90 * one_of(rng, 1, -1)), (0, 0, front * 0.5))
        said = "a magazine at its side"
    elif kind == "futuristic":
        kit.add("magazine", box(width * 0.7, 0.07, long * 0.9), (0, 0.12, -0.02))
        said = "a magazine on top"
    else:
        bend = span(rng, 0.0, 0.16)
        at = 0.0 if in_grip else front * span(rng, 0.3, 0.6)
        kit.add("magazine", magazine(span(rng, 0.4, 0.6), 0.11, width * 0.55, 0.0 if in_grip else bend), (0, -0.06, at))
        said = "the magazine in the grip" if in_grip else "a curved magazine" if bend > 0.08 else "a straight magazine"
    butt = one_of(rng, "no", "skeleton", "wooden", "sliding") if kind != "futuristic" else "solid"
    butt = "wooden" if kind == "drum-fed" and chance(rng, 0.7) else butt
    if butt != "no":
        shoulder_stock(rng, kit, butt, -front + 0.02, 0.0, width)
    fore = one_of(rng, "", "a front grip", "a hand guard")
    if fore == "a front grip":
        kit.add("grip", gun_grip(0.22, 0.1, 0.07, 5), (0, -0.05, front + 0.02))
    elif fore:
        kit.add("grip", box(width, 0.1, min(barrel, 0.3)), (0, -0.11, front + min(barrel, 0.3) / 2))
    kit.add("sight", box(0.02, 0.09, 0.04), (0, 0.04, front - 0.03))
    kit.add("sight", box(0.05, 0.07, 0.03), (0, 0.05, -front * 0.7))
    return kit.finish(
        [kind], [said, f"{'a ' if butt != 'no' else ''}{butt} stock", fore, holes], "machine pistol", "gun"
    )


BUILDERS = (rifle, shotgun, submachine_gun)
