"""The cells of a table in text: what parts them, decimal commas, quotes, brackets and comments; then the numbers."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.readers.column_names import roles_of

NUMBER = re.compile(r"[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eEdD][-+]?\d+)?|nan|inf(?:inity)?)", re.IGNORECASE)
_SAMPLE = 100  # rows that show what a table is like
_MISSING = re.compile(r"(?<![^\s,;])(?:n/?a|null|none|missing|-?nan\(\w*\)|\?|-)(?![^\s,;])", re.IGNORECASE)
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:(?:,\d{3})+\.\d*|(?:\.\d{3})+,\d+|(?:,\d{3}){2,})")
_COMMA = re.compile(r"[-+]?\d+,\d+(?:[eEdD][-+]?\d+)?")
_THREE_DIGITS = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")


@dataclass(frozen=True)
class Table:
    """Rows of cells in text that numpy reads.

    Attributes:
        body: all rows, one a line; empty cells are "nan". separator: of the cells, None for blanks.
        rows: the cells of the first ones. width: columns. line: where the rows begin in the file, from 1.
    """

    path: Path
    body: str
    separator: str | None
    rows: list[list[str]]
    width: int
    line: int

    @property
    def counts_rows(self) -> bool:
        """Whether the first column holds 1, 2, 3 or names of rows."""
        first = [row[0] for row in self.rows]
        ordered = [str(number) for number in range(len(first) + 1)]
        return self.is_text(0) or first in (ordered[:-1], ordered[1:])

    def is_text(self, column: int) -> bool:
        """Whether half of a column's cells or more are neither numbers nor empty."""
        cells = [row[column] for row in self.rows if column < len(row)]
        words = [cell for cell in cells if cell not in ("", "-") and not NUMBER.fullmatch(cell)]
        return 2 * len(words) >= len(cells) > 0 and not all(map(_MISSING.fullmatch, words))

    def is_empty(self, column: int) -> bool:
        """Whether no cell of a column says anything."""
        return all(row[column] in ("", "nan") for row in self.rows if column < len(row))

    def without_first_row(self) -> "Table":
        """The rows after the first."""
        body = self.body.lstrip("\n").partition("\n")[2]
        return replace(self, body=body, rows=self.rows[1:], line=self.line + self.body.count("\n") - body.count("\n"))

    def numbers(self, columns: Sequence[int]) -> tuple[np.ndarray, list[int]]:
        """These columns (n, k) as float64, and numbers of points that stood between the rows, alone in a line.

        InputError where rows are of other widths, or cells no numbers, with the line.
        """
        counts: list[int] = []
        try:
            return self._loaded(self.body, columns), counts
        except InputError:
            raise
        except ValueError:
            body = _MISSING.sub("nan", self.body)
            if self.width > 2:
                alone = re.compile(r"(?m)^ *(\d+) *$")
                counts, body = [int(count) for count in alone.findall(body)], alone.sub("", body)
            try:
                return self._loaded(body, columns), counts
            except InputError:
                raise
            except ValueError as error:
                raise InputError(
                    f"{self.path} does not hold columns of numbers ({self._fault(body, columns)})"
                ) from error

    def _loaded(self, body: str, columns: Sequence[int]) -> np.ndarray:
        if not body.strip():
            raise InputError(f"{self.path} has no points: remove it or export it again")
        whole = len(columns) == self.width
        if not whole and (_widths(body, self.separator) != self.width).any():
            raise ValueError("widths")
        values = np.loadtxt(
            io.StringIO(body), np.float64, delimiter=self.separator, comments=None, ndmin=2,
            usecols=None if whole else tuple(columns),
        )  # fmt: skip
        if values.shape[1] != len(columns):
            raise ValueError("widths")
        return values

    def _fault(self, body: str, columns: Sequence[int]) -> str:
        lines = body.split("\n")
        for number, line in enumerate(lines, self.line):
            if not line.strip():
                continue
            cells, said = _cells(line, self.separator), line.strip()[:40]
            if len(cells) < self.width and number == self.line + len(lines) - 1:
                return f"cut short in its last line {number}, '{said}'"
            if len(cells) != self.width:
                return f"line {number}, '{said}', has {len(cells)} columns, not {self.width}"
            for cell in (cells[column] for column in columns):
                if not NUMBER.fullmatch(cell):
                    return f"line {number} holds '{cell[:40]}'"
        return "a number that is none"


