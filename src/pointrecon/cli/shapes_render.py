"""``pointrecon shapes render``: pictures of a table's shapes."""

import sys
from collections.abc import Sequence

from pointrecon.parser import CommandParser
from pointrecon.progress import plural

EXAMPLES = """  pointrecon shapes render parts.lance                                 four views of each cloud
  pointrecon shapes render parts.lance --views 8 --size 128 --device cuda
  pointrecon shapes render parts.lance --from mesh --mesh-root parts/  sharper, from the files
  pointrecon shapes render parts.lance --overwrite                     draw all of them again"""

DESCRIPTION = """Add gray pictures on white to the shapes of a table, for image teachers and to look at.
Shapes that have pictures keep them, so an interrupted run goes on where it stopped."""

_SHOWN = 10
RESUMES = True


def main(argv: Sequence[str]) -> int:
    """Draw and print what was done."""
    parser = CommandParser("shapes render", DESCRIPTION, EXAMPLES)
    parser.add_argument("table", type=str, help="shape table, NAME.lance or NAME.npz")
    parser.add_argument("--views", type=int, default=4, help="pictures per shape; of 4 or more, one from above")
    parser.add_argument("--size", type=int, default=224, help="pixels a side")
    parser.add_argument(
        "--from",
        choices=["cloud", "mesh"],
        default="cloud",
        help="draw the points, or the mesh files (PyVista)",
    )
    parser.add_argument("--mesh-root", type=str | None, default=None, help="the folder the table was imported from")
    parser.add_argument("--overwrite", action="store_true", help="draw shapes that have pictures again")
    parser.add_argument("--device", type=str | None, default=None, help="for clouds: cpu, cuda (unset: a GPU if any)")
    parser.add_argument("--resume", action="store_true", help="go on after an interruption (it does without this too)")
    options = vars(parser.parse_args(list(argv)))
    options.pop("resume")

    from pointrecon.shapes.pictures.mesh_pictures import render_pictures

    report = render_pictures(options.pop("table"), from_=options.pop("from"), **options)
    for key, reason in report.skipped[:_SHOWN]:
        print(f"skipped: {key} – {reason}", file=sys.stderr)
    if len(report.skipped) > _SHOWN:
        print(f"skipped: ... and {len(report.skipped) - _SHOWN} more", file=sys.stderr)
    there = f" ({report.already_there} had some already)" if report.already_there else ""
    print(f"{plural(report.rendered, 'shape')} drawn{there}: {report.table.path}")
    return 0
