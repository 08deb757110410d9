"""``pointrecon shapes benchmark``: a benchmark's own files to a shape table."""

from pointrecon.errors import InputError
from pointrecon.parser import CommandParser
from pointrecon.screen import say

EXAMPLES = """  pointrecon shapes benchmark --list
  pointrecon shapes benchmark modelnet40 modelnet40_normal_resampled/ -o mn40.lance
  pointrecon shapes benchmark modelnet40 ModelNet40/ -o meshes.lance --layout off --points 2048
  pointrecon shapes benchmark scanobjectnn-pb-t50-rs h5_files/ -o hardest.lance --strict
  pointrecon shapes benchmark shapenet55 ShapeNet55-34/ -o shapenet.lance --split train
  pointrecon shapes benchmark shapenetpart DATA/ -o parts.lance --resume"""

DESCRIPTION = """Read a benchmark from the files researchers have into a shape table, and check how many shapes
there are against the official numbers. Pickles are read without running anything in them. Files that cannot
be read are skipped and listed."""


RESUMES = True


def main(argv: list[str]) -> None:
    """Import, or list the benchmarks, and print what was done."""
    from pointrecon.cli.shapes_import import file_limits, print_report
    from pointrecon.geometry.upright import UP_AXES

    parser = CommandParser("shapes benchmark", DESCRIPTION, EXAMPLES)
    parser.add_argument("name", nargs="?", type=str, help="of the benchmark, see --list")
    parser.add_argument("folder", nargs="?", type=str, help="where its files are")
    parser.flag("--list", "tell the names, files, counts, sources and terms of use")
    parser.out("the table to make: NAME.lance or NAME.npz")
    parser.option("--split", [], "only these: train, val, test (unset: all)", str, nargs="+")
    parser.option("--points", None, "points per shape (unset: as the benchmark has them)", int | None)
    parser.option("--layout", None, "which form to read, where the folder has several; see --list")
    parser.option("--up", None, "where the files were turned (unset: as usual)", choices=UP_AXES)
    parser.option("--validation", None, "share of the training shapes to hold out as 'val'", float | None)
    parser.option("--pictures", None, "bring pictures where there are some (unset: true)", bool | None)
    parser.option("--views", None, "pictures of a shape to bring, where it has several (unset: 1)", int | None)
    parser.flag("--strict", "refuse other counts than the official ones")
    parser.option("--workers", None, "processes that read files (unset: one per core)", int | None)
    file_limits(parser)
    parser.option("--seed", None, "for randomly chosen points and held-out shapes (unset: 0)", int | None)
    parser.flag("--overwrite", "replace a table that is there")
    parser.flag("--resume", "go on with a table, by its own settings")
    values = parser.read(argv)
    if values.pop("list"):
        from pointrecon.shapes.importers.benchmarks.registry import listing

        say(listing())
        return
    if None in (values["name"], values["folder"], values["out"]):
        raise InputError("give a benchmark's name, its folder and -o TABLE.lance, or --list to see the names")

    from pointrecon.shapes.importers.benchmarks.benchmark import import_benchmark

    print_report(import_benchmark(**values))
