"""What the page of a feature map is made of: positions, columns to color by, outlines, in the order they are shown."""

import base64
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from pointrecon.palette import distinct_colors
from pointrecon.retrieval.clustering import Clusters, title
from pointrecon.shapes.table.fact_rows import fact_blocks
from pointrecon.shapes.table.file_facts import is_known

MOST = 200  # different words of a column that can still be told apart
# what no one colors by: one of its kind a shape, or of the reader
_LEFT_OUT = {"id", "source", "hash", "modified", "companions", "reader", "scale", "up_source", "skew"}
_LEFT_OUT |= {"spread_1", "spread_2", "spread_3"}
_EVEN = 0.6  # how far places are spread evenly over the page: islands in a void would leave it empty
_ISLAND = 0.15  # of a cluster's members at least, to be outlined
_LEVELS = 12


def map_data(clusters: Clusters, xy: np.ndarray, near: np.ndarray) -> tuple[dict[str, Any], np.ndarray]:
    """JSON-able content of the page, and the places (M,) of the shapes in the order in which it has them.

    Args:
        xy: (M, 2) where the shapes lie. near: (M, k) places of similar others.
    """
    place = shown_order(xy, np.array([group.place for group in clusters.groups]))
    back = np.empty(len(place), np.int64)
    back[place] = np.arange(len(place))
    at = unit_square(xy)
    step = _step(at)
    columns = {"cluster": np.array([title(group) for group in clusters.groups], object)[clusters.number - 1]}
    told = _facts(clusters)
    columns |= {name: values for name, values in told.items() if name not in _LEFT_OUT}
    content = {
        "ids": told["id"][place].tolist(),
        "xy": _packed(np.round(at[place] * 65535), np.uint16),
        "near": _packed(back[near[place]], np.uint32),
        "each": near.shape[1],
        "columns": [found for name, values in columns.items() if (found := _column(name, values[place]))],
        "clusters": [_cluster(clusters, at, number, back, step) for number in range(len(clusters))],
    }
    if not np.array_equal(told["source"], told["id"]) and (told["source"] != "").any():
        content["sources"] = told["source"][place].tolist()
    return content, place


def unit_square(xy: np.ndarray) -> np.ndarray:
    """(M, 2) float64 within 0 and 1, y down as on a screen; along each axis partly by rank, which fills the page."""
    low, high = xy.min(0), xy.max(0)
    at = (xy - (low + high) / 2) / max(float((high - low).max()), 1e-9) + 0.5
    rank = np.empty(xy.shape)
    np.put_along_axis(rank, xy.argsort(0, kind="stable"), np.arange(len(xy))[:, None].repeat(2, 1), 0)
    at = (1 - _EVEN) * at + _EVEN * rank / max(len(xy) - 1, 1)
    return np.stack([at[:, 0], 1 - at[:, 1]], 1).astype(np.float64).clip(0, 1)


def shown_order(xy: np.ndarray, first: np.ndarray) -> np.ndarray:
    """(M,) places: those ``first``, then ever more that are spread over the map, neighbors close together.

    A page that has room for few pictures shows the first ones there, and needs few sheets for them.
    """
    at, taken, found = unit_square(xy), np.zeros(len(xy), bool), [np.unique(first)]
    taken[first] = True
    for level in range(1, _LEVELS + 1):
        code = _morton(np.minimum(at * 2**level, 2**level - 1).astype(np.int64), level)
        free = np.flatnonzero(~taken & ~np.isin(code, code[taken]))
        new = free[np.unique(code[free], return_index=True)[1]]
        taken[new] = True
        found.append(new)
    rest = np.flatnonzero(~taken)
    return np.concatenate([*found, rest[np.argsort(code[rest], kind="stable")]])


def _morton(cell: np.ndarray, level: int) -> np.ndarray:
    """(M,) places of cells (M, 2) along a curve that keeps neighbors together."""
    code = np.zeros(len(cell), np.int64)
    for bit in range(level):
        code |= ((cell[:, 0] >> bit & 1) << (2 * bit)) | ((cell[:, 1] >> bit & 1) << (2 * bit + 1))
    return code


