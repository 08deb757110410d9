"""``pointrecon results``: the records of runs as tables of means and deviations, beside published figures."""

import sys
from collections.abc import Sequence

from pointrecon.parser import CommandParser

EXAMPLES = """  pointrecon results runs/
  pointrecon results runs/ -o tables/
  pointrecon results runs/classes runs/scratch --format latex
  pointrecon results runs/ --published false
  pointrecon results ablations/ -o tables/ --format markdown"""


def main(argv: Sequence[str]) -> int:
    """Run the command."""
    parser = CommandParser(
        "results",
        "Gather every results/*.json below some folders, put measurements that differ in their seeds alone together "
        "(records say what was measured; names of folders play no part), and show mean and standard deviation, with "
        "published figures where benchmark and setting are the same. Without -o the tables are printed.",
        EXAMPLES,
    )
    parser.add_argument("folders", type=str, nargs="+", help="run folders, or folders of runs at any depth")
    parser.add_argument("-o", "--out", type=str | None, default=None, help="folder to write the tables to")
    parser.add_argument(
        "--format", type=str | None, default=None, help="markdown (what is printed), csv, latex, or all (with -o)"
    )
    parser.add_argument("--published", type=bool, default=True, help="show published figures beside ours")
    args = parser.parse_args(list(argv))

    from pointrecon.experiments.result_tables import FORMATS, results

    found = results(args.folders, args.out, format=args.format or "all", published=args.published)
    for note in found.notes:
        print(f"note: {note}", file=sys.stderr)
    if args.out is not None:
        print("\n".join(f"written: {path}" for path in found.written))
        return 0
    formats = list(FORMATS) if args.format == "all" else [args.format or "markdown"]
    print("\n".join(found.text(one) for one in formats), end="")
    return 0
