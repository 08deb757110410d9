"""What a file of vectors can have beside them, as embedding-atlas and others read it: pictures, neighbors, a map."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pointrecon.errors import InputError, did_you_mean, require
from pointrecon.retrieval.layout_2d import nearest_others, project
from pointrecon.shapes.pictures.thumbnails import thumbnails
from pointrecon.shapes.table.collection import Shapes

WITH = ("thumbnails", "neighbors", "map")
NEIGHBORS = 10
SIZE = 96  # pixels of a thumbnail


def check_with(asked: Sequence[str]) -> tuple[str, ...]:
    """Which of `WITH`, in their order; InputError for another word, or where Pillow is missing for pictures."""
    for word in asked:
        if word not in WITH:
            hint = did_you_mean(word, WITH, f"there are {', '.join(WITH)}")
            raise InputError(f"a file of vectors cannot have '{word}' beside them; {hint}")
    if "thumbnails" in asked:
        require("PIL.Image", "pictures")
    return tuple(word for word in WITH if word in asked)


class BesideVectors:
    """Arrow columns beside the vectors (M, D) of shapes, some rows at a time.

    - thumbnails: ``thumbnail``, ``{bytes, path}`` with a PNG: as Hugging Face `datasets` keeps images, too
    - neighbors: ``neighbors``, ``{ids, distances}``: rows of the nearest others, counted from 0, and 1 - cosine around
      the mean of all
    - map: ``projection_x`` and ``projection_y``, a layout of neighbors
    """

    def __init__(self, asked: Sequence[str], shapes: Shapes, values: np.ndarray) -> None:
        """Compute what is asked for but the pictures, which are drawn when their rows are written."""
        self._asked, self._shapes = check_with(asked), shapes
        around = values - values.mean(0)
        if "neighbors" in self._asked:
            self._near, similarity = nearest_others(around, NEIGHBORS)
            self._far = np.maximum(1 - similarity, 0)
        if "map" in self._asked:
            unit = around / np.maximum(np.linalg.norm(around, axis=1, keepdims=True), 1e-12)
            self._xy = project(unit, "neighbors", 0)

    def fields(self) -> list[Any]:
        """Names and types, in order."""
        pa = require("pyarrow", "table")
        every = {
            "thumbnails": [("thumbnail", pa.struct([("bytes", pa.binary()), ("path", pa.string())]))],
            "neighbors": [
                ("neighbors", pa.struct([("ids", pa.list_(pa.int64())), ("distances", pa.list_(pa.float32()))]))
            ],
            "map": [("projection_x", pa.float32()), ("projection_y", pa.float32())],
        }
        return [pa.field(*one) for word in self._asked for one in every[word]]

    def columns(self, start: int, end: int) -> list[Any]:
        """Those of rows ``start`` to ``end``."""
        pa = require("pyarrow", "table")
        kinds, found = {one.name: one.type for one in self.fields()}, []
        if "thumbnails" in self._asked:
            files = thumbnails(self._shapes, np.arange(start, end), size=SIZE)
            found.append(pa.array([{"bytes": file, "path": None} for file in files], kinds["thumbnail"]))
        if "neighbors" in self._asked:
            rows = zip(self._near[start:end].tolist(), self._far[start:end].tolist(), strict=True)
            found.append(pa.array([{"ids": ids, "distances": far} for ids, far in rows], kinds["neighbors"]))
        if "map" in self._asked:
            found += [pa.array(np.ascontiguousarray(axis), pa.float32()) for axis in self._xy[start:end].T]
        return found
