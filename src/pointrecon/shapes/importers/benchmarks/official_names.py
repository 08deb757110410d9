"""Names the files only number: classes, WordNet ids, and the parts of ShapeNetPart, from ``names.yaml``."""

from pathlib import Path

import yaml

_NAMES = yaml.safe_load(Path(__file__).with_name("names.yaml").read_text(encoding="utf-8"))
MODELNET40, MODELNET10, SCANOBJECTNN = (tuple(_NAMES[name]) for name in ("modelnet40", "modelnet10", "scanobjectnn"))
SHAPENET55: dict[str, str] = _NAMES["shapenet55"]
# category → its WordNet id, and its parts
SHAPENETPART = {name: (one["id"], tuple(one["parts"])) for name, one in _NAMES["shapenetpart"].items()}


def shapenetpart_parts() -> list[str]:
    """The 50 part names, ``Category/part``, in the order of the labels."""
    return [f"{category}/{part}" for category, (_, parts) in SHAPENETPART.items() for part in parts]
