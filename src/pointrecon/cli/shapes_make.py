"""``pointrecon shapes make``: shapes from a seed."""

from pointrecon.parser import CommandParser
from pointrecon.progress import plural
from pointrecon.screen import say

EXAMPLES = """  pointrecon shapes make named.lance                              # 2000 named objects
  pointrecon shapes make chairs.npz --categories chair stool bench --count 300
  pointrecon shapes make programs.lance --family programs --count 20000
  pointrecon shapes make hard.lance --difficulty hard --any-pose  # noise, holes, clutter, any pose
  pointrecon shapes make named.lance --count 5000 --resume        # more of the same"""

DESCRIPTION = """Make shapes from one seed, the same on every machine and free of any license: everyday and
engineering objects with labels, captions and part labels, or unlabeled random programs of solids."""


RESUMES = True


def main(argv: list[str]) -> None:
    """Make and print what was made."""
    parser = CommandParser("shapes make", DESCRIPTION, EXAMPLES)
    parser.add_argument("out", type=str, help="the table to make: NAME.lance (folder) or NAME.npz (one file)")
    parser.option("--count", 2000, "how many shapes")
    parser.option("--family", "named", "labeled objects, or programs", choices=["named", "programs", "both"])
    parser.option("--points", 1024, "points per shape")
    parser.option("--seed", 0, "another seed, other shapes")
    which = "of the named family (unset: all of them; 'first': the 97 there were at first)"
    parser.option("--categories", None, which, str, nargs="+")
    parser.option("--difficulty", "none", "how spoilt they are", choices=["none", "easy", "medium", "hard"])
    parser.option("--noise", None, "standard deviation, relative to the radius", float | None)
    parser.option("--missing", None, "fraction of the surface not seen", float | None)
    parser.option("--clutter", None, "fraction of points that are background", float | None)
    parser.flag("--any-pose", "turn each shape by a rotation of its own")
    parser.option("--split", [0.8, 0.1, 0.1], "fractions of train, val and test", float, nargs=3)
    parser.option("--workers", None, "processes (unset: one per core)", int | None)
    parser.option("--pictures", 0, "views to draw of each shape")
    parser.flag("--overwrite", "replace a table that is there")
    parser.flag("--resume", "go on with a table made with the same settings")
    values = parser.read(argv)

    from pointrecon.shapes.made.making import make_shapes

    table = make_shapes(**values)
    kinds = f" of {plural(len(table.meta.classes), 'category')}" if table.meta.classes else ""
    say(f"{plural(len(table), 'shape')}{kinds}: {values['out']}")
