"""Give two implementations the same weights and inputs without storing them.

Every tensor of a checkpoint is drawn from its own generator, seeded by the tensor's name in the
released-checkpoint layout (checkpoint_keys.json), so a test can build a full checkpoint file in a second.
"""

import zlib

import numpy as np


def tensor(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Values for one named tensor of a released-layout checkpoint (float32; int64 for BatchNorm counters)."""
    rng = np.random.Generator(np.random.PCG64(zlib.crc32(name.encode())))
    normal = rng.standard_normal(shape, dtype=np.float32) if shape else np.float32(rng.standard_normal())
    kind = name.rsplit(".", 1)[-1]
    if kind == "num_batches_tracked":
        return np.int64(100)
    if kind == "running_var":
        return np.abs(normal) * np.float32(0.2) + np.float32(0.5)
    if kind == "running_mean":
        return normal * np.float32(0.1)
    if kind == "bias":
        return normal * np.float32(0.05)
    if kind == "weight" and len(shape) == 1:
        return 1 + normal * np.float32(0.1)
    if kind == "weight":
        return normal * np.float32((1.0 / np.prod(shape[1:])) ** 0.5)
    return normal * np.float32(0.5)


def clouds(batch: int, points: int, seed: int) -> np.ndarray:
    """(batch, points, 3) float32 clouds, centred, inside the unit sphere, stretched along each axis."""
    rng = np.random.Generator(np.random.PCG64(seed))
    xyz = rng.standard_normal((batch, points, 3)).astype(np.float32)
    xyz *= rng.uniform(0.3, 1, (batch, 1, 3)).astype(np.float32)
    xyz -= xyz.mean(1, keepdims=True)
    xyz /= np.sqrt((xyz**2).sum(-1)).max(1)[:, None, None]
    return xyz


def features(batch: int, width: int, seed: int) -> np.ndarray:
    """(batch, width) float32 stand-in teacher features."""
    return np.random.Generator(np.random.PCG64(seed)).standard_normal((batch, width)).astype(np.float32)


def patch_mask(batch: int, patches: int, masked: int, seed: int) -> np.ndarray:
    """(batch, patches) bool, True = masked: the `masked` smallest of a seeded draw per cloud."""
    draw = np.random.Generator(np.random.PCG64(seed)).random((batch, patches))
    mask = np.zeros((batch, patches), dtype=bool)
    np.put_along_axis(mask, np.argsort(draw, axis=1, kind="stable")[:, :masked], True, axis=1)
    return mask
