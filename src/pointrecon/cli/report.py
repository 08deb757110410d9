"""``pointrecon report``: one offline HTML page that shows what a run learned."""

from collections.abc import Sequence

from pointrecon.parser import CommandParser

EXAMPLES = """  pointrecon report runs/parts
  pointrecon report runs/parts -o parts.html --table parts.lance --layout tsne
"""


def main(argv: Sequence[str]) -> int:
    """Run the command."""
    parser = CommandParser(
        "report",
        "Write one HTML file to open offline: numbers, losses, probe curve, rebuilt clouds in 3D, nearest "
        "neighbors, confusion matrix and feature map of a run.",
        EXAMPLES,
    )
    parser.add_argument("run", type=str, help="run folder of 'pointrecon pretrain'")
    parser.add_argument("-o", "--out", type=str | None, default=None, help="the file to write (RUN/report.html)")
    parser.add_argument(
        "--table", type=str | None, default=None, help="shape table to show (the one of the run's config)"
    )
    parser.add_argument("--layout", type=str, default="pca", help="feature map by pca, tsne or umap")
    parser.add_argument("--device", type=str | None, default=None, help="cpu, cuda, mps (CUDA when there is one)")
    parser.add_argument("--seed", type=int, default=0, help="which shapes are shown")
    args = parser.parse_args(list(argv))

    from pointrecon.reports import report

    path = report(args.run, args.out, table=args.table, layout=args.layout, device=args.device, seed=args.seed)
    print(f"report written to {path}")
    return 0
