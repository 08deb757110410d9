"""Checkpoints in the released layout with seeded weights: as they are, or narrower, of any number of classes."""

import json
import sys
from pathlib import Path

import numpy as np
import torch

RELEASED = Path(__file__).parent / "data" / "released"
sys.path.insert(0, str(RELEASED))
import seeded_weights as seeded  # noqa: E402

KEYS: dict[str, dict[str, list[int]]] = json.loads((RELEASED / "checkpoint_keys.json").read_text())
BASE = 384  # the width of all transfer models


def released_state(kind: str, *, width: int = BASE, classes: int | None = None) -> dict[str, np.ndarray]:
    """Seeded float32 weights under the released names, without the pre-training prefix.

    Args:
        kind: a key of ``checkpoint_keys.json``. width: of the tokens; a multiple of 64, as heads are 64 wide.
        classes: of the classifier, where not the listed 15.
    """
    state = {}
    for name, listed in KEYS[kind].items():
        # widths are the only multiples of 384 in these layouts, but for the image projection's own 768
        shape = [
            size if name.startswith("img_proj") and not axis else size * width // BASE if size % BASE == 0 else size
            for axis, size in enumerate(listed)
        ]
        if classes is not None and name.startswith("cls_head") and listed[:1] == [15]:
            shape[0] = classes
        state[name.removeprefix("MAE_encoder.")] = np.asarray(seeded.tensor(name, tuple(shape)))
    return state


def save(state: dict[str, np.ndarray], path: Path) -> Path:
    """A released-layout ``.pth`` of these weights."""
    content = {name: torch.from_numpy(np.array(value)) for name, value in state.items()}
    torch.save({"base_model": content, "epoch": 300, "metrics": {"acc": 90.0}}, path)
    return path


def exact(state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same weights in float64."""
    return {name: value.astype(np.float64) for name, value in state.items()}


def near(ours: torch.Tensor | np.ndarray, other: np.ndarray) -> None:
    """Assert that they agree within 1e-5, relative to the largest value of the other."""
    ours = np.asarray(ours.detach() if isinstance(ours, torch.Tensor) else ours)
    assert ours.shape == other.shape
    gap = np.abs(ours - other).max() / np.abs(other).max()
    assert gap <= 1e-5, f"{gap:.1e}"
