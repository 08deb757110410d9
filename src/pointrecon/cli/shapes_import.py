"""``pointrecon shapes import``: files to a shape table."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pointrecon.parser import CommandParser

if TYPE_CHECKING:
    from pointrecon.shapes.importers.folders import ImportReport

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


def main(argv: Sequence[str]) -> int:
    """Import and print what was done."""
    from pointrecon.shapes.importers.folders import POINTS, import_shapes

    parser = CommandParser("shapes import", DESCRIPTION, EXAMPLES)
    parser.add_argument("source", help="a folder, a manifest (.csv .json .jsonl), or arrays of clouds (.npz .npy .h5)")
    parser.add_argument(
        "-o", "--out", required=True, help="the table to make: NAME.lance (folder) or NAME.npz (one file)"
    )
    parser.add_argument(
        "--points",
        type=int | None,
        default=None,
        help=f"points per shape (unset: {POINTS}, or as many as an array file has)",
    )
    parser.add_argument("--up", choices=["x", "y", "z", "unknown"], default="unknown", help="the axis that points up")
    parser.add_argument(
        "--split",
        choices=["", "train", "val", "test"],
        default="",
        help="for shapes whose place does not tell their split",
    )
    parser.add_argument(
        "--labels-from",
        choices=["folder", "none"],
        default="folder",
        help="the sub-folder (or manifest, or array file) names the class; or no labels",
    )
    parser.add_argument(
        "--caption-from-class",
        type=bool,
        default=True,
        help="give shapes without a caption the name of their class as one",
    )
    parser.add_argument(
        "--validation",
        type=float,
        default=0.0,
        help="share of the training shapes to hold out as 'val', the same of every class",
    )
    parser.add_argument(
        "--test",
        type=float,
        default=0.0,
        help="share to hold out as 'test' before that, for shapes without a test split",
    )
    parser.add_argument("--name", default="", help="of the collection (unset: the source's)")
    parser.add_argument("--units", default="", help="of the files' coordinates, such as mm")
    parser.add_argument("--license", default="", help="under which the shapes may be used")
    parser.add_argument(
        "--workers", type=int | None, default=None, help="processes that read files (unset: one per core)"
    )
    parser.add_argument("--seed", type=int, default=0, help="for sampled points and held-out shapes")
    parser.add_argument("--overwrite", action="store_true", help="replace a table that is there")
    parser.add_argument("--resume", action="store_true", help="go on with a table that is there, without what it has")
    options = vars(parser.parse_args(list(argv)))
    report = import_shapes(options.pop("source"), options.pop("out"), **options)
    print_report(report)
    return 0


def print_report(report: "ImportReport") -> None:
    """The result on standard output; what was skipped or odd on standard error."""
    for title, pairs in (("warning", report.warnings), ("skipped", report.skipped)):
        for file, reason in pairs[:_SHOWN]:
            print(f"{title}: {reason if file in reason else f'{file} – {reason}'}", file=sys.stderr)
        if len(pairs) > _SHOWN:
            print(f"{title}: ... and {len(pairs) - _SHOWN} more", file=sys.stderr)
    there = f" ({report.already_there} were there already)" if report.already_there else ""
    lost = f", {len(report.skipped)} skipped (listed in {report.skipped_list})" if report.skipped else ""
    print(f"{report.shapes} shapes imported{there}{lost} in {report.seconds:.1f} s: {report.table}")
