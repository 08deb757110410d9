"""How clouds are cut into patches, as an ONNX graph: a loop finds farthest points, and neighbors by its distances."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from pointrecon.errors import require

# Squared distances of one point of each cloud, `last`, to all of `planes`: summed axis by axis, as PyTorch does.
_DISTANCES = """
      thrice = Concat <axis = 1> (last, last, last)
      center = GatherElements <axis = 2> ({planes}, thrice)
      apart = Sub ({planes}, center)
      square = Mul (apart, apart)
      gap = ReduceSum (square, one)"""
# As `pointrecon.geometry.farthest_point_sample`; a round keeps its distances, so nothing is computed twice.
_FARTHEST = """
  places = Slice (points, zero, three, two)
  planes = Transpose <perm = [0, 2, 1]> (places)
  batch = Shape <start = 0, end = 1> (points)
  each = Concat <axis = 0> (batch, one, one)
  first = Expand (zero, each)
  per_point = Concat <axis = 0> (batch, one, number)
{start}
  closest, following, chosen, gaps = Loop (rounds, yes, unseen, first) <
    body = round (int64 turn, bool on, float[b, 1, n] least, int64[b, 1, 1] last)
      => (bool go_on, float[b, 1, n] less, int64[b, 1, 1] next, int64[b, 1, 1] taken, float[b, 1, n] gap) {{
      go_on = Identity (on)
      taken = Identity (last){distances}
      less = Min (least, gap)
      next = ArgMax <axis = 2> (less)
    }}>
  picked = Squeeze (chosen, ones)
  tops, nearest = TopK <axis = 3, largest = 0, sorted = 0> (gaps, size)
  near = Squeeze (nearest, two)
{order}
"""
_FROM_ALL = """
  unseen = Expand (infinite, per_point)"""
_NOT_FROM_THE_ORIGIN = """
  squares = Mul (planes, planes)
  radius = ReduceSum (squares, one)
  inside = LessOrEqual (radius, edge)
  unseen = Where (inside, never, infinite)"""
_AS_CHOSEN = """
  order = Transpose <perm = [1, 0]> (picked)
  members = Transpose <perm = [1, 0, 2]> (near)"""
# As `pointrecon.models.plus.patch_order.row_of`: the first center, then always the nearest one not yet taken.
_IN_A_ROW = """
  found = Transpose <perm = [1, 0]> (picked)
  thrice_found = Unsqueeze (found, one)
  every = Concat <axis = 1> (thrice_found, thrice_found, thrice_found)
  centers_planes = GatherElements <axis = 2> (planes, every)
  few = Concat <axis = 0> (batch, one, patch_count)
  none = Expand (nothing, few)
  closed, end, row = Loop (rounds, yes, none, first) <
    body = step (int64 turn, bool on, float[b, 1, g] barred, int64[b, 1, 1] last)
      => (bool go_on, float[b, 1, g] shut, int64[b, 1, 1] next, int64[b, 1, 1] taken) {{
      go_on = Identity (on)
      taken = Identity (last){distances}
      wall = Expand (infinite, each)
      shut = ScatterElements <axis = 2> (barred, last, wall)
      cost = Add (gap, shut)
      next = ArgMin <axis = 2> (cost)
    }}>
  steps = Squeeze (row, ones)
  ranks = Transpose <perm = [1, 0]> (steps)
  order = GatherElements <axis = 1> (found, ranks)
  ranks_one = Unsqueeze (ranks, two)
  unordered = Transpose <perm = [1, 0, 2]> (near)
  members = GatherND <batch_dims = 1> (unordered, ranks_one)"""
_GATHERED = """
  flat = Reshape (points, rows)
  clouds = Squeeze (batch, zero)
  turns = Range (nought, clouds, unit)
  begins = Mul (turns, number)
  begin = Unsqueeze (begins, one)
  begin_each = Unsqueeze (begin, one)
  center_rows = Add (order, begin)
  member_rows = Add (members, begin_each)
  whole_centers = Gather <axis = 0> (flat, center_rows)
  centers = Slice (whole_centers, zero, three, two)
  inside_patches = Gather <axis = 0> (flat, member_rows)
{origin}
  patches_at = Unsqueeze (origin, two)
  patch_points = Sub (inside_patches, patches_at)
"""
_UNCOLORED = """
  origin = Identity (centers)"""
_COLORED = """
  no_color = Sub (centers, centers)
  origin = Concat <axis = 2> (centers, no_color)"""


def cut_graph(points: int, channels: int, patches: int, patch_size: int, *, skip_origin: bool, in_a_row: bool) -> Any:
    """An ``onnx.GraphProto`` that cuts ``points``, (B, N, channels) float32, as a model's ``cut`` does.

    Its outputs are ``patch_points`` (B, G, S, channels) and ``centers`` (B, G, 3). Of points equally near, those that
    come first are taken.
    """
    onnx = require("onnx", "onnx")
    require("onnx.parser", "onnx")
    order = _IN_A_ROW.format(distances=_DISTANCES.format(planes="centers_planes")) if in_a_row else _AS_CHOSEN
    farthest = _FARTHEST.format(
        start=_NOT_FROM_THE_ORIGIN if skip_origin else _FROM_ALL,
        distances=_DISTANCES.format(planes="planes"),
        order=order,
    )
    gathered = _GATHERED.format(origin=_COLORED if channels > 3 else _UNCOLORED)
    graph = onnx.parser.parse_graph(f"""
cut (float[batch, {points}, {channels}] points)
  => (float[batch, {patches}, {patch_size}, {channels}] patch_points, float[batch, {patches}, 3] centers) {{
  {farthest}{gathered}
}}""")
    constants = {
        **{"zero": [0], "one": [1], "two": [2], "three": [3], "ones": [2, 3], "nought": 0, "unit": 1},
        **{"rounds": patches, "patch_count": [patches], "size": [patch_size], "number": [points]},
        **{"rows": [-1, channels], "yes": True},
        **{"infinite": np.float32(np.inf), "never": np.float32(-1), "edge": np.float32(1e-3), "nothing": np.float32(0)},
    }
    asked = {name for node in _all_nodes(graph) for name in node.input}
    for name, value in constants.items():
        if name in asked:
            graph.initializer.append(onnx.numpy_helper.from_array(np.asarray(value), name))
    return graph


def _all_nodes(graph: Any) -> Iterator[Any]:
    """Nodes of a graph and of the graphs inside them."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            yield from _all_nodes(attribute.g)
