"""The files that `search` and `duplicates` write their answer to, each by its ending: options, check, writing."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pointrecon.files import check_new, write_text
from pointrecon.parser import CommandParser
from pointrecon.screen import json_text

_KINDS = (".csv", ".html", ".json")


def add_answer_files(parser: CommandParser) -> None:
    """``-o FILE...``, and ``--csv`` and ``--html`` for one of each."""
    told = "also write the answer to these files: .csv, .json, or .html (a page with pictures, without a network)"
    parser.add_argument("-o", "--out", type=str, nargs="+", default=[], metavar="FILE", help=told)
    parser.option("--csv", None, "the same as -o FILE.csv")
    parser.option("--html", None, "the same as -o FILE.html")
    parser.flag("--overwrite", "replace these files")


def taken_answer_files(values: dict[str, Any]) -> list[Path]:
    """The files a command line names, taken out of its values; InputError for one that is there, or of another kind."""
    out, csv, html, overwrite = (values.pop(name) for name in ("out", "csv", "html", "overwrite"))
    named: list[tuple[str, Sequence[str]]] = [(one, _KINDS) for one in out]
    named += [(one, (ending,)) for one, ending in ((csv, ".csv"), (html, ".html")) if one is not None]
    return list(dict.fromkeys(check_new(one, overwrite=overwrite, endings=endings) for one, endings in named))


def write_answer_files(
    files: Sequence[Path], csv: Callable[[Path], None], page: Callable[[Path], Any], content: Callable[[], Any]
) -> None:
    """Write each file whole or not at all: ``csv`` and ``page`` write one, ``content`` is that of JSON."""
    for file in files:
        match file.suffix.lower():
            case ".csv":
                csv(file)
            case ".html":
                page(file)
            case _:
                write_text(file, json_text(content()) + "\n")