def is_comment(line: str) -> bool:
    """Whether a line begins with #, //, %, ; or !."""
    return line.lstrip().startswith(("#", "//", "%", ";", "!"))


def table_of(body: str, head: Sequence[str], line: int, path: Path) -> Table:
    """The table that begins with `body`; lines before it may tell what parts the cells.

    InputError for no row, or commas that could be decimal signs or stand between thousands.
    """
    body = _without_marks(body, path)
    sample = [one for one in body[: 1 << 16].split("\n")[:_SAMPLE] if one.strip()]
    if len(body) > 1 << 16 and len(sample) > 1 and body[: 1 << 16].count("\n") < _SAMPLE:
        sample.pop()  # cut
    if "," in body and not any("," in one for one in sample):  # whole numbers come first, or blanks
        sample += islice((one[0] for one in re.finditer(r"(?m)^.*,.*$", body)), _SAMPLE)
    if not sample:
        raise InputError(f"{path} has no points: it does not hold columns of numbers; check what it is, or remove it")
    separator, comma = _parted(sample, head, path)
    if comma:
        body, sample = body.replace(",", comma), [one.replace(",", comma) for one in sample]
    if separator != ";":
        kept = [one for one in sample if not is_comment(one)]
        if len(kept) < len(sample) or "\n;" in body or "\n!" in body:
            body, sample = re.sub(r"(?m)^[ \t]*[;!].*$", "", body), kept or sample
    if re.search(r"\d[dD][-+]?\d", "\n".join(sample)):  # as Fortran writes 1e-3
        body = re.sub(r"(?<=[\d.])[dD](?=[-+]?\d)", "e", body)
        sample = [re.sub(r"(?<=[\d.])[dD](?=[-+]?\d)", "e", one) for one in sample]
    if separator is not None:
        body = _with_nan(body, separator)
    rows = [_cells(one, separator) for one in sample]
    widths = [len(row) for row in rows]
    return Table(path, body, separator, rows, max(widths, key=widths.count), line)


def _cells(line: str, separator: str | None) -> list[str]:
    return line.split() if separator is None else [cell.strip() for cell in line.split(separator)]


def _with_nan(body: str, separator: str) -> str:
    """Rows whose empty cells say "nan", without blanks around the separator; in whole passes, for speed."""
    for blank in (f"{separator} ", f" {separator}", " \n", "\n "):
        while blank in body:
            body = body.replace(blank, blank.strip(" "))
    body = body.replace(f"{separator}\n", f"{separator}nan\n").replace(f"\n{separator}", f"\nnan{separator}")
    while 2 * separator in body:
        body = body.replace(2 * separator, f"{separator}nan{separator}")
    return f"{'nan' * body.startswith(separator)}{body}{'nan' * body.endswith(separator)}"


def _without_marks(body: str, path: Path) -> str:
    """The rows without comments, quotes and brackets; the number of lines stays."""
    if "#" in body:  # as old compilers and spreadsheets write what is no number
        body = re.sub(r"-?1\.#(?:QNAN|SNAN|IND)\w*|#N/A", "nan", body)
        body = body.replace("1.#INF", "inf")
    if "#" in body or "//" in body or "%" in body:
        body = re.sub(r"(?m)(?:^|(?<=[\s\])}]))(?://|[#%]).*$", "", body)
    if '"' in body:
        body = _without_quotes(body, path)
    if any(bracket in body for bracket in "[](){}"):
        body = re.sub(r"[\])}][ \t]*[,;]", " ", body)
        body = body.translate(str.maketrans("[](){}", "      "))
    return body


