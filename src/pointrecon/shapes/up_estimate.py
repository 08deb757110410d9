"""Which axis points up in some shapes, of whatever kind they are handed over."""

from typing import Any

from pointrecon.shapes.door import as_shapes
from pointrecon.shapes.importers.up_axis import LOOKED_AT, UpVote, places_that_vote, up_probabilities, up_vote


def estimate_up(data: Any, *, most: int = LOOKED_AT) -> UpVote:
    """The axis that shapes agree on, as ``shapes import --up auto`` tells it; what the data says of it does not count.

    Args:
        data: what `as_shapes` takes; one shape is enough where it is clear.
        most: so many shapes are looked at, spread evenly over all of them.
    """
    shapes = as_shapes(data)
    return up_vote(up_probabilities(shapes.load(places_that_vote(len(shapes), most)).points))
