"""``pointrecon embed``: one vector for every shape of a table."""

from collections.abc import Sequence

from pointrecon.parser import CommandParser

EXAMPLES = """\
  # into the table, as embedding/parts; killed half way? give the same command again
  pointrecon embed parts.lance runs/parts/model
  # and into a file that pandas, DuckDB or Polars opens; the table stays as it is
  pointrecon embed parts.lance runs/parts/model -o parts.parquet --in-table false
  # the test shapes in the text teacher's space, by a released checkpoint
  pointrecon embed modelnet40.lance recon.pth --kind text --split test -o words.npz
"""


def main(argv: Sequence[str]) -> int:
    """Run the command."""
    parser = CommandParser(
        "embed",
        "Encode every shape of a table, however large, and keep one vector of each under its id.",
        EXAMPLES,
    )
    parser.add_argument("table", type=str, help="the shape table: a .lance folder or an .npz file")
    parser.add_argument("model", type=str, help="model folder or released .pth")
    parser.add_argument(
        "--kind",
        type=str,
        default="recon",
        help="recon, patches, queries or all; image or text for the query in that teacher's space",
    )
    parser.add_argument("--name", type=str | None, default=None, help="keep as embedding/NAME (the model's name)")
    parser.add_argument("-o", "--out", type=str | None, default=None, help="also write them to this .npz or .parquet")
    parser.add_argument("--in-table", type=bool, default=True, help="false: write the file alone, not the table")
    parser.add_argument("--split", type=str | None, default=None, help="only the shapes of this split")
    parser.add_argument("--points", type=int | None, default=None, help="points per cloud (the model's own)")
    parser.add_argument("--batch-size", type=int | None, default=None, help="clouds at once (64, on a GPU 512)")
    parser.add_argument(
        "--device", type=str | None, default=None, help="cpu, cuda, mps (an accelerator if there is one)"
    )
    parser.add_argument("--precision", type=str, default="auto", help="32, bf16, or auto: bf16 on GPUs that have it")
    parser.add_argument("--seed", type=int, default=0, help="draws the points of clouds larger than --points")
    parser.add_argument("--overwrite", action="store_true", help="make what is there of this name anew")
    args = parser.parse_args(list(argv))

    from pointrecon.retrieval.embedding import embed

    done = embed(**vars(args))
    words = [f"{done.name}: {done.added} shapes embedded in {done.seconds:.1f} s"]
    if done.already:
        words.append(f"{done.already} were there already")
    if done.added:
        words.append(
            f"{done.clouds_per_second:.0f} clouds/s, {100 * done.waiting:.1f}% of the time waiting for data, "
            f"peak memory {done.peak_memory / 2**20:.0f} MiB"
        )
    print(", ".join(words) + f" ({done.width} numbers a shape)")
    if done.missing:
        print(f"stopped with {done.missing} shapes to go; the same command goes on (without --overwrite)")
    elif done.out is not None:
        print(f"written to {done.out}")
    return 0
