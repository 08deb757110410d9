"""Machines of kitchen and laundry: microwave, washing machine, refrigerator, stove."""

import numpy as np

from pointrecon.shapes.made.parametric.assembly import Assembly, Built, merge, place
from pointrecon.shapes.made.parametric.devices.casings import board, cabinet, keys
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, some, span, spread
from pointrecon.shapes.made.parametric.meshes import Mesh, box, cylinder, lathe, prism, rod, rounded, stack, torus, tube


def _door(width: float, high: float, thick: float, window: bool, grip: str) -> Mesh:
    """A door hinged at x = 0, its leaf toward +x, in the x-y plane from y = 0, its outside at +z."""
    parts = [place(board(width, high, thick), (width / 2, 0, 0))]
    if window:
        pane = rounded(width * 0.72, high * 0.62, 12.0, 16)
        parts.append(place(prism(pane * 1.12, 0.02, pane), (width / 2, high / 2, thick / 2 + 0.01)))
    if grip == "bar":
        parts.append(place(rod((0, high * 0.15, 0), (0, high * 0.85, 0), 0.018), (width * 0.92, 0, thick / 2 + 0.05)))
        parts += [place(box(0.025, 0.03, 0.06), (width * 0.92, high * y, thick / 2 + 0.025)) for y in (0.2, 0.78)]
    elif grip == "latch":
        parts.append(place(box(0.04, high * 0.25, 0.05), (width * 0.92, high * 0.4, thick / 2 + 0.02)))
    return merge(parts)


def microwave(kit: Assembly, rng: np.random.Generator) -> Built:
    width, high, deep = span(rng, 0.9, 1.2), span(rng, 0.5, 0.68), span(rng, 0.5, 0.75)
    panel = width * span(rng, 0.2, 0.3)
    cavity = width - panel
    is_open = chance(rng, 0.35)
    shell = place(cabinet(cavity, high, deep, 0.05), (-panel / 2, 0, 0))
    kit.add("case", shell)
    kit.add("case", board(panel, high, deep), (width / 2 - panel / 2, 0, 0))
    grip = one_of(rng, "bar", "latch", "none")
    leaf = _door(cavity, high, 0.05, chance(rng, 0.8), grip)
    angle = span(rng, 30, 110) if is_open else 0.0
    kit.add("door", place(leaf, ry=-angle), (-width / 2, 0, deep / 2 + 0.025))
    if is_open and chance(rng):
        kit.add("turntable", cylinder(min(cavity, deep) * 0.4, 0.03), (-panel / 2, 0.07, 0))
    x, z = width / 2 - panel / 2, deep / 2
    controls = one_of(rng, "buttons", "two dials", "buttons and a dial")
    kit.add("controls", board(panel * 0.75, high * 0.14, 0.02), (x, high * 0.8, z))
    if "buttons" in controls:
        pad = place(keys(panel * 0.75, high * 0.4, 3, count(rng, 3, 5)), rx=90)
        kit.add("controls", pad, (x, high * 0.52, z))
    if "two" in controls:
        for y in (0.6, 0.3):
            kit.add("controls", cylinder(panel * 0.25, 0.06, panel * 0.2), (x, high * y, z), rx=90)
    elif "dial" in controls:
        kit.add("controls", cylinder(panel * 0.22, 0.06), (x, high * 0.16, z), rx=90)
    if feet := chance(rng, 0.5):
        kit.corners("foot", cylinder(0.03, 0.04), (width * 0.42, -0.04, deep * 0.4))
    facts = ["the door open" if is_open else "the door closed", controls, "feet" if feet else ""]
    return kit.finish(["wide" if width > 1.05 else "compact"], facts, "microwave oven")


