"""What the channels of many clouds in one array are: as the user names them, else as some clouds' values show."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.readers.column_names import IGNORED, roles_of
from pointrecon.shapes.readers.columns import check_width, usual_columns

_USUAL = {"xyz": "xyz", "normals": ("nx", "ny", "nz"), "color": "rgb"}


def channels_of(raw: np.ndarray, path: Path, named: Sequence[str] | None = None) -> tuple[dict[str, list[int]], str]:
    """Which channels of (M, N, channels) are "xyz", and where there are some "normals", "color", "part"; and a note.

    The note says what was taken without names, and what is left out. InputError where ``named``, from ``--columns``,
    names more or fewer channels than there are.
    """
    width = raw.shape[2]
    if named is None:
        found = {"xyz": [0, 1, 2], **_shown(raw)}
        names = ["_"] * width
        for kind, places in found.items():
            for place, name in zip(places, _USUAL[kind], strict=True):
                names[place] = name
        if len(found) > 1:
            return found, f"channels without names taken as {', '.join(names)} (--columns says otherwise)"
        homogeneous = width == 4 and bool((raw[:, :, 3] == 1).all())
        return found, "" if homogeneous else _left([str(place + 1) for place in range(3, width)])
    check_width(named, width, path)
    roles = roles_of(named)
    if roles.packed is not None:
        raise InputError(f"{path}: --columns names one channel for a whole color: name three, or _ to leave it out")
    trios = {"xyz": roles.xyz, "normals": roles.normals, "color": roles.color}
    found = {kind: list(three) for kind, three in trios.items() if three}
    if roles.part is not None:
        found["part"] = [roles.part]
    return found, _left([name for i, name in enumerate(named) if i not in roles.used and name not in IGNORED])


def _shown(raw: np.ndarray) -> dict[str, list[int]]:
    """Normals and color, as the values of some clouds show."""
    if raw.shape[2] < 6:
        return {}
    some = raw[np.unique(np.linspace(0, len(raw) - 1, 16).astype(np.int64))].reshape(-1, raw.shape[2])
    some = some[np.isfinite(some).all(1)].astype(np.float64)
    normals, color = usual_columns(some) if len(some) else ([], [])
    return {name: three for name, three in (("normals", normals), ("color", color)) if three}


def _left(names: Sequence[str]) -> str:
    return f"channel{'s' * (len(names) > 1)} {', '.join(names)} of the points left out" if names else ""
