"""Whether coordinates are coarse: stored in single precision so far from zero that its steps show."""

from collections.abc import Sequence

import numpy as np

_STEP = 1e-3  # of the largest extent


def step_of(stored: np.ndarray) -> float:
    """The step between the numbers that these (n, 3) can hold where they are farthest from zero, as a file stores them.

    0 where they are of double precision or whole, which is fine enough.
    """
    if stored.dtype.kind != "f" or stored.dtype.itemsize >= 8 or not stored.size:
        return 0.0
    with np.errstate(all="ignore"):  # NaN or infinite: no step is greater
        return float(np.nan_to_num(np.spacing(np.abs(stored).max()), posinf=0.0))


def coarse_note(points: Sequence[np.ndarray], step: float) -> str:
    """What to tell of a shape's points (n, 3) where their file stores none nearer than ``step``; else "".

    Told are steps above a thousandth of the largest extent.
    """
    there = [one[:, :3] for one in points if len(one)]
    if not there or not step > 0:
        return ""
    low, high = np.min([one.min(0) for one in there], 0), np.max([one.max(0) for one in there], 0)
    extent = float((high - low).max())
    if not step > _STEP * extent > 0:
        return ""
    return (
        f"is stored in single precision so far from the origin that its coordinates keep steps of {step:.2g} at a size "
        f"of {extent:.3g}: export it near the origin"
    )
