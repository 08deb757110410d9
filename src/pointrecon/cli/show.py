"""``pointrecon show``: shapes as a model sees them."""

from pointrecon.parser import READY_MODEL, CommandParser
from pointrecon.screen import say

EXAMPLES = """\
  # a page to turn and look at: patches, hidden ones rebuilt, features, attention
  pointrecon show bracket.stl flange.obj -o seen.html
  # a figure of the same, and by your own model
  pointrecon show bracket.stl flange.obj --model runs/parts -o seen.png
  # shapes of a table by their ids, figure and page
  pointrecon show chair_0891 chair_0892 --data parts.lance -o seen.png seen.html
  # a file whose z axis points up, the attention of an earlier layer, more hidden
  pointrecon show scan.ply --up z --layer 2 --mask-ratio 0.8 -o scan.png
"""


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "show",
        "Show shapes with a model's eyes: its patches, hidden patches as it rebuilds them, patch features as colors "
        "(like parts of all the shapes get like colors), and what each query reads in every layer.",
        EXAMPLES,
    )
    shapes = "mesh or cloud files, or ids of --data, or their ends"
    parser.add_argument("shapes", nargs="+", type=str, metavar="FILE", help=shapes)
    out = "files to write: NAME.png is a figure, NAME.html a page without network"
    parser.add_argument("-o", "--out", type=str, nargs="+", required=True, help=out)
    parser.option("--model", READY_MODEL, "run or model folder, released .pth, or a name of 'pointrecon models'")
    parser.option("--data", None, "the table that ids are of")
    parser.option("--layer", None, "of the attention in the figure, from 1 (the last)", int | None)
    ratio = "share of the patches that is hidden (the model's own where its run tells, or 0.6)"
    parser.option("--mask-ratio", None, ratio, float | None)
    parser.option("--up", "unknown", "up axis of files, or auto; a table knows its own")
    parser.flag("--overwrite", "replace files that are there")
    parser.encode()
    values = parser.read(argv)

    from pointrecon.reports.showing import show

    found = show(**values)
    for note in found.notes:
        say(f"note: {note}")
    say(f"written to {', '.join(map(str, found.out))}")
