"""Small collections the tests of this room share."""

import os

import numpy as np

from pointrecon.shapes import ShapeArrays
from pointrecon.shapes.importers.manifest import Entry
from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.readers.read import read_shape
from pointrecon.shapes.table.file_facts import unknown


def clouds(count: int = 5, size: int = 8, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (count, size, 3)).astype(np.float16)


def full(count: int = 5, size: int = 8, seed: int = 0, prefix: str = "s") -> ShapeArrays:
    rng = np.random.default_rng(seed)
    return ShapeArrays.from_points(
        clouds(count, size, seed),
        id=[f"{prefix}{i}" for i in range(count)],
        label=np.arange(count) % 2 - (np.arange(count) == 0),
        classes=["mug", "bolt"],
        split=["train", "val", "test", "", "train"][:count],
        captions=[["a mug", "ein Becher für Tee"], [], ["x"], ["y"], ["z"]][:count],
        source=[f"{i}.obj" for i in range(count)],
        color=rng.integers(0, 256, (count, size, 3)),
        normals=rng.normal(size=(count, size, 3)),
        part=rng.integers(-1, 2, (count, size)),
        part_names=["handle", "body"],
        pictures=[[b"\x89PNG" + bytes([i]), b""][: i % 3] for i in range(count)],
        facts={
            "hash": [f"{i:064x}" for i in range(count)],
            "bytes": [100 + i if i % 2 else -1 for i in range(count)],
            "format": ["obj", "ply", ""][:count] + ["obj"] * (count - 3),
            "area": [1.5 * i if i else np.nan for i in range(count)],
        },
        features={"image/views": rng.normal(size=(count, 2, 4)), "text/m.v2": rng.normal(size=(count, 1, 3))},
        up="y",
        license="MIT",
    )


def assert_same(a: ShapeArrays, b: ShapeArrays) -> None:
    assert a.meta == b.meta
    for key in ("points", "id", "label", "split", "source", "color", "normals", "part"):
        x, y = getattr(a, key), getattr(b, key)
        if x is None or y is None:
            assert x is y, key
        else:
            assert x.dtype.kind == y.dtype.kind
            np.testing.assert_array_equal(x, y, err_msg=key)
    assert a.captions == b.captions
    assert a.pictures == b.pictures
    assert a.features.keys() == b.features.keys()
    for name in a.features:
        np.testing.assert_array_equal(a.features[name], b.features[name])
    for name in {**a.facts, **b.facts}:  # one that is left out is unknown of all
        x, y = (some.facts.get(name, unknown(name, len(some))) for some in (a, b))
        assert x.dtype.kind == y.dtype.kind
        np.testing.assert_array_equal(x, y, err_msg=name)


def crash_on_b(entry: Entry, points: int, seed: int) -> Cloud:
    """A reader that takes its process down at one file; here, so that a process can import it quickly."""
    if entry.id == "b":
        os._exit(11)
    return read_shape(entry.path, points, seed=seed)
