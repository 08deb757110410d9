"""Names, shapes and inputs of the ReCon++ reference arrays, beside what seeded_weights.py (one folder up) makes.

Weights: ``seeded_weights.tensor(name, shape)`` for every entry of ``layout(kind)``; inputs: cases.json, which
gives the arguments of ``seeded_weights.clouds``, the seed of ``coloured``, the mask's function and arguments, the
arguments of ``teacher_features`` for image and text, and for ``info_nce`` batch, width and two seeds: a =
features(first seed) against a + 3 features(second seed), at logit scales 1 and 14.28.

Arrays: ``centres`` in the order used and ``order``, their farthest-point numbers (causal kinds); ``embed_head``, the
first 4 patch embeddings; without any mask the normed ``local_head`` (first 8 local tokens), ``local_mean``,
``global`` (queries), ``img_token``, ``text_token`` (unit length), ``pooled`` (ratio 0.5); under ``mask`` (True =
hidden) ``masked_local_head`` (first 4 tokens), ``masked_global_head`` (first 2 queries), ``rebuilt_head`` (first 8
rebuilt patches of the first cloud), ``cd_l1``, ``cd_l2``, ``colour``, ``reconstruct``, ``csc_img``, ``csc_text``,
``total``. Transfer kinds: ``logits``, ``head_input`` and, with nothing hidden, ``rebuilt_head``, ``cd_l1``,
``cd_l2``, ``cd`` = their sum; ``global`` ends with the class query.
"""

import json
from pathlib import Path

import numpy as np


def layout(kind: str) -> dict[str, tuple[int, ...]]:
    """Name → shape of every tensor of one kind in checkpoint_keys.json, where ``*`` stands for each block."""
    entry = json.loads((Path(__file__).parent / "checkpoint_keys.json").read_text())[kind]
    names = {}
    for name, shape in entry["tensors"].items():
        prefix, star, rest = name.partition("*")
        count = entry["blocks"][prefix.rstrip(".")] if star else 1
        names.update({f"{prefix}{block}{rest}" if star else name: tuple(shape) for block in range(count)})
    return names


def _draw(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def colours(batch: int, points: int, seed: int) -> np.ndarray:
    """(batch, points, 3) float32 colours, uniform in [0, 1)."""
    return _draw(seed).random((batch, points, 3), dtype=np.float32)


def coloured(xyz: np.ndarray, seed: int) -> np.ndarray:
    """(batch, points, 6): the clouds' coordinates with ``colours(batch, points, seed)`` joined behind."""
    return np.concatenate([xyz, colours(*xyz.shape[:2], seed)], axis=-1)


def teacher_features(present: list[int], views: int, width: int, seed: int) -> np.ndarray:
    """(len(present), views, width) float32 stand-in features; cloud i has ``present[i]`` views, then rows of zeros."""
    features = _draw(seed).standard_normal((len(present), views, width)).astype(np.float32)
    for cloud, count in enumerate(present):
        features[cloud, count:] = 0
    return features


def column_mask(patches: int, masked: int, seed: int, keep: int = 10) -> np.ndarray:
    """(patches,) bool, True where a position is hidden as a key; never one of the first ``keep``."""
    mask = np.zeros(patches, dtype=bool)
    mask[keep + np.argsort(_draw(seed).random(patches - keep), kind="stable")[:masked]] = True
    return mask
