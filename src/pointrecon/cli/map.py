"""``pointrecon map``: a collection at a glance, as one offline page."""

import sys

from pointrecon.parser import CommandParser
from pointrecon.screen import say

EXAMPLES = """  pointrecon map parts/                                  # a folder; writes map.html
  pointrecon map parts.lance -o parts.html --names names.txt
  pointrecon map parts.lance -o parts.html --pictures 0  # without pictures: a small file"""


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "map",
        "Write one HTML file to open offline: every shape is a point beside similar ones, with its picture, to zoom, "
        "to filter by text, and to color by cluster, class, size or any other column.",
        EXAMPLES,
    )
    parser.add_argument("data", type=str, help="a folder of shapes, or a table")
    parser.out("the page to write", "map.html")
    parser.option("--count", None, "how many clusters (unset: as many as fit best)", int | None)
    parser.option("--names", None, "text file of what clusters may be called, one a line (unset: what the model knows)")
    parser.option("--layout", "neighbors", "neighbors or pca")
    parser.option("--pictures", None, "pixels a side of each picture, 0 for none (the larger the fewer)", int | None)
    parser.collection()
    parser.option("--seed", 0, "of the layout")
    parser.flag("--overwrite", "replace the page")
    values = parser.read(argv)

    from pointrecon.reports.shape_map import check_map_file, map

    path = check_map_file(values["out"], overwrite=values.pop("overwrite"))
    found = map(**values)
    for note in found.clusters.notes:
        say(f"note: {note}", file=sys.stderr)
    say(f"{repr(found)[1:-1]} written to {path} ({path.stat().st_size / 1e6:.1f} MB)")
