"""``pointrecon probe``: what a model's frozen features are worth on labeled shapes."""

from pointrecon.parser import CommandParser
from pointrecon.screen import say

EXAMPLES = """  pointrecon probe parts.lance                                    # the model that comes along, made-nano
  pointrecon probe runs/parts parts.lance
  pointrecon probe imagenet parts.lance                           # an image teacher alone, without a model
  pointrecon probe made-nano parts.lance --join imagenet          # both together, after 'embed imagenet parts.lance'
  pointrecon probe runs/parts parts.lance --probes svm,knn --feature auto -o probe.json
  pointrecon probe recon.pth modelnet40.lance --probes svm --compare-untrained false
"""


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "probe",
        "Fit a linear SVM, a logistic regression and a kNN vote on frozen features and test them, beside the picture "
        "teacher's features and the same architecture with random weights. Settings are chosen on validation shapes.",
        EXAMPLES,
    )
    parser.recipes()
    parser.model_and_data("shapes with labels: a table, or a folder of them")
    parser.out("where the records go: a .json file, or a folder for results/probe.json (the model's own run)")
    parser.option("--probes", "svm,logistic,knn", "some of svm,logistic,knn", list[str] | str)
    parser.option("--feature", None, "recon, patches, queries, all, or auto: chosen (recon; a teacher: views)")
    parser.option("--standardize", None, "scale before the SVM; released: false (chosen)", bool | None)
    parser.option("--compare-untrained", True, "measure random weights beside it")
    parser.option("--compare-teacher", True, "measure the pictures' features beside it")
    join = "also the model's vectors joined with those of the table, each centered, at length 1: imagenet"
    parser.option("--join", None, join)
    parser.option("--split", "test", "the split to test on")
    parser.option("--protocol", "honest", "honest, or paper (choices made on the test split)")
    parser.encode(poses="given")
    values = parser.read(argv)

    from pointrecon.evaluation.probing import probe

    found = probe(**values, seed=values["encode"]["seed"])
    say(f"records written to {found.file}" if found.file else "nothing was written: -o FILE.json keeps the records")
