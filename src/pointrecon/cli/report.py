"""``pointrecon report``: one offline HTML page that shows what a run learned."""

from collections.abc import Sequence

from pointrecon.encode_settings import add_encode_arguments, encode_settings_of
from pointrecon.parser import CommandParser

EXAMPLES = """  pointrecon report runs/parts
  pointrecon report runs/parts parts.lance -o parts.html --layout tsne
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
    parser.add_argument("data", nargs="*", type=str, help="shapes to show (those of the run's config)")
    parser.add_argument("-o", "--out", type=str | None, default=None, help="the file to write (RUN/report.html)")
    parser.add_argument("--layout", type=str, default="pca", help="feature map by pca, tsne or umap")
    add_encode_arguments(parser)
    args = parser.parse_args(list(argv))

    from pointrecon.reports import report

    encode = encode_settings_of(args)
    path = report(args.run, args.data or None, args.out, layout=args.layout, encode=encode, seed=args.seed)
    print(f"report written to {path}")
    return 0