def washing_machine(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "front-loading", "front-loading", "front-loading", "top-loading", "stacked", "old wringer")
    width, high, deep = span(rng, 0.6, 0.75), span(rng, 0.82, 1.0), span(rng, 0.5, 0.7)
    if kind == "old wringer":
        r = span(rng, 0.3, 0.38)
        kit.add(
            "body",
            lathe([(0, 0.3), (r * 0.9, 0.3), (r, 0.5), (r, 0.9), (r * 0.95, 0.9), (r * 0.85, 0.45), (0, 0.45)], 20),
        )
        kit.ring("leg", rod((r * 1.05, 0, 0), (r * 0.8, 0.4, 0), 0.035), 4)
        kit.add("wringer", box(0.08, 0.75, 0.12), (0, 0.5, -r - 0.05))
        for y in (1.2, 1.32):
            kit.add("wringer", place(cylinder(0.05, 0.5), (0.25, 0, 0), rz=90), (0, y, -r))
        kit.pair("wringer", box(0.05, 0.35, 0.1), (0.27, 1.1, -r))
        lid = chance(rng)
        if lid:
            kit.add("lid", cylinder(r, 0.04, r * 0.9), (0, 0.9, 0))
        return kit.finish([kind], ["four legs", "two rollers", "a lid" if lid else "an open tub"], "washer")
    machines = 2 if kind == "stacked" else 1
    facts: list[str] = []
    for k in range(machines):
        base = k * high
        kit.add("body", board(width, high, deep), (0, base, 0))
        z = deep / 2
        if kind != "top-loading":
            r, y = width * span(rng, 0.3, 0.38), base + high * span(rng, 0.42, 0.5)
            kit.add("door", torus(r, span(rng, 0.025, 0.05), 28, 8), (0, y, z), rx=90)
            pane = lathe([(0, 0.08), (r * 0.55, 0.06), (r * 0.95, 0), (0, 0)][::-1], 24)
            is_open = k == 0 and chance(rng, 0.3)
            if is_open:
                whole = merge([place(torus(r, 0.04, 28, 6), rx=90), place(pane, rx=90)])
                kit.add("door", place(place(whole, (r, 0, 0)), ry=-span(rng, 60, 120)), (-r, y, z + 0.04))
                kit.add("drum", cylinder(r * 0.92, 0.012, segments=24), (0, y, z), rx=90)
            else:
                kit.add("door", pane, (0, y, z), rx=90)
                kit.add("door", box(0.05, 0.12, 0.06), (r * 0.98, y - 0.06, z + 0.02))
            if k == 0:
                facts.append("the round door open" if is_open else "a round door")
            top = base + high * 0.87
            kit.add("panel", board(width * 0.96, high * 0.1, 0.03), (0, top, z))
            kit.add("panel", board(width * 0.28, high * 0.09, 0.06), (-width * 0.33, top, z))
            kit.add("knob", cylinder(0.05, 0.06), (width * span(rng, 0.0, 0.3), top + high * 0.05, z + 0.01), rx=90)
        else:
            back = span(rng, 0.12, 0.25)
            kit.add("panel", board(width, back, 0.1), (0, high, -deep / 2 + 0.05))
            knobs = count(rng, 1, 4)
            for x in spread(knobs, width * 0.8):
                kit.add("knob", cylinder(0.045, 0.05), (x, high + back * 0.55, -deep / 2 + 0.1), rx=90)
            is_open = chance(rng, 0.4)
            cover = place(box(width * 0.8, 0.03, deep * 0.65), (0, 0, deep * 0.33))
            kit.add("lid", place(cover, rx=-span(rng, 60, 100) if is_open else 0.0), (0, high, -deep * 0.25))
            if is_open:
                kit.add("drum", tube(width * 0.36, width * 0.3, 0.03, 24), (0, high, deep * 0.1))
            facts += ["the lid open" if is_open else "the lid closed", some(knobs, "knob")]
    if kind == "stacked":
        facts.append("a dryer on top")
    if feet := chance(rng):
        kit.corners("foot", cylinder(0.035, 0.05), (width * 0.42, -0.05, deep * 0.42))
    return kit.finish([kind], [*facts, "feet" if feet else ""], "washer", "laundry machine")


