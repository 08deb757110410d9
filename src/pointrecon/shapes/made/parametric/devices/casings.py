"""Parts that devices and instruments share: side views, fields of keys, open cabinets, cords, piano keys, spokes."""

import numpy as np
from numpy.typing import ArrayLike

from pointrecon.shapes.made.parametric.assembly import merge, place
from pointrecon.shapes.made.parametric.meshes import TAU, Mesh, box, loft, rod, slab, stack, sweep, torus


def side_view(stations: ArrayLike, low: ArrayLike, high: ArrayLike, width: ArrayLike) -> Mesh:
    """Body along z whose y lies between `low` and `high` at each station (R,), and x within half the `width`."""
    mesh = slab(stations, low, high, width)
    return Mesh(mesh.vertices[:, [2, 0, 1]], mesh.faces)


def keys(width: float, depth: float, columns: int, rows: int, *, fill: float = 0.75, high: float = 0.02) -> Mesh:
    """A field of box-shaped keys about the origin, lying in x and z, standing on y = 0."""
    key = box(width / columns * fill, high, depth / rows * fill, (0.85, 0.85))
    across = (np.arange(columns) + 0.5) / columns * width - width / 2.0
    along = (np.arange(rows) + 0.5) / rows * depth - depth / 2.0
    return merge([place(key, (float(x), 0.0, float(z))) for z in along for x in across])


def board(width: float, height: float, depth: float) -> Mesh:
    """Box standing on y = 0 of many cells, so that a twist leaves its broad faces apart."""
    x = np.linspace(-0.5, 0.5, 7)
    z, edge = np.array([-0.2, 0.2]), np.full(2, 0.5)
    outline = [np.concatenate([x, edge, x[::-1], -edge]), np.concatenate([0 * x - 0.5, z, 0 * x + 0.5, -z])]
    base = np.stack(outline, axis=1) * (width, depth)
    return stack(base, np.linspace(0.0, height, 7), np.ones(7))


def cabinet(width: float, height: float, depth: float, wall: float) -> Mesh:
    """Box on y = 0 that is open in front (+z): back, two sides, floor and ceiling."""
    side = board(wall, height, depth)
    flat = box(width - 2.0 * wall, wall, depth)
    return merge(
        [
            place(side, (-(width - wall) / 2.0, 0.0, 0.0)),
            place(side, ((width - wall) / 2.0, 0.0, 0.0)),
            flat,
            place(flat, (0.0, height - wall, 0.0)),
            place(board(width - 2.0 * wall, height - 2.0 * wall, wall), (0.0, wall, -(depth - wall) / 2.0)),
        ]
    )


def basin(outline: np.ndarray, *rows: tuple[float, float, float], wrap: bool = False) -> Mesh:
    """A vessel on an outline (Q, 2) through rows (height, scale, shift along z): up the outside, then down the inside.

    The inside ends in a floor; `wrap` makes a ring instead, its last row joined to its first.
    """
    r = np.array(rows)
    flat = outline[None] * r[:, 1, None, None] + np.stack([0 * r[:, 2], r[:, 2]], axis=1)[:, None]
    return loft(np.stack([flat[..., 0], np.broadcast_to(r[:, :1], flat.shape[:2]), flat[..., 1]], axis=2), wrap=wrap)


def coil(long: float, radius: float, turns: int, wire: float) -> Mesh:
    """Helix along x about the origin."""
    t = np.linspace(0.0, 1.0, 8 * turns + 1)
    path = np.stack([(t - 0.5) * long, radius * np.cos(TAU * turns * t), radius * np.sin(TAU * turns * t)], axis=1)
    return sweep(path, wire, (1.0, 0.0, 0.0), around=5)


def piano_keys(width: float, depth: float, whites: int, thick: float = 0.03) -> tuple[Mesh, Mesh]:
    """White and black keys across x on y = 0, their fronts at z = depth / 2."""
    pitch = width / whites
    at = [(i + 0.5) * pitch - width / 2.0 for i in range(whites)]
    white, black = box(pitch * 0.9, thick, depth), box(pitch * 0.55, thick, depth * 0.62)
    upper = [x + pitch / 2.0 for i, x in enumerate(at[:-1]) if i % 7 not in (2, 6)]
    return (
        merge([place(white, (x, 0.0, 0.0)) for x in at]),
        merge([place(black, (x, thick * 0.8, -depth * 0.19)) for x in upper]),
    )


def spoked_wheel(radius: float, spokes: int, rim: Mesh, hub: float, spoke: float) -> Mesh:
    """A rim about the x axis through the origin, with round spokes from a ball-like hub."""
    bars = [place(rod((0.0, hub * 0.5, 0.0), (0.0, radius, 0.0), spoke), rx=360.0 * i / spokes) for i in range(spokes)]
    return merge([rim, *bars, place(torus(hub * 0.6, hub * 0.4, 12, 6), rz=90)])
