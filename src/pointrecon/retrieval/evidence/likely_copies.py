"""Which pairs of files may be copies of one another, from the facts that a table keeps of them: no file is read."""

from collections.abc import Mapping

import numpy as np

TOLERANCE = 2e-3  # of `pose_free` numbers; what copies stored in another form or cut anew differ stays far below
FACTS_READ = ("spread_1", "spread_2", "spread_3", "skew")


def pose_free(facts: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Four numbers (M, 4) of each shape that are the same in every pose, size and mirror image, and its size (M,).

    ``facts`` are columns (M,) of `file_facts.FACTS`, of which `FACTS_READ` are looked at; NaN where they are not known.
    """
    values = np.stack([np.asarray(facts[name], np.float64) for name in FACTS_READ], 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        size = np.sqrt((values[:, :3] ** 2).sum(1))
        # a root of small numbers is large: of variances and cubes, not of spreads, rounding is of one size
        return (values / size[:, None]) ** (2, 2, 2, 3), size


def could_be_copies(
    facts_a: Mapping[str, np.ndarray], facts_b: Mapping[str, np.ndarray], *, rescaled: bool = True
) -> np.ndarray:
    """(M,) bool of M pairs: False where one certainly is no copy (turned, mirrored, re-meshed) of the other.

    Args:
        facts_a, facts_b: columns as for `pose_free`, for the first and the second of each pair. Where they are not
            known a pair could be.
        rescaled: also copies of another size.
    """
    (a, size_a), (b, size_b) = pose_free(facts_a), pose_free(facts_b)
    off = np.abs(a - b).max(1)
    if not rescaled:
        with np.errstate(invalid="ignore", divide="ignore"):
            off = np.maximum(off, np.abs(size_a - size_b) / np.maximum(size_a, size_b))
    return ~(off > TOLERANCE)  # NaN, not known: could be