def refrigerator(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "single-door", "two-door", "two-door", "side-by-side", "French-door", "retro", "small")
    width, high, deep = span(rng, 0.65, 0.85), span(rng, 1.5, 2.0), span(rng, 0.55, 0.75)
    if kind in ("side-by-side", "French-door"):
        width *= 1.35
    if kind == "small":
        high = span(rng, 0.7, 0.95)
    is_open = chance(rng, 0.35)
    thick, grip = span(rng, 0.06, 0.1), one_of(rng, "bar", "bar", "latch")
    if is_open:
        kit.add("body", cabinet(width, high, deep, 0.06))
        shelves = count(rng, 2, 5)
        for i in range(shelves):
            kit.add("shelf", box(width - 0.12, 0.02, deep * 0.85), (0, high * (i + 1) / (shelves + 1), -0.03))
        if chance(rng, 0.5):
            for i in range(shelves):
                for x in spread(count(rng, 1, 3), width * 0.7):
                    size = span(rng, 0.05, 0.09)
                    thing = cylinder(size, size * 3) if chance(rng) else box(size * 2, size * 2, size * 2)
                    kit.add("food", thing, (x, high * (i + 1) / (shelves + 1) + 0.02, 0))
    elif kind == "retro":
        kit.add(
            "body",
            stack(
                rounded(width, deep, 8.0, 20),
                np.array([0, 0.03, 0.5, 0.93, 0.98, 1.0]) * high,
                [0.97, 1, 1, 1, 0.95, 0.85],
            ),
        )
    else:
        kit.add("body", board(width, high, deep))
    split = span(rng, 0.28, 0.4)
    if kind == "two-door":
        low = chance(rng)
        cut = split if low else 1 - split
        doors = [(0.0, 0.0, 1.0, cut), (0.0, cut, 1.0, 1 - cut)]
        said = "a freezer below" if low else "a freezer on top"
    elif kind == "side-by-side":
        cut = span(rng, 0.4, 0.5)
        doors, said = [(0.0, 0.0, cut, 1.0), (1.0, 0.0, -(1 - cut), 1.0)], "two tall doors"
    elif kind == "French-door":
        doors, said = (
            [(0.0, split, 0.5, 1 - split), (1.0, split, -0.5, 1 - split), (0.0, 0.0, 1.0, split)],
            "two doors above a drawer",
        )
    else:
        doors, said = [(0.0, 0.0, 1.0, 1.0)], "one door"
    opened = int(rng.integers(len(doors[:2]))) if is_open else -1
    for i, (x, y, w, h) in enumerate(doors):
        leaf = _door(abs(w) * width * 0.985, h * high * 0.985, thick, False, grip)
        angle = span(rng, 35, 110) if i == opened else 0.0
        side = 1 if w > 0 else -1
        if side < 0:
            leaf = place(Mesh(leaf.vertices * (-1, 1, 1), leaf.faces[:, ::-1]))
        kit.add("door", place(leaf, ry=-side * angle), ((x - 0.5) * width, y * high, deep / 2 + thick / 2 + 0.005))
    extra = "an ice dispenser" if kind == "side-by-side" and opened != 0 and chance(rng, 0.6) else ""
    if extra:
        kit.add("dispenser", board(width * 0.2, high * 0.2, 0.03), (-width * 0.3, high * 0.5, deep / 2 + thick + 0.02))
    if feet := chance(rng, 0.5):
        kit.corners("foot", cylinder(0.035, 0.06), (width * 0.42, -0.06, deep * 0.42))
    facts = [
        said,
        "a door open" if is_open else "closed doors" if len(doors) > 1 else "its door closed",
        extra,
        "feet" if feet else "",
    ]
    return kit.finish([kind], facts, "fridge")


