"""Encoding clouds with a frozen model: ours and the plain reference, and ours on ever larger clouds."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from benchmarks.clock import peak_bytes, timed, timed_steps
from benchmarks.tensors import autocast, clouds

PER_PATCH = 16  # points of a cloud per patch, in every named size


def our_encoder(size: str, points: int | None, device: str, precision: str = "32") -> Callable[[Tensor], Tensor]:
    """(B, N, 3) → features. With ``points`` the model takes that many, and patches in proportion."""
    from pointrecon.models import create_model

    other: dict[str, Any] = {} if points is None else {"points": points, "patches": points // PER_PATCH}
    model = create_model(size, seed=0, decoder_depth=0, **other).to(device).eval()

    def encode(batch: Tensor) -> Tensor:
        with torch.inference_mode(), autocast(device, precision):
            return model.features(batch)

    return encode


def reference_encoder(size: str, device: str) -> Callable[[Tensor], Tensor]:
    """(B, N, 3) → features, by the reference."""
    from benchmarks.reference import SIZES, PlainEncoder, svm_feature

    torch.manual_seed(0)
    model = PlainEncoder(*SIZES[size]).to(device).eval()

    def encode(batch: Tensor) -> Tensor:
        with torch.no_grad():
            return svm_feature(model, batch)

    return encode


def measure(asked: dict[str, Any]) -> dict[str, Any]:
    """Times of encoding a batch of clouds of 1024 points; see `side`.

    Args:
        asked: side, size, batch, device, steps, precision.
    """
    device, start = asked["device"], peak_bytes(asked["device"])
    batch = clouds(asked["batch"], 1024, device)
    if asked["side"] == "ours":
        encode = our_encoder(asked["size"], None, device, asked.get("precision", "32"))
    else:
        encode = reference_encoder(asked["size"], device)
    seconds = timed_steps(lambda: encode(batch), asked["steps"], device)
    return {"seconds": seconds, "start_bytes": start, "peak_bytes": peak_bytes(device)}


def measure_cloud(asked: dict[str, Any]) -> dict[str, Any]:
    """Time and extra memory of encoding one cloud of many points; see `side`.

    Memory is the peak less what was held after a small cloud had been encoded: libraries and weights do not count.

    Args:
        asked: size, points, device, steps, precision.
    """
    device, points, precision = asked["device"], asked["points"], asked.get("precision", "32")
    small = 512
    our_encoder(asked["size"], small, device, precision)(clouds(1, small, device))
    encode = our_encoder(asked["size"], points, device, precision)
    cloud = clouds(1, points, device)
    before = peak_bytes(device)
    seconds = timed(lambda: encode(cloud), device, repeats=asked["steps"])
    return {"seconds": seconds, "extra_bytes": peak_bytes(device) - before, "peak_bytes": peak_bytes(device)}
