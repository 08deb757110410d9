"""``pointrecon embed``: one vector for every shape."""

from collections.abc import Sequence

from pointrecon.encode_settings import add_encode_arguments, encode_settings_of
from pointrecon.parser import CommandParser

RESUMES = True
EXAMPLES = """\
  # into the table, as embedding/parts
  pointrecon embed runs/parts parts.lance
  # and into a file that pandas, DuckDB or Polars opens; the table stays as it is
  pointrecon embed runs/parts parts.lance -o parts.parquet --in-table false
  # the test shapes in the text teacher's space, by a released checkpoint
  pointrecon embed recon.pth modelnet40.lance --feature text --split test -o words.npz
"""


def main(argv: Sequence[str]) -> int:
    """Run the command."""
    parser = CommandParser(
        "embed",
        "Encode every shape, however many, and keep one vector of each under its id. Shapes embedded already are left "
        "out.",
        EXAMPLES,
    )
    parser.add_argument("model", type=str, help="run or model folder, or released .pth")
    parser.add_argument("data", type=str, help="shapes: a table, a folder or a file")
    parser.add_argument("-o", "--out", type=str | None, default=None, help="also write them to this .npz or .parquet")
    parser.add_argument(
        "--feature",
        type=str,
        default="recon",
        help="recon, patches, queries or all; image or text for the query in that teacher's space",
    )
    parser.add_argument("--name", type=str | None, default=None, help="keep as embedding/NAME (the model's name)")
    parser.add_argument("--in-table", type=bool | None, default=None, help="false: write the file alone, not the table")
    parser.add_argument("--split", type=str | None, default=None, help="only the shapes of this split")
    parser.add_argument("--overwrite", action="store_true", help="make what is there of this name anew")
    parser.add_argument("--resume", action="store_true", help="go on where it was stopped (done without this too)")
    add_encode_arguments(parser)
    args = parser.parse_args(list(argv))

    from pointrecon.retrieval.embedding import embed

    own = ("feature", "name", "in_table", "split", "overwrite")
    settings = encode_settings_of(args)
    done = embed(args.model, args.data, args.out, encode=settings, **{name: getattr(args, name) for name in own})
    words = [f"{done.name}: {done.added} shape{'s' * (done.added != 1)} embedded in {done.seconds:.1f} s"]
    if done.already:
        words.append(f"{done.already} were there already")
    if done.added:
        words.append(
            f"{done.clouds_per_second:.0f} clouds/s, {100 * done.waiting:.1f}% of the time waiting for data, "
            f"peak memory {done.peak_memory / 2**20:.0f} MiB"
        )
    print(", ".join(words) + f" ({done.width} numbers a shape)")
    if done.out is not None:
        print(f"written to {done.out}")
    return 0
