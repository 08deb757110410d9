"""Scores of part segmentation as ShapeNetPart defines them. numpy alone.

A shape's IoU is the mean over the parts of its category; a part that neither the shape nor the answer has counts 1.
Instance mIoU is the mean over shapes, class mIoU the mean over categories of the means over their shapes.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np


class PartScores(NamedTuple):
    """How well parts were found, between 0 and 1."""

    # as a record keeps them; "accuracy" is the share of all labeled points whose part is right
    metrics: dict[str, float]
    per_category: dict[str, float]  # mean IoU of its shapes, for the categories there are shapes of
    shapes: np.ndarray  # (M,) IoU of each shape


def shape_iou(truth: np.ndarray, answer: np.ndarray, parts: Sequence[int]) -> float:
    """The mean IoU of one shape over the parts of its category; (N,) truth is -1 where a point does not count."""
    known = truth >= 0
    truth, answer = truth[known].astype(np.int64), answer[known].astype(np.int64)
    width = 1 + max([*parts, int(truth.max(initial=0)), int(answer.max(initial=0))])
    there, found = np.bincount(truth, minlength=width), np.bincount(answer, minlength=width)
    both = np.bincount(truth[truth == answer], minlength=width)
    union = there + found - both
    iou = np.where(union > 0, both / np.maximum(union, 1), 1.0)
    return float(iou[list(parts)].mean())


def part_scores(
    truth: np.ndarray, answer: np.ndarray, category: np.ndarray, categories: Mapping[str, Sequence[int]]
) -> PartScores:
    """The scores of a set of shapes; ValueError without shapes, or for a shape without a labeled point.

    Args:
        truth, answer: (M, N) part numbers; -1 for points without one; answers are of the shape's category.
        category: (M,) index into ``categories``, which are name → its parts' numbers.
    """
    known = truth >= 0
    if not len(truth) or not known.any(1).all():
        raise ValueError("part scores need shapes, and a labeled point on each of them")
    names, parts = list(categories), list(categories.values())
    shapes = np.array([shape_iou(t, a, parts[c]) for t, a, c in zip(truth, answer, category.tolist(), strict=True)])
    per_category = {names[c]: float(shapes[category == c].mean()) for c in np.unique(category).tolist()}
    metrics = {
        "instance_miou": float(shapes.mean()),
        "class_miou": float(np.mean(list(per_category.values()))),
        "accuracy": float((truth == answer)[known].mean()),
    }
    return PartScores(metrics, per_category, shapes)
