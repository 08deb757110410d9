"""``pointrecon shapes import``: files to a shape table."""

import shlex
import sys
from typing import TYPE_CHECKING

from pointrecon.parser import CommandParser
from pointrecon.progress import plural
from pointrecon.readable import printable
from pointrecon.screen import say

if TYPE_CHECKING:
    from pointrecon.shapes.importers.import_writer import ImportReport

EXAMPLES = """  pointrecon shapes import parts/ -o parts.lance                   # class = first sub-folder
  pointrecon shapes import scans/ -o scans.npz --labels-from none  # one file instead of a folder
  pointrecon shapes import parts/ -o parts.lance --labels-from '{class}_#'  # bolt_012.stl is a bolt
  pointrecon shapes import list.csv -o parts.lance                 # columns path,label,caption,split,id
  pointrecon shapes import ModelNet40/ -o mn40.lance --up z        # class/train/x.off, class/test/x.off
  pointrecon shapes import parts/ -o parts.lance --up auto         # tell the up axis from the shapes, if they agree
  pointrecon shapes import parts/ -o parts.lance --validation 0.1 --test 0.2
  pointrecon shapes import bracket.stl -o bracket.npz              # one shape
  pointrecon shapes import parts/ -o parts.lance --resume          # go on after an interruption
  pointrecon shapes import machines/ -o parts.lance --assemblies parts  # each different part is a shape
  pointrecon shapes import parts/ -o parts.lance --update          # read new and changed files only
  pointrecon shapes import parts/ -o parts.lance --update --prune  # and forget those that are gone"""

DESCRIPTION = """Read meshes and clouds into a shape table.

Formats: OBJ, OFF, STL, PLY, GLB/GLTF, XYZ/TXT/CSV/PTS/ASC/PTX, NPY/NPZ, PCD, LAS/LAZ, HDF5. Meshes are sampled by
area; every shape is centered and scaled into the unit sphere. Files that cannot be read are skipped and
listed at the end.

Classes and splits are told before anything is read, with what is doubtful about them. --labels-from:
auto takes the first sub-folder, unless that makes no sense; first always does; parent takes the folder a
file lies in; none leaves classes out. Or a pattern of names: {class} is the class, * any text, # a number;
'{class}_#' fits night_stand_0012.off, '{class}/scans/*' the end of a path."""

RESUMES = True


def main(argv: list[str]) -> None:
    """Import and print what was done."""
    from pointrecon.geometry.upright import UP_AXES
    from pointrecon.shapes.importers.folders import import_shapes
    from pointrecon.shapes.importers.import_settings import ASSEMBLIES, POINTS
    from pointrecon.shapes.importers.layout import SPLITS_FROM

    parser = CommandParser("shapes import", DESCRIPTION, EXAMPLES)
    parser.add_argument(
        "source", help="a folder or .zip, a manifest (.csv .json .jsonl), arrays of clouds (.npz .npy .h5), or a shape"
    )
    parser.out("the table to make: NAME.lance (folder) or NAME.npz (one file)", required=True)
    points = f"points per shape (unset: {POINTS}, or as many as an array file has)"
    parser.option("--points", None, points, int | None)
    parser.option(
        "--up",
        None,
        "the axis that points up; auto: as the shapes look, where they agree (unset: unknown)",
        choices=[*UP_AXES, "auto"],
    )
    split = "for shapes whose place does not tell theirs"
    parser.option("--split", None, split, choices=["train", "val", "test"])
    labels = "what names the class: auto, first, parent, none, or a pattern such as '{class}_#' (unset: auto)"
    parser.option("--labels-from", None, labels)
    splits = "folders train, val, test are splits where they stand as such, everywhere, or never (unset: auto)"
    parser.option("--splits-from", None, splits, choices=SPLITS_FROM)
    caption = "give shapes without a caption the name of their class as one (unset: true)"
    parser.option("--caption-from-class", None, caption, bool | None)
    held_out = "share of the training shapes to hold out as 'val', of every class"
    parser.option("--validation", None, held_out, float | None)
    tested = "share to hold out as 'test' before that, where there is no test split"
    parser.option("--test", None, tested, float | None)
    named = "what the columns of text tables and plain arrays are, such as x,y,z,r,g,b; _ leaves one out"
    parser.option("--columns", None, named)
    taken_apart = "whole; or parts: each different part of STEP, IGES, glTF and 3MF files is a shape (unset: whole)"
    parser.option("--assemblies", None, taken_apart, choices=ASSEMBLIES)
    parser.option("--name", None, "of the collection (unset: the source's)")
    parser.option("--units", None, "of the files' coordinates, such as mm")
    parser.option("--license", None, "under which the shapes may be used")
    links = "read what links lead to outside the folder too (unset: false)"
    parser.option("--follow-links", None, links, bool | None)
    parser.option("--workers", None, "processes that read files (unset: one per core)", int | None)
    file_limits(parser)
    parser.option("--seed", None, "for sampled points and held-out shapes (unset: 0)", int | None)
    parser.flag("--overwrite", "replace a table that is there")
    parser.flag("--resume", "go on with a table, by its own settings")
    parser.flag("--update", "bring a table up to date, by its own settings: read files that are new or changed")
    parser.flag("--prune", "with --update: forget shapes whose files are gone")
    parser.flag("--rehash", "with --update: compare the content of all files, not only of those of another time")
    print_report(import_shapes(**parser.read(argv)))


def file_limits(parser: CommandParser) -> None:
    """What a file may cost before it is skipped."""
    from pointrecon.shapes.readers.limits import Limits

    parser.option("--seconds-per-file", Limits.seconds, "a file that takes longer is skipped (and a second per 10 MB)")
    parser.option("--memory-per-file", "4GB", "a file whose reader needs more is skipped (and four times its size)")
    parser.option("--triangles-per-file", Limits.triangles, "a mesh of more is skipped")


def print_report(report: "ImportReport") -> None:
    """The result on standard output; what was skipped or odd on standard error, each reason once."""
    from pointrecon.shapes.importers.skipped_files import told_of

    for line in (*told_of("warning", report.warnings), *told_of("skipped", report.skipped)):
        say(line, file=sys.stderr)
    table = printable(str(report.table))
    changes = {"changed": report.changed, "moved": report.moved, "forgotten": report.pruned}
    also = "".join(f", {count} {what}" for what, count in changes.items() if count)
    there = f" ({report.already_there} were there already)" if report.already_there else ""
    lost = (
        f", {len(report.skipped)} skipped (listed in {printable(str(report.skipped_list))})" if report.skipped else ""
    )
    other = f"; {report.not_read}" if report.not_read else ""
    say(f"{plural(report.shapes, 'shape')} imported{also}{there}{lost} in {report.seconds:.1f} s: {table}{other}")
    if report.gone:
        are, them = ("file is", "it") if len(report.gone) == 1 else ("files are", "them")
        such = printable(report.gone[0])
        say(f"{len(report.gone)} {are} no longer there, such as {such}: --prune forgets {them}", file=sys.stderr)
    if report.shapes:
        up = report.up_words or ("unknown (--up says it)" if report.up == "unknown" else report.up)
        say(f"{report.summary}; up axis: {up}")
        say(f"next: pointrecon shapes info {shlex.quote(table)}")
