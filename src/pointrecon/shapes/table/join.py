"""Joining columns of collections: what one part lacks is padded."""

from collections.abc import Sequence

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.table.sentences import JoinedSentences, Sentences

# stored where other shapes of the table have a color and this one does not
NO_COLOR = 128


def stacked(values: Sequence[np.ndarray | None], counts: Sequence[int], size: int, missing: float) -> np.ndarray | None:
    """Columns (M, N, ...) of all parts, cut to ``size``, ``missing`` for a part without; None where no part has one."""
    given = [value for value in values if value is not None]
    if not given:
        return None
    tail = given[0].shape[2:]
    return np.concatenate(
        [
            np.full((count, size, *tail), missing, given[0].dtype) if value is None else value[:, :size]
            for value, count in zip(values, counts, strict=True)
        ]
    )


def join_features(name: str, values: Sequence[np.ndarray | None], counts: Sequence[int]) -> np.ndarray:
    """Features (M, V, D) of all parts: NaN for a part without, repeated where there are fewer of a shape."""
    given = [value for value in values if value is not None]
    views, width = max(v.shape[1] for v in given), given[0].shape[2]
    if any(v.shape[2] != width for v in given):
        raise InputError(f"the features '{name}' differ in width: compute them again with one teacher")
    whole = stacked([None if v is None else repeat_views(v, views) for v in values], counts, views, np.nan)
    assert whole is not None
    return whole


def repeat_views(features: np.ndarray, views: int) -> np.ndarray:
    """Features (M, V, D) as (M, ``views``, D), over and over: of a shape all features are there or none."""
    return features if features.shape[1] == views else features[:, np.arange(views) % features.shape[1]]


def join_sentences(parts: Sequence[dict[str, Sentences]]) -> dict[str, Sentences]:
    """Each teacher's sentences of all parts, merged by their words. Raises InputError where T or D differ."""
    joined: dict[str, Sentences] = {}
    for name in dict.fromkeys(name for part in parts for name in part):
        every = JoinedSentences([part[name] for part in parts if name in part], (), f"the features '{name}'")
        joined[name] = Sentences(every.text, every.read(np.arange(len(every.text))))
    return joined
