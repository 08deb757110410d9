"""Named parametric objects: furniture, vehicles, tools, fittings, built from one seed with numpy alone."""

from pointrecon.shapes.parametric.assembly import Built, sample_surface
from pointrecon.shapes.parametric.catalogue import CATEGORIES, build

__all__ = ["CATEGORIES", "Built", "build", "sample_surface"]
