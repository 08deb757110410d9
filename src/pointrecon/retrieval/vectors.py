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

    def embed(self, shapes: Any) -> np.ndarray:
        """Other shapes, as `as_shapes` takes them, as ``values`` are: (Q, D) float32."""
        return self.prepare([extract(maker, shapes) for maker in self.makers])


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
    found = [maker_vectors(shapes, table, maker, progress=progress) for maker in makers]
    names, parts = zip(*found, strict=True)
    if table is not None:
        shapes = resolve_shapes(table)
    centers = [_center(values, maker) for values, maker in zip(parts, makers, strict=True)]
    widths = tuple(values.shape[1] for values in parts)
    return Vectors(" + ".join(names), unit_parts(parts, centers), np.concatenate(centers), widths, shapes, makers)


def unit_parts(parts: Sequence[np.ndarray], centers: Sequence[np.ndarray]) -> np.ndarray:
    """Vectors of the same shapes, each part around its center and of equal length, side by side at length 1 in all."""
    found = []
    for part, center in zip(parts, centers, strict=True):
        found.append(unit_length(np.asarray(part, np.float32) - center) / np.float32(np.sqrt(len(parts))))
    return np.concatenate(found, axis=1)


def unit_length(values: np.ndarray) -> np.ndarray:
    """Vectors (..., D) at length 1; those of length 0 as they are."""
    length = np.linalg.norm(values, axis=-1, keepdims=True)
    return (values / np.maximum(length, np.finfo(np.float32).tiny)).astype(np.float32)


def maker_vectors(
    shapes: Shapes, table: "ShapeTable | None", maker: Any, *, feature: str | None = None, progress: bool = True
) -> tuple[str, np.ndarray]:
    """Name and vectors (M, D) float32 of all shapes, raw; those that the table lacks are embedded into it first.

    Args:
        shapes: in the order wanted; those of the table where there is one.
        maker, feature: as for `pointrecon.embed`.

    Raises:
        InputError: as `pointrecon.embed`, or where the table is another one by now.
    """
    from pointrecon.evaluation.features import embedding_function, encode_shapes
    from pointrecon.evaluation.inputs import resolve_model
    from pointrecon.evaluation.joining import stored_vectors
    from pointrecon.retrieval.embedding import embed, embedding_name
    from pointrecon.shapes.door import as_shapes

    name = embedding_name(maker, feature)
    if table is not None:
        whole = name in shapes.feature_shapes and bool(shapes.has(name).all())
        # also where all are there: were they made by this maker?
        embed(maker, table, feature=feature, progress=progress and not whole)
        now = as_shapes(table)
        if len(now) != len(shapes):
            raise InputError(f"{shapes.name} was changed while its vectors were read: run the command again")
        return name, stored_vectors(now, name)
    module, _ = resolve_model(maker)
    if feature is None:
        return name, extract(maker, shapes, progress=progress)
    embedding_function(module, feature)  # refuses one that the model lacks
    project = getattr(module, "project")  # noqa: B009
    return name, encode_shapes(module, shapes, lambda encoding: [project(encoding, feature)], progress=progress)[0]


def extract(maker: Any, shapes: Any, *, progress: bool = False) -> np.ndarray:
    """(M, D) float32, what a model or an image teacher says of shapes in no table."""
    from pointrecon.evaluation.features import extract_features

    return extract_features(maker, shapes, progress=progress)


def _center(values: np.ndarray, maker: Any) -> np.ndarray:
    """(D,) the mean of a collection; of a small one together with shapes made here, as if it had `FEW`."""
    mean = values.mean(0, dtype=np.float64)
    if len(values) < FEW:
        share = len(values) / FEW
        mean = share * mean + (1 - share) * _of_made_shapes(maker)
    return mean.astype(np.float32)


def _of_made_shapes(maker: Any) -> np.ndarray:
    """(D,) the mean of what a maker says of shapes made from a seed."""
    return extract(maker, _made_shapes()).mean(0, dtype=np.float64)


@cache
def _made_shapes() -> Any:
    from pointrecon.shapes.made.making import make_shapes

    return make_shapes(None, count=FEW, family="both", points=1024, workers=1)
