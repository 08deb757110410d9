"""Vectors of a collection, ready to be compared: what is missing is embedded, all are centered and of length 1."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.table.collection import Shapes

if TYPE_CHECKING:
    import torch

    from pointrecon.shapes.table.shape_table import ShapeTable

MODEL = "made-nano"  # comes along
TEACHER = "imagenet"  # whose pooled views are a vector of their own
VECTORS = ("auto", "model", "views", "fused")
FEW = 32  # shapes below which a collection's mean says too little of what shapes have in common


@dataclass(frozen=True)
class Vectors:
    """One vector a shape.

    Shape:
        values: (M, D) float32, in the order of ``shapes``: around the mean, of length 1, so that the product of two is
            their cosine. Of several makers (``fused``) each part is so, side by side, and weighs the same.
        center: (D,) float32, what was taken away. widths: numbers of each maker's part, together D.
        shapes: M of them. name: such as "embedding/made-nano". makers: whom a query must be embedded by: a model or
            the name of an image teacher, one for each part.
    """

    name: str
    values: np.ndarray
    center: np.ndarray
    widths: tuple[int, ...]
    shapes: Shapes
    makers: "tuple[str | Path | torch.nn.Module, ...]"

    def prepare(self, raw: Sequence[np.ndarray]) -> np.ndarray:
        """What the makers said of other shapes, each (Q, its width), as ``values`` are: (Q, D) float32."""
        starts = np.cumsum([0, *self.widths])
        return unit_parts(raw, [self.center[a:b] for a, b in zip(starts[:-1], starts[1:], strict=True)])


def collection_vectors(
    data: Any, *, model: "str | Path | torch.nn.Module" = MODEL, vector: str = "auto", progress: bool = True
) -> Vectors:
    """One vector for every shape, centered and brought to length 1; those a table lacks are embedded into it first.

    Args:
        data: a table, or any other shapes that `as_shapes` takes, whose vectors are made anew by each call.
        model: a model folder, run, released ``.pth``, "made-nano", a module, or an image teacher's name.
        vector: "model", "views" (the pooled pictures of the teacher "imagenet"), "fused" (both, of equal weight), or
            "auto": fused where a table has "embedding/imagenet" of all its shapes, else the model's.
        progress: show what is embedded.

    Raises:
        InputError: an unknown vector, no shapes, or what `pointrecon.embed` raises.
    """
    from pointrecon.evaluation.inputs import resolve_shapes
    from pointrecon.retrieval.embedding import table_of

    if vector not in VECTORS:
        raise InputError(f"there is no vector '{vector}': take one of {', '.join(VECTORS)}")
    table = table_of(data)
    shapes = resolve_shapes(data if table is None else table)
    if not len(shapes):
        raise InputError(f"{shapes.name} has no shapes: import or make some first")
    if vector == "auto":
        there = f"embedding/{TEACHER}" in shapes.feature_shapes and shapes.has(f"embedding/{TEACHER}").all()
        vector = "fused" if there and model != TEACHER else "model"
    makers = {"model": (model,), "views": (TEACHER,), "fused": (model, TEACHER)}[vector]
    names, parts = [], []
    for maker in makers:
        name, values = _stored(table, maker, progress) if table is not None else _made(shapes, maker, progress)
        names.append(name)
        parts.append(values)
    if table is not None:
        shapes = resolve_shapes(table)
    if any(len(values) != len(shapes) for values in parts):
        raise InputError(f"{shapes.name} was changed while its vectors were read: run the command again")
    centers = [_center(values, maker) for values, maker in zip(parts, makers, strict=True)]
    widths = tuple(values.shape[1] for values in parts)
    return Vectors(" + ".join(names), unit_parts(parts, centers), np.concatenate(centers), widths, shapes, makers)


def unit_parts(parts: Sequence[np.ndarray], centers: Sequence[np.ndarray]) -> np.ndarray:
    """Vectors of the same shapes, each part around its center and of equal length, side by side at length 1 in all."""
    found = []
    for part, center in zip(parts, centers, strict=True):
        around = np.asarray(part, np.float32) - center
        length = np.linalg.norm(around, axis=1, keepdims=True)
        found.append(around / np.maximum(length, np.finfo(np.float32).tiny) / np.float32(np.sqrt(len(parts))))
    return np.concatenate(found, axis=1)


def _stored(table: "ShapeTable", maker: Any, progress: bool) -> tuple[str, np.ndarray]:
    """Name and vectors (M, D) of all shapes of a table, those that lacked one embedded before."""
    from pointrecon.evaluation.joining import stored_vectors
    from pointrecon.retrieval.embedding import embed, embedding_name
    from pointrecon.shapes.door import as_shapes

    name = embedding_name(maker)
    shapes = as_shapes(table)
    whole = name in shapes.feature_shapes and bool(shapes.has(name).all())
    embed(maker, table, progress=progress and not whole)  # also where all are there: were they made by this maker?
    return name, stored_vectors(as_shapes(table), name)


def _made(shapes: Shapes, maker: Any, progress: bool) -> tuple[str, np.ndarray]:
    from pointrecon.evaluation.features import extract_features
    from pointrecon.retrieval.embedding import embedding_name

    return embedding_name(maker), extract_features(maker, shapes, progress=progress)


def _center(values: np.ndarray, maker: Any) -> np.ndarray:
    """(D,) the mean of a collection; of a small one together with shapes made here, as if it had `FEW`."""
    mean = values.mean(0, dtype=np.float64)
    if len(values) < FEW:
        share = len(values) / FEW
        mean = share * mean + (1 - share) * _of_made_shapes(maker)
    return mean.astype(np.float32)


def _of_made_shapes(maker: Any) -> np.ndarray:
    """(D,) the mean of what a maker says of shapes made from a seed."""
    from pointrecon.evaluation.features import extract_features

    return extract_features(maker, _made_shapes(), progress=False).mean(0, dtype=np.float64)


@cache
def _made_shapes() -> Any:
    from pointrecon.shapes.made.making import make_shapes

    return make_shapes(None, count=FEW, family="both", points=1024, workers=1)
