"""``pointrecon shapes make``: shapes from a seed."""

from collections.abc import Sequence

from pointrecon.parser import CommandParser
from pointrecon.progress import plural

EXAMPLES = """  pointrecon shapes make named.lance                              2000 named objects
  pointrecon shapes make chairs.npz --categories chair stool bench --count 300
  pointrecon shapes make programs.lance --family programs --count 20000
  pointrecon shapes make hard.lance --difficulty hard --any-pose  noise, holes, clutter, any pose
  pointrecon shapes make named.lance --count 5000 --resume        more of the same"""

DESCRIPTION = """Make shapes from one seed, the same on every machine and free of any license: everyday and
engineering objects with labels, captions and part labels, or unlabeled random programs of solids."""


RESUMES = True


def main(argv: Sequence[str]) -> int:
    """Make and print what was made."""
    parser = CommandParser("shapes make", DESCRIPTION, EXAMPLES)
    parser.add_argument("out", type=str, help="the table to make: NAME.lance (folder) or NAME.npz (one file)")
    parser.add_argument("--count", type=int, default=2000, help="how many shapes")
    parser.add_argument(
        "--family",
        choices=["named", "programs", "both"],
        default="named",
        help="labeled objects, or programs",
    )
    parser.add_argument("--points", type=int, default=1024, help="points per shape")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other shapes")
    parser.add_argument(
        "--categories", type=str, nargs="+", default=None, help="of the named family (unset: all of them)"
    )
    parser.add_argument(
        "--difficulty", choices=["none", "easy", "medium", "hard"], default="none", help="how spoilt they are"
    )
    parser.add_argument("--noise", type=float | None, default=None, help="standard deviation, relative to the radius")
    parser.add_argument("--missing", type=float | None, default=None, help="fraction of the surface not seen")
    parser.add_argument("--clutter", type=float | None, default=None, help="fraction of points that are background")
    parser.add_argument("--any-pose", action="store_true", help="turn each shape by a rotation of its own")
    parser.add_argument(
        "--split", type=float, nargs=3, default=[0.8, 0.1, 0.1], help="fractions of train, val and test"
    )
    parser.add_argument("--workers", type=int | None, default=None, help="processes (unset: one per core)")
    parser.add_argument("--pictures", type=int, default=0, help="views to draw of each shape")
    parser.add_argument("--overwrite", action="store_true", help="replace a table that is there")
    parser.add_argument("--resume", action="store_true", help="go on with a table made with the same settings")
    options = vars(parser.parse_args(list(argv)))

    from pointrecon.shapes.made.making import make_shapes

    out = options.pop("out")
    table = make_shapes(out, **options)
    kinds = f" of {plural(len(table.meta.classes), 'category')}" if table.meta.classes else ""
    print(f"{plural(len(table), 'shape')}{kinds}: {out}")
    return 0
