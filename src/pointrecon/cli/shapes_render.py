"""``pointrecon shapes render``: pictures of a table's shapes."""

import sys

from pointrecon.parser import CommandParser
from pointrecon.progress import plural
from pointrecon.screen import say

EXAMPLES = """  pointrecon shapes render parts.lance                                 # four views of each cloud
  pointrecon shapes render parts.lance --views 8 --size 128 --device cuda
  pointrecon shapes render parts.lance --from mesh --mesh-root parts/  # sharper, from the files
  pointrecon shapes render parts.lance --overwrite                     # draw all of them again"""

DESCRIPTION = """Add gray pictures on white to the shapes of a table, for image teachers and to look at.
Shapes that have pictures keep them, so an interrupted run goes on where it stopped."""

_SHOWN = 10
RESUMES = True


def main(argv: list[str]) -> None:
    """Draw and print what was done."""
    parser = CommandParser("shapes render", DESCRIPTION, EXAMPLES)
    parser.add_argument("table", type=str, help="shape table, NAME.lance or NAME.npz")
    parser.option("--views", 4, "pictures per shape; of 4 or more, one from above")
    parser.option("--size", 224, "pixels a side")
    parser.option("--from", "cloud", "draw the points, or the mesh files (PyVista)", choices=["cloud", "mesh"])
    parser.option("--mesh-root", None, "the folder the table was imported from")
    parser.flag("--overwrite", "draw shapes that have pictures again")
    parser.option("--device", None, "for clouds: cpu, cuda (unset: a GPU if any)")
    parser.resumes_anyway()
    values = parser.read(argv)

    from pointrecon.shapes.pictures.mesh_pictures import render_pictures

    report = render_pictures(from_=values.pop("from"), **values)
    for key, reason in report.skipped[:_SHOWN]:
        say(f"skipped: {key} – {reason}", file=sys.stderr)
    if len(report.skipped) > _SHOWN:
        say(f"skipped: ... and {len(report.skipped) - _SHOWN} more", file=sys.stderr)
    there = f" ({report.already_there} had some already)" if report.already_there else ""
    say(f"{plural(report.rendered, 'shape')} drawn{there}: {report.table.path}")
