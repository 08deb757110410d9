"""What some shapes are, in numbers."""

from collections import Counter
from itertools import islice
from typing import Any

from pointrecon.readable import printable
from pointrecon.shapes.table.collection import Shapes

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
        "classes": classes,
        "captioned": sum(bool(own) for own in captions),
        "different_captions": len({text for own in captions for text in own}),
        **{key: int(shapes.has(column).sum()) for key, column in _EXTRAS.items()},
        "part_names": list(meta.part_names),
        "features": {
            name: {"shapes": int(shapes.has(name).sum()), **shapes.feature_info(name)}
            for name in sorted(shapes.feature_shapes)
        },
        "format": meta.version,
        "example_ids": list(islice(shapes.ids(), 3)),
    }
