"""Machine parts as closed meshes in millimeters, from a seed: bolts, nuts, brackets, flanges, gears and the like."""

from collections.abc import Callable, Sequence

import numpy as np

from pointrecon.shapes.readers.triangulate import triangulated

Mesh = tuple[np.ndarray, np.ndarray]  # vertices (V, 3) float64, faces (F, 3) int64
_TURN = 2 * np.pi


def machine_part(kind: str, seed: int) -> Mesh:
    """One part of a kind (see `KINDS`), with sizes drawn from the seed."""
    return KINDS[kind](np.random.default_rng([seed, list(KINDS).index(kind)]))


def joined(*meshes: Mesh) -> Mesh:
    """Several closed meshes as one of several bodies."""
    starts = np.cumsum([0, *(len(vertices) for vertices, _ in meshes[:-1])])
    faces = [faces + start for (_, faces), start in zip(meshes, starts, strict=True)]
    return np.concatenate([vertices for vertices, _ in meshes]), np.concatenate(faces)


def moved(mesh: Mesh, x: float = 0, y: float = 0, z: float = 0) -> Mesh:
    """The same, elsewhere."""
    return mesh[0] + np.array([x, y, z]), mesh[1]


def ring_of(radius: float, corners: int, x: float = 0, y: float = 0) -> np.ndarray:
    """A regular outline (corners, 2), counter-clockwise."""
    angle = np.arange(corners) * _TURN / corners
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], 1)


def extruded(outline: np.ndarray, height: float, holes: Sequence[np.ndarray] = ()) -> Mesh:
    """An outline (N, 2), counter-clockwise, with holes (counter-clockwise too), from z = 0 to ``height``."""
    loops = [outline, *(hole[::-1] for hole in holes)]
    flat = np.concatenate(loops)
    starts = np.cumsum([0, *(len(loop) for loop in loops)])
    around = [np.arange(a, b) for a, b in zip(starts[:-1], starts[1:], strict=True)]
    corners = around[0]
    for hole in sorted(around[1:], key=lambda own: -flat[own, 0].max()):  # each cut open towards what is there
        corners = _bridged(flat, corners, hole)
    level = np.column_stack([flat, np.zeros(len(flat))])
    cap, _ = triangulated(level, np.array([len(corners)]), corners)
    low = [np.column_stack([own, np.roll(own, -1)]) for own in around]
    a, b = np.concatenate(low).T
    high = len(flat)
    sides = np.concatenate([np.stack([a, b, b + high], 1), np.stack([a, b + high, a + high], 1)])
    return np.concatenate([level, level + np.array([0, 0, height])]), np.concatenate([cap[:, ::-1], cap + high, sides])


def _bridged(flat: np.ndarray, corners: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """The polygon with a hole cut open to it: from the hole's rightmost corner straight to the nearest one it sees."""
    start = int(flat[hole, 0].argmax())
    here = flat[hole[start]]
    ends = flat[np.roll(corners, -1)]
    for place in np.argsort(np.linalg.norm(flat[corners] - here, axis=1), kind="stable"):
        if not _crosses(here, flat[corners[place]], flat[corners], ends):
            turned = np.roll(hole, -start)
            return np.concatenate(
                [corners[: place + 1], turned, turned[:1], corners[place : place + 1], corners[place + 1 :]]
            )
    raise AssertionError("a hole outside of its outline")


def _crosses(a: np.ndarray, b: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> bool:
    """Whether the segment from a to b crosses an edge properly."""

    def side(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> np.ndarray:
        u, v = q - p, r - p
        return u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]

    one = side(a, b, starts) * side(a, b, ends)
    other = side(starts, ends, a) * side(starts, ends, b)
    return bool(((one < -1e-12) & (other < -1e-12)).any())


def turned(profile: Sequence[tuple[float, float]], corners: int = 32) -> Mesh:
    """A closed profile of (radius, height), counter-clockwise with the axis on its left, turned about z."""
    radius, height = np.array(profile, float).T
    angle = np.arange(corners) * _TURN / corners
    vertices = np.stack(
        [
            np.outer(np.cos(angle), radius),
            np.outer(np.sin(angle), radius),
            np.broadcast_to(height, (corners, len(radius))),
        ],
        -1,
    ).reshape(-1, 3)
    return vertices, _tube_faces(corners, len(radius))


def swept(path: np.ndarray, radius: float, corners: int = 16) -> Mesh:
    """A round bar along a path (N, 3), with flat ends."""
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    side = np.cross(along[0], [0.123, 0.456, 0.881])
    rings = []
    for place, ahead in zip(path, along, strict=True):
        side = side - ahead * (side @ ahead)
        side /= np.linalg.norm(side)
        circle = ring_of(radius, corners)
        rings.append(place + circle[:, :1] * side + circle[:, 1:] * np.cross(ahead, side))
    count = len(path)
    a = np.arange(corners)
    b = np.roll(a, -1)
    steps = np.arange(count - 1)[:, None] * corners
    low, high = steps + a, steps + corners + a
    low_b, high_b = steps + b, steps + corners + b
    sides = np.concatenate([np.stack([low, low_b, high_b], -1), np.stack([low, high_b, high], -1)]).reshape(-1, 3)
    fan = np.stack([np.zeros(corners - 2, int), a[1:-1], a[2:]], 1)
    return np.concatenate(rings), np.concatenate([sides, fan[:, ::-1], fan + (count - 1) * corners])


def _tube_faces(turns: int, points: int) -> np.ndarray:
    """Faces of a grid (turns, points) that closes both ways."""
    i, j = np.meshgrid(np.arange(turns), np.arange(points), indexing="ij")
    a, b = i * points + j, (i + 1) % turns * points + j
    c, d = (i + 1) % turns * points + (j + 1) % points, i * points + (j + 1) % points
    return np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])


