"""Parts that buildings of many kinds are made of: bodies of any plan, window grids, roofs, columns, battlements."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from pointrecon.shapes.made.parametric.assembly import Assembly, merge, place
from pointrecon.shapes.made.parametric.dice import chance, count, one_of, span, spread
from pointrecon.shapes.made.parametric.meshes import TAU, Mesh, box, circle, cylinder, loft, prism, rod, rounded


def copies(mesh: Mesh, at: ArrayLike) -> Mesh:
    """One mesh at each of the places (N, 3)."""
    places = np.asarray(at, dtype=np.float64).reshape(-1, 1, 3)
    shift = len(mesh.vertices) * np.arange(len(places))[:, None, None]
    return Mesh((mesh.vertices + places).reshape(-1, 3), (mesh.faces + shift).reshape(-1, 3))


def plan(rng: np.random.Generator, width: float, depth: float) -> tuple[np.ndarray, str]:
    """An outline (Q, 2) of a building in x and z, and its word."""
    kind = one_of(rng, "square", "square", "square", "round", "octagonal", "rounded", "triangular", "hexagonal")
    size = np.array([width, depth]) / 2.0
    if kind in ("square", "rounded"):
        corners = {
            "square": np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]),
            "rounded": rounded(2, 2, 5),
        }
        return corners[kind] * size, kind
    corner = {"round": 20, "octagonal": 8, "triangular": 3, "hexagonal": 6}[kind]
    return circle(corner, 0.25 / corner) * size * 1.1, kind


def shaped(outline: np.ndarray, levels: ArrayLike, scale: ArrayLike = 1.0, turn: ArrayLike = 0.0) -> Mesh:
    """An upright solid whose outline (Q, 2) is scaled and turned (in turns) at each of the R levels."""
    y, s, t = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (levels, scale, turn)))
    cos, sin = np.cos(TAU * t)[:, None], np.sin(TAU * t)[:, None]
    x, z = s[:, None] * outline[:, 0], s[:, None] * outline[:, 1]
    return loft(np.stack(np.broadcast_arrays(cos * x - sin * z, y[:, None], sin * x + cos * z), axis=2))


def windows(width: float, depth: float, height: float, floors: int, columns: int, sides: str = "all") -> Mesh:
    """Window panes on the faces of a box that stands on y = 0: on all four, or on `front` and back only."""
    meshes = []
    up = height / floors
    levels = [up * (i + 0.35) for i in range(floors)]
    for wide, away, turned in ((width, depth, False), (depth, width, True)):
        if turned and sides != "all":
            continue
        across = max(1, round(columns * wide / width))
        step = wide / across
        pane = box(step * 0.55, up * 0.5, 0.04)
        at = [(x, y, sign * away / 2) for x in spread(across, wide) for y in levels for sign in (-1, 1)]
        rows = copies(pane, at)
        meshes.append(place(rows, ry=90) if turned else rows)
    return merge(meshes)


def dressed(kit: Assembly, rng: np.random.Generator, width: float, depth: float, height: float, floors: int,
            at: Sequence[float] = (0.0, 0.0, 0.0), style: str = "") -> str:  # fmt: skip
    """A box with a facade, standing at `at`: panes, bands, fins, a grid, balconies or nothing; tells which."""
    style = style or one_of(rng, "panes", "panes", "bands", "fins", "grid", "balconies", "plain")
    kit.add("wall", box(width, height, depth), at)
    x, y, z = at
    columns = count(rng, 3, 7)
    up = height / floors
    if style in ("bands", "grid"):
        slab = box(width * 1.05, up * span(rng, 0.15, 0.4), depth * 1.05)
        kit.add("facade", copies(slab, [(x, y + up * (i + 0.6), z) for i in range(floors)]))
    if style in ("fins", "grid"):
        thin = width / columns * span(rng, 0.15, 0.35)
        along = np.linspace(-0.5, 0.5, columns + 1)
        for sign in (-1, 1):
            fin = box(thin, height, 0.03)
            kit.add("facade", copies(fin, [(x + width * f, y, z + sign * depth / 2) for f in along]))
            fin = box(0.03, height, thin)
            kit.add("facade", copies(fin, [(x + sign * width / 2, y, z + depth * f) for f in along]))
    if style == "panes":
        kit.add("facade", windows(width, depth, height, floors, columns), at)
    if style == "balconies":
        wide, deep = width / columns * span(rng, 0.5, 0.9), span(rng, 0.06, 0.14)
        rail = up * 0.35
        front = merge([box(wide, 0.02, deep), place(box(wide, rail, 0.015), (0, 0, deep / 2))])
        places = [
            (x + f, y + up * (i + 0.08), z + (depth + deep) / 2) for f in spread(columns, width) for i in range(floors)
        ]
        kit.add("facade", copies(front, places))
        if chance(rng):
            kit.add("facade", windows(width, depth, height, floors, columns), at)
    return {"panes": "rows of windows", "bands": "bands of windows", "plain": "smooth walls"}.get(
        style, "a grid of frames" if style == "grid" else style.replace("fins", "vertical fins")
    )


def gable(width: float, depth: float, rise: float, over: float = 1.08, share: float = 0.0) -> Mesh:
    """A gabled roof on y = 0, its ridge along z; `share` moves the ridge sideways by half widths."""
    w = width * over / 2
    return prism(np.array([(-w, 0.0), (w, 0.0), (w * share, rise)]), depth * over)


def covered(
    kit: Assembly, rng: np.random.Generator, width: float, depth: float, at: Sequence[float], kind: str = ""
) -> str:
    """A roof upon a box whose upper face has its middle at `at`; tells which."""
    kind = kind or one_of(rng, "gabled", "gabled", "gabled", "hipped", "mansard", "flat", "shed")
    rise, over = min(width, depth) * span(rng, 0.3, 0.75), span(rng, 1.04, 1.2)
    turn = 0.0
    if kind in ("gabled", "shed"):
        if chance(rng):
            width, depth, turn = depth, width, 90.0
        kit.add("roof", gable(width, depth, rise, over, -1.0 if kind == "shed" else 0.0), at, ry=turn)
    elif kind == "hipped":
        top = (span(rng, 0.3, 0.6), 0.04) if width > depth else (0.04, span(rng, 0.3, 0.6))
        kit.add("roof", box(width * over, rise * 0.8, depth * over, top), at)
    elif kind == "mansard":
        kit.add("roof", box(width * over, rise * 0.6, depth * over, (0.75, 0.75)), at)
        upper = box(width * over * 0.75, rise * 0.2, depth * over * 0.75, (0.4, 0.3))
        kit.add("roof", upper, (at[0], at[1] + rise * 0.6, at[2]))
    else:
        kit.add("roof", box(width * over, 0.05, depth * over), at)
        if chance(rng):
            kit.add("roof", box(width * 0.25, 0.1, depth * 0.3), (at[0], at[1] + 0.05, at[2]))
    return f"a {kind} roof"


def column(radius: float, height: float, fluted: bool = False) -> Mesh:
    """A column with base and capital from y = 0 to `height`."""
    block = box(radius * 2.8, height * 0.05, radius * 2.8)
    shaft = cylinder(radius, height * 0.9, radius * 0.85, 8 if fluted else 12)
    return merge([block, place(shaft, (0, height * 0.05, 0)), place(block, (0, height * 0.95, 0))])


def battlements(width: float, depth: float, size: float) -> Mesh:
    """Merlons around a rectangle on y = 0."""
    merlon = box(size, size, size)
    at = []
    for wide, away, turned in ((width, depth, False), (depth, width, True)):
        for f in np.linspace(-0.5, 0.5, max(2, round(wide / size / 2))):
            at += [(s * away / 2, 0, f * wide) if turned else (f * wide, 0, s * away / 2) for s in (-1, 1)]
    return copies(merlon, at)


def small_tree(rng: np.random.Generator, height: float) -> Mesh:
    """A simple tree on y = 0, round or pointed."""
    trunk = cylinder(height * 0.06, height * 0.4, segments=6)
    if chance(rng):
        return merge([trunk, place(cylinder(height * 0.25, height * 0.75, 0.0, 7), (0, height * 0.25, 0))])
    levels = height * np.array([0.0, 0.25, 0.5, 0.65])
    crown = shaped(circle(8) * height * 0.3, levels, [0.5, 1, 0.9, 0.3])
    return merge([trunk, place(crown, (0, height * 0.35, 0))])


def rooftop(kit: Assembly, rng: np.random.Generator, width: float, depth: float, at: Sequence[float]) -> str:
    """What stands on a flat roof whose middle is at `at`; tells what."""
    kind = one_of(rng, "", "a roof hut", "an aerial", "a water tank", "a parapet", "roof machines")
    x, y, z = at
    if kind == "a roof hut":
        kit.add("roof", box(width * 0.35, width * span(rng, 0.1, 0.25), depth * 0.35), (x + width * 0.1, y, z))
    elif kind == "an aerial":
        kit.add("roof", box(width * 0.3, 0.06, depth * 0.3), at)
        kit.add("roof", rod((x, y, z), (x, y + span(rng, 0.25, 0.6), z), 0.014, 0.3))
    elif kind == "a water tank":
        kit.add("roof", cylinder(min(width, depth) * 0.17, 0.14), (x - width * 0.2, y + 0.08, z))
        legs = [(x - width * 0.2 + i * 0.04, y, z + j * 0.04) for i in (-1, 1) for j in (-1, 1)]
        kit.add("roof", copies(box(0.02, 0.09, 0.02), legs))
    elif kind == "a parapet":
        for f in (-0.5, 0.5):
            kit.add("roof", box(width * 1.02, 0.06, 0.03), (x, y, z + f * depth))
            kit.add("roof", box(0.03, 0.06, depth * 1.02), (x + f * width, y, z))
    elif kind:
        for _ in range(count(rng, 2, 5)):
            spot = (x + width * span(rng, -0.35, 0.35), y, z + depth * span(rng, -0.35, 0.35))
            machine = box(width * span(rng, 0.08, 0.2), span(rng, 0.03, 0.09), depth * span(rng, 0.08, 0.2))
            kit.add("roof", machine, spot)
    return kind
