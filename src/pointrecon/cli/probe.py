"""``pointrecon probe``: what a model's frozen features are worth on labeled shapes."""

from collections.abc import Sequence

from pointrecon.encode_settings import add_encode_arguments, encode_settings_of
from pointrecon.parser import CommandParser

EXAMPLES = """  pointrecon probe runs/parts parts.lance
  pointrecon probe runs/parts parts.lance --probes svm,knn --feature auto -o probe.json
  pointrecon probe recon.pth modelnet40.lance --probes svm --compare-untrained false
"""


def main(argv: Sequence[str]) -> int:
    """Run the command."""
    parser = CommandParser(
        "probe",
        "Fit a linear SVM, a logistic regression and a kNN vote on frozen features and test them, beside the picture "
        "teacher's features and the same architecture with random weights. Settings are chosen on validation shapes.",
        EXAMPLES,
    )
    parser.add_argument("--config", action="config", help="YAML file of settings; later options win")
    parser.add_argument("--recipe", help="settings by name ('pointrecon recipes probe') or a YAML file")
    parser.add_argument("model", type=str, help="run or model folder, or released .pth")
    parser.add_argument("data", type=str, help="shapes with labels: a table, or a folder of them")
    parser.add_argument(
        "-o",
        "--out",
        type=str | None,
        default=None,
        help="where the records go: a .json file, or a folder for results/probe.json (the model's own run)",
    )
    parser.add_argument("--probes", type=list[str] | str, default="svm,logistic,knn", help="some of svm,logistic,knn")
    parser.add_argument("--feature", type=str, default="recon", help="recon, patches, queries, all, or auto (chosen)")
    parser.add_argument(
        "--standardize", type=bool | None, default=None, help="scale before the SVM; released: false (chosen)"
    )
    parser.add_argument("--compare-untrained", type=bool, default=True, help="measure random weights beside it")
    parser.add_argument("--compare-teacher", type=bool, default=True, help="measure the pictures' features beside it")
    parser.add_argument("--split", type=str, default="test", help="the split to test on")
    parser.add_argument(
        "--protocol", type=str, default="honest", help="honest, or paper (choices made on the test split)"
    )
    add_encode_arguments(parser)

    from pointrecon.recipe import unfold

    args = parser.parse_args(unfold(argv, "probe"))

    from pointrecon.evaluation.probing import probe

    own = (
        "out",
        "probes",
        "feature",
        "standardize",
        "compare_untrained",
        "compare_teacher",
        "split",
        "protocol",
        "seed",
    )
    found = probe(args.model, args.data, encode=encode_settings_of(args), **{name: getattr(args, name) for name in own})
    print(f"records written to {found.file}" if found.file else "nothing was written: -o FILE.json keeps the records")
    return 0
