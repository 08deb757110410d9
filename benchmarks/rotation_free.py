"""Classical descriptors of clouds, to measure others beside: one that no rotation changes, and coarse voxels.

The first is made of two that the field has long had, as they were published: the distribution of distances between
pairs of points (D2; Osada et al., "Shape Distributions", ACM TOG 2002), and the energies of spherical harmonics on
concentric shells (Kazhdan et al., "Rotation Invariant Spherical Harmonic Representation of 3D Shape Descriptors", SGP
2003). Neither tells a shape from its mirror image.
"""

import numpy as np

SHELLS, DEGREES = 12, 12
_BINS, _POINTS, _FURTHEST = 64, 512, 4.0  # of D2: bins, points of a cloud, root mean square distances of the last bin
_FAR = 2.5  # mean distances from the center: where the last shell lies
_CELLS = 12  # voxels along each axis


def rotation_free(clouds: np.ndarray) -> list[np.ndarray]:
    """D2 (M, 64) and energies of harmonics (M, SHELLS · (DEGREES + 1)) of clouds (M, N, 3)."""
    found = [(_distances(points), _harmonics(points)) for points in np.asarray(clouds, np.float64)]
    return [np.stack(part).astype(np.float32) for part in zip(*found, strict=True)]


def voxels(clouds: np.ndarray) -> list[np.ndarray]:
    """How much of each cloud (M, N, 3) lies in each of 12³ cells of its box, smoothed: (M, 1728). It knows the pose."""
    from scipy.ndimage import gaussian_filter

    found = []
    for points in np.asarray(clouds, np.float64):
        middle = (points.min(0) + points.max(0)) / 2
        size = np.abs(points - middle).max() or 1.0
        counts, _ = np.histogramdd((points - middle) / size, _CELLS, [(-1, 1)] * 3)
        found.append(gaussian_filter(counts / len(points), 1.0).ravel())
    return [np.stack(found).astype(np.float32)]


def _distances(points: np.ndarray) -> np.ndarray:
    from scipy.spatial.distance import pdist

    some = points[np.linspace(0, len(points) - 1, min(len(points), _POINTS)).round().astype(np.int64)]
    around = some - some.mean(0)
    size = float(np.sqrt((around**2).sum(1).mean())) or 1.0
    place = (pdist(around / size) * (_BINS / _FURTHEST)).astype(np.int64)
    counts = np.bincount(np.minimum(place, _BINS - 1), minlength=_BINS)
    return np.sqrt(counts / max(len(place), 1))


def _harmonics(points: np.ndarray) -> np.ndarray:
    from scipy.special import sph_harm_y_all

    centered = points - points.mean(0)
    radius = np.linalg.norm(centered, axis=1)
    way = centered / np.maximum(radius, 1e-12)[:, None]
    y = sph_harm_y_all(DEGREES, DEGREES, np.arccos(np.clip(way[:, 2], -1, 1)), np.arctan2(way[:, 1], way[:, 0]))
    level = radius / (radius.mean() or 1.0) / _FAR * SHELLS - 0.5
    weight = np.clip(1 - np.abs(level[:, None] - np.arange(SHELLS)), 0, None)  # (N, SHELLS), to the two next shells
    sums = np.tensordot(y, weight, (2, 0)) / len(points)  # (degree, order, shell)
    return np.sqrt((np.abs(sums) ** 2).sum(1)).T.ravel()
