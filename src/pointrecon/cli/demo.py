"""``pointrecon demo``: the whole job on shapes made here."""

from pointrecon.parser import CommandParser

EXAMPLES = """  pointrecon demo
  pointrecon demo --out /tmp/demo --count 6000 --epochs 60 --seed 1"""


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "demo",
        "Make shapes, teach, pre-train a nano model, probe it, name shapes by words and write a report. "
        "About five minutes on two cores; downloads nothing.",
        EXAMPLES,
    )
    parser.out("folder for the table, the run and the report", "demo")
    parser.option("--count", 2400, "shapes to make")
    parser.option("--epochs", 20, "epochs of pre-training")
    parser.option("--seed", 0, "seed of everything random")
    parser.flag("--overwrite", "replace an earlier demo in the folder")
    values = parser.read(argv)

    from pointrecon.experiments.demonstration import demo

    demo(**values)
