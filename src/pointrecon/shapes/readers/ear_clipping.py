"""Ear clipping of many polygons at once, in the plane."""

import numpy as np

_STRAIGHT = 1e-9  # sine of an angle below which a corner counts as straight
_TOUCH = 1e-12  # area, of a polygon of span 1, within which a point lies on a line
_PAIRS = 1 << 20  # ears times points looked at in one go
_PATIENCE = 32  # forced cuts of one polygon before all its ears are taken on trust: it cuts itself


def clipped_ears(places: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Triangles of simple polygons that turn left, holes bridged into the ring among them.

    Each round takes at once every ear that stands beside no other taken one: a corner that turns left, with no point
    of the ring in its triangle. Points are looked up by their x, and an ear is looked at again only when a neighbor or
    the point in its way has gone, so that 10,000 corners take a few seconds at worst. Where a ring has no ear (it
    crosses itself) the smallest corner is cut off.

    Args:
        places: (K, 2) corners, of one polygon after the other, each of a span about 1.
        sizes: (P,) at least three.

    Returns:
        (sum of sizes - 2, 3) into the corners, polygon by polygon.
    """
    ring = _Rings(np.asarray(places, np.float64), np.asarray(sizes, np.int64))
    while len(ring.sort_alive):
        ring.clip_round()
    triangles = np.concatenate(ring.triangles)
    return triangles[np.argsort(ring.owner[triangles[:, 0]], kind="stable")]


class _Rings:
    """Rings of corners that are left, and what is known of each corner."""

    def __init__(self, places: np.ndarray, sizes: np.ndarray) -> None:
        count = len(places)
        ends = np.cumsum(sizes)
        self.places, self.left = places, sizes.copy()
        self.owner = np.repeat(np.arange(len(sizes)), sizes)
        self.next, self.previous = np.arange(1, count + 1), np.arange(-1, count - 1)
        self.next[ends - 1], self.previous[ends - sizes] = ends - sizes, ends - 1
        self.alive = np.ones(count, bool)
        self.ear, self.reflex = np.zeros(count, bool), np.zeros(count, bool)
        self.turn = np.zeros(count)  # twice the signed area of the corner's triangle
        self.blocker = np.full(count, -1)
        self.rank = np.random.default_rng(0).permutation(count)  # which of two neighboring ears is taken
        self.forced = np.zeros(len(sizes), np.int64)
        self.todo = np.arange(count)
        self.triangles: list[np.ndarray] = []
        low = np.minimum.reduceat(places[:, 0], ends - sizes)[self.owner]
        # one sorted line for all rings: each has its own stretch of it
        self.key = self.owner * 8.0 + (places[:, 0] - low)
        self.sort_alive = np.argsort(self.key, kind="stable")

    def clip_round(self) -> None:
        self._look_again()
        ears = np.flatnonzero(self.ear & self.alive)
        has = np.zeros(len(self.left), bool)
        has[self.owner[ears]] = True
        stuck = (self.left > 2) & ~has
        if stuck.any():
            ears = np.concatenate([ears, self._forced(stuck)])
        self._cut(self._apart(ears))

    def _look_again(self) -> None:
        todo = self.todo
        before, after = self.previous[todo], self.next[todo]
        a, b, c = self.places[before], self.places[todo], self.places[after]
        turn = _cross(b - a, c - b)
        flat = np.abs(turn) <= _STRAIGHT * np.hypot(*(b - a).T) * np.hypot(*(c - b).T)
        spike = flat & (((b - a) * (c - b)).sum(1) <= 0)  # or the corner repeats its neighbor
        self.turn[todo] = turn
        self.reflex[todo] = flat | (turn < 0)
        self.ear[todo] = spike
        self.blocker[todo] = -1
        convex = todo[~self.reflex[todo]]
        self.ear[convex] = self._free(convex)

    def _free(self, ears: np.ndarray) -> np.ndarray:
        """Whether no reflex point of the ring lies in the corner's triangle; the one that does is noted."""
        points = self.sort_alive[self.reflex[self.sort_alive]]
        keys = self.key[points]
        around = np.stack([self.key[self.previous[ears]], self.key[ears], self.key[self.next[ears]]])
        low = np.searchsorted(keys, around.min(0) - 1e-9)
        count = np.searchsorted(keys, around.max(0) + 1e-9, side="right") - low
        ends = np.cumsum(count)
        start = 0
        while start < len(ears):
            stop = max(start + 1, int(np.searchsorted(ends, (ends[start - 1] if start else 0) + _PAIRS)))
            some = count[start:stop]
            ear = np.repeat(ears[start:stop], some)
            within = np.arange(len(ear)) - np.repeat(np.cumsum(some) - some, some)
            point = points[np.repeat(low[start:stop], some) + within]
            hit = self._in_triangle(ear, point)
            self.blocker[ear[hit]] = point[hit]
            start = stop
        return self.blocker[ears] < 0

    def _in_triangle(self, ear: np.ndarray, point: np.ndarray) -> np.ndarray:
        before, after, places = self.previous[ear], self.next[ear], self.places
        p, a, b, c = places[point], places[before], places[ear], places[after]
        inside = (_cross(c - a, p - a) <= _TOUCH) & (_cross(b - a, p - a) >= -_TOUCH)
        inside &= (_cross(c - b, p - b) >= -_TOUCH) & (point != ear) & (point != before) & (point != after)
        at = np.flatnonzero(inside)
        ear, point, p, a, b, c = ear[at], point[at], p[at], a[at], b[at], c[at]
        same = [np.abs(p - corner).max(1) <= _TOUCH for corner in (a, b, c)]
        # a second pass of the ring through the tip is in the way where it goes on into the triangle
        enters = np.zeros(len(at), bool)
        for towards in (self.previous[point], self.next[point]):
            way = places[towards] - b
            enters |= (_cross(c - b, way) > _TOUCH) & (_cross(way, a - b) > _TOUCH)
        inside[at] = np.where(same[1], enters, ~(same[0] | same[2]))
        return inside

    def _forced(self, stuck: np.ndarray) -> np.ndarray:
        """For rings without an ear the smallest corner, convex ones first; of those long stuck all convex ones."""
        self.forced[stuck] += 1
        corners = np.flatnonzero(self.alive & stuck[self.owner])
        owner, turn = self.owner[corners], self.turn[corners]
        order = np.lexsort((np.abs(turn), turn < 0, owner))
        first = np.r_[True, np.diff(owner[order]) > 0]
        trusted = (turn > 0) & (self.forced[owner] > _PATIENCE)
        return np.union1d(corners[order[first]], corners[trusted])

    def _apart(self, ears: np.ndarray) -> np.ndarray:
        """Of these ears some that are no neighbors, and one at most of rings of three or four corners."""
        rank = np.full(len(self.places), -1)
        rank[ears] = self.rank[ears]
        picked = ears[(rank[ears] > rank[self.next[ears]]) & (rank[ears] > rank[self.previous[ears]])]
        small = self.left[self.owner[picked]] <= 4
        _, one = np.unique(self.owner[picked[small]], return_index=True)
        return np.concatenate([picked[~small], picked[small][one]])

    def _cut(self, ears: np.ndarray) -> None:
        before, after = self.previous[ears], self.next[ears]
        self.triangles.append(np.stack([before, ears, after], 1))
        self.alive[ears] = False
        self.next[self.previous[ears]] = self.next[ears]
        self.previous[self.next[ears]] = self.previous[ears]
        self.left -= np.bincount(self.owner[ears], minlength=len(self.left))
        done = np.concatenate([before, after])
        done = done[self.left[self.owner[done]] <= 2]
        self.alive[done] = False
        self.sort_alive = self.sort_alive[self.alive[self.sort_alive]]
        touched = np.zeros(len(self.alive), bool)
        touched[before] = touched[after] = True
        blocked = self.blocker >= 0
        touched |= blocked & ~(self.alive & self.reflex)[self.blocker]
        self.todo = np.flatnonzero(touched & self.alive)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
