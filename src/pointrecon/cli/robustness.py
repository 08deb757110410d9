"""``pointrecon robustness``: how much damage to the clouds a model stands."""

from collections.abc import Sequence

from pointrecon.parser import CommandParser

EXAMPLES = """  pointrecon robustness runs/classes/model parts.lance -o runs/classes
  pointrecon robustness runs/classes/model parts.lance -o damage --against runs/scratch/model
  pointrecon robustness runs/parts/model parts.lance -o damage --untrained --probe svm
  pointrecon robustness runs/parts/model parts.lance --corruptions noise rotation --severities 1 3 5 --seeds 1"""


def main(argv: Sequence[str]) -> int:
    """Run the command."""
    parser = CommandParser(
        "robustness",
        "Test accuracy on damaged clouds: noise, drop, crop, clutter, outliers, rotation, density, at severities 1 to "
        "5. A fine-tuned model answers with its head; for a pre-trained one a probe is fitted on undamaged clouds. The "
        "same command goes on with a folder that is half done.",
        EXAMPLES,
    )
    parser.add_argument("model", type=str, help="model folder or released .pth")
    parser.add_argument("table", type=str, help="shape table with labels")
    parser.add_argument("-o", "--out", type=str | None, default=None, help="folder for records and the figure")
    parser.add_argument("--against", type=str, nargs="+", default=[], help="more models, drawn beside it")
    parser.add_argument("--untrained", action="store_true", help="also the same architecture with random weights")
    parser.add_argument(
        "--corruptions",
        type=str,
        nargs="+",
        default=None,
        help="some of: noise drop crop clutter outliers rotation density (all)",
    )
    parser.add_argument("--severities", type=int, nargs="+", default=None, help="some of: 1 2 3 4 5 (all)")
    parser.add_argument("--seeds", type=int, default=3, help="how often, each with other damage")
    parser.add_argument("--probe", type=str, default="svm", help="for a model without head: svm, logistic or knn")
    parser.add_argument("--feature", type=str, default="recon", help="what it reads: recon, patches, queries or all")
    parser.add_argument("--test-split", type=str, default="test", help="the split to test on")
    parser.add_argument("--points", type=int | None, default=None, help="points per undamaged cloud (the model's own)")
    parser.add_argument("--batch-size", type=int, default=64, help="clouds at once, 64 at most")
    parser.add_argument("--device", type=str | None, default=None, help="cpu, cuda, mps (CUDA when there is one)")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--split-seed", type=int, default=0, help="draws splits for tables without")
    parser.add_argument("--overwrite", action="store_true", help="do everything anew")
    args = {name: value for name, value in vars(parser.parse_args(list(argv))).items() if value is not None}

    from pointrecon.evaluation.robustness_runs import robustness

    robustness(args.pop("model"), args.pop("table"), **args)
    return 0
