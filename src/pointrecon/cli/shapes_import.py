"""``pointrecon shapes import``: files to a shape table."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pointrecon.parser import CommandParser
from pointrecon.progress import plural

if TYPE_CHECKING:
    from pointrecon.shapes.importers.import_writer import ImportReport

EXAMPLES = """  pointrecon shapes import parts/ -o parts.lance                   class = first sub-folder
  pointrecon shapes import scans/ -o scans.npz --labels-from none  one file instead of a folder
  pointrecon shapes import list.csv -o parts.lance                 columns path,label,caption,split,id
  pointrecon shapes import ModelNet40/ -o mn40.lance --up z        class/train/x.off, class/test/x.off
  pointrecon shapes import parts/ -o parts.lance --validation 0.1 --test 0.2
  pointrecon shapes import parts/ -o parts.lance --resume          go on after an interruption"""

DESCRIPTION = """Read meshes and clouds into a shape table.

Formats: OBJ, OFF, STL, PLY, GLB/GLTF, XYZ/TXT/CSV/PTS, NPY/NPZ, PCD, LAS/LAZ, HDF5. Meshes are sampled by
area; every shape is centered and scaled into the unit sphere. Files that cannot be read are skipped and
listed at the end."""

_SHOWN = 10
RESUMES = True


def main(argv: Sequence[str]) -> int:
    """Import and print what was done."""
    from pointrecon.shapes.importers.folders import POINTS, import_shapes
    from pointrecon.shapes.table.table_meta import UP_AXES

    parser = CommandParser("shapes import", DESCRIPTION, EXAMPLES)
    parser.add_argument("source", help="a folder, a manifest (.csv .json .jsonl), or arrays of clouds (.npz .npy .h5)")
    parser.add_argument(
        "-o", "--out", required=True, help="the table to make: NAME.lance (folder) or NAME.npz (one file)"
    )
    parser.add_argument(
        "--points", type=int | None, help=f"points per shape (unset: {POINTS}, or as many as an array file has)"
    )
    parser.add_argument("--up", choices=UP_AXES, help="the axis that points up (unset: unknown)")
    parser.add_argument("--split", choices=["train", "val", "test"], help="for shapes whose place does not tell theirs")
    parser.add_argument(
        "--labels-from",
        choices=["folder", "none"],
        help="the sub-folder (or manifest, or array file) names the class, which is usual; or no labels",
    )
    parser.add_argument(
        "--caption-from-class",
        type=bool | None,
        help="give shapes without a caption the name of their class as one (unset: true)",
    )
    parser.add_argument(
        "--validation", type=float | None, help="share of the training shapes to hold out as 'val', of every class"
    )
    parser.add_argument(
        "--test", type=float | None, help="share to hold out as 'test' before that, where there is no test split"
    )
    parser.add_argument("--name", type=str | None, help="of the collection (unset: the source's)")
    parser.add_argument("--units", type=str | None, help="of the files' coordinates, such as mm")
    parser.add_argument("--license", type=str | None, help="under which the shapes may be used")
    parser.add_argument("--workers", type=int | None, help="processes that read files (unset: one per core)")
    parser.add_argument("--seed", type=int | None, help="for sampled points and held-out shapes (unset: 0)")
    parser.add_argument("--overwrite", action="store_true", help="replace a table that is there")
    parser.add_argument("--resume", action="store_true", help="go on with a table, by its own settings")
    options = vars(parser.parse_args(list(argv)))
    report = import_shapes(options.pop("source"), options.pop("out"), **options)
    print_report(report)
    return 0


def print_report(report: "ImportReport") -> None:
    """The result on standard output; what was skipped or odd on standard error, each reason once."""
    for title, pairs in (("warning", report.warnings), ("skipped", report.skipped)):
        files: dict[str, list[str]] = {}
        for file, reason in pairs:
            files.setdefault(reason, []).append(file)
        for reason, same in list(files.items())[:_SHOWN]:
            more = f" (and {len(same) - 1} more)" if len(same) > 1 else ""
            print(f"{title}: {reason if same[0] in reason else f'{same[0]} – {reason}'}{more}", file=sys.stderr)
        if len(files) > _SHOWN:
            print(f"{title}: ... and {len(files) - _SHOWN} more", file=sys.stderr)
    there = f" ({report.already_there} were there already)" if report.already_there else ""
    lost = f", {len(report.skipped)} skipped (listed in {report.skipped_list})" if report.skipped else ""
    print(f"{plural(report.shapes, 'shape')} imported{there}{lost} in {report.seconds:.1f} s: {report.table}")
