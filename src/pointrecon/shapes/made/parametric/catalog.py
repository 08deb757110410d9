"""The categories of the named family, and an object from a category's name and a seed."""

from collections.abc import Callable
from zlib import crc32

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.made.parametric.assembly import Assembly, Built
from pointrecon.shapes.made.parametric.devices import (
    appliances,
    bathroom,
    clocks,
    electronics,
    gadgets,
    optics,
    percussion,
    pianos,
    strings_and_winds,
    telephones,
)
from pointrecon.shapes.made.parametric.household import (
    bags,
    books,
    chess_set,
    containers,
    crates,
    home_devices,
    keepsakes,
    lights,
    regalia,
    seating,
    sport,
    tables,
    vessels,
    wearables,
)
from pointrecon.shapes.made.parametric.living import (
    animals,
    birds,
    creatures,
    face_masks,
    hands,
    human_heads,
    insects,
    large_animals,
    people,
    plants,
    reptiles,
    robots,
    sea_animals,
    skeletons,
    swimmers,
    trees,
    wild_plants,
)
from pointrecon.shapes.made.parametric.places import (
    buildings,
    city,
    landmarks,
    monuments,
    post_and_water,
    roadside,
    sights,
    structures,
    workplaces,
)
from pointrecon.shapes.made.parametric.tools import (
    arms,
    artillery,
    grenades,
    hand_tools,
    handguns,
    hardware,
    helmets,
    long_guns,
    pipes,
)
from pointrecon.shapes.made.parametric.transport import (
    aircraft,
    carts,
    craft,
    lorries,
    railway,
    road_vehicles,
    spacecraft,
    spaceships,
    tracked_vehicles,
    vehicles,
    watercraft,
    wheel_kinds,
)

Builder = Callable[[Assembly, np.random.Generator], Built]

_GROUPS = (
    seating,
    tables,
    lights,
    home_devices,
    vessels,
    hand_tools,
    hardware,
    pipes,
    vehicles,
    craft,
    structures,
    telephones,
    electronics,
    people,
    human_heads,
    hands,
    pianos,
    percussion,
    strings_and_winds,
    handguns,
    long_guns,
    plants,
    wild_plants,
    arms,
    artillery,
    bathroom,
    containers,
    wheel_kinds,
    aircraft,
    buildings,
    city,
    workplaces,
    road_vehicles,
    lorries,
    spacecraft,
    spaceships,
    animals,
    large_animals,
    reptiles,
    books,
    chess_set,
    roadside,
    wearables,
    clocks,
    post_and_water,
    tracked_vehicles,
    watercraft,
    railway,
    carts,
    landmarks,
    monuments,
    birds,
    insects,
    swimmers,
    sea_animals,
    robots,
    skeletons,
    creatures,
    sights,
    appliances,
    gadgets,
    optics,
    trees,
    face_masks,
    crates,
    keepsakes,
    helmets,
    sport,
    regalia,
    bags,
    grenades,
)
# a builder is called as what it builds
CATEGORIES: dict[str, Builder] = {b.__name__.replace("_", " "): b for group in _GROUPS for b in group.BUILDERS}
FIRST = tuple(CATEGORIES)[:97]  # those there were at first: tables made then are made again from them

# Coordinates are put on this grid, so that the last bits of sine and cosine, which differ between
# machines, never reach the sampled points. It is far finer than the table's float16.
_GRID = 2.0**-18

# How far an object may depart from what its builder made: relative stretch of each axis, relative widening
# from foot to head, sideways shift of the head by its size, turn of the head against the foot (radians).
_STRETCH, _TAPER, _LEAN, _TWIST = 0.22, 0.55, 0.18, 0.35


def build(category: str, seed: int) -> Built:
    """One object, the same on every machine: about the origin, within the unit sphere, y up, front along +z.

    Every whole number as seed gives another. InputError for what is no key of `CATEGORIES`.
    """
    if category not in CATEGORIES:
        raise InputError(f"no parametric category '{category}': choose among {', '.join(CATEGORIES)}")
    rng = np.random.Generator(np.random.PCG64([crc32(category.encode()), abs(seed), int(seed < 0)]))
    built = CATEGORIES[category](Assembly(category), rng)
    built.vertices = _fit(_deform(built.vertices, rng))
    return built


def _deform(vertices: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Stretch each axis, taper along the height, lean and twist, little enough for captions to hold.

    Without it, coarse proportions alone would tell most categories apart.
    """
    stretch, (taper, lean_x, lean_z, twist) = 2.0 * rng.random(3) - 1.0, 2.0 * rng.random(4) - 1.0
    x, y, z = (vertices * (1.0 + _STRETCH * stretch)).T
    low, high = y.min(), y.max()
    level = (y - low) / (high - low) - 0.5
    reach = np.maximum(high - low, np.maximum(np.ptp(x), np.ptp(z)))
    width = 1.0 + _TAPER * taper * level
    cos, sin = np.cos(_TWIST * twist * level), np.sin(_TWIST * twist * level)
    lean = _LEAN * reach * level
    return np.stack(
        [width * (cos * x + sin * z) + lean_x * lean, y, width * (cos * z - sin * x) + lean_z * lean], axis=1
    )


def _fit(vertices: np.ndarray) -> np.ndarray:
    """Center the bounding box, scale into the unit sphere, round to the grid."""
    centered = vertices - (vertices.min(axis=0) + vertices.max(axis=0)) / 2.0
    radius = np.sqrt((centered * centered).sum(axis=1).max())
    return np.rint(centered * ((1.0 - _GRID) / radius) / _GRID) * _GRID
