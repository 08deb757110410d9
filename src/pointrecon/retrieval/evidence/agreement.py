"""How far two shapes agree once one is laid on the other: measured both ways, at corners and all over the surface."""

from dataclasses import dataclass

import numpy as np

from pointrecon.retrieval.evidence.candidate_poses import moments_off
from pointrecon.retrieval.evidence.facet_chords import chords_at, chords_of
from pointrecon.retrieval.evidence.nearest_surface import nearest_on
from pointrecon.retrieval.evidence.normal_form import NormalForm
from pointrecon.retrieval.evidence.posing import Pose
from pointrecon.retrieval.evidence.surface_samples import Samples, samples_of

MOST_CHORD = 5e-3  # of the diameter: facets explain no more than that
_CHORDS = 1.25  # arcs that facets may be off
# Of the highest arc, and of the diameter: so much facets that lie off the smooth surface pull all others along.
_PULLED, MOST_PULLED = 0.1, 5e-4
_MEAN = 0.42  # of a cloud's allowance: what another sampling of the same surface is off on average
_AREA = 3e-4  # areas of one surface differ less, and lie where they are, where no point is off, ...
_AREA_FACETS = 0.03  # ... and less where facets are
_SURE, _MOST_SAMPLES = 8.0, 6000  # samples expected in a part that only one has: one in 3,000 such parts gets none


@dataclass(frozen=True)
class OneWay:
    """Samples of one shape against the other: what they are off and what they may be off, in b's units of size."""

    samples: Samples
    moved: np.ndarray  # (n, 3) the samples where b is
    distance: np.ndarray
    allowed: np.ndarray

    @property
    def off(self) -> np.ndarray:
        """(n,) bool."""
        return self.distance > self.allowed

    @property
    def share(self) -> float:
        """Of the surface that agrees, 0 to 1."""
        return float(self.samples.share[~self.off].sum())

    @property
    def mean(self) -> float:
        """Distance on average over the surface."""
        return float(self.samples.share @ self.distance)


@dataclass(frozen=True)
class Agreement:
    """Both ways, under one pose."""

    a_on_b: OneWay
    b_on_a: OneWay
    area_ratio: float  # of b's to a's as posed; 1 where one is a cloud
    moved: float  # how far centers, sizes, third and fourth moments are apart, in units of size
    clouds: bool

    @property
    def residual(self) -> float:
        """The largest distance."""
        return max(float(one.distance.max()) for one in (self.a_on_b, self.b_on_a))

    @property
    def mean(self) -> float:
        """The mean distance, of the two ways."""
        return (self.a_on_b.mean + self.b_on_a.mean) / 2

    @property
    def share(self) -> float:
        """Of the surface that agrees: the smaller of the two ways."""
        return min(self.a_on_b.share, self.b_on_a.share)

    def whole(self, tolerance: float) -> bool:
        """Whether they are one surface, as far as samples, corners and areas tell."""
        if not self.all_near:
            return False
        if self.clouds:
            ways = [one.distance.mean() / one.allowed.mean() for one in (self.a_on_b, self.b_on_a)]
            return max(ways) < _MEAN
        enough = min(int((one.samples.share > 0).sum()) for one in (self.a_on_b, self.b_on_a)) >= self.needed
        return enough or self.areas_agree(tolerance)

    def areas_agree(self, tolerance: float) -> bool:
        """Whether areas, and where they lie, are what they would be of one surface, if no faces lie on one another."""
        if self.residual > tolerance:
            return abs(self.area_ratio - 1) < _AREA_FACETS
        return max(abs(self.area_ratio - 1), self.moved) < _AREA + tolerance

    @property
    def all_near(self) -> bool:
        """Whether no sample is off."""
        return not (self.a_on_b.off.any() or self.b_on_a.off.any())

    @property
    def needed(self) -> int:
        """Samples of which some would be in what one area has more, if it were no faces that lie on one another."""
        return int(min(_SURE / max(abs(self.area_ratio - 1), _AREA), _MOST_SAMPLES))


def agreement(a: NormalForm, b: NormalForm, pose: Pose, tolerance: float, *, count: int, corners: int) -> Agreement:
    """Of a, laid on b, measured at so many places and corners of each."""
    cloud = not len(a.faces) or not len(b.faces)
    ratio = 1.0 if cloud else _area_ratio(a, b, pose.scale)
    return Agreement(
        _one_way(a, b, pose, tolerance, count, corners, back=False),
        _one_way(b, a, pose, tolerance, count, corners, back=True),
        ratio,
        0.0 if cloud else _moved(a, b, pose),
        cloud,
    )


def _area_ratio(a: NormalForm, b: NormalForm, scale: float) -> float:
    """Of b's area to a's, with faces that are there twice counted once or twice, whichever is nearer to 1."""
    once = float(b.areas.sum() / a.areas.sum())
    all_faces = (b.spread.weight / b.spread.size**2) / (a.spread.weight / a.spread.size**2)
    return min((once / scale**2, all_faces / scale**2), key=lambda ratio: abs(ratio - 1))


def _moved(a: NormalForm, b: NormalForm, pose: Pose) -> float:
    """What of a surface is elsewhere shows here even where no sample meets it."""
    shift = 0.0 if pose.shift is None else float(np.linalg.norm(pose.shift))
    return max(shift, abs(pose.scale - 1), float(moments_off(a, b, pose.rotation[None])[0]))


def _one_way(
    of: NormalForm, onto: NormalForm, pose: Pose, tolerance: float, count: int, corners: int, *, back: bool
) -> OneWay:
    samples = samples_of(of, count, corners)
    moved = (pose.inverse if back else pose)(samples.points)
    chords = _CHORDS * chords_of(onto)
    if len(onto.faces):
        most = MOST_CHORD * onto.diameter
        own = _CHORDS * chords_at(of, samples.face, samples.weights) if len(of.faces) else np.zeros(len(moved))
        farthest = tolerance + min(most, float(chords.max() + own.max()))
        hit = nearest_on(onto)(moved, up_to=farthest, enough=tolerance / 50)
        pulled = min(_PULLED * max(float(chords.max()), float(own.max())), MOST_PULLED * onto.diameter)
        chord = _CHORDS * chords_at(onto, hit.face, hit.weights) + own
        chord = np.maximum(np.minimum(chord, most), pulled)
    else:
        hit = nearest_on(onto)(moved)
        chord = chords[hit.face]
    where = samples.points if back else moved
    scale = pose.scale if back else 1.0
    return OneWay(samples, where, hit.distance * scale, tolerance + chord * scale)
