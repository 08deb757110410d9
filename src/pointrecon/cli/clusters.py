"""``pointrecon clusters``: the groups a collection falls into."""

import sys

from pointrecon.parser import CommandParser
from pointrecon.readable import printable
from pointrecon.screen import say, screen

EXAMPLES = """  pointrecon clusters parts/                            # a folder; its table is made beside it
  pointrecon clusters parts.lance -o clusters.csv       # with every member
  pointrecon clusters parts.lance --count 12 --names names.txt -o clusters.json"""


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "clusters",
        "Group the shapes of a collection, as many groups as fit it best. Each has a most typical member, and a name "
        "where at least half of it agree: by classes, by words of file names or captions, or by the model's words.",
        EXAMPLES,
    )
    parser.add_argument("data", type=str, help="a folder of shapes, or a table")
    parser.out("also write all members to this .csv or .json")
    parser.option("--count", None, "how many groups (unset: as many as fit best)", int | None)
    parser.option("--names", None, "text file of what groups may be called, one a line (unset: what the model knows)")
    parser.collection()
    parser.flag("--overwrite", "replace the file")
    values = parser.read(argv)

    from pointrecon.retrieval.clustering import check_clusters_file, clusters, title

    out, overwrite = values.pop("out"), values.pop("overwrite")
    if out is not None:
        check_clusters_file(out, overwrite=overwrite)
    found = clusters(**values)
    from rich.table import Table

    table = Table("cluster", "name", "by", "shapes", "most typical", box=None, header_style="dim")
    for group in found.groups:
        agreed = f"{group.named_by}, {100 * group.share:.0f}%" if group.named_by else ""
        name = printable(title(group)) if group.name else ""
        table.add_row(str(group.number), name, agreed, str(group.size), printable(group.representative))
    screen().print(table)
    for note in found.notes:
        say(f"note: {note}", file=sys.stderr)
    if out is not None:
        found.save(out)
        say(f"written to {out}")
