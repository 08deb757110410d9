"""``pointrecon robustness``: how much damage to the clouds a model stands."""

from collections.abc import Sequence

from pointrecon.encode_settings import add_encode_arguments, encode_settings_of
from pointrecon.parser import CommandParser, words_of

RESUMES = True
EXAMPLES = """  pointrecon robustness runs/classes parts.lance
  pointrecon robustness runs/classes parts.lance -o damage --against runs/scratch
  pointrecon robustness runs/parts parts.lance -o damage --untrained --probe svm
  pointrecon robustness runs/parts parts.lance --corruptions noise,rotation --severities 1,3,5 --seeds 1"""


def main(argv: Sequence[str]) -> int:
    """Run the command."""
    parser = CommandParser(
        "robustness",
        "Test accuracy on damaged clouds: noise, drop, crop, clutter, outliers, rotation, density, at severities 1 to "
        "5. A fine-tuned model answers with its head; for a pre-trained one a probe is fitted on undamaged clouds. "
        "What is in the folder already is not done again.",
        EXAMPLES,
    )
    parser.add_argument("model", type=str, help="run or model folder, or released .pth")
    parser.add_argument("data", type=str, help="shapes with labels: a table, or a folder of them")
    parser.add_argument(
        "-o", "--out", type=str | None, default=None, help="folder for records and the figure (the model's own run)"
    )
    parser.add_argument("--against", type=list[str] | str, default=[], help="more models, drawn beside it: a,b")
    parser.add_argument("--untrained", action="store_true", help="also the same architecture with random weights")
    parser.add_argument(
        "--corruptions",
        type=list[str] | str,
        default=[],
        help="some of noise,drop,crop,clutter,outliers,rotation,density (all)",
    )
    parser.add_argument("--severities", type=list[int] | str, default=[], help="some of 1,2,3,4,5 (all)")
    parser.add_argument("--seeds", type=int, default=3, help="how often, each with other damage")
    parser.add_argument("--probe", type=str, default="svm", help="for a model without head: svm, logistic or knn")
    parser.add_argument("--feature", type=str, default="recon", help="what it reads: recon, patches, queries or all")
    parser.add_argument("--split", type=str, default="test", help="the split to test on")
    parser.add_argument("--split-seed", type=int, default=0, help="draws splits for tables without")
    parser.add_argument("--overwrite", action="store_true", help="do everything anew")
    parser.add_argument(
        "--resume", action="store_true", help="go on after an interruption (it does so without this too)"
    )
    add_encode_arguments(parser)
    args = parser.parse_args(list(argv))

    from pointrecon.evaluation.robustness_runs import robustness
    from pointrecon.geometry.corruptions import CORRUPTIONS, SEVERITIES

    own = ("seeds", "probe", "feature", "split", "seed", "split_seed", "overwrite", "untrained")
    found = robustness(
        args.model,
        args.data,
        args.out,
        against=words_of(args.against),
        corruptions=words_of(args.corruptions) or CORRUPTIONS,
        severities=[int(word) if word.isdigit() else -1 for word in words_of(args.severities)] or SEVERITIES,
        encode=encode_settings_of(args),
        **{name: getattr(args, name) for name in own},
    )
    print(f"records written to {found.file}" if found.file else "nothing was written: -o FOLDER keeps the records")
    return 0
