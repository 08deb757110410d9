"""``pointrecon report``: one offline HTML page that shows what a run learned."""

from pointrecon.parser import CommandParser
from pointrecon.screen import say

EXAMPLES = """  pointrecon report runs/parts
  pointrecon report runs/parts parts.lance -o parts.html --layout pca
"""


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "report",
        "Write one HTML file to open offline: numbers, losses, probe curve, rebuilt clouds in 3D, nearest "
        "neighbors, confusion matrix and feature map of a run.",
        EXAMPLES,
    )
    parser.add_argument("run", type=str, help="run folder of 'pointrecon pretrain'")
    parser.add_argument("data", nargs="*", type=str, default=[], help="shapes to show (those of the run's config)")
    parser.out("the file to write (RUN/report.html)")
    parser.option("--layout", "neighbors", "feature map by neighbors or pca")
    parser.encode()
    values = parser.read(argv)

    from pointrecon.reports import report

    path = report(values.pop("run"), values.pop("data") or None, **values, seed=values["encode"]["seed"])
    say(f"report written to {path}")
