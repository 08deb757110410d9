"""Named parametric objects: furniture, vehicles, tools, fittings, built from one seed with numpy alone."""

from pointrecon.shapes.made.parametric.assembly import Built, sample_surface
from pointrecon.shapes.made.parametric.catalog import CATEGORIES, FIRST, build

__all__ = ["CATEGORIES", "FIRST", "Built", "build", "sample_surface"]
