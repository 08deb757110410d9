"""Buildings that people look at: castle, temple, mosque, domed building."""

from collections.abc import Sequence

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, around, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span, spread
from pointrecon.shapes.made.parametric.household.vessels import smooth
from pointrecon.shapes.made.parametric.meshes import Mesh, arc, box, circle, cylinder, dome, lathe, prism, rod, tube
from pointrecon.shapes.made.parametric.places.facades import battlements, column, copies, gable, shaped, windows


def _tower(
    kit: Assembly, rng: np.random.Generator, at: Sequence[float], size: float, tall: float, kind: str, top: str
) -> None:
    """A round or square tower of a castle standing at `at`, under a cone or with battlements."""
    x, y, z = at
    if kind == "round":
        kit.add("tower", cylinder(size, tall, size * 0.95, 14), at)
        kit.add("tower", cylinder(size * 1.15, size * 0.35, segments=14), (x, y + tall, z))
    else:
        kit.add("tower", box(size * 1.8, tall, size * 1.8), at)
        kit.add("tower", box(size * 2.1, size * 0.3, size * 2.1), (x, y + tall, z))
    if top == "cone":
        if kind == "round":
            kit.add("roof", cylinder(size * 1.3, size * span(rng, 2, 3.5), 0.005, 14), (x, y + tall + size * 0.35, z))
        else:
            tip = box(size * 2.3, size * span(rng, 1.5, 3), size * 2.3, (0.01, 0.01))
            kit.add("roof", tip, (x, y + tall + size * 0.3, z))
    elif kind == "round":
        merlon = place(box(size * 0.3, size * 0.35, size * 0.35), (size * 1.0, 0, 0))
        kit.add("battlement", around(merlon, 8), (x, y + tall + size * 0.35, z))
    else:
        kit.add("battlement", battlements(size * 2.0, size * 2.0, size * 0.3), (x, y + tall + size * 0.3, z))


def castle(kit: Assembly, rng: np.random.Generator) -> Built:
    width, depth, wall = span(rng, 1.2, 2.0), span(rng, 1.0, 1.8), span(rng, 0.25, 0.5)
    kind, top = one_of(rng, "round", "round", "square"), one_of(rng, "cone", "battlements", "battlements")
    size, tall = span(rng, 0.11, 0.2), wall * span(rng, 1.2, 2.0)
    thick = 0.08
    if polygon := chance(rng, 0.25):
        n = count(rng, 5, 8)
        ring = circle(n, 0.25) * width / 2
        for i in range(n):
            (x0, z0), (x1, z1) = ring[i], ring[(i + 1) % n]
            wide = float(np.hypot(x1 - x0, z1 - z0))
            turn = float(np.rad2deg(np.arctan2(-(z1 - z0), x1 - x0)))
            at = (float(x0 + x1) / 2, 0.0, float(z0 + z1) / 2)
            kit.add("wall", box(wide, wall, thick), at, ry=turn)
            kit.add("battlement", battlements(wide, thick, 0.05), (at[0], wall, at[2]), ry=turn)
            _tower(kit, rng, (float(x0), 0, float(z0)), size, tall, kind, top)
        towers = n
    else:
        for s in (-1, 1):
            kit.add("wall", box(width, wall, thick), (0, 0, s * depth / 2))
            kit.add("wall", box(thick, wall, depth), (s * width / 2, 0, 0))
        kit.add("battlement", battlements(width, depth, 0.05), (0, wall, 0))
        for x in (-width / 2, width / 2):
            for z in (-depth / 2, depth / 2):
                _tower(kit, rng, (x, 0, z), size, tall, kind, top)
        towers = 4
    front = depth / 2 if not polygon else width / 2
    for x in (-0.16, 0.16):
        _tower(kit, rng, (x, 0, front), size * 0.7, wall * 1.25, kind, top)
    arch = np.array([(-0.1, 0.0), (0.1, 0.0), (0.1, 0.15), (0.0, 0.25), (-0.1, 0.15)])
    kit.add("gate", prism(arch, 0.14), (0, 0, front))
    keep = one_of(rng, "a keep", "a keep", "a palace", "")
    if keep == "a keep":
        w, h = span(rng, 0.35, 0.6), wall * span(rng, 1.8, 3.2)
        kit.add("tower", box(w, h, w), (0, 0, -depth * 0.1))
        for s in (-1, 1):
            _tower(kit, rng, (s * w / 2, 0, -depth * 0.1 - w / 2), size * 0.6, h * 1.15, kind, top)
        if top == "cone":
            kit.add("roof", box(w * 1.05, w * 0.7, w * 1.05, (0.02, 0.5)), (0, h, -depth * 0.1))
        else:
            kit.add("battlement", battlements(w, w, 0.06), (0, h, -depth * 0.1))
    elif keep:
        h = wall * span(rng, 1.2, 1.8)
        kit.add("tower", box(width * 0.55, h, depth * 0.3), (0, 0, -depth * 0.25))
        kit.add("roof", gable(depth * 0.3, width * 0.55, 0.25), (0, h, -depth * 0.25), ry=90)
    if hill := chance(rng, 0.3):
        kit.add("hill", shaped(circle(14) * (width * 0.85, depth * 0.85), [-0.5, -0.25, 0.0], [1.35, 1.2, 0.95]))
    facts = [some(towers, f"{kind} corner tower"), keep, "pointed roofs" if top == "cone" else "battlements"]
    return kit.finish(["polygonal" if polygon else ""], [*facts, "a hill below" if hill else ""], "fortress")


