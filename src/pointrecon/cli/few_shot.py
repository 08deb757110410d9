"""``pointrecon few-shot``: how well few labels go with a model, over folds."""

import sys
from collections.abc import Sequence

from pointrecon.parser import CommandParser

EXAMPLES = """  pointrecon few-shot runs/parts parts.lance --way 5 --shot 10 --method svm
  pointrecon few-shot runs/parts parts.lance -o runs/5w10s --way 5 --shot 10 --folds 10
  pointrecon few-shot runs/parts parts.lance -o runs/10w1s --way 10 --shot 1 --method linear --epochs 50
  pointrecon few-shot runs/parts parts.lance -o runs/scratch --from-scratch
  pointrecon few-shot runs/recon fewshot.lance -o runs/5w10s --recipe modelnet40-5w10s"""
RESUMES = True


def main(argv: Sequence[str]) -> int:
    """Run the command."""
    parser = CommandParser(
        "few-shot",
        "Learn a few classes from a few shapes each, in seeded folds of labeled shapes, and name other shapes of them.",
        EXAMPLES,
    )
    parser.add_argument("--config", action="config", help="YAML file of settings; later options win")
    parser.add_argument("--recipe", help="settings by name ('pointrecon recipes few-shot') or a YAML file")
    parser.add_argument("model", type=str, help="model folder, run or released .pth")
    parser.add_argument("data", type=str, help="shapes with labels: a table, or a folder with a folder per class")
    parser.add_argument("-o", "--out", type=str | None, default=None, help="folder for records and half-done folds")
    parser.add_argument("--way", type=int, default=5, help="classes a fold")
    parser.add_argument("--shot", type=int, default=10, help="training shapes a class")
    parser.add_argument("--queries", type=int, default=20, help="test shapes a class, fewer where there are fewer")
    parser.add_argument("--folds", type=int, default=10, help="draws of classes and shapes")
    parser.add_argument(
        "--method", type=str, default="full", help="full, linear or mlp3 (trained), svm, logistic or knn (probes)"
    )
    parser.add_argument("--protocol", type=str, default="honest", help="honest, or paper (best epoch on test shapes)")
    parser.add_argument("--from-scratch", action="store_true", help="random weights of the same size")
    parser.add_argument("--split", type=str, default="test", help="the split test shapes are drawn from")
    parser.add_argument("--epochs", type=int, default=150, help="of trained methods")
    parser.add_argument("--batch-size", type=int, default=32, help="shapes a step of trained methods")
    parser.add_argument("--learning-rate", type=float, default=5e-4, help="of trained methods; the head's is 10 times")
    parser.add_argument(
        "--draw",
        type=str | None,
        default=None,
        help="points of larger clouds for trained methods: random, or farthest (as published; a table's own folds)",
    )
    parser.add_argument("--points", type=int | None, default=None, help="points per cloud (unset: the model's own)")
    parser.add_argument("--device", type=str, default="auto", help="auto, cpu, cuda, cuda:1 or mps")
    parser.add_argument("--precision", type=str, default="auto", help="auto (bf16 on GPUs that have it), 32 or bf16")
    parser.add_argument("--seed", type=int, default=0, help="draws the folds and new weights")
    parser.add_argument("--resume", action="store_true", help="go on with the folds in --out; more may be asked for")
    parser.add_argument("--overwrite", action="store_true", help="do all folds anew")

    from pointrecon.recipe import unfold

    args = vars(parser.parse_args(unfold(argv, "few-shot")))
    for name in ("config", "recipe"):
        args.pop(name, None)
    encode = {name: args.pop(name) for name in ("points", "device", "precision")}

    from pointrecon.transfer.episodes import few_shot, few_shot_sentence

    try:
        print(few_shot_sentence(few_shot(**args, encode=encode)))
    except KeyboardInterrupt as stop:
        if args["out"] is not None:
            raise
        print("pointrecon: stopped; without --out nothing was kept", file=sys.stderr)
        return getattr(stop, "status", 130)
    return 0
