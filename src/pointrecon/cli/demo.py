"""``pointrecon demo``: the whole job on shapes made here."""

from collections.abc import Sequence

from pointrecon.parser import CommandParser

EXAMPLES = """  pointrecon demo
  pointrecon demo --out /tmp/demo --count 6000 --epochs 60 --seed 1"""


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    parser = CommandParser(
        "demo",
        "Make shapes, teach, pre-train a nano model, probe it, name shapes by words and write a report. "
        "About five minutes on two cores; downloads nothing.",
        EXAMPLES,
    )
    parser.add_argument("-o", "--out", default="demo", help="folder for the table, the run and the report")
    parser.add_argument("--count", type=int, default=2400, help="shapes to make")
    parser.add_argument("--epochs", type=int, default=20, help="epochs of pre-training")
    parser.add_argument("--seed", type=int, default=0, help="seed of everything random")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier demo in the folder")
    values = parser.parse_args(list(argv))

    from pointrecon.experiments.demonstration import demo

    demo(values.out, count=values.count, epochs=values.epochs, seed=values.seed, overwrite=values.overwrite)
    return 0
