"""How well names fit shapes: the cosine of a shape's text query and the phrase of a name that fits it best."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pointrecon.encode_settings import EncodeSettings
from pointrecon.evaluation.features import encode_shapes
from pointrecon.evaluation.name_list import NameList
from pointrecon.evaluation.naming import AS_TAUGHT, read_words, teachers_for
from pointrecon.shapes.table.collection import Shapes

_CELLS = 4_000_000  # scores of phrases at once


class PhraseScores:
    """Scores of K names for M shapes, a block at a time: with 10,000 names all of them would not fit into memory.

    Attributes:
        queries: (M, P, D) float32 of length 1, the shapes in the text teacher's space in each of P poses; a name's
            score is that of the pose which fits it best.
        notes: what a reader should know of how the words were encoded.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        shapes: Shapes,
        names: NameList,
        *,
        templates: str | Path | Sequence[str] = AS_TAUGHT,
        encode: EncodeSettings,
        progress: bool = True,
    ) -> None:
        """Encode words and shapes. InputError for a model without a text query, templates that are none, no shapes."""
        module: Any = model
        every = [phrase for own in names.phrases for phrase in own]
        taught = teachers_for(module, "text")
        _, self.notes, words = read_words(None, None, taught, every, templates, encode.device)
        self._words = words.astype(np.float32)
        self._starts = np.cumsum([0, *map(len, names.phrases)])[:-1]
        beside = getattr(module, "beside_words", None) or (lambda encoding: module.project(encoding, "text"))
        (found,) = encode_shapes(
            module, shapes, lambda encoding: [beside(encoding)], encode=encode, each_pose=True, progress=progress
        )
        self.queries = found / np.maximum(np.linalg.norm(found, axis=-1, keepdims=True), 1e-12)

    def of(self, places: np.ndarray) -> np.ndarray:
        """(m, K) float32, the scores of the shapes at these places."""
        return np.maximum.reduceat((self.queries[places] @ self._words.T).max(1), self._starts, axis=1)

    def blocks(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Places (m,) and scores (m, K) of all shapes, in order."""
        step = max(1, _CELLS // (len(self._words) * self.queries.shape[1]))
        for start in range(0, len(self.queries), step):
            places = np.arange(start, min(start + step, len(self.queries)))
            yield places, self.of(places)
