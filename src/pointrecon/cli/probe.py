"""``pointrecon probe``: what a model's frozen features are worth on a labeled table."""

from collections.abc import Sequence

from pointrecon.parser import CommandParser

EXAMPLES = """  pointrecon probe runs/parts/model parts.lance
  pointrecon probe runs/parts/model parts.lance --probes svm knn --feature auto -o runs/parts/results/probe.json
  pointrecon probe recon.pth modelnet40.lance --probes svm --compare-untrained false
  pointrecon probe runs/parts/model parts.lance --zero-shot
"""


def main(argv: Sequence[str]) -> int:
    """Run the command."""
    parser = CommandParser(
        "probe",
        "Fit a linear SVM, a logistic regression and a kNN vote on frozen features and test them, beside the "
        "same architecture with random weights. Settings are chosen on validation shapes.",
        EXAMPLES,
    )
    parser.add_argument("--config", action="config", help="YAML file of settings; later options win")
    parser.add_argument("--recipe", help="settings by name ('pointrecon recipes probe') or a YAML file")
    parser.add_argument("model", type=str, help="model folder or released .pth")
    parser.add_argument("table", type=str, help="shape table with labels")
    parser.add_argument(
        "--probes", type=str, nargs="+", default=["svm", "logistic", "knn"], help="some of: svm logistic knn"
    )
    parser.add_argument(
        "--feature",
        type=str,
        default="recon",
        help="recon, patches, queries, all, or auto (chosen on validation)",
    )
    parser.add_argument(
        "--standardize", type=bool | None, default=None, help="scale before the SVM; released: false (chosen)"
    )
    parser.add_argument(
        "--compare-untrained",
        type=bool,
        default=True,
        help="measure random weights in the same way beside it",
    )
    parser.add_argument("--test-split", type=str, default="test", help="the split to test on")
    parser.add_argument(
        "--protocol", type=str, default="honest", help="honest, or paper (choices made on the test split)"
    )
    parser.add_argument("--zero-shot", action="store_true", help="also name the test shapes by the class names alone")
    parser.add_argument("--text-teacher", type=str | None, default=None, help="zero-shot: another text teacher")
    parser.add_argument(
        "--templates", type=str, default="released", help="zero-shot prompts: released, plain, or a text file"
    )
    parser.add_argument(
        "--query",
        type=str,
        default="text",
        help="zero-shot: text, or image or blend for teachers of one space",
    )
    parser.add_argument("--points", type=int | None, default=None, help="points per cloud (the model's own)")
    parser.add_argument("--batch-size", type=int, default=64, help="clouds at once")
    parser.add_argument("--device", type=str | None, default=None, help="cpu, cuda, mps (CUDA when there is one)")
    parser.add_argument("--seed", type=int, default=0, help="random weights and held-out shapes")
    parser.add_argument("-o", "--out", type=str | None, default=None, help="write all records to this JSON file")

    from pointrecon.recipe import unfold

    args = parser.parse_args(unfold(argv, "probe"))

    from pointrecon.evaluation import probe, save_records, zero_shot

    shared = {
        "test_split": args.test_split,
        "points": args.points,
        "batch_size": args.batch_size,
        "device": args.device,
        "seed": args.seed,
    }
    result = probe(
        args.model,
        args.table,
        probes=args.probes,
        feature=args.feature,
        standardize=args.standardize,
        compare_untrained=args.compare_untrained,
        protocol=args.protocol,
        out=args.out,
        **shared,
    )
    records = result.records
    if args.zero_shot:
        record = zero_shot(
            args.model,
            args.table,
            text_teacher=args.text_teacher,
            templates=args.templates,
            query=args.query,
            **shared,
        )
        records = [*records, record]
        if args.out is not None:
            save_records(args.out, records)
        top = {name: f"{100 * value:.1f}%" for name, value in record.metrics.items()}
        print(
            f"zero-shot by {len(record.classes)} class names: {top['accuracy']} (chance {top['chance']}"
            + "".join(f", top-{k} {top[f'top{k}_accuracy']}" for k in (3, 5) if f"top{k}_accuracy" in top)
            + ")"
        )
    if args.out is not None:
        print(f"records written to {args.out}")
    return 0
