"""Some shapes of a collection: the little that batches are made of."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np


class Rows(NamedTuple):
    """Some shapes of a collection.

    Shape:
        id: (m,) str. points: (m, N, 3) float16.
        features: name → (m, V, D) float16, NaN where a shape has none.
        part: (m, N) int16 part numbers, -1 for none; None where nobody asked.
        color: (m, N, 3) uint8, ``join.NO_COLOR`` where a shape has none; None where nobody asked.
        short: "source" and those of `file_facts.FACTS` that were asked for → (m,); "", NaN or -1 where not known.
    """

    id: np.ndarray
    points: np.ndarray
    features: dict[str, np.ndarray]
    part: np.ndarray | None = None
    short: Mapping[str, np.ndarray] = MappingProxyType({})
    color: np.ndarray | None = None


class Tags(NamedTuple):
    """What is short about some shapes, in order: (m,) id, (m,) label, (m,) split, and their captions."""

    id: np.ndarray
    label: np.ndarray
    split: np.ndarray
    captions: list[list[str]]