def _hex_bolt(rng: np.random.Generator) -> Mesh:
    d = rng.choice([4, 5, 6, 8, 10, 12, 16])
    head = extruded(ring_of(d * 0.95, 6), 0.65 * d)
    return joined(head, moved(extruded(ring_of(d / 2, 24), d * rng.uniform(2, 8)), z=0.65 * d))


def _cap_screw(rng: np.random.Generator) -> Mesh:
    d = rng.choice([3, 4, 5, 6, 8, 10])
    head = extruded(ring_of(0.75 * d, 24), d, [ring_of(0.45 * d, 6)])
    return joined(head, moved(extruded(ring_of(d / 2, 24), d * rng.uniform(2, 7)), z=-d * rng.uniform(2, 7)))


def _nut(rng: np.random.Generator) -> Mesh:
    d = rng.choice([4, 5, 6, 8, 10, 12, 16])
    return extruded(ring_of(d * 0.95, 6), d * rng.uniform(0.6, 1), [ring_of(d / 2, 24)])


def _washer(rng: np.random.Generator) -> Mesh:
    d = rng.choice([4, 5, 6, 8, 10, 12, 16])
    return extruded(ring_of(d * rng.uniform(1, 1.5), 40), d * rng.uniform(0.1, 0.25), [ring_of(d * 0.53, 40)])


def _bracket(rng: np.random.Generator) -> Mesh:
    """An L of sheet; its two holes are not in the middle, so it has a left and a right hand."""
    a, b, w = rng.uniform(25, 80), rng.uniform(25, 80), rng.uniform(15, 50)
    t, r = rng.uniform(2, 5), w * rng.uniform(0.12, 0.2)
    leg = extruded(np.array([[0, 0], [a, 0], [a, w], [0, w]]), t, [ring_of(r, 20, a * 0.65, w * 0.35)])
    back = extruded(np.array([[0, 0], [b, 0], [b, w], [0, w]]), t, [ring_of(r * 0.7, 20, b * 0.7, w * 0.6)])
    upright = back[0][:, [2, 1, 0]] * [-1, 1, 1]
    return joined(leg, moved((upright, back[1]), x=0.01))  # bodies that only touch would share an edge


def _plate(rng: np.random.Generator) -> Mesh:
    a, b, t = rng.uniform(40, 120), rng.uniform(30, 90), rng.uniform(3, 12)
    r = min(a, b) * rng.uniform(0.05, 0.1)
    holes = [ring_of(r, 20, x * a, y * b) for x in (0.15, 0.85) for y in (0.15, 0.85)]
    if rng.random() < 0.5:
        holes.append(ring_of(min(a, b) * 0.2, 32, a / 2, b / 2))
    return extruded(np.array([[0, 0], [a, 0], [a, b], [0, b]]), t, holes)


def _flange(rng: np.random.Generator) -> Mesh:
    r, t, count = rng.uniform(30, 90), rng.uniform(6, 18), int(rng.choice([4, 6, 8]))
    spots = ring_of(0.78 * r, count)
    disc = extruded(
        ring_of(r, 48), t, [ring_of(0.4 * r, 40), *(ring_of(0.09 * r, 16, x, y) for x, y in spots.tolist())]
    )
    neck = extruded(ring_of(0.5 * r, 40), rng.uniform(0.3, 0.8) * r, [ring_of(0.4 * r, 40)])
    return joined(disc, moved(neck, z=t - 0.01))


