"""Whether a file's coordinates are coarse: single precision, so far from the origin that its steps show."""

from collections.abc import Sequence

import numpy as np

_STEP = 1e-3  # of the largest extent


def coarse_note(points: Sequence[np.ndarray]) -> str:
    """What to tell of a shape's points (n, 3) where single precision bent them before they were read; else "".

    They are all numbers that float32 keeps, and it keeps no others nearer to them than a thousandth of the extent.
    """
    there = [one[:, :3] for one in points if len(one)]
    if not there:
        return ""
    low, high = np.min([one.min(0) for one in there], 0), np.max([one.max(0) for one in there], 0)
    extent, far = float((high - low).max()), float(max(-low.min(), high.max()))
    with np.errstate(all="ignore"):  # beyond float32 or NaN: none of it is greater
        step = float(np.spacing(np.float32(far)))
        if not step > _STEP * extent > 0 or any((one.astype(np.float32) != one).any() for one in there):
            return ""
    return (
        f"lies so far from the origin ({far:.3g}) that its coordinates keep steps of {step:.2g} at a size of "
        f"{extent:.3g}: export it near the origin"
    )
