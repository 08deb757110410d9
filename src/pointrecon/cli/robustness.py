"""``pointrecon robustness``: how much damage to the clouds a model stands."""

from pointrecon.parser import CommandParser, words_of
from pointrecon.screen import say

RESUMES = True
EXAMPLES = """  pointrecon robustness runs/classes parts.lance
  pointrecon robustness runs/classes parts.lance -o damage --against runs/scratch
  pointrecon robustness runs/parts parts.lance -o damage --untrained --probe svm
  pointrecon robustness runs/parts parts.lance --corruptions noise,rotation --severities 1,3,5 --seeds 1"""


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "robustness",
        "Test accuracy on damaged clouds: noise, drop, crop, clutter, outliers, rotation, density, at severities 1 to "
        "5. A fine-tuned model answers with its head; for a pre-trained one a probe is fitted on undamaged clouds. "
        "What is in the folder already is not done again.",
        EXAMPLES,
    )
    parser.model_and_data("shapes with labels: a table, or a folder of them")
    parser.out("folder for records and the figure (the model's own run)")
    names = list[str] | str
    parser.option("--against", [], "more models, drawn beside it: a,b", names)
    parser.flag("--untrained", "also the same architecture with random weights")
    parser.option("--corruptions", [], "some of noise,drop,crop,clutter,outliers,rotation,density (all)", names)
    parser.option("--severities", [], "some of 1,2,3,4,5 (all)", list[int] | str)
    parser.option("--seeds", 3, "how often, each with other damage")
    parser.option("--probe", "svm", "for a model without head: svm, logistic or knn")
    parser.option("--feature", None, "what it reads: recon, patches, queries or all (recon; a teacher: views)")
    parser.option("--split", "test", "the split to test on")
    parser.option("--split-seed", 0, "draws splits for tables without")
    parser.flag("--overwrite", "do everything anew")
    parser.resumes_anyway()
    parser.encode(poses="given")
    values = parser.read(argv)

    from pointrecon.evaluation.robustness_runs import robustness
    from pointrecon.geometry.corruptions import CORRUPTIONS, SEVERITIES

    severities = [int(word) if word.isdigit() else -1 for word in words_of(values["severities"])]
    values["against"] = words_of(values["against"])
    values["corruptions"] = words_of(values["corruptions"]) or CORRUPTIONS
    values["severities"] = severities or SEVERITIES
    found = robustness(**values, seed=values["encode"]["seed"])
    say(f"records written to {found.file}" if found.file else "nothing was written: -o FOLDER keeps the records")
