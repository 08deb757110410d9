"""Vectors that a table keeps of its shapes, and a model's joined with them: two opinions in one vector."""

from collections.abc import Iterator, Sequence

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.table.collection import Shapes

JOINED = "joined"  # in the place of a record's weights: the model's vectors and others of the same shapes
_READ = 8192  # shapes whose vectors are read at once


def stored_vectors(shapes: Shapes, name: str) -> np.ndarray:
    """(M, D) float32 of features such as "image/imagenet" or "embedding/imagenet", pooled where there are views."""
    return np.concatenate([*stored_blocks(shapes, name)])


def stored_blocks(shapes: Shapes, name: str) -> Iterator[np.ndarray]:
    """The same, some shapes at a time, in order."""
    pooling, places = shapes.feature_info(name).get("pooling"), np.arange(len(shapes))
    pool = np.nanmax if pooling == "max" else np.nanmean
    for start in range(0, len(places), _READ):
        found = shapes.read(places[start : start + _READ], [name], ()).features[name].astype(np.float32)
        yield found[:, 0] if found.shape[1] == 1 else pool(found, axis=1)


def vectors_named(shapes: Shapes, asked: str) -> str:
    """The features of these shapes that a word means: "imagenet" is "embedding/imagenet", else "image/imagenet".

    InputError where not all of the shapes have them.
    """
    among = [asked] if "/" in asked else [f"embedding/{asked}", f"image/{asked}"]
    for name in among:
        if name in shapes.feature_shapes and shapes.has(name).all():
            return name
    raise InputError(
        f"there are no vectors '{asked}' of all the shapes to join with: make them with 'pointrecon embed "
        f"{asked.split('/')[-1]} TABLE', in a table"
    )


def joined(parts: Sequence[np.ndarray], fit: slice) -> np.ndarray:
    """Vectors (M, D) of the same shapes side by side, (M, sum of D) float32: of equal weight in every cosine.

    Each part is taken around its mean over the shapes ``fit``, as features have a large part in common, and brought to
    length 1.
    """
    found = []
    for part in parts:
        around = part - part[fit].mean(0)
        length = np.linalg.norm(around, axis=1, keepdims=True)
        found.append(around / np.maximum(length, np.finfo(np.float32).tiny))
    return np.concatenate(found, axis=1).astype(np.float32)