def temple(kit: Assembly, rng: np.random.Generator) -> Built:
    style = one_of(rng, "Greek", "Greek", "pagoda", "step-pyramid", "round", "ruined")
    if style == "pagoda":
        tiers, w, y = count(rng, 2, 7), span(rng, 0.6, 1.1), 0.0
        sides, shrink = one_of(rng, 4, 4, 4, 6, 8), span(rng, 0.8, 0.92)
        base = w
        kit.add("base", box(w * 1.6, 0.08, w * 1.6), (0, -0.08, 0))
        for _ in range(tiers):
            ring, h = circle(sides, 0.5 / sides) * w * 0.7, span(rng, 0.22, 0.34)
            kit.add("wall", shaped(ring, [0, h]), (0, y, 0))
            flare = shaped(ring, [-0.02, 0.02, 0.1, 0.2], [1.7, 1.65, 1.15, 0.6])
            kit.add("roof", flare, (0, y + h, 0))
            y += h + 0.12
            w *= shrink
        kit.add("spire", cylinder(0.03, base * 0.4, 0.005, 8), (0, y, 0))
        return kit.finish([style], [some(tiers, "roof tier"), "a spire"], "shrine")
    if style == "step-pyramid":
        steps, w, h = count(rng, 3, 8), span(rng, 1.2, 1.8), span(rng, 0.1, 0.22)
        for i in range(steps):
            side = w * (1.0 - 0.75 * i / steps)
            kit.add("base", box(side, h, side, (0.95, 0.95)), (0, h * i, 0))
        stairs = one_of(rng, 1, 2, 4)
        flight, treads = [], steps * 3
        for i in range(treads):
            tread = box(w * 0.2, h * steps * (i + 1) / treads, w * 0.44 / treads)
            flight.append(place(tread, (0, 0, w * (0.56 - 0.42 * i / treads))))
        for k in range(stairs):
            kit.add("stair", merge(flight), ry=360 * k / stairs)
        size = w * 0.22
        kit.add("wall", box(size, size * 0.7, size), (0, h * steps, 0))
        cover = box(size * 1.2, size * span(rng, 0.15, 0.8), size * 1.2, (0.7, 0.7))
        kit.add("roof", cover, (0, h * steps + size * 0.7, 0))
        return kit.finish(
            [style], [some(steps, "step"), some(stairs, "flight of stairs", "flights of stairs")], "pyramid"
        )
    steps = count(rng, 1, 4)
    tall, thick = span(rng, 0.5, 0.8), span(rng, 0.035, 0.06)
    pillar = column(thick, tall, chance(rng))
    if style == "round":
        radius, n = span(rng, 0.5, 0.7), count(rng, 6, 16)
        for i in range(steps):
            kit.add("base", cylinder(radius * (1.23 + 0.08 * i), 0.06, segments=24), (0, -0.06 * (i + 1), 0))
        kit.add("column", around(place(pillar, (radius, 0, 0)), n))
        kit.add("roof", tube(radius * 1.12, radius * 0.8, 0.1, 24), (0, tall, 0))
        cover = (
            dome(radius, radius * span(rng, 0.4, 0.9), 20)
            if chance(rng)
            else cylinder(radius * 1.1, radius * 0.5, 0.02, 20)
        )
        kit.add("roof", cover, (0, tall + 0.1, 0))
        if cella := chance(rng):
            kit.add("wall", cylinder(radius * 0.6, tall, segments=18))
        return kit.finish([style], [some(n, "column"), "a round roof", "an inner room" if cella else ""], "rotunda")
    across, along = count(rng, 4, 8), count(rng, 5, 12)
    gap = span(rng, 0.16, 0.24)
    width, depth = gap * (across - 1), gap * (along - 1)
    for i in range(steps):
        kit.add("base", box(width + 0.3 + 0.1 * i, 0.06, depth + 0.3 + 0.1 * i), (0, -0.06 * (i + 1), 0))
    all_round = chance(rng, 0.7)
    places = [(x * gap - width / 2, 0.0, s * depth / 2) for x in range(across) for s in (-1, 1)]
    if all_round:
        places += [(s * width / 2, 0.0, z * gap - depth / 2) for z in range(1, along - 1) for s in (-1, 1)]
    if style == "Greek":
        kit.add("column", copies(pillar, places))
        kit.add("roof", box(width + 0.2, 0.1, depth + 0.2), (0, tall, 0))
        kit.add("roof", gable(width + 0.2, depth + 0.2, width * span(rng, 0.16, 0.28), 1.02), (0, tall + 0.1, 0))
        if not all_round or chance(rng, 0.7):
            kit.add("wall", box(width * 0.65, tall, depth * (0.75 if all_round else 0.92)))
        facts = [f"{some(across, 'column')} at the front", "a pediment", some(steps, "step")]
        return kit.finish([style], facts, "columned hall")
    for at in places:
        state = one_of(rng, "whole", "broken", "broken", "gone")
        if state == "whole":
            kit.add("column", pillar, at)
        elif state == "broken":
            kit.add("column", cylinder(thick, tall * span(rng, 0.15, 0.8), thick * 0.9, 10), at)
    kit.add("roof", box(width * 0.5, 0.1, 0.14), (-width * 0.25, tall, depth / 2))
    for _ in range(count(rng, 2, 6)):
        spot = (width * span(rng, -0.8, 0.8), -0.02, depth * span(rng, -0.7, 0.7))
        kit.add("rubble", rod((0, thick, 0), (span(rng, 0.1, 0.3), thick, span(rng, -0.2, 0.2)), thick), spot)
    return kit.finish([style], ["broken columns", "fallen stones"], "ruin")