def _gear(rng: np.random.Generator) -> Mesh:
    teeth, r = int(rng.integers(12, 40)), rng.uniform(15, 60)
    steps = np.arange(teeth * 4)
    radius = np.where(steps % 4 < 2, r, r * (1 - 4 / teeth))
    angle = (steps + np.where(steps % 2 == 0, 0.15, -0.15)) * _TURN / len(steps)
    outline = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
    return extruded(outline, r * rng.uniform(0.15, 0.5), [ring_of(r * rng.uniform(0.15, 0.35), 32)])


def _pipe(rng: np.random.Generator) -> Mesh:
    r, length = rng.uniform(8, 40), rng.uniform(50, 300)
    return extruded(ring_of(r, 40), length, [ring_of(r * rng.uniform(0.75, 0.92), 40)])


def _elbow(rng: np.random.Generator) -> Mesh:
    r = rng.uniform(8, 30)
    bend = r * rng.uniform(1.6, 3)
    angle = np.linspace(0, np.radians(rng.choice([45, 90])), 24)
    path = np.stack([bend * np.cos(angle), bend * np.sin(angle), 0 * angle], 1)
    outer, inner = swept(path, r, 32), swept(path, 0.85 * r, 32)
    return joined(outer, (inner[0], inner[1][:, ::-1]))


def _channel(rng: np.random.Generator) -> Mesh:
    a, b, t = rng.uniform(30, 80), rng.uniform(20, 60), rng.uniform(2, 6)
    outline = [[0, 0], [a, 0], [a, b], [a - t, b], [a - t, t], [t, t], [t, b], [0, b]]
    return extruded(np.array(outline), rng.uniform(100, 400))


def _beam(rng: np.random.Generator) -> Mesh:
    a, b, t = rng.uniform(30, 80), rng.uniform(40, 120), rng.uniform(3, 8)
    m = (a - t) / 2
    outline = [[0, 0], [a, 0], [a, t], [a - m, t], [a - m, b - t], [a, b - t], [a, b], [0, b], [0, b - t], [m, b - t]]
    return extruded(np.array([*outline, [m, t], [0, t]]), rng.uniform(150, 600))


def _shaft(rng: np.random.Generator) -> Mesh:
    steps, height = int(rng.integers(3, 6)), 0.0
    outer: list[tuple[float, float]] = []
    for _ in range(steps):
        r, length = rng.uniform(6, 25), rng.uniform(15, 60)
        outer += [(r, height), (r, height + length)]
        height += length
    return turned([(0.01, 0), *outer, (0.01, height)], 36)


def _bushing(rng: np.random.Generator) -> Mesh:
    r, h = rng.uniform(8, 25), rng.uniform(10, 40)
    collar, inner = r * rng.uniform(1.2, 1.6), r * rng.uniform(0.5, 0.8)
    return turned([(inner, 0), (collar, 0), (collar, 0.2 * h), (r, 0.2 * h), (r, h), (inner, h)], 40)


def _knob(rng: np.random.Generator) -> Mesh:
    r = rng.uniform(10, 30)
    z = np.linspace(0, np.pi, 16)
    bulb = [(max(0.01, r * float(np.sin(a))), r * (2 - float(np.cos(a)))) for a in z[2:]]
    return turned([(0.01, 0), (0.35 * r, 0), (0.35 * r, 1.1 * r), *bulb], 36)


def _spring(rng: np.random.Generator) -> Mesh:
    r, wire, turns = rng.uniform(6, 20), rng.uniform(0.8, 2.2), rng.uniform(4, 9)
    angle = np.linspace(0, turns * _TURN, int(turns * 20))
    pitch = wire * rng.uniform(2.6, 4)
    return swept(np.stack([r * np.cos(angle), r * np.sin(angle), pitch * angle / _TURN], 1), wire, 10)


def _handle(rng: np.random.Generator) -> Mesh:
    w, h, r = rng.uniform(60, 160), rng.uniform(25, 60), rng.uniform(3, 8)
    t = np.linspace(0, np.pi, 25)
    bow = np.stack([-w / 2 * np.cos(t), 0 * t, h + 0.25 * w * np.sin(t)], 1)
    ends = np.linspace(0, h, 6)[:-1]
    up = np.stack([np.full(5, -w / 2), np.zeros(5), ends], 1)
    return swept(np.concatenate([up, bow, up[::-1] * [-1, 1, 1]]), r, 16)


KINDS: dict[str, Callable[[np.random.Generator], Mesh]] = {
    "hex_bolt": _hex_bolt, "cap_screw": _cap_screw, "nut": _nut, "washer": _washer, "bracket": _bracket,
    "plate": _plate, "flange": _flange, "gear": _gear, "pipe": _pipe, "elbow": _elbow, "channel": _channel,
    "beam": _beam, "shaft": _shaft, "bushing": _bushing, "knob": _knob, "spring": _spring, "handle": _handle,
}  # fmt: skip
