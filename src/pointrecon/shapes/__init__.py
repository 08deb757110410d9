"""Room shapes: the shape table, file formats, importers, shapes made here, pictures of shapes."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pointrecon.shapes.arrays import ShapeArrays, TableMeta
    from pointrecon.shapes.benchmarks.importer import import_benchmark
    from pointrecon.shapes.importer import import_shapes
    from pointrecon.shapes.make import make_shapes
    from pointrecon.shapes.render import render_pictures
    from pointrecon.shapes.table import ShapeTable, create_table, open_table

_HOME = {
    "ShapeArrays": "pointrecon.shapes.arrays",
    "TableMeta": "pointrecon.shapes.arrays",
    "ShapeTable": "pointrecon.shapes.table",
    "create_table": "pointrecon.shapes.table",
    "open_table": "pointrecon.shapes.table",
    "import_benchmark": "pointrecon.shapes.benchmarks.importer",
    "import_shapes": "pointrecon.shapes.importer",
    "make_shapes": "pointrecon.shapes.make",
    "render_pictures": "pointrecon.shapes.render",
}

__all__ = [
    "ShapeArrays",
    "ShapeTable",
    "TableMeta",
    "create_table",
    "import_benchmark",
    "import_shapes",
    "make_shapes",
    "open_table",
    "render_pictures",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'pointrecon.shapes' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
