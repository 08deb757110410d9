"""Which pairs of files may be copies of one another, from the facts that a table keeps of them: no file is read."""

from collections.abc import Mapping

import numpy as np

_TOLERANCE = 2e-3  # of the largest spread; what copies stored in another form or cut anew differ stays far below
_KEYS = ("spread_1", "spread_2", "spread_3", "skew")


def could_be_copies(
    facts_a: Mapping[str, np.ndarray], facts_b: Mapping[str, np.ndarray], *, rescaled: bool = True
) -> np.ndarray:
    """(M,) bool of M pairs: False where one certainly is no copy (turned, mirrored, re-meshed) of the other.

    Args:
        facts_a, facts_b: columns (M,) of `file_facts.FACTS` for the first and the second of each pair; "spread_1" to
            "spread_3" and "skew" are looked at. Where they are not known a pair could be.
        rescaled: also copies of another size.
    """
    a, b = (np.stack([np.asarray(facts[name], np.float64) for name in _KEYS], 1) for facts in (facts_a, facts_b))
    with np.errstate(invalid="ignore", divide="ignore"):
        # a root of small numbers is large: of variances and cubes, not of spreads, rounding is of one size
        size_a, size_b = (np.sqrt((one[:, :3] ** 2).sum(1)) for one in (a, b))
        off = np.abs((a[:, :3] / size_a[:, None]) ** 2 - (b[:, :3] / size_b[:, None]) ** 2).max(1)
        off = np.maximum(off, np.abs((a[:, 3] / size_a) ** 3 - (b[:, 3] / size_b) ** 3))
        if not rescaled:
            off = np.maximum(off, np.abs(size_a - size_b) / np.maximum(size_a, size_b))
        return ~(off > _TOLERANCE)  # NaN, not known: could be
