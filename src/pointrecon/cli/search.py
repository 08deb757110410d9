"""``pointrecon search``: the shapes that are like another, like words or like a picture."""

from pathlib import Path
from typing import TYPE_CHECKING

from pointrecon.answer_files import add_answer_files, taken_answer_files, write_answer_files
from pointrecon.errors import InputError
from pointrecon.parser import CommandParser, words_of
from pointrecon.readable import printable
from pointrecon.screen import json_text, say, screen

if TYPE_CHECKING:
    from pointrecon.retrieval.hits import Hits

RESUMES = True
_WIDE = 10_000  # columns
EXAMPLES = """\
  # in a folder of files: a table of them is made beside it, and later kept up to date
  pointrecon search parts/ --like bracket.step
  # by words, and both together
  pointrecon search parts/ --words "a hex bolt"
  pointrecon search parts/ --like bracket.step --words "with a slot" --weights like=2,words=1
  # like two shapes of the collection, unlike a third, by their ids
  pointrecon search parts.lance --like valves/v1 valves/v7 --not-like valves/v3
  # of about the same size, of one class, small
  pointrecon search parts.lance --like bracket.step --size 90-110 --where "class = 'valve' and volume < 3"
  # all that a condition is true of
  pointrecon search parts.lance --where "volume < 5000 and unit = 'mm'" -o small.csv
  # all above a similarity, for a spreadsheet
  pointrecon search parts.lance --like bracket.step --above 0.8 -o hits.csv
  # by a photo, and as a page with pictures
  pointrecon search parts.lance --picture photo.jpg -o hits.html
"""


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "search",
        "Find the shapes that are most like another shape, like words or like a picture, or all that a condition is "
        "true of. Of a folder a table is made beside it at first; later calls read only new and changed files.",
        EXAMPLES,
    )
    parser.add_argument("data", type=str, help="a folder, .zip, manifest or table of shapes")
    parser.option(
        "--like", [], "shapes to be like: files, or ids of the collection (several: their mean)", str, nargs="+"
    )
    parser.option("--words", [], "phrases to be like", str, nargs="+")
    parser.option("--picture", [], "pictures to be like", str, nargs="+")
    parser.option("--not-like", [], "shapes to be unlike", str, nargs="+")
    parser.option("--not-words", [], "phrases to be unlike", str, nargs="+")
    parser.option("--not-picture", [], "pictures to be unlike", str, nargs="+")
    parser.option("--weights", [], "of these, such as like=2,words=1 (1; of what to be unlike 0.5)", list[str] | str)
    parser.option("--where", None, "only shapes that this is true of, such as \"class = 'valve' and volume < 3\"")
    parser.option("--size", None, "only shapes of so many per cent of the size of --like, such as 90-110")
    parser.option("--above", None, "only hits of at least this similarity, 0 to 1", float | None)
    parser.option("--top", None, "at most so many hits (10; with --above, or --where alone, all)", int | None)
    parser.flag("--exact", "find all of the nearest in a very large collection too, not nearly all")
    evidence = "say what hits are of the one shape asked with: copies (those that could be copies), all, or false"
    parser.option("--evidence", "copies", evidence)
    parser.collection()
    parser.poses("auto")
    parser.flag("--prune", "forget shapes of the folder whose files are gone")
    parser.flag("--json", "print JSON")
    add_answer_files(parser)
    parser.resumes_anyway()
    values = parser.read(argv)
    as_json, files = values.pop("json"), taken_answer_files(values)
    values["weights"] = _weights(words_of(values["weights"]))
    if not values["prune"]:
        del values["prune"]

    from pointrecon.retrieval.searching import search

    hits = search(values.pop("data"), values.pop("like"), **values)

    def page(file: Path) -> None:
        from pointrecon.reports.search_page import write_search_page

        write_search_page(hits, file)

    write_answer_files(files, hits.save_csv, page, hits.summary)
    if as_json:
        say(json_text(hits.summary()))
        return
    _print(hits)
    for file in files:
        say(f"written to {file}")


def _weights(given: list[str]) -> dict[str, float]:
    """ "like=2" and the like as numbers by name."""
    found = {}
    for one in given:
        name, _, number = one.partition("=")
        try:
            found[name.strip().replace("-", "_")] = float(number)
        except ValueError:
            raise InputError(f"the weight '{one}' is not understood: write it as like=2") from None
    return found


def _print(hits: "Hits") -> None:
    from rich.table import Table

    rows = [("", "id", "class", "similarity", "what it is")]
    for row in hits.rows():
        what = row["evidence"] or ""
        near = "" if row["similarity"] is None else f"{row['similarity']:.1f}%"
        rows.append((str(row["rank"]), row["id"], row["class"] or "", near, what))
    if len(rows) == 1:
        say("nothing is found: widen the condition, the size window or the similarity")
    else:
        told = [column for column in zip(*rows, strict=True) if any(column[1:])]
        table = Table(*[column[0] for column in told], box=None)
        for line in zip(*[column[1:] for column in told], strict=True):
            table.add_row(*map(printable, line))
        screen(width=_WIDE).print(table, crop=False)  # a hit a line, for other tools too
    for note in hits.notes:
        say(f"note: {note}")
