"""Names and notes from files: as people say them, and as they can stand in a terminal, in Markdown and in CSV."""

import re
from collections.abc import Iterable
from typing import Any

# control characters, line ends, marks that turn the direction of text, bytes of a file's name that are not UTF-8
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

# what spreadsheets take for a formula; a number alone is none
_FORMULA = re.compile(r"[=@\t\r]|[+-](?!\d*\.?\d+(?:[eE][+-]?\d+)?$)")


def readable(name: str) -> str:
    """A name as lower-case words: "AircraftBuoyant", "aircraft_buoyant", "aircraft-buoyant" → "aircraft buoyant"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return " ".join(re.split(r"[\s_-]+", words.strip())).strip().lower()


def printable(name: str) -> str:
    """A file's name as it can be shown, kept and compared anywhere: what is no text in it as ``\\n``, ``\\x1b``."""
    return escaped(name)


def markdown(text: str) -> str:
    """Text from a file as it can stand in Markdown, in a table too: one line, no HTML, no link, no code."""
    plain = escaped(" ".join(text.split())).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`|\[\]])", r"\\\1", plain)


def cells(row: Iterable[Any]) -> list[Any]:
    """A row for a CSV file: text from files that a spreadsheet would take for a formula begins with ``'``."""
    return [f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell for cell in row]


def uncelled(text: str) -> str:
    """A text that `cells` wrote, as it was."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


def escaped(text: str, left: str = "", form: str = "") -> str:
    """Text with what is not printable written out, but for what is ``left``; by a format of its number if given."""

    def written(found: re.Match) -> str:
        number = ord(found[0])
        if found[0] in left:
            return found[0]
        if form:
            return form.format(number)
        if 0xDC80 <= number <= 0xDCFF:  # a byte, as Python reads names that are not UTF-8
            return f"\\x{number - 0xDC00:02x}"
        return found[0].encode("unicode_escape").decode()

    return _UNPRINTABLE.sub(written, text)