def stove(kit: Assembly, rng: np.random.Generator) -> Built:
    kind = one_of(rng, "gas", "electric", "gas", "electric", "wood-burning", "pot-bellied", "camping")
    width, high, deep = span(rng, 0.65, 1.0), span(rng, 0.8, 0.95), span(rng, 0.55, 0.7)
    if kind == "pot-bellied":
        r, up = span(rng, 0.28, 0.4), span(rng, 0.15, 0.25)
        t = np.linspace(0, 1, 9)
        kit.add(
            "body",
            lathe([(0, up), *zip(r * (0.65 + 0.45 * np.sin(np.pi * t)), up + t * 0.9, strict=True), (0, up + 0.9)], 20),
        )
        kit.add("top", cylinder(r * 0.85, 0.05), (0, up + 0.9, 0))
        kit.ring("leg", rod((r * 0.7, 0, 0), (r * 0.5, up + 0.1, 0), 0.04), count(rng, 3, 4), 0.1)
        kit.add("door", board(r * 0.8, 0.3, 0.06), (0, up + 0.35, r * 1.02))
        chimney = span(rng, 0.6, 1.2)
        kit.add("chimney", cylinder(0.09, chimney), (0, up + 0.95, -r * 0.4))
        return kit.finish([kind, "iron"], ["a round body", "a chimney", "legs"], "heating stove")
    if kind == "camping":
        burners = count(rng, 1, 2)
        wide = 0.4 * burners + 0.1
        kit.add("body", box(wide, 0.14, 0.45))
        lid = chance(rng, 0.6)
        if lid:
            kit.add("lid", board(wide, 0.42, 0.03), (0, 0.14, -0.22), rx=-12)
        for x in spread(burners, wide):
            _burner(kit, rng, "gas", (x, 0.14, 0.0), 0.15)
            kit.add("knob", cylinder(0.035, 0.06), (x, 0.07, 0.225), rx=90)
        return kit.finish([kind, "small"], [some(burners, "burner"), "an open lid" if lid else "no lid"], "cooker")
    legs = kind == "wood-burning" or chance(rng, 0.2)
    up = span(rng, 0.12, 0.3) if legs else 0.0
    kit.add("body", board(width, high, deep), (0, up, 0))
    top = up + high
    if legs:
        kit.corners("leg", rod((0.03, 0, 0.03), (0, up + 0.03, 0), 0.035), (width * 0.43, 0, deep * 0.42))
    kit.add("top", box(width * 1.03, 0.03, deep * 1.03), (0, top, 0))
    burners = one_of(rng, 2, 4, 4, 4, 5, 6)
    columns = 1 if burners == 2 else 3 if burners == 6 else 2
    places = [(x, z) for x in spread(columns, width * 0.95) for z in (-deep * 0.23, deep * 0.23)][:burners]
    if burners == 5:
        places.append((0.0, 0.0))
    style = "plates" if kind == "wood-burning" else kind
    for x, z in places:
        _burner(kit, rng, style, (x, top + 0.03, z), min(width / columns, deep / 2) * span(rng, 0.3, 0.42))
    ovens = 2 if width > 0.9 and chance(rng, 0.5) else 1
    for x in spread(ovens, width):
        w = width / ovens * 0.92
        kit.add(
            "oven door",
            place(_door(w, high * 0.58, 0.04, chance(rng, 0.7), "none"), (x - w / 2, up + high * 0.2, deep / 2 + 0.02)),
        )
        kit.add(
            "oven door",
            rod(
                (x - w * 0.42, up + high * 0.72, deep / 2 + 0.08),
                (x + w * 0.42, up + high * 0.72, deep / 2 + 0.08),
                0.018,
            ),
        )
    if drawer := chance(rng, 0.6):
        kit.add("oven door", board(width * 0.92, high * 0.15, 0.03), (0, up + 0.03, deep / 2 + 0.015))
    back = 0.0
    if kind == "wood-burning":
        kit.add("chimney", cylinder(0.08, span(rng, 0.5, 1.1)), (width * 0.25, top, -deep * 0.38))
    else:
        knobs = burners + count(rng, 0, 2)
        behind = chance(rng, 0.4)
        back = span(rng, 0.12, 0.35) if behind or chance(rng, 0.5) else 0.0
        if back:
            kit.add("top", board(width, back, 0.05), (0, top + 0.03, -deep / 2))
        for x in spread(knobs, width * 0.9):
            at = (x, top + 0.03 + back * 0.5, -deep / 2 + 0.025) if behind and back else (x, up + high * 0.88, deep / 2)
            kit.add("knob", cylinder(0.03, 0.05, 0.025, 10), at, rx=90)
    pot = chance(rng, 0.25)
    if pot:
        x, z = places[0]
        kit.add(
            "pot",
            lathe([(0, 0), (0.12, 0), (0.13, 0.17), (0.12, 0.17), (0.11, 0.02), (0, 0.02)], 16),
            (x, top + 0.05, z),
        )
        kit.add("pot", rod((x + 0.12, top + 0.2, z), (x + 0.35, top + 0.22, z), 0.015))
    facts = [
        some(burners, "burner"),
        some(ovens, "oven door"),
        "a drawer" if drawer else "",
        "a chimney" if kind[0] == "w" else "a back panel" if back else "",
        "a pot" if pot else "",
    ]
    return kit.finish([kind], facts, "kitchen range", "cooker")


def _burner(kit: Assembly, rng: np.random.Generator, style: str, at: tuple[float, float, float], r: float) -> None:
    """One burner on a cooktop at `at`."""
    x, y, z = at
    if style == "gas":
        kit.add("burner", cylinder(r * 0.4, 0.025), at)
        for turn in (0, 90):
            kit.add("burner", box(2 * r, 0.02, 0.02), (x, y + 0.04, z), ry=turn)
        for dx, dz in ((r, 0), (-r, 0), (0, r), (0, -r)):
            kit.add("burner", box(0.02, 0.05, 0.02), (x + dx, y, z + dz))
    elif style == "electric":
        for k in (1.0, 0.7, 0.4):
            kit.add("burner", torus(r * k, 0.014, 18, 5), (x, y + 0.012, z))
    else:
        kit.add("burner", tube(r, r * 0.85, 0.015), at)
        kit.add("burner", cylinder(r * 0.8, 0.012), at)


BUILDERS = (microwave, washing_machine, refrigerator, stove)
