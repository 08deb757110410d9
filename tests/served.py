"""A folder of blocks served to tests, by a stand-in for a model."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import trimesh

from pointrecon.server.guard import Guard
from pointrecon.server.http_api import make_app
from pointrecon.server.served_collection import ServedCollection
from standin import StandIn

SIZES = {
    "rods/long": (9, 1, 1), "rods/short": (4, 1, 1), "plates/wide": (6, 6, 1), "plates/thin": (8, 5, 0.4),
    "dice/one": (3, 3, 3), "rods/copy": (9, 1, 1),
}  # fmt: skip
HOSTS = ("testserver", "localhost")


def block(extents: tuple[float, float, float], turned: float = 0.0) -> bytes:
    """A block as STL, with a hole at one side so that no two sides are alike."""
    body = trimesh.creation.box(extents)
    knob = trimesh.creation.box(np.array(extents) * 0.3)
    knob.apply_translation(np.array(extents) * (0.6, 0.2, 0.1))
    whole = trimesh.util.concatenate([body, knob])
    whole.apply_transform(trimesh.transformations.rotation_matrix(turned, (1, 2, 3)))
    return whole.export(file_type="stl")


def folder_of_blocks(folder: Path, sizes: Mapping[str, tuple[float, float, float]] = SIZES) -> Path:
    """A folder with these files; those of the same size are the same to the byte."""
    for name, extents in sizes.items():
        place = folder / f"{name}.stl"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(block(extents))
    return folder


def serve_folder(folder: Path, **more: Any) -> ServedCollection:
    """The folder, opened."""
    served = ServedCollection(folder, model=StandIn(), poses="given", progress=False, **more)
    served.index()
    return served


def guarded(served: ServedCollection, token: str | None = None, most: int = 4_000_000) -> Guard:
    """The application as `serve` runs it."""
    return Guard(make_app(served), token=token, hosts=HOSTS, most=most)