def onion(radius: float, tall: float) -> Mesh:
    """A bulging, pointed dome on y = 0."""
    belly = [(radius * 0.85, 0.0), (radius * 1.12, tall * 0.25), (radius * 0.85, tall * 0.55)]
    return lathe(smooth([*belly, (radius * 0.2, tall * 0.85), (0.005, tall)], 14), 16)


def mosque(kit: Assembly, rng: np.random.Generator) -> Built:
    width, depth, height = span(rng, 0.8, 1.3), span(rng, 0.8, 1.2), span(rng, 0.35, 0.55)
    pointed = chance(rng)
    kit.add("wall", box(width, height, depth))
    radius = min(width, depth) * span(rng, 0.28, 0.45)
    drum = span(rng, 0.05, 0.2)
    kit.add("dome", cylinder(radius * 1.02, drum, segments=20), (0, height, 0))

    def cap(r: float) -> Mesh:
        """A dome of the chosen shape."""
        return onion(r, r * 1.5) if pointed else dome(r, r * 0.9, 20)

    kit.add("dome", cap(radius), (0, height + drum, 0))
    kit.add("finial", rod((0, height + drum + radius * 0.85, 0), (0, height + drum + radius * 1.75, 0), 0.012))
    small = one_of(rng, 0, 4, 4, 8)
    for i in range(small):
        x, z = [(-1, -1), (1, -1), (-1, 1), (1, 1), (0, -1), (0, 1), (-1, 0), (1, 0)][i]
        r = radius * 0.35
        kit.add("dome", cap(r), (x * width * 0.36, height, z * depth * 0.36))
    minarets = one_of(rng, 1, 2, 2, 4, 4)
    tall, slim = height * span(rng, 2.2, 4.0), span(rng, 0.04, 0.08)
    spots = [(-1, 1), (1, 1), (-1, -1), (1, -1)][:minarets]
    rings = count(rng, 1, 3)
    for x, z in spots:
        at = (x * width * 0.56, 0.0, z * depth * 0.56)
        kit.add("minaret", cylinder(slim, tall, slim * 0.8, one_of(rng, 8, 12)), at)
        for k in range(rings):
            kit.add("minaret", cylinder(slim * 1.2, 0.05, slim * 1.7, 12), (at[0], tall * (0.55 + 0.2 * k), at[2]))
        tip = onion(slim, slim * 3) if pointed else cylinder(slim * 0.9, slim * 4, 0.004, 10)
        kit.add("minaret", tip, (at[0], tall, at[2]))
    gate = prism(np.array([(-0.15, 0.0), (0.15, 0.0), (0.15, 0.25), (0.0, 0.38), (-0.15, 0.25)]), 0.1)
    kit.add("gate", gate, (0, 0, depth / 2))
    if yard := chance(rng, 0.4):
        deep = depth * span(rng, 0.5, 0.9)
        kit.pair("wall", box(0.05, height * 0.5, deep), (width / 2, 0, (depth + deep) / 2))
        kit.add("wall", box(width, height * 0.5, 0.05), (0, 0, depth / 2 + deep))
    facts = ["a pointed dome" if pointed else "a round dome", some(minarets, "minaret")]
    facts.append(some(small, "small dome") if small else "")
    return kit.finish([], [*facts, "a walled yard" if yard else ""], "Islamic prayer house")