def _facts(clusters: Clusters) -> dict[str, np.ndarray]:
    blocks = list(fact_blocks(clusters.shapes))
    told = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    known = {name: values for name, values in told.items() if name in ("id", "source") or is_known(values).any()}
    return {**known, "typical": clusters.typical.astype(np.float64)}


def _column(name: str, values: np.ndarray) -> dict[str, Any] | None:
    """A column as the page reads it; None for one that says the same of all, or too much."""
    if values.dtype.kind in "fi":
        numbers = np.where(is_known(values), values.astype(np.float64), np.nan)
        there = numbers[np.isfinite(numbers)]
        if not len(there) or there.min() == there.max():
            return None
        low, high = np.quantile(there, [0.02, 0.98])
        log = bool(there.min() > 0 and high > 50 * low)
        return {"name": name.replace("_", " "), "numbers": _packed(numbers, np.float32), "low": float(low),
                "high": float(high), "log": log}  # fmt: skip
    words, code, count = np.unique(values.astype(np.str_), return_inverse=True, return_counts=True)
    if not 2 <= len(words) <= (MOST if name != "cluster" else len(values)):
        return None
    order = np.argsort(np.where(words == "", math.inf, -count.astype(float)), kind="stable")  # nothing comes last
    rank = np.argsort(order)[code]
    return {"name": name, "words": words[order].tolist(), "codes": _packed(rank, np.uint16),
            "colors": distinct_colors(len(words))}  # fmt: skip


def _cluster(clusters: Clusters, at: np.ndarray, number: int, back: np.ndarray, step: float) -> dict[str, Any]:
    """A cluster's name, size, most typical shape, middle and outlines: around each place where many members are."""
    group = clusters.groups[number]
    mine = at[clusters.number == group.number]
    islands = [one for one in _islands(mine, step) if len(one) >= max(3, _ISLAND * len(mine))]
    middle = np.median(islands[0] if islands else mine, axis=0)
    return {
        "name": title(group),
        "size": group.size,
        "shown": int(back[group.place]),
        "middle": middle.round(4).tolist(),
        "outlines": [_hull(one).round(4).tolist() for one in islands],
    }


def _step(at: np.ndarray) -> float:
    """How far apart neighbors on the map may be to count as one place."""
    from scipy.spatial import KDTree

    near = min(4, len(at))
    return 4 * float(np.median(KDTree(at).query(at, near)[0][:, -1])) if near > 1 else 0.0


def _islands(points: np.ndarray, step: float) -> list[np.ndarray]:
    """Points (m, 2) in parts that are connected by such steps, the largest first."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import KDTree

    pairs = KDTree(points).query_pairs(step, output_type="ndarray")
    links = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points)))
    part = connected_components(links, directed=False)[1]
    order = np.argsort(-np.bincount(part), kind="stable")
    return [points[part == one] for one in order]


def _hull(points: np.ndarray) -> np.ndarray:
    """(h, 2) corners of the smallest convex outline; two ends where all are on a line."""
    from scipy.spatial import ConvexHull, QhullError

    try:
        return points[ConvexHull(points).vertices]
    except (QhullError, ValueError):
        return points[np.lexsort(points.T)[[0, -1]]]


def _packed(values: np.ndarray, kind: Any) -> str:
    """Numbers as base64 of little-endian bytes."""
    return base64.b64encode(np.ascontiguousarray(values, np.dtype(kind).newbyteorder("<")).tobytes()).decode()


def script_texts(sheets: Iterator[bytes]) -> Iterator[str]:
    """Sheets of pictures as elements that the page's script reads when it first shows one of them."""
    for number, sheet in enumerate(sheets):
        yield f"<script type='text/plain' id=sheet-{number}>{base64.b64encode(sheet).decode()}</script>\n"
