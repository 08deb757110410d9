"""Where two shapes differ once one is laid on the other: samples that are off, gathered into places."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from pointrecon.retrieval.evidence.agreement import Agreement, OneWay
from pointrecon.retrieval.evidence.findings import Region
from pointrecon.retrieval.evidence.normal_form import NormalForm

_MOST = 12  # regions that are told
_LEAST = 2  # samples that make one


def regions_of(found: Agreement, b: NormalForm) -> tuple[Region, ...]:
    """The regions of both shapes, in b's coordinates and unit, those of the largest area first."""
    regions = [*_regions(found.a_on_b, "a", b), *_regions(found.b_on_a, "b", b)]
    return tuple(sorted(regions, key=lambda region: (-region.share, -region.far))[:_MOST])


def _regions(way: OneWay, of: str, b: NormalForm) -> list[Region]:
    off = np.flatnonzero(way.off)
    if not len(off):
        return []
    points = way.moved[off]
    # neighbors on the surface: about three times as far as samples are from one another
    spacing = 3 * float(np.sqrt(b.areas.sum() / max((way.samples.share > 0).sum(), 1)))
    pairs = cKDTree(points).query_pairs(spacing, output_type="ndarray")
    graph = coo_array((np.ones(len(pairs)), tuple(pairs.T)), shape=(len(off), len(off)))
    _, label = connected_components(graph, directed=False)
    regions = []
    for mine in (np.flatnonzero(label == k) for k in range(label.max() + 1)):
        if len(mine) >= _LEAST:
            low, high = points[mine].min(0), points[mine].max(0)
            center, far = b.center + b.size * (low + high) / 2, b.size * float(way.distance[off[mine]].max())
            regions.append(Region(center, b.size * (high - low), far, float(way.samples.share[off[mine]].sum()), of))
    return regions
