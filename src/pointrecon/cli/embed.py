"""``pointrecon embed``: one vector for every shape."""

from pointrecon.parser import CommandParser, words_of
from pointrecon.screen import say

RESUMES = True
EXAMPLES = """\
  # into the table, as embedding/made-nano, by the model that comes along, as no other is named
  pointrecon embed parts.lance
  # by your own, as embedding/parts
  pointrecon embed runs/parts parts.lance
  # what an image teacher alone sees, as embedding/imagenet: pooled over its views
  pointrecon embed imagenet parts.lance
  # and into a file that pandas, DuckDB or Polars opens; the table stays as it is
  pointrecon embed runs/parts parts.lance -o parts.parquet --in-table false
  # with pictures, neighbors and a map, for 'embedding-atlas parts.parquet --vector embedding --image thumbnail
  # --neighbors neighbors --x projection_x --y projection_y'
  pointrecon embed made-nano parts.lance -o parts.parquet --with thumbnails,neighbors,map
  # the test shapes in the text teacher's space, by a released checkpoint
  pointrecon embed recon.pth modelnet40.lance --feature text --split test -o words.npz
"""


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "embed",
        "Encode every shape, however many, and keep one vector of each under its id. Shapes embedded already are left "
        "out.",
        EXAMPLES,
    )
    parser.model_and_data("shapes: a table, a folder or a file")
    parser.out("also write them to this .npz or .parquet")
    feature = "recon, patches, queries or all; image or text: that query as its teacher's (recon; a teacher: views)"
    parser.option("--feature", None, feature)
    parser.option("--name", None, "keep as embedding/NAME (the model's name)")
    parser.option("--in-table", None, "false: write the file alone, not the table", bool | None)
    parser.option("--split", None, "only the shapes of this split")
    parser.option("--with", None, "in the .parquet beside the vectors: any of thumbnails,neighbors,map")
    parser.flag("--overwrite", "make what is there of this name anew")
    parser.resumes_anyway()
    parser.encode(poses="given")
    values = parser.read(argv)

    from pointrecon.progress import plural
    from pointrecon.retrieval.embedding import embed

    done = embed(with_=words_of(values.pop("with") or ""), **values)
    words = [f"{done.name}: {plural(done.added, 'shape')} embedded in {done.seconds:.1f} s"]
    if done.already:
        words.append(f"{done.already} were there already")
    if done.added:
        words.append(
            f"{done.clouds_per_second:.0f} clouds/s, {100 * done.waiting:.1f}% of the time waiting for data, "
            f"peak memory {done.peak_memory / 2**20:.0f} MiB"
        )
    say(", ".join(words) + f" ({done.width} numbers a shape)")
    if done.out is not None:
        say(f"written to {done.out}")
