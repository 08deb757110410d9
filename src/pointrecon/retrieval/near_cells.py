"""Nearest vectors among very many: exact ones by a bound, or nearly all of them by looking into few cells.

The vectors are turned so that their first numbers vary most (principal axes); those are kept apart, a quarter of the
size or less, in the order of the cells that they fall into (k-means). What a vector's other numbers can add to a cosine
is at most the product of their lengths (Cauchy and Schwarz): so the first ones rule out nearly all vectors, exactly.
Looking into the cells nearest to a query alone is faster, and misses few: how few is measured when the cells are made.

LanceDB's own index would do for the second; but it gives other answers each time it is made, does not tell what it
misses, and takes over a second to be opened.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.retrieval.prepared_store import mapped, save_all

HEAD, _SHARE = (32, 256), 0.8  # first numbers: as many as hold this share of what vectors vary, within limits
LEAST = 50_000  # vectors below which all are compared: faster than 10 ms
RECALL = 0.99  # of the nearest `_TOP`, which the number of probes is chosen for
_TOP, _ASKED = 50, 200  # more than so many are found exactly; queries to measure with
_PROBES = (4, 8, 16, 32, 64, 128, 256)
_AGAIN = 20  # vectors for each one to be found that are compared whole
_ROUNDS, _PER_CELL, _BLOCK = 8, 32, 65_536
_GROWN = 2.0  # how many times as many vectors make new cells worth their time
_MOST = 0.2  # share of vectors whose bound is too high beyond which all are compared


@dataclass(frozen=True)
class NearCells:
    """The cells of M unit vectors.

    Shape:
        values: (M, D) float32, the vectors. turn: (D, H). head, rest: (M, H) and (M,) in the order of the cells: the
            first numbers and the length of the others. order: (M,) where each is in ``values``. starts: (C + 1,) of
            each cell. middles: (C, H).
    ``recall`` is the share of the nearest 50 found by looking into ``probes`` cells, 0 where that is never enough.
    """

    values: np.ndarray
    turn: np.ndarray
    head: np.ndarray
    rest: np.ndarray
    order: np.ndarray
    starts: np.ndarray
    middles: np.ndarray
    recall: float
    probes: int

    @staticmethod
    def opened(values: np.ndarray, told: dict[str, Any], arrays: dict[str, np.ndarray]) -> "NearCells | None":
        """From what `make_cells` wrote; None where it wrote nothing."""
        if not told:
            return None
        few = {name: np.array(arrays[name]) for name in ("turn", "starts", "middles")}
        return NearCells(values, few["turn"], arrays["head"], arrays["rest"], arrays["order"], few["starts"],
                         few["middles"], float(told["recall"]), int(told["probes"]))  # fmt: skip

    def candidates(self, query: np.ndarray, top: int, *, exact: bool) -> np.ndarray:
        """(m,) places of vectors among which the ``top`` nearest of a query (D,) of length 1 are; or nearly all are."""
        first = query @ self.turn
        if not exact and self.answers(top):
            found = self._probed(first, top, self.probes)
            if len(found) >= top:
                return found
        scores = self.head @ first
        far = np.sqrt(max(1.0 - float(first @ first), 0.0))
        whole = (
            self.values[self._probed(first, top, max(self.probes, _PROBES[0]))] @ query
        )  # how near they are at least
        least = np.partition(whole, len(whole) - top)[len(whole) - top] if len(whole) >= top else -2.0
        open_ = np.flatnonzero(scores + far * self.rest >= least - 1e-5)
        return np.arange(len(self.values)) if len(open_) > _MOST * len(self.values) else self.order[open_]

    def answers(self, top: int) -> bool:
        """Whether so many nearest are looked for in few cells, where nobody asks for exact ones."""
        return self.recall > 0 and top <= _TOP

    def _probed(self, first: np.ndarray, top: int, probes: int) -> np.ndarray:
        cells = _largest(self.middles @ first - 0.5 * (self.middles**2).sum(1), probes)
        parts = [(int(self.starts[cell]), int(self.starts[cell + 1])) for cell in np.sort(cells)]
        scores = np.concatenate([self.head[start:end] @ first for start, end in parts])
        places = np.concatenate([self.order[start:end] for start, end in parts])
        return places[_largest(scores, max(top, _TOP) * _AGAIN)]


def make_cells(
    values: np.ndarray, folder: Path, before: "tuple[NearCells, np.ndarray] | None" = None
) -> tuple[dict[str, Any], dict[str, int]]:
    """Write the cells of (M, D) unit vectors into a folder: what to tell of them, and the arrays' names and lengths.

    Args:
        before: cells of an earlier state of the collection, and (M,) where each vector was in it, -1 for a new one:
            they are kept while the collection has not doubled, and only new vectors are put into them.
    """
    if before is not None and len(values) > _GROWN * len(before[0].values):
        before = None
    turn = _principal(values) if before is None else before[0].turn
    head = mapped(folder / "head-scratch.npy", (len(values), turn.shape[1]))
    rest = np.empty(len(values), np.float32)
    for block in _blocks(len(values)):
        head[block] = values[block] @ turn
        rest[block] = np.sqrt(np.maximum(1.0 - np.einsum("ij,ij->i", head[block], head[block]), 0.0))
    middles = _middles(head) if before is None else before[0].middles
    cell = _cells_of(head, middles, before)
    order = np.argsort(cell, kind="stable")
    starts = np.searchsorted(cell[order], np.arange(len(middles) + 1))
    sorted_head = mapped(folder / "head.npy", head.shape)
    for block in _blocks(len(values)):
        sorted_head[block] = head[order[block]]
    sorted_head.flush()
    (folder / "head-scratch.npy").unlink()
    arrays = {"turn": turn, "rest": rest[order], "order": order, "starts": starts, "middles": middles}
    made = NearCells(values, turn, sorted_head, arrays["rest"], order, starts, middles, 0.0, 0)
    recall, probes = _measured(made)
    told = {"recall": recall, "probes": probes}
    return told, {**save_all(folder, arrays.items()), "head": len(values)}


def _principal(values: np.ndarray) -> np.ndarray:
    """(D, H) the directions in which some of the vectors vary most."""
    some = np.asarray(values[:: max(len(values) // 20_000, 1)], np.float64)
    power, axes = np.linalg.eigh(some.T @ some)
    share = np.cumsum(power[::-1]) / power.sum()
    count = int(np.clip(np.searchsorted(share, _SHARE) + 1, *HEAD))
    return np.ascontiguousarray(axes[:, ::-1][:, :count].astype(np.float32))


def _middles(head: np.ndarray) -> np.ndarray:
    """(C, H) the middles of cells, by k-means of some vectors from a fixed beginning."""
    count = max(int(2 * np.sqrt(len(head))), 1)
    drawn = np.random.default_rng(0).permutation(len(head))[: count * _PER_CELL]
    some = np.array(head[np.sort(drawn)])
    middles = some[np.random.default_rng(1).permutation(len(some))[:count]].copy()
    for _ in range(_ROUNDS):
        cell = _nearest_middle(some, middles)
        held = np.bincount(cell, minlength=count)
        order = np.argsort(cell, kind="stable")
        sums = np.add.reduceat(some[order], np.minimum(np.cumsum(held) - held, len(some) - 1))
        middles[held > 0] = (sums / np.maximum(held, 1)[:, None])[held > 0]
    return middles


def _cells_of(head: np.ndarray, middles: np.ndarray, before: "tuple[NearCells, np.ndarray] | None") -> np.ndarray:
    """(M,) the cell of each vector."""
    cell = np.full(len(head), -1, np.int64)
    if before is not None:
        old, was = before
        theirs = np.empty(len(old.values), np.int64)
        theirs[old.order] = np.repeat(np.arange(len(middles)), np.diff(old.starts))
        cell[was >= 0] = theirs[was[was >= 0]]
    new = np.flatnonzero(cell < 0)
    for block in _blocks(len(new)):
        cell[new[block]] = _nearest_middle(head[new[block]], middles)
    return cell


def _nearest_middle(head: np.ndarray, middles: np.ndarray) -> np.ndarray:
    half = 0.5 * (middles**2).sum(1)
    step = max((1 << 24) // len(middles), 1)
    return np.concatenate([(head[i : i + step] @ middles.T - half).argmax(1) for i in range(0, len(head), step)])


def _measured(cells: NearCells) -> tuple[float, int]:
    """Share of the nearest found, and the fewest cells that give `RECALL` of them; (0, 0) where none do."""
    asked = np.linspace(0, len(cells.values) - 1, _ASKED).astype(np.int64)
    queries = np.array(cells.values[asked])
    score, nearest = np.full((len(asked), 0), -2.0, np.float32), np.zeros((len(asked), 0), np.int64)
    for block in _blocks(len(cells.values)):
        places = np.broadcast_to(np.arange(block.start, block.stop), (len(asked), block.stop - block.start))
        score = np.concatenate([score, queries @ cells.values[block].T], 1)
        nearest = np.concatenate([nearest, places], 1)
        keep = np.argpartition(score, -min(_TOP, score.shape[1]), axis=1)[:, -_TOP:]
        score, nearest = np.take_along_axis(score, keep, 1), np.take_along_axis(nearest, keep, 1)
    for probes in (few for few in _PROBES if few < len(cells.middles)):
        found = [
            np.isin(right, cells._probed(query @ cells.turn, _TOP, probes)).mean()
            for query, right in zip(queries, nearest, strict=True)
        ]
        if np.mean(found) >= RECALL:
            return float(np.mean(found)), probes
    return 0.0, 0


def _blocks(count: int) -> list[slice]:
    return [slice(start, min(start + _BLOCK, count)) for start in range(0, count, _BLOCK)]


def _largest(scores: np.ndarray, count: int) -> np.ndarray:
    """Where the highest of (M,) scores are, in any order."""
    return np.arange(len(scores)) if count >= len(scores) else np.argpartition(scores, -count)[-count:]
