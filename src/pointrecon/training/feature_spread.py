"""How a teacher's features lie: their mean and deviation over the shapes to learn from."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from pointrecon.shapes.table.collection import Shapes
from pointrecon.teachers.views import pooled

_MOST = 8192  # shapes or sentences looked at
_LEAST = 1e-3  # of the largest deviation: what a number that hardly differs counts as


class FeatureSpread(NamedTuple):
    """Of each of a feature's D numbers."""

    center: Tensor  # (D,) float32
    scale: Tensor  # (D,) float32, above 0


def spread_of(shapes: Shapes, key: str, targets: str = "one", *, unit: bool = False) -> FeatureSpread:
    """Of the features ``key`` over shapes, or over the sentences they tell; a seeded sample where there are many.

    With ``targets`` "mean" views are pooled first, as they are when they are imitated; with ``unit`` every feature is
    then brought to unit length, as ReCon++ compares them.
    """
    rng = np.random.default_rng(0)
    if found := shapes.sentences(key):
        values = found[1].read(np.sort(rng.permutation(len(found[1].text))[:_MOST]))
    else:
        there = np.flatnonzero(shapes.has(key))
        values = shapes.read(np.sort(rng.permutation(there)[:_MOST]), (key,), []).features[key]
        if targets == "mean":
            pooling = shapes.feature_info(key).get("pooling", "mean")
            values = pooled(torch.from_numpy(values.astype(np.float32)), pooling).numpy()
    each = values.astype(np.float64).reshape(-1, values.shape[-1])
    if unit:
        length = np.linalg.norm(each, axis=1, keepdims=True)
        each = each[length[:, 0] > 0] / length[length[:, 0] > 0]
    center, scale = each.mean(0), each.std(0)
    scale = np.maximum(scale, _LEAST * scale.max()) if scale.max() > 0 else np.ones_like(scale)
    return FeatureSpread(*(torch.from_numpy(part.astype(np.float32)) for part in (center, scale)))
