"""What `duplicates` found as rows, for people and programs: one for each file of each group."""

import math
from datetime import UTC, datetime
from typing import Any

import numpy as np

from pointrecon.retrieval.duplicate_kinds import VARIANT, Duplicate, Duplicates

_FACTS = ("format", "unit", "extent_x", "extent_y", "extent_z", "area", "volume", "faces", "bytes", "modified")
COLUMNS = (
    *("group", "proposal", "kind", "id", "file", "of", "words", "scale", "mirrored", "residual", "share", "similarity"),
    *_FACTS,
)


def duplicate_rows(found: Duplicates) -> list[dict[str, Any]]:
    """One for each file of each group, the one to keep first, ready for JSON; what is not known is None.

    ``group`` counts from 1. ``proposal`` is "keep", "spare" (nothing in it that the kept one lacks), or "look" (its
    size, its hand or its form differs). ``kind`` is what the file is ``of`` another, with the evidence in ``words`` and
    numbers: see `Evidence`. ``file`` is the path that it was read from, inside the collection's folder.
    """
    places = np.array([place for group in found.groups for place in (group.keep, *(o.place for o in group.others))])
    if not len(places):
        return []
    block = found.shapes.read(places, columns=["id", "source", *_FACTS])
    told = {"id": block.id, "file": np.where(block.short["source"] == "", block.id, block.short["source"])}
    columns = {name: values.tolist() for name, values in {**told, **{k: block.short[k] for k in _FACTS}}.items()}
    ids = dict(zip(places.tolist(), columns["id"], strict=True))
    rows, at = [], 0
    for number, group in enumerate(found.groups, 1):
        for one in (None, *group.others):
            facts = {name: _known(name, values[at]) for name, values in columns.items()}
            names = {name: facts.pop(name) for name in ("id", "file")}
            rows.append({"group": number, **_proposal(one), **names, **_evidence(one, ids), **facts})
            at += 1
    return rows


def spare_bytes(found: Duplicates) -> int:
    """The size of the files that hold nothing that the one to keep lacks, as far as it is known."""
    places = [one.place for group in found.groups for one in group.others if one.spare]
    sizes = found.shapes.read(np.array(places, np.int64), columns=["bytes"]).short["bytes"]
    return int(sizes[sizes > 0].sum())


def duplicate_summary(found: Duplicates) -> dict[str, Any]:
    """All of it for JSON: how many of each kind, and the groups with what there is to say of each file."""
    rows = duplicate_rows(found)
    groups: dict[int, list[dict[str, Any]]] = {}
    full = {one.place: one for group in found.groups for one in group.others}
    places = [place for group in found.groups for place in (group.keep, *(one.place for one in group.others))]
    for place, row in zip(places, rows, strict=True):
        evidence = full[place].evidence if row["proposal"] != "keep" else None
        groups.setdefault(row.pop("group"), []).append(row | {"details": evidence.to_dict() if evidence else None})
    return {
        "shapes": len(found.shapes),
        "compared": found.compared,
        "kinds": found.counts(),
        "spare_bytes": spare_bytes(found),
        "notes": found.notes,
        "groups": list(groups.values()),
    }


def _proposal(one: Duplicate | None) -> dict[str, Any]:
    return {"proposal": "keep" if one is None else "spare" if one.spare else "look", "kind": one.kind if one else None}


def _evidence(one: Duplicate | None, ids: dict[int, str]) -> dict[str, Any]:
    found = one.evidence if one else None
    return {
        "of": ids[one.of] if one else None,
        "words": None if one is None else "the same bytes" if found is None else found.words(),
        "scale": found.scale if found else None,
        "mirrored": found.mirrored if found else None,
        "residual": found.residual if found else None,
        "share": found.share if found and found.kind == VARIANT else None,
        "similarity": None if one is None or math.isnan(one.similarity) else round(one.similarity, 4),
    }


def _known(name: str, value: Any) -> Any:
    if name == "modified":
        return datetime.fromtimestamp(value // 10**9, UTC).isoformat(" ") if value >= 0 else None
    missing = value == "" or (isinstance(value, int) and value < 0) or (isinstance(value, float) and math.isnan(value))
    return None if missing else value
