"""What some shapes are, in numbers."""

from collections import Counter
from itertools import islice
from typing import Any

import numpy as np

from pointrecon.readable import printable
from pointrecon.shapes.table.collection import Shapes
from pointrecon.shapes.table.fact_rows import fact_blocks
from pointrecon.shapes.table.file_facts import is_known

_EXTRAS = {"color": "color", "normals": "normals", "part_labels": "part", "pictures": "pictures"}


def describe(shapes: Shapes) -> dict[str, Any]:
    """Counts, classes, splits, features and the description of a collection, ready for JSON."""
    meta, split, captions = shapes.meta, shapes.split, shapes.captions()
    label: Any = shapes.label
    classes = {name: dict(sorted(Counter(split[label == i].tolist()).items())) for i, name in enumerate(meta.classes)}
    return {
        "path": printable(shapes.name),
        "name": meta.name,
        "shapes": len(shapes),
        "points": shapes.size if len(shapes) else 0,
        "up": meta.up,
        "units": meta.units,
        "license": meta.license,
        "source": meta.source,
        "splits": dict(sorted(Counter(split.tolist()).items())),
        "labeled": int((label >= 0).sum()),
        "guessed": int(shapes.guessed.sum()),
        "classes": classes,
        "captioned": sum(bool(own) for own in captions),
        "different_captions": len({text for own in captions for text in own}),
        **{key: int(shapes.has(column).sum()) for key, column in _EXTRAS.items()},
        "files": describe_files(shapes),
        "part_names": list(meta.part_names),
        "features": {
            name: {"shapes": int(shapes.has(name).sum()), **shapes.feature_info(name)}
            for name in sorted(shapes.feature_shapes)
        },
        "format": meta.version,
        "example_ids": list(islice(shapes.ids(), 3)),
    }


def describe_files(shapes: Shapes) -> dict[str, Any]:
    """What the files of a collection are: counts, with "" for what is not known, and smallest and largest measures.

    Extents are told for each unit; those in a unit that nobody told are not to be compared with others.
    """
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("format", "reader", "unit", "up")}
    total: Counter[str] = Counter(bytes=0, meshes=0, closed=0, clouds=0)
    ranges: dict[str, list[float]] = {}
    sizes: dict[str, dict[str, list[float]]] = {}
    for block in fact_blocks(shapes):
        if not len(block["id"]):
            break
        up = np.char.add(np.char.add(block["up"], np.where(block["up"] == "", "", ", ")), block["up_source"])
        for name, told in counts.items():
            values, number = np.unique(up if name == "up" else block[name], return_counts=True)
            told.update(dict(zip(values.tolist(), number.tolist(), strict=True)))
        mesh, cloud = block["faces"] > 0, block["faces"] == 0
        total["bytes"] += int(np.maximum(block["bytes"], 0).sum())
        total.update(meshes=int(mesh.sum()), clouds=int(cloud.sum()), closed=int(is_known(block["volume"]).sum()))
        _widen(ranges, "faces", block["faces"][mesh])
        _widen(ranges, "points", block["vertices"][cloud])
        for unit in np.unique(block["unit"]).tolist():
            for axis in "xyz":
                _widen(sizes.setdefault(unit, {}), axis, block[f"extent_{axis}"][block["unit"] == unit])
    return {
        **{
            f"{name}s": dict(sorted(told.items(), key=lambda one: (one[0] == "", -one[1])))
            for name, told in counts.items()
        },
        **total,
        **ranges,
        "extents": {unit: axes for unit, axes in sizes.items() if axes},
    }


def _widen(ranges: dict[str, list[float]], name: str, values: np.ndarray) -> None:
    """Make a range of smallest and largest as wide as these values, where they are known."""
    if len(known := values[is_known(values)]):
        low, high = known.min().item(), known.max().item()
        old = ranges.get(name, [low, high])
        ranges[name] = [min(old[0], low), max(old[1], high)]
