"""Pistols: automatic, revolving, flintlock, toy and pocket ones, muzzle along +z."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, place
from pointrecon.shapes.made.parametric.devices.casings import side_view
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span
from pointrecon.shapes.made.parametric.meshes import ball, box, cylinder, lathe, rod, sweep, torus
from pointrecon.shapes.made.parametric.tools.gun_parts import gun_barrel, gun_grip, side_view_down, trigger_guard


def _flintlock(kit: Assembly, rng: np.random.Generator, long: float) -> Built:
    kit.add("barrel", gun_barrel(-0.1, long, 0.055, 0.06, span(rng, 0.8, 1.6)))
    if double := chance(rng, 0.15):
        kit.add("barrel", gun_barrel(-0.1, long, 0.05, 0.16))
    drop = span(rng, 0.3, 0.5)
    z = np.array([-0.55, -0.5, -0.42, -0.3, -0.15, 0.0, 0.3, long * 0.85])
    middle = -drop * np.array([1.15, 0.95, 0.7, 0.35, 0.1, 0.02, 0.0, 0.0])
    half = np.array([0.1, 0.08, 0.075, 0.07, 0.075, 0.08, 0.06, 0.04])
    kit.add("stock", side_view(z, middle - half, middle + half, [0.1, 0.11, 0.1, 0.1, 0.11, 0.11, 0.1, 0.06]))
    kit.add("stock", ball(0.08, 0.09, 0.09, 10), (0, -drop * 1.2, -0.56))
    kit.add("lock", box(0.04, 0.09, 0.28), (0.06, -0.03, -0.02))
    kit.add(
        "lock",
        sweep([(0, 0, 0), (0, 0.1, -0.05), (0, 0.17, 0.03), (0, 0.14, 0.09)], 0.022, (1, 0, 0)),
        (0.07, 0.02, -0.1),
    )
    trigger_guard(kit, 0.24, 0.11, (0, -0.07, 0.0))
    if rod_there := chance(rng, 0.6):
        kit.add("ramrod", rod((0, -0.05, 0.2), (0, -0.05, long * 0.98), 0.014))
    facts = ["two barrels" if double else "one barrel", "a curved wooden grip", "a ramrod" if rod_there else ""]
    return kit.finish(["flintlock", "old"], facts, "handgun", "gun")


def pistol(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "automatic", "automatic", "automatic", "revolver", "revolver", "flintlock", "toy", "short")
    if kind == "flintlock":
        return _flintlock(kit, rng, span(rng, 0.5, 0.9))
    width, lean = span(rng, 0.09, 0.15), span(rng, 4, 24)
    high, deep = span(rng, 0.4, 0.58), span(rng, 0.2, 0.28)
    facts = []
    if kind == "automatic":
        long, tall = span(rng, 0.75, 1.15), span(rng, 0.13, 0.19)
        kit.add("slide", box(width, tall, long, (span(rng, 0.6, 1.0), 1.0)), (0, 0.02, long / 2 - deep * 0.7))
        front = long - deep * 0.7
        under = span(rng, 0.5, 0.95)
        kit.add("frame", box(width * 0.9, 0.12, long * under), (0, -0.09, long * under / 2 - deep * 0.7))
        kit.add(
            "grip",
            gun_grip(high, deep, width * span(rng, 0.85, 1.1), lean, span(rng, 0.95, 1.2)),
            (0, -0.04, -deep * 0.15),
        )
        kit.add("barrel", gun_barrel(front - 0.05, front + span(rng, 0.01, 0.12), width * 0.28, 0.02 + tall / 2))
        kit.add("slide", box(0.02, 0.03, 0.05), (0, tall + 0.01, front - 0.06))
        kit.pair("slide", box(0.02, 0.03, 0.04), (0.03, tall + 0.01, -deep * 0.6))
        for i in range(count(rng, 0, 6)):
            kit.add("slide", box(width * 1.05, tall * 0.7, 0.012), (0, 0.04, -deep * 0.6 + 0.03 * i))
        if hammer := chance(rng, 0.5):
            kit.add("frame", box(0.03, 0.1, 0.05), (0, 0.0, -deep * 0.75), rx=-25)
        trigger_guard(kit, 0.26, span(rng, 0.12, 0.17), (0, -0.07, deep * 0.75 + 0.03))
        extra = one_of(rng, "", "", "a silencer", "a flashlight", "a long magazine")
        if extra == "a silencer":
            kit.add("barrel", gun_barrel(front, front + span(rng, 0.3, 0.7), width * 0.5, 0.02 + tall / 2))
        elif extra == "a flashlight":
            kit.add("barrel", gun_barrel(front - 0.3, front, width * 0.4, -0.14))
        elif extra:
            kit.add(
                "grip", gun_grip(high + span(rng, 0.15, 0.4), deep * 0.7, width * 0.6, lean), (0, -0.04, -deep * 0.15)
            )
        facts = ["a slide", "a hammer" if hammer else "", extra]
    elif kind == "revolver":
        long, thick = span(rng, 0.25, 0.9), span(rng, 0.035, 0.055)
        drum = span(rng, 0.11, 0.15)
        kit.add(
            "frame",
            side_view([-0.22, -0.15, 0.0, 0.3], [-0.1, -0.14, -0.12, -0.1], [0.02, 0.18, 0.2, 0.2], width * 0.6),
        )
        kit.add("cylinder", cylinder(drum, 0.24, segments=12), (0, 0.04, 0.03), rx=90)
        for i in range(6):
            turned = place(place(cylinder(drum * 0.28, 0.25, segments=7), rx=90), (0, drum * 0.78, 0))
            kit.add("cylinder", place(turned, rz=60 * i), (0, 0.04, 0.02))
        kit.add("barrel", gun_barrel(0.28, 0.3 + long, thick, 0.12))
        if rib := chance(rng, 0.6):
            kit.add(
                "barrel", box(thick * 1.2, 0.09, long * span(rng, 0.3, 0.95), (1, 0.9)), (0, 0.02, 0.3 + long * 0.45)
            )
        kit.add("barrel", box(0.016, 0.06, 0.06, (1, 0.5)), (0, 0.12 + thick * 0.8, 0.26 + long))
        kit.add("hammer", box(0.03, 0.12, 0.05), (0, 0.13, -0.18), rx=-30)
        z = np.linspace(0, 1, 6)
        back = -0.22 - high * (0.55 * z + 0.15 * np.sin(np.pi * z))
        grip = side_view_down(
            0.05 + z * high * 0.85, back, back + np.array([0.24, 0.2, 0.2, 0.22, 0.25, 0.22]) + 0.02, width
        )
        kit.add("grip", grip, (0, 0.02, 0.12))
        trigger_guard(kit, 0.26, 0.14, (0, -0.11, 0.08))
        facts = [
            "a revolving cylinder",
            "a long barrel" if long > 0.55 else "a short barrel",
            "a rib below the barrel" if rib else "",
        ]
    elif kind == "toy":
        long = span(rng, 0.5, 0.8)
        s = np.linspace(0, 1, 7)
        bulge = span(rng, 0.1, 0.2) * np.array([0.5, 1.0, 1.1, 1.0, 0.8, 0.45, 0.3])
        kit.add(
            "body", place(lathe([(0, 0), *zip(bulge, s * long, strict=True), (0, long)], 14), (0, 0.08, -0.15), rx=90)
        )
        rings = count(rng, 1, 4)
        for i in range(rings):
            kit.add("ring", torus(span(rng, 0.08, 0.2), 0.025, 14, 6), (0, 0.08, long - 0.25 + i * 0.08), rx=90)
        kit.add("barrel", rod((0, 0.08, long - 0.2), (0, 0.08, long + 0.15), 0.03))
        kit.add("barrel", ball(0.05, 0.05, 0.05, 8), (0, 0.08, long + 0.15))
        kit.add("grip", gun_grip(high * 0.9, deep * 0.9, width, lean, 1.1), (0, 0.0, 0.0))
        trigger_guard(kit, 0.22, 0.12, (0, -0.03, 0.2))
        if fin := chance(rng, 0.5):
            kit.add("ring", box(0.03, 0.14, 0.3, (1, 0.4)), (0, 0.2, 0.0))
        return kit.finish(
            ["toy"], [some(rings, "ring"), "a ball at the muzzle", "a fin" if fin else ""], "ray gun", "gun"
        )
    else:
        long = span(rng, 0.3, 0.45)
        for y in (0.06, 0.15):
            kit.add("barrel", gun_barrel(-0.05, long, 0.045, y))
        kit.add("frame", box(width * 0.8, 0.24, 0.24), (0, -0.02, -0.08))
        z = np.linspace(0, 1, 6)
        back = -0.1 - high * 0.5 * z
        kit.add("grip", side_view_down(z * high * 0.7, back - 0.08, back + 0.12, width), (0, 0.05, 0))
        kit.add("trigger", rod((0, 0, 0.06), (0, -0.1, 0.03), 0.015))
        facts = ["two barrels one above the other", "a small grip"]
    return kit.finish([kind], facts, "handgun", "gun")


BUILDERS = (pistol,)
