"""``pointrecon results``: the records of runs as tables of means and deviations, beside published figures."""

import sys

from pointrecon.parser import CommandParser
from pointrecon.screen import say

EXAMPLES = """  pointrecon results runs/
  pointrecon results runs/ -o tables/
  pointrecon results runs/classes runs/scratch --format latex
  pointrecon results runs/ --published false
  pointrecon results ablations/ -o tables/ --format markdown"""


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "results",
        "Gather every results/*.json below some folders, put measurements that differ in their seeds alone together "
        "(records say what was measured; names of folders play no part), and show mean and standard deviation, with "
        "published figures where benchmark and setting are the same. Without -o the tables are printed.",
        EXAMPLES,
    )
    parser.add_argument("folders", type=str, nargs="+", help="run folders, or folders of runs at any depth")
    parser.out("folder to write the tables to")
    parser.option("--format", None, "markdown (what is printed), csv, latex, or all (with -o)")
    parser.option("--published", True, "show published figures beside ours")
    values = parser.read(argv)
    asked = values.pop("format")

    from pointrecon.experiments.result_tables import FORMATS, results

    found = results(**values, format=asked or "all")
    for note in found.notes:
        say(f"note: {note}", file=sys.stderr)
    if values["out"] is not None:
        say("\n".join(f"written: {path}" for path in found.written))
    else:
        formats = list(FORMATS) if asked == "all" else [asked or "markdown"]
        say("\n".join(found.text(one) for one in formats), end="")
