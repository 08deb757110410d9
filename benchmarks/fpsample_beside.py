"""Farthest point sampling of large clouds: ours beside the exact variants of `fpsample`, where it is installed."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.clock import timed
from benchmarks.tensors import clouds


def exact_variants() -> Iterator[tuple[str, Callable[[np.ndarray, int], np.ndarray]]]:
    """Name and function of what `fpsample` has that samples exactly (its NPDU variants do not).

    Each chosen point is the farthest from those before it; all but the first start at a point of their own choice.
    """
    try:
        import fpsample
    except ImportError:
        return
    yield "fps_sampling", lambda cloud, count: fpsample.fps_sampling(cloud, count, start_idx=0)
    yield "bucket_fps_kdtree", lambda cloud, count: fpsample.bucket_fps_kdtree_sampling(cloud, count, start_idx=0)
    for height in (3, 5, 7, 9):
        yield (
            f"bucket_fps_kdline, h={height}",
            lambda cloud, count, height=height: fpsample.bucket_fps_kdline_sampling(  # type: ignore[misc]
                cloud, count, h=height, start_idx=0
            ),
        )


def measure(asked: dict[str, Any]) -> dict[str, Any]:
    """Times of ours and of every exact variant of `fpsample`; see `side`.

    Args:
        asked: jobs (name → (points, count)), device, steps.

    Returns:
        "found": name → "seconds" (ours) and "others" (name → seconds; empty on GPUs and without the package).
    """
    device, steps = asked["device"], asked["steps"]
    return {"found": {n: _compare(points, count, device, steps) for n, (points, count) in asked["jobs"].items()}}


def _compare(points: int, count: int, device: str, steps: int) -> dict[str, Any]:
    from pointrecon.models.fast.functions import farthest_point_sample

    batch = clouds(1, points, device)
    cloud = np.ascontiguousarray(batch[0].cpu().numpy())
    others = {} if device.startswith("cuda") else dict(exact_variants())
    seconds = timed(lambda: farthest_point_sample(batch, count), device, repeats=steps)
    times = {
        name: timed(lambda sample=sample: sample(cloud, count), device, repeats=steps)  # type: ignore[misc]
        for name, sample in others.items()
    }
    return {"seconds": seconds, "others": times}
