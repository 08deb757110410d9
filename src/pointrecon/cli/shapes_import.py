"""``pointrecon shapes import``: files to a shape table."""

import sys
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


def main(argv: list[str]) -> None:
    """Import and print what was done."""
    from pointrecon.geometry.upright import UP_AXES
    from pointrecon.shapes.importers.folders import POINTS, import_shapes
    from pointrecon.shapes.readers.limits import Limits

    parser = CommandParser("shapes import", DESCRIPTION, EXAMPLES)
    parser.add_argument("source", help="a folder, a manifest (.csv .json .jsonl), or arrays of clouds (.npz .npy .h5)")
    parser.out("the table to make: NAME.lance (folder) or NAME.npz (one file)", required=True)
    points = f"points per shape (unset: {POINTS}, or as many as an array file has)"
    parser.option("--points", None, points, int | None)
    parser.option("--up", None, "the axis that points up (unset: unknown)", choices=UP_AXES)
    split = "for shapes whose place does not tell theirs"
    parser.option("--split", None, split, choices=["train", "val", "test"])
    labels = "the sub-folder (or manifest, or array file) names the class, which is usual; or no labels"
    parser.option("--labels-from", None, labels, choices=["folder", "none"])
    caption = "give shapes without a caption the name of their class as one (unset: true)"
    parser.option("--caption-from-class", None, caption, bool | None)
    held_out = "share of the training shapes to hold out as 'val', of every class"
    parser.option("--validation", None, held_out, float | None)
    tested = "share to hold out as 'test' before that, where there is no test split"
    parser.option("--test", None, tested, float | None)
    named = "what the columns of text tables and plain arrays are, such as x,y,z,r,g,b; - leaves one out"
    parser.option("--columns", None, named)
    parser.option("--name", None, "of the collection (unset: the source's)")
    parser.option("--units", None, "of the files' coordinates, such as mm")
    parser.option("--license", None, "under which the shapes may be used")
    parser.option("--workers", None, "processes that read files (unset: one per core)", int | None)
    parser.option("--seconds-per-file", Limits.seconds, "a file that takes longer is skipped (and a second per 10 MB)")
    parser.option("--memory-per-file", "4GB", "a file whose reader needs more is skipped (and four times its size)")
    parser.option("--triangles-per-file", Limits.triangles, "a mesh of more is skipped")
    parser.option("--seed", None, "for sampled points and held-out shapes (unset: 0)", int | None)
    parser.flag("--overwrite", "replace a table that is there")
    parser.flag("--resume", "go on with a table, by its own settings")
    print_report(import_shapes(**parser.read(argv)))


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
