"""``pointrecon shapes benchmark``: a benchmark's own files to a shape table."""

from collections.abc import Sequence

from pointrecon.errors import InputError
from pointrecon.parser import CommandParser

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


def main(argv: Sequence[str]) -> int:
    """Import, or list the benchmarks, and print what was done."""
    from pointrecon.shapes.table.table_meta import UP_AXES

    parser = CommandParser("shapes benchmark", DESCRIPTION, EXAMPLES)
    parser.add_argument("name", nargs="?", type=str | None, help="of the benchmark, see --list")
    parser.add_argument("folder", nargs="?", type=str | None, help="where its files are")
    parser.add_argument("--list", action="store_true", help="tell the names, files, counts, sources and terms of use")
    parser.add_argument("-o", "--out", type=str | None, help="the table to make: NAME.lance or NAME.npz")
    parser.add_argument("--split", nargs="+", type=str, default=[], help="only these: train, val, test (unset: all)")
    parser.add_argument("--points", type=int | None, help="points per shape (unset: as the benchmark has them)")
    parser.add_argument(
        "--layout", type=str | None, help="which form to read, where the folder has several; see --list"
    )
    parser.add_argument("--up", choices=UP_AXES, help="where the files were turned (unset: as usual)")
    parser.add_argument("--validation", type=float | None, help="share of the training shapes to hold out as 'val'")
    parser.add_argument("--pictures", type=bool | None, help="bring pictures where there are some (unset: true)")
    parser.add_argument(
        "--views", type=int | None, help="pictures of a shape to bring, where it has several (unset: 1)"
    )
    parser.add_argument("--strict", action="store_true", help="refuse other counts than the official ones")
    parser.add_argument("--workers", type=int | None, help="processes that read files (unset: one per core)")
    parser.add_argument("--seed", type=int | None, help="for randomly chosen points and held-out shapes (unset: 0)")
    parser.add_argument("--overwrite", action="store_true", help="replace a table that is there")
    parser.add_argument("--resume", action="store_true", help="go on with a table, by its own settings")
    options = vars(parser.parse_args(list(argv)))
    name, folder, out = options.pop("name"), options.pop("folder"), options.pop("out")
    if options.pop("list"):
        from pointrecon.shapes.importers.benchmarks.registry import listing

        print(listing())
        return 0
    if name is None or folder is None or out is None:
        raise InputError("give a benchmark's name, its folder and -o TABLE.lance, or --list to see the names")

    from pointrecon.cli.shapes_import import print_report
    from pointrecon.shapes.importers.benchmarks.benchmark import import_benchmark

    print_report(import_benchmark(name, folder, out, **options))
    return 0
