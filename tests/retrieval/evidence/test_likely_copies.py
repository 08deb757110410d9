"""Facts alone never rule a copy out, and rule most other pairs out."""

import numpy as np
import pytest

from pointrecon.retrieval.evidence.likely_copies import could_be_copies
from pointrecon.shapes.readers.file_measures import measured
from pointrecon.shapes.readers.surface import Piece, Surface


def facts(vertices: np.ndarray) -> dict[str, np.ndarray]:
    found = measured(Surface([Piece(vertices, np.arange(len(vertices)).reshape(-1, 3))]))
    return {name: np.array([found[name]]) for name in ("spread_1", "spread_2", "spread_3", "skew")}


@pytest.mark.parametrize("seed", range(5))
def test_copies_could_be(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape, other = rng.normal(size=(2, 60, 3)) * [1, 2, 3]
    rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    copy = (shape @ rotation + 9).astype(np.float32).astype(np.float64)
    assert could_be_copies(facts(shape), facts(copy), rescaled=False).all()
    assert could_be_copies(facts(shape), facts(3 * copy)).all()
    assert not could_be_copies(facts(shape), facts(3 * copy), rescaled=False).any()
    assert not could_be_copies(facts(shape), facts(other)).any()


def test_what_is_not_known_rules_nothing_out() -> None:
    known = facts(np.random.default_rng(0).normal(size=(60, 3)))
    assert could_be_copies(known, {name: np.array([np.nan]) for name in known}).all()


def test_a_flat_shape() -> None:
    """Its third spread is the root of rounding."""
    flat = np.random.default_rng(0).normal(size=(60, 3)) * [1, 2, 0]
    rotation, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    assert could_be_copies(facts(flat), facts((flat @ rotation).astype(np.float32).astype(np.float64))).all()
