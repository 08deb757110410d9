"""What a shape table holds, in numbers."""

from collections import Counter
from typing import Any

import numpy as np

from pointrecon.shapes.table.shape_table import ShapeTable


def describe(table: ShapeTable) -> dict[str, Any]:
    """Counts, classes, splits, features and the description of a table, ready for JSON."""
    meta, outline = table.meta, table.outline()
    splits = Counter(outline.split.tolist())
    classes = {
        name: dict(sorted(Counter(outline.split[outline.label == i].tolist()).items()))
        for i, name in enumerate(meta.classes)
    }
    return {
        "path": str(table.path),
        "name": meta.name,
        "shapes": len(outline.id),
        "points": outline.points,
        "up": meta.up,
        "units": meta.units,
        "license": meta.license,
        "source": meta.source,
        "splits": dict(sorted(splits.items())),
        "labeled": int((outline.label >= 0).sum()),
        "classes": classes,
        "captioned": sum(bool(c) for c in outline.captions),
        "different_captions": len({c for captions in outline.captions for c in captions}),
        "color": outline.color,
        "normals": outline.normals,
        "part_labels": outline.part,
        "part_names": list(meta.part_names),
        "pictures": outline.pictures,
        "features": {
            name: {"shapes": len(table.feature_ids(name)), **table.feature_info(name)} for name in table.feature_names()
        },
        "format": meta.version,
        "example_ids": np.asarray(outline.id[:3]).tolist(),
    }
