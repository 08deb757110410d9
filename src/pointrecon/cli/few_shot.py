"""``pointrecon few-shot``: how well few labels go with a model, over folds."""

import sys

from pointrecon.parser import CommandParser
from pointrecon.screen import say

EXAMPLES = """  pointrecon few-shot parts.lance --method svm          # the model that comes along, made-nano
  pointrecon few-shot runs/parts parts.lance --way 5 --shot 10 --method svm
  pointrecon few-shot runs/parts parts.lance -o runs/5w10s --way 5 --shot 10 --folds 10
  pointrecon few-shot runs/parts parts.lance -o runs/10w1s --way 10 --shot 1 --method linear --epochs 50
  pointrecon few-shot runs/parts parts.lance -o runs/scratch --from-scratch
  pointrecon few-shot runs/recon fewshot.lance -o runs/5w10s --recipe modelnet40-5w10s"""
RESUMES = True


def main(argv: list[str]) -> int:
    """Run the command."""
    parser = CommandParser(
        "few-shot",
        "Learn a few classes from a few shapes each, in seeded folds of labeled shapes, and name other shapes of them.",
        EXAMPLES,
    )
    parser.recipes()
    parser.model_and_data("shapes with labels: a table, or a folder with a folder per class")
    parser.out("folder for records and half-done folds")
    parser.option("--way", 5, "classes a fold")
    parser.option("--shot", 10, "training shapes a class")
    parser.option("--queries", 20, "test shapes a class, fewer where there are fewer")
    parser.option("--folds", 10, "draws of classes and shapes")
    parser.option("--method", "full", "full, linear or mlp3 (trained), svm, logistic or knn (probes)")
    parser.option("--protocol", "honest", "honest, or paper (best epoch on test shapes)")
    parser.flag("--from-scratch", "random weights of the same size")
    parser.option("--split", "test", "the split test shapes are drawn from")
    parser.option("--epochs", 150, "of trained methods")
    parser.option("--batch-size", 32, "shapes a step of trained methods")
    parser.option("--learning-rate", 5e-4, "of trained methods; the head's is 10 times")
    draw = "points of larger clouds for trained methods: random, or farthest (as published; a table's own folds)"
    parser.option("--draw", None, draw)
    parser.option("--points", None, "points per cloud (unset: the model's own)", int | None)
    parser.option("--device", "auto", "auto, cpu, cuda, cuda:1 or mps")
    parser.option("--precision", "auto", "auto (bf16 on GPUs that have it), 32 or bf16")
    parser.option("--seed", 0, "draws the folds and new weights")
    parser.flag("--resume", "go on with the folds in --out; more may be asked for")
    parser.flag("--overwrite", "do all folds anew")
    values = parser.read(argv)
    values["encode"] = {name: values.pop(name) for name in ("points", "device", "precision")}

    from pointrecon.transfer.episodes import few_shot, few_shot_sentence

    try:
        say(few_shot_sentence(few_shot(**values)))
    except KeyboardInterrupt as stop:
        if values["out"] is not None:
            raise
        say("pointrecon: stopped; without --out nothing was kept", file=sys.stderr)
        return getattr(stop, "status", 130)
    return 0