def domed_building(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "capitol", "capitol", "observatory", "basilica", "geodesic")
    radius = span(rng, 0.3, 0.5)
    if kind == "geodesic":
        sides = count(rng, 6, 10)
        angle = np.linspace(0.0, 0.25, one_of(rng, 4, 5, 6)) * 2 * np.pi
        kit.add("dome", lathe(np.stack([np.cos(angle), np.sin(angle) * span(rng, 0.6, 1.0)], axis=1), sides))
        kit.add("base", cylinder(1.05, 0.08, segments=sides), (0, -0.08, 0))
        kit.add("door", box(0.3, 0.4, 0.35), (0, 0, 0.9))
        facts = [f"{some(sides, 'side')}", "an entrance"]
    elif kind == "observatory":
        tall = span(rng, 0.3, 0.9)
        kit.add("wall", cylinder(radius, tall, segments=20))
        kit.add("dome", dome(radius * 1.04, radius * 1.04, 20), (0, tall, 0))
        turn = span(rng, -60, 60)
        slit = arc(radius * 1.08, radius * 1.08, 0.08, 0.27, 8)[:, :2]
        if chance(rng):
            shutter = prism(np.concatenate([slit, slit[::-1] * 0.94]), radius * 0.3)
            kit.add("dome", shutter, (0, tall, 0), ry=turn - 90)
        glass = rod((0, radius * 0.3, radius * 0.3), (0, radius * 0.9, radius * 1.35), 0.07)
        kit.add("telescope", glass, (0, tall, 0), ry=turn)
        if annexe := chance(rng):
            kit.add("wall", box(radius * 2.6, tall * 0.6, radius * 1.2), (radius * 1.5, 0, 0))
        kit.add("door", box(0.12, 0.22, 0.06), (0, 0, radius))
        facts = ["a telescope", "a side wing" if annexe else ""]
    else:
        width, depth, height = radius * span(rng, 2.4, 3.2), radius * span(rng, 2.2, 2.8), span(rng, 0.35, 0.5)
        kit.add("wall", box(width, height, depth))
        kit.add("window", windows(width, depth, height, 2, count(rng, 4, 7)))
        drum = span(rng, 0.15, 0.4)
        kit.add("drum", cylinder(radius * 0.85, drum, segments=20), (0, height, 0))
        n = one_of(rng, 0, 8, 12, 16)
        if n:
            kit.add("drum", around(place(column(0.02, drum), (radius * 0.95, 0, 0)), n), (0, height, 0))
            kit.add("drum", cylinder(radius * 1.02, 0.04, segments=20), (0, height + drum, 0))
        kit.add("dome", dome(radius * 0.92, radius * span(rng, 0.8, 1.4), 20), (0, height + drum + 0.03, 0))
        up = height + drum + radius * 0.85
        kit.add("lantern", cylinder(0.06, 0.3, 0.05, 8), (0, up, 0))
        kit.add("lantern", cylinder(0.08, 0.15, 0.005, 8), (0, up + 0.3, 0))
        columns = one_of(rng, 4, 6, 8)
        at = [(x, 0, depth / 2 + 0.2) for x in spread(columns, width * 0.5)]
        kit.add("porch", copies(column(0.025, height * 0.85), at))
        kit.add("porch", box(width * 0.54, height * 0.12, 0.26), (0, height * 0.85, depth / 2 + 0.12))
        kit.add("porch", gable(width * 0.54, 0.26, height * 0.3), (0, height * 0.97, depth / 2 + 0.12))
        if kind == "capitol":
            reach = span(rng, 0.5, 1.1)
            kit.pair("wall", box(reach, height * 0.9, depth * 0.7), ((width + reach) / 2, 0, 0))
        else:
            kit.add("wall", box(width * 0.55, height, depth), (0, 0, -depth * 0.8))
            kit.add("wall", gable(width * 0.55, depth, 0.18), (0, height, -depth * 0.8))
        facts = [f"a porch of {some(columns, 'column')}", "a columned drum" if n else "a plain drum"]
        facts.append("two side wings" if kind == "capitol" else "a long nave")
    words = {"capitol": "parliament-like", "basilica": "church-like", "observatory": "round"}.get(kind, kind)
    broader = {"observatory": "observatory", "geodesic": "dome house", "basilica": "cathedral"}
    return kit.finish([words], facts, broader.get(kind, "public building"))


BUILDERS = (castle, temple, mosque, domed_building)
