"""What stands in towns and parks: monument, fountain, ferris wheel, shop, greenhouse."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, around, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span, spread
from pointrecon.shapes.made.parametric.household.vessels import smooth, vessel
from pointrecon.shapes.made.parametric.meshes import arc, ball, box, circle, cylinder, dome, lathe, prism, rod, torus
from pointrecon.shapes.made.parametric.places.facades import column, copies, covered, dressed, gable, shaped


def monument(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "obelisk", "obelisk", "arch", "arch", "column", "statue", "stele", "pyramid")
    steps, wide, y = count(rng, 0, 4), span(rng, 0.5, 0.9), 0.0
    deep = wide * (span(rng, 0.4, 0.7) if kind in ("arch", "stele") else 1.0)
    for i in range(steps):
        f = 1.0 + 0.18 * (steps - i)
        kit.add("base", box(wide * f, 0.06, deep * f), (0, y, 0))
        y += 0.06
    told = ""
    if kind == "obelisk":
        side, tall = wide * span(rng, 0.25, 0.6), span(rng, 1.0, 2.4)
        if chance(rng, 0.6):
            kit.add("base", box(side * 1.7, side * span(rng, 0.6, 1.6), side * 1.7), (0, y, 0))
            y += side * 0.6
        top = span(rng, 0.55, 0.85)
        kit.add("shaft", box(side, tall, side, (top, top)), (0, y, 0))
        kit.add("shaft", box(side * top, side * span(rng, 0.4, 1.0), side * top, (0.01, 0.01)), (0, y + tall, 0))
        told = "a pointed tip"
    elif kind == "arch":
        tall, half, hole = span(rng, 0.7, 1.3), wide * span(rng, 0.8, 1.1), span(rng, 0.4, 0.65)
        passages = one_of(rng, 1, 1, 3)
        gap = half * 2 / passages * hole
        walls = np.linspace(-half, half, passages + 1)
        for x in walls:
            kit.add("pier", box(half * 2 / passages * (1 - hole), tall, deep), (float(x), y, 0))
        crown = arc(gap / 2, gap / 2, 0.5, 0.0, 11)[:, :2] + (0.0, tall)
        for f in spread(passages, 2 * half):
            # the vault: a plate with a half-round cut out of its lower side
            for a, b in zip(crown[:-1], crown[1:], strict=True):
                x0, x1, up = float(a[0]) + f, float(b[0]) + f, float(min(a[1], b[1]))
                kit.add("pier", box(x1 - x0, tall + gap * 0.65 - up, deep), ((x0 + x1) / 2, y + up, 0))
        span_ = 2 * half + 2 * half / passages * (1 - hole)
        kit.add("top", box(span_ * 1.04, 0.06, deep * 1.1), (0, y + tall + gap * 0.62, 0))
        kit.add("top", box(span_, span(rng, 0.12, 0.4), deep), (0, y + tall + gap * 0.62 + 0.06, 0))
        if chance(rng):
            at = [(float(x), y, s * deep * 0.55) for x in walls for s in (-1, 1)]
            kit.add("column", copies(column(0.03, tall * 0.95), at))
        told = some(passages, "passage")
    elif kind == "stele":
        tall, half = span(rng, 0.7, 1.3), wide * 0.42
        head = arc(half, half * span(rng, 0.3, 1.0), 0.0, 0.5, 11)[:, :2] + (0.0, tall)
        kit.add("shaft", prism(np.concatenate([[(-half, 0.0), (half, 0.0)], head]), deep * 0.5), (0, y, 0))
        if chance(rng):
            kit.add("top", box(half * 1.2, tall * 0.4, deep * 0.56), (0, y + tall * 0.4, 0))
        told = "a rounded head"
    elif kind == "pyramid":
        tall = wide * span(rng, 0.6, 1.6)
        kit.add("shaft", box(wide, tall, wide, (0.01, 0.01)), (0, y, 0))
        if chance(rng):
            kit.add("base", box(wide * 0.3, tall * 0.2, 0.1), (0, y, wide * 0.45))
    else:
        slim = wide * span(rng, 0.15, 0.3) if kind == "column" else wide * span(rng, 0.35, 0.5)
        tall = span(rng, 1.0, 1.8) if kind == "column" else span(rng, 0.3, 0.7)
        foot = column(slim, tall, chance(rng)) if kind == "column" else box(slim * 2, tall, slim * 2, (0.9, 0.9))
        kit.add("shaft", foot, (0, y, 0))
        y += tall
        size = slim * span(rng, 0.9, 1.5) if kind == "statue" else slim * 1.3
        told = one_of(rng, "a standing figure", "a standing figure", "a ball", "an urn")
        if "figure" in told:
            robe = [(size * 0.42, 0.0), (size * 0.28, size), (size * 0.36, size * 1.5), (0.01, size * 1.75)]
            kit.add("figure", lathe(smooth(robe, 9), 10), (0, y, 0))
            kit.add("figure", ball(size * 0.17, size * 0.2, size * 0.18, 10), (0, y + size * 1.9, 0))
            lift, x = span(rng, 0.6, 2.2), size * 0.34
            kit.add("figure", rod((x, y + size * 1.5, 0), (x * 1.6, y + size * lift, size * 0.2), size * 0.09))
            kit.add("figure", rod((-x, y + size * 1.5, 0), (-x * 1.3, y + size * 0.8, size * 0.1), size * 0.09))
        elif "ball" in told:
            kit.add("figure", ball(size * 0.7, size * 0.7, size * 0.7), (0, y + size * 0.65, 0))
        else:
            urn = smooth([(size * 0.2, 0.0), (size * 0.6, size * 0.8), (size * 0.3, size * 1.3)], 9)
            kit.add("figure", vessel(urn, size * 0.05, 14), (0, y, 0))
    return kit.finish([kind], [told, some(steps, "step") if steps else ""], "memorial")


def fountain(kit: Assembly, rng: np.random.Generator) -> Built:
    radius, wall, sides = span(rng, 0.7, 1.1), span(rng, 0.15, 0.3), one_of(rng, 6, 8, 24, 24)
    line = np.array([(radius * 0.97, 0.0), (radius, wall * 0.5), (radius, wall)])
    kit.add("basin", vessel(line, 0.08, sides))
    bowls, y, r = count(rng, 0, 3), 0.0, radius
    for _ in range(bowls):
        rise = span(rng, 0.3, 0.5)
        r *= span(rng, 0.45, 0.65)
        kit.add("stem", cylinder(r * 0.25, rise, r * 0.18, 12), (0, y, 0))
        y += rise
        bowl = smooth([(r * 0.2, 0.0), (r * 0.75, r * 0.12), (r, r * span(rng, 0.3, 0.5))], 8)
        kit.add("bowl", vessel(bowl, 0.025, 20), (0, y, 0))
        y += r * 0.1
    if not bowls:
        kit.add("stem", cylinder(0.15, wall + span(rng, 0.1, 0.5), 0.1, 12))
        y = wall + 0.3
    top = one_of(rng, "a knob", "a figure", "jets of water", "a jet of water")
    if top == "a knob":
        kit.add("top", ball(0.08, 0.12, 0.08, 10), (0, y + 0.15, 0))
        kit.add("top", cylinder(0.05, 0.16, 0.03, 10), (0, y, 0))
    elif top == "a figure":
        kit.add("top", cylinder(0.09, 0.35, 0.05, 10), (0, y, 0))
        kit.add("top", ball(0.05, 0.06, 0.05, 10), (0, y + 0.4, 0))
    elif top == "a jet of water":
        kit.add("water", cylinder(0.03, span(rng, 0.3, 0.8), 0.012, 8), (0, y, 0))
    else:
        reach, up = radius * span(rng, 0.5, 0.8), span(rng, 0.25, 0.6)
        path = np.array([(reach * f, y + up * 4 * f * (1 - f) - (y - wall) * f * f, 0.0) for f in np.linspace(0, 1, 9)])
        drops = merge([rod(tuple(a), tuple(b), 0.015) for a, b in zip(path[:-1], path[1:], strict=True)])
        kit.add("water", around(drops, count(rng, 4, 8)))
    if steps := count(rng, 0, 2):
        for i in range(steps):
            kit.add("basin", cylinder(radius * (1.15 + 0.15 * i), 0.07, segments=sides), (0, -0.07 * (i + 1), 0))
    shape = "a round basin" if sides > 8 else "a hexagonal basin" if sides == 6 else "an octagonal basin"
    return kit.finish(
        [], [shape, some(bowls, "bowl") if bowls else "", top, some(steps, "step") if steps else ""], "waterworks"
    )


def ferris_wheel(kit: Assembly, rng: np.random.Generator) -> Built:
    radius, half, cabins = span(rng, 0.8, 1.1), span(rng, 0.1, 0.2), count(rng, 8, 20)
    hub = radius * span(rng, 1.15, 1.3)
    thick = span(rng, 0.012, 0.025)
    ring = place(torus(radius, thick, 36, 6), rx=90)
    inner = place(torus(radius * span(rng, 0.6, 0.85), thick * 0.8, 30, 6), rx=90)
    first = float(rng.random())
    angles = [2 * np.pi * (i + first) / cabins for i in range(cabins)]
    tips = [(radius * float(np.cos(a)), radius * float(np.sin(a))) for a in angles]
    for s in (-half, half):
        kit.add("wheel", ring, (0, hub, s))
        kit.add("wheel", inner, (0, hub, s))
        kit.add("wheel", merge([rod((0, hub, s), (x, hub + y, s), thick * 0.7) for x, y in tips]))
        kit.pair("stand", rod((0, hub, s * 1.5), (radius * span(rng, 0.45, 0.7), 0, s * 2.2), thick * 2))
    kit.add("wheel", rod((0, hub, -half * 1.8), (0, hub, half * 1.8), thick * 3.5))
    shape = one_of(rng, "closed cabins", "round cabins", "open gondolas")
    size = min(half * 1.6, 2.4 * radius / cabins)
    if "closed" in shape:
        cabin = place(box(size, size, size), (0, -size * 1.2, 0))
    elif "round" in shape:
        cabin = place(ball(size * 0.6, size * 0.6, size * 0.6, 10), (0, -size * 0.5, 0))
    else:
        lower = place(cylinder(size * 0.35, size * 0.4, size * 0.5, 10), (0, -size, 0))
        cabin = merge([lower, place(cylinder(size * 0.5, size * 0.25, 0.01, 10), (0, -size * 0.3, 0))])
    kit.add("cabin", copies(cabin, [(x, hub + y, 0) for x, y in tips]))
    if base := chance(rng, 0.6):
        kit.add("base", box(radius * 1.6, 0.08, half * 6), (0, -0.08, 0))
    facts = [some(cabins, "cabin"), shape, "a platform" if base else ""]
    return kit.finish([], facts, "fairground wheel")


def shop(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "corner", "street", "street", "kiosk", "market stall", "supermarket")
    width, depth, low = span(rng, 0.6, 1.0), span(rng, 0.5, 0.9), span(rng, 0.35, 0.45)
    facts = []
    if kind == "market stall":
        kit.corners("post", box(0.03, low * 1.4, 0.03), (width / 2, 0, depth * 0.35))
        kit.add("counter", box(width, low * 0.6, depth * 0.6))
        kit.add("roof", gable(depth, width, 0.22, 1.1), (0, low * 1.4, 0), ry=90)
        for x in spread(count(rng, 3, 6), width):
            kit.add("goods", ball(0.06, span(rng, 0.04, 0.1), 0.12, 8), (x, low * 0.62, 0.05))
        return kit.finish([kind], ["a counter with goods", "a cloth roof"], "stand")
    if kind == "kiosk":
        width, depth = width * 0.6, depth * 0.6
        sides = one_of(rng, 4, 6, 8)
        ring = circle(sides, 0.5 / sides) * width * 0.7
        kit.add("wall", shaped(ring, [0, low * 1.2]))
        kit.add("roof", shaped(ring, [0, 0.04, span(rng, 0.06, 0.35)], [1.25, 1.25, 0.2]), (0, low * 1.2, 0))
        facts.append("a small round room" if sides > 4 else "one small room")
        depth = width * 0.95
    elif kind == "supermarket":
        width, depth = width * 2, depth * 1.6
        kit.add("wall", box(width, low * 1.3, depth))
        facts.append(covered(kit, rng, width, depth, (0, low * 1.3, 0), one_of(rng, "flat", "flat", "gabled", "shed")))
    else:
        floors = count(rng, 1, 3)
        kit.add("wall", box(width, low, depth))
        if floors > 1:
            dressed(kit, rng, width, depth, low * (floors - 1), floors - 1, (0, low, 0), "panes")
        facts.append(covered(kit, rng, width, depth, (0, low * floors, 0)))
    panes = count(rng, 1, 4)
    at = [(x, low * 0.15, depth / 2) for x in spread(panes, width * 0.85)]
    kit.add("window", copies(box(width * 0.72 / panes, low * 0.55, 0.03), at))
    if awning := chance(rng, 0.7):
        out = span(rng, 0.15, 0.3)
        cloth = prism(np.array([(0.0, 0.0), (out, -0.1), (out, -0.08), (0.0, 0.1)]), width * 0.95)
        kit.add("awning", cloth, (0, low * 0.85, depth / 2), ry=-90)
    sign = one_of(rng, "a sign board", "a hanging sign", "")
    if sign == "a sign board":
        kit.add("sign", box(width * 0.8, 0.1, 0.04), (0, low * 1.02, depth / 2 + 0.02))
    elif sign:
        kit.add("sign", box(0.02, 0.12, 0.15), (width * 0.45, low * 0.9, depth / 2 + 0.12))
    facts += ["an awning" if awning else "", sign, some(panes, "shop window")]
    return kit.finish([kind], facts, "store")


def greenhouse(kit: Assembly, rng: np.random.Generator) -> Built:
    width, depth, wall = span(rng, 0.7, 1.2), span(rng, 0.8, 2.2), span(rng, 0.25, 0.55)
    kind, thick = one_of(rng, "gabled", "gabled", "arched", "domed"), span(rng, 0.012, 0.022)
    bays = count(rng, 3, 8)
    if kind == "gabled":
        rise = span(rng, 0.2, 0.5)
        rib = [(-width / 2, 0.0), (-width / 2, wall), (0.0, wall + rise), (width / 2, wall), (width / 2, 0.0)]
    elif kind == "arched":
        rib = [(float(x), float(y)) for x, y in arc(width / 2, wall + 0.25, 0.5, 0.0, 9)[:, :2]]
    if kind == "domed":
        radius, ribs = width * 0.6, count(rng, 6, 12)
        line = [
            (radius * float(np.cos(a)), wall + radius * float(np.sin(a)), 0.0) for a in np.linspace(0, np.pi / 2, 6)
        ]
        bar = merge([rod(a, b, thick) for a, b in zip(line[:-1], line[1:], strict=True)])
        kit.add("frame", around(merge([bar, rod((radius, 0, 0), line[0], thick)]), ribs))
        for i in (0, 2, 4):
            kit.add("frame", torus(line[i][0], thick, ribs * 2, 6), (0, line[i][1], 0))
        kit.add("pane", dome(radius * 0.98, radius * 0.98, ribs), (0, wall, 0))
        depth = radius * 2
    else:
        for f in np.linspace(-0.5, 0.5, bays + 1):
            z = float(f) * depth
            kit.add("frame", merge([rod((*a, z), (*b, z), thick) for a, b in zip(rib[:-1], rib[1:], strict=True)]))
        for x, y in rib:
            kit.add("frame", rod((x, y, -depth / 2), (x, y, depth / 2), thick))
        if chance(rng, 0.7):
            kit.add("pane", prism(np.array(rib[::-1]) * 0.985, depth * 0.98))
    floor = cylinder(width * 0.64, 0.05) if kind == "domed" else box(width * 1.06, 0.05, depth * 1.04)
    kit.add("base", floor, (0, -0.05, 0))
    kit.add("door", box(0.2, wall * 0.95, 0.03), (0, 0, depth / 2))
    beds = count(rng, 0, 3)
    for f in spread(beds, depth * 0.8):
        kit.pair("bed", box(width * 0.25, 0.1, depth * 0.2), (width * 0.28, 0, f))
    facts = [some(bays, "bay") if kind != "domed" else "", "plant beds" if beds else "", "a glazing frame"]
    return kit.finish(["long" if depth > width * 1.8 else "", kind], facts, "glasshouse")


BUILDERS = (monument, fountain, ferris_wheel, shop, greenhouse)
