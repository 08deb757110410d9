"""``pointrecon duplicates``: files of a collection that are copies or variants of one another."""

from pathlib import Path
from typing import TYPE_CHECKING

from pointrecon.answer_files import add_answer_files, taken_answer_files, write_answer_files
from pointrecon.errors import InputError
from pointrecon.parser import CommandParser, words_of
from pointrecon.readable import printable
from pointrecon.screen import json_text, say, screen

if TYPE_CHECKING:
    from pointrecon.retrieval.found_duplicates import Duplicates

_FILES = 20  # of a group on the screen
EXAMPLES = """\
  # a folder: its table is made beside it, and later kept up to date
  pointrecon duplicates parts/
  # with pictures side by side, and for a spreadsheet
  pointrecon duplicates parts/ -o duplicates.html duplicates.csv
  # quickly: what is the same to the byte, or the same geometry turned and moved, or its mirror image
  pointrecon duplicates parts.lance --kinds same-file,identical,mirrored
  # more variants: compare shapes that are less alike, and more of them
  pointrecon duplicates parts.lance --kinds variant --min-similarity 0.6 --neighbors 20
"""


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "duplicates",
        "Group files that are the same, the same but for size, hand or triangles, or variants of one another, with "
        "evidence of each, and propose which one to keep: CAD before meshes before clouds, closed before open, then "
        "the finest, the oldest, the shortest path. Nothing is deleted.",
        EXAMPLES,
    )
    parser.add_argument("data", type=str, help="a folder of shapes, or a table")
    kinds = "same-file, identical, rescaled, mirrored, remeshed, variant (all)"
    parser.option("--kinds", [], f"what to look for, with commas between: {kinds}", list[str] | str)
    parser.option("--min-similarity", 0.8, "least cosine of two vectors that makes a pair worth comparing, -1 to 1")
    parser.option("--neighbors", 5, "in form and in vector, that each shape is compared with")
    parser.collection()
    parser.poses("auto")
    parser.option("--top", 20, "groups on the screen")
    parser.flag("--json", "print JSON, all groups")
    add_answer_files(parser)
    values = parser.read(argv)
    as_json, top, files = values.pop("json"), values.pop("top"), taken_answer_files(values)

    from pointrecon.retrieval.duplicate_groups import duplicates
    from pointrecon.retrieval.found_duplicates import DUPLICATE_KINDS

    if top < 0:
        raise InputError(f"{top} groups cannot be shown: name 0 or more")
    found = duplicates(**{**values, "kinds": words_of(values["kinds"]) or DUPLICATE_KINDS})

    def page(file: Path) -> None:
        from pointrecon.reports.duplicates_page import write_duplicates_page

        write_duplicates_page(found, file)

    write_answer_files(files, found.save_csv, page, found.summary)
    if as_json:
        say(json_text(found.summary()))
        return
    _print(found, top)
    for file in files:
        say(f"written to {file}")


def _print(found: "Duplicates", top: int) -> None:
    from dataclasses import replace

    from rich.table import Table

    from pointrecon.progress import plural

    table = Table("group", "proposal", "file", "what it is", box=None, header_style="dim")
    shown = replace(found, groups=tuple(replace(group, others=group.others[:_FILES]) for group in found.groups[:top]))
    kept = None
    for row in shown.rows():
        kept = row["id"] if (first := row["proposal"] == "keep") else kept
        of = "" if first or row["of"] == kept else f" (of {row['of']})"
        words = (str(row["group"]) if first else "", row["proposal"], row["file"], f"{row['words'] or ''}{of}")
        table.add_row(*map(printable, words))
    if shown.groups:
        screen().print(table)
    every, seen = (sum(len(group.others) for group in one.groups) for one in (found, shown))
    if every > seen:
        say(f"and {plural(every - seen, 'file')} more: -o duplicates.csv, .html or .json tells all")
    told = ", ".join(f"{count} {kind}" for kind, count in found.counts().items()) or "no duplicates"
    spare = found.spare_bytes()
    size = f"{spare / 2**20:.1f} MiB" if spare >= 2**20 else f"{spare / 2**10:.0f} KiB"
    free = f"; what is spare takes {size}" if spare else ""
    say(f"{plural(len(found.shapes), 'shape')}, {plural(found.compared, 'pair')} compared: {told}{free}")
    for note in found.notes:
        say(f"note: {note}")
