"""Joining collections: class and part names are merged by name, what one part lacks is padded."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.table.arrays import ShapeArrays, TableMeta
from pointrecon.shapes.table.sentences import Sentences

# stored where other shapes of the table have a color and this one does not
NO_COLOR = 128


def concatenate(parts: Sequence[ShapeArrays]) -> ShapeArrays:
    """Join collections into one.

    Classes and part names are merged by name; N is cut to the smallest; where only some have color, normals
    or part labels, the others get mid-gray, zero vectors and -1; features a part lacks become NaN, and where it has
    fewer of them a shape they are repeated. Different licenses are all kept, joined by "; ".

    Raises:
        InputError: nothing to join, an id in two collections, or up axes that contradict each other.
    """
    if not parts:
        raise InputError("there is nothing to join: give at least one collection of shapes")
    size = min(part.points.shape[1] for part in parts)
    meta = parts[0].meta
    for part in parts[1:]:
        meta = merge_meta(meta, part.meta)
    parts = [adopt_names(part, meta) for part in parts]
    arrays = ShapeArrays(
        points=np.concatenate([part.points[:, :size] for part in parts]),
        id=np.concatenate([part.id for part in parts]),
        meta=meta,
        label=np.concatenate([part.label for part in parts]),
        split=np.concatenate([part.split for part in parts]),
        captions=[list(c) for part in parts for c in part.captions],
        source=np.concatenate([part.source for part in parts]),
        color=_stack([part.color for part in parts], parts, size, NO_COLOR),
        normals=_stack([part.normals for part in parts], parts, size, 0),
        part=_stack([part.part for part in parts], parts, size, -1),
        pictures=_pictures(parts),
        features={name: _features(parts, name) for name in sorted({n for part in parts for n in part.features})},
        sentences=join_sentences([part.sentences for part in parts]),
    )
    arrays.check("the joined shapes")
    return arrays


def merge_meta(first: TableMeta, second: TableMeta) -> TableMeta:
    """One description for both: names of the second are added behind those of the first."""
    known = {first.up, second.up} - {"unknown"}
    if len(known) > 1:
        raise InputError(
            f"shapes with up axis '{first.up}' cannot join those with '{second.up}': turn one of them first"
        )
    return replace(
        first,
        classes=first.classes + [name for name in second.classes if name not in first.classes],
        part_names=first.part_names + [name for name in second.part_names if name not in first.part_names],
        up=known.pop() if known else "unknown",
        name=first.name or second.name,
        units=first.units or second.units,
        license=_both(first.license, second.license),
        source=_both(first.source, second.source),
        imported=first.imported if second.imported in ({}, first.imported) else {},
    )


def adopt_names(arrays: ShapeArrays, meta: TableMeta) -> ShapeArrays:
    """The same shapes with labels and part labels numbered as in `meta`, which must hold all their names."""
    label, part = arrays.label, arrays.part
    if arrays.meta.classes != meta.classes:
        label = renumber(arrays.meta.classes, meta.classes, label)
    if part is not None and arrays.meta.part_names != meta.part_names:
        part = renumber(arrays.meta.part_names, meta.part_names, part)
    return replace(arrays, meta=meta, label=label, part=part)


def repeat_views(features: np.ndarray, views: int) -> np.ndarray:
    """Features (M, V, D) as (M, ``views``, D), over and over: of a shape all features are there or none."""
    return features if features.shape[1] == views else features[:, np.arange(views) % features.shape[1]]


def renumber(old: list[str], new: list[str], values: np.ndarray) -> np.ndarray:
    """Numbers (-1 for none) of names of the first list as numbers of the second, which has them all."""
    place = {name: i for i, name in enumerate(new)}
    lookup = np.array([place[name] for name in old] + [-1], dtype=values.dtype)  # the last entry answers to -1
    return np.where(values < len(old), lookup[np.minimum(values, len(old))], values)


def join_sentences(parts: Sequence[dict[str, Sentences]]) -> dict[str, Sentences]:
    """Each teacher's sentences of all parts, merged by their words. Raises InputError where T or D differ."""
    joined: dict[str, Sentences] = {}
    for part in parts:
        for name, some in part.items():
            joined[name] = joined[name].joined(some, f"the features '{name}'") if name in joined else some
    return joined


def _both(first: str, second: str) -> str:
    if not second or second in first.split("; "):
        return first
    return f"{first}; {second}" if first else second


def _stack(values: list[Any], parts: Sequence[ShapeArrays], size: int, missing: int) -> np.ndarray | None:
    given = [value for value in values if value is not None]
    if not given:
        return None
    tail = given[0].shape[2:]
    return np.concatenate(
        [
            np.full((len(part), size, *tail), missing, given[0].dtype) if value is None else value[:, :size]
            for value, part in zip(values, parts, strict=True)
        ]
    )


def _pictures(parts: Sequence[ShapeArrays]) -> list[list[bytes]] | None:
    if all(part.pictures is None for part in parts):
        return None
    return [list(pictures) for part in parts for pictures in (part.pictures if part.pictures else [[]] * len(part))]


def _features(parts: Sequence[ShapeArrays], name: str) -> np.ndarray:
    given = [part.features[name] for part in parts if name in part.features]
    views, width = max(v.shape[1] for v in given), given[0].shape[2]
    if any(v.shape[2] != width for v in given):
        raise InputError(f"the features '{name}' differ in width: compute them again with one teacher")
    stacked = np.full((sum(len(part) for part in parts), views, width), np.nan, np.float16)
    row = 0
    for part in parts:
        if name in part.features:
            stacked[row : row + len(part)] = repeat_views(part.features[name], views)
        row += len(part)
    return stacked