def _without_quotes(body: str, path: Path) -> str:
    """Cells in quotes as they are; what would part them is replaced."""
    cells = [cell.strip() for cell in re.findall(r'"([^"\n]*)"', body[: 1 << 16])]
    if not any(re.search(r"[,;\s]", cell) for cell in cells):
        return body.replace('"', "")
    comma = "." if any("," in cell for cell in cells) and _is_decimal_comma(cells, path) else "_"
    return re.sub(r'"([^"\n]*)"', lambda cell: re.sub(r"[;\s]+", "_", cell[1].strip().replace(",", comma)), body)


def _parted(sample: Sequence[str], head: Sequence[str], path: Path) -> tuple[str | None, str]:
    """What parts the cells (None: blanks), and what commas have to become first ("" where they stay)."""
    joined = "\n".join(one for one in sample if not is_comment(one))
    lines = joined.split("\n")
    if ";" in joined:
        if "," not in joined:
            return ";", ""
        if _is_decimal_comma(re.split(r"[;\s]+", joined), path):
            return ";", "."
        raise InputError(f"{path} has commas and semicolons, and which part its columns cannot be told: use one kind")
    if "," in joined:
        if all(len(one.split()) >= 3 for one in lines) and _is_decimal_comma(joined.split(), path):
            return _blank_or_tab(lines, head), "."
        twice = all(re.fullmatch(rf"{_COMMA.pattern}(?:,\s+{_COMMA.pattern})+", one.strip()) for one in lines)
        named = any(roles_of(cells).xyz for one in head if len(cells := one.split(",")) == len(lines[0].split(",")))
        if twice or ("." not in joined and not named and re.search(r"(?<!\d)0\d", joined)):
            raise InputError(f"{path} has commas as decimal signs and between columns: write it with decimal points")
        mixed = any(re.search(r"[\d.]\s+[-+.\d]", cell.strip()) for one in lines for cell in one.split(","))
        return (None, " ") if mixed else (",", "")
    return _blank_or_tab(lines, head), ""


def _blank_or_tab(lines: Sequence[str], head: Sequence[str]) -> str | None:
    if "\t" not in lines[0]:
        return None
    by_tab = {len(one.split("\t")) for one in lines}
    if any({len(names)} == by_tab and roles_of(names).xyz for one in head if (names := one.split("\t"))):
        return "\t"
    return None if len({len(one.split()) for one in lines}) == 1 else "\t"


def _is_decimal_comma(cells: Sequence[str], path: Path) -> bool:
    """Whether the commas in these cells are decimal signs; InputError where they could stand between thousands."""
    own = [cell for cell in cells if "," in cell]
    plain = [cell for cell in cells if "," not in cell and NUMBER.fullmatch(cell)]
    thousands = any(map(_THOUSANDS.fullmatch, own))
    if not thousands and not all(map(_COMMA.fullmatch, own)):
        return False
    three_digits = all(map(_THREE_DIGITS.fullmatch, own)) and plain
    if thousands or three_digits or any("." in cell for cell in plain):
        raise InputError(
            f"{path} has numbers such as {own[0]}, whose comma may be a decimal sign or part thousands: "
            "write them with a decimal point and nothing else"
        )
    return True


def _widths(body: str, separator: str | None) -> np.ndarray:
    """How many cells each line that is not blank has."""
    letters = np.frombuffer((body + "\n").encode(), np.uint8)
    ends = np.flatnonzero(letters == 10)
    if separator is None:
        starts = letters > 32
        starts[1:] &= letters[:-1] <= 32
        found = np.diff(np.searchsorted(np.flatnonzero(starts), ends), prepend=0)
        return found[found > 0]
    found = np.diff(np.searchsorted(np.flatnonzero(letters == ord(separator)), ends), prepend=0)
    return found[np.diff(ends, prepend=-1) > 1] + 1
