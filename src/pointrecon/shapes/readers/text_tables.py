"""Tables of numbers in text (.xyz .txt .csv .pts .asc): where the rows begin and who names the columns."""

import csv
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.readers.clouds import Cloud, without_invalid
from pointrecon.shapes.readers.column_names import DEGREES, UNNAMED, roles_of, squashed
from pointrecon.shapes.readers.columns import check_width, cloud_of_columns, cloud_of_numbers, no_coordinates
from pointrecon.shapes.readers.ptx import is_ptx, read_ptx
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.text_cells import NUMBER, Table, is_comment, table_of

_COUNT = re.compile(r"\W*(?:(?:n_?|num_?)?(?:points|vertices)|count)?\W*(\d+)\W*", re.IGNORECASE)
_COUNT_PAIR = re.compile(r"\s*(\d+)[ \t,]+(\d+)\s*")
_ATOM = re.compile(r"[A-Z][a-z]?\d*")
_OTHERS = re.compile(
    r"\s*(# vtk DataFile|\$MeshFormat|N?[CST]*OFF\b|ply\s|solid\b|mtllib\b|(?:# \.PCD.*\n)?VERSION\b|v(?= +[-\d]))"
)
_LABEL = re.compile(  # what a line of names may begin with
    r"^\s*(?:(?:data|point)?\s*(?:columns|format|header|legend)\s*[:=]?|(?:column|fields?|names?|order)(?:\s+order)?\s*:)\s+",
    re.IGNORECASE,
)
_LONGEST_HEAD = 1000  # lines
_WIDEST = 1000  # columns
_PROSE = re.compile(  # words of a title
    r"\b(the|of|by|from|with|and|in|points?|clouds?|exported|export|scans?|file|data|created|made|generated|version|"
    r"model|shape|object|mesh|sample|test|format|units)\b",
    re.IGNORECASE,
)


@dataclass
class _Head:
    """What stands before the first row: lines, and the number of points or rows and columns that one of them says."""

    lines: list[str] = field(default_factory=list)
    count: int | None = None
    pair: tuple[int, int] | None = None


def read_text(source: SourceFile) -> Cloud:
    """A table of numbers between blanks, tabs, commas or semicolons, with decimal points or commas.

    A line before the rows that names x, y and z decides (also behind # // % ;), else `cloud_of_numbers`; names that the
    user gave come first. Rows without any coordinate are left out, which the note says.

    Raises:
        InputError: no such table, cut short, numbers that could be read in two ways, or columns that cannot be told.
    """
    path, text = source.path, source.read_text().rstrip("\x1a")  # how DOS ends a text
    text = text.replace("\u2212", "-")  # a minus as typesetters have it
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if other := _OTHERS.match(text):
        raise InputError(
            f"{path} is of another format by its first word, '{other[1].split()[-1]}': rename it after its format"
        )
    if is_ptx(text):
        return without_invalid(read_ptx(text, path))
    if re.match(r"\s*[\[({][^\n]*[\])}]\s*,?\s*[\[({]", text[:4096]):  # all rows in one line, as JSON has them
        text = re.sub(r"([\])}])\s*,?\s*(?=[\[({])", "\\1\n", text)
    head, start = _head(text)
    if any(line.lower().startswith(("ncols", "xllcorner")) for line in head.lines):
        raise InputError(f"{path} is a grid of heights (ESRI ASCII), not a cloud: convert it to x, y, z")
    table = table_of(text[start:], head.lines, text.count("\n", 0, start) + 1, path)
    cloud, counts = _cloud(table, head, source)
    note = _check_count(head, counts, len(cloud.points), table.width, path)
    cloud.note = "; ".join(one for one in (cloud.note, note) if one)
    return without_invalid(cloud)


def _cloud(table: Table, head: _Head, source: SourceFile) -> tuple[Cloud, list[int]]:
    """All rows as a cloud, and the numbers of points that stand between them."""
    path, width = source.path, table.width
    if width > _WIDEST:
        raise InputError(f"{path} has {width} columns in a row: a cloud has a row a point, with x, y and z in columns")
    numbered = _are_numbers_in_order(table.rows)
    index = 1 if numbered and table.rows[0][0] == "" and source.columns is None else 0
    if numbered:
        table = table.without_first_row()
    names = None if index else _names(head, table, source)
    text_columns = [column for column in range(width) if table.is_text(column)]
    if names is not None:
        roles = roles_of(names)
        used = [column for column in roles.used if column not in text_columns]
        if roles.xyz is not None and (texts := [names[place] for place in roles.xyz if place in text_columns]):
            raise InputError(f"{path} holds text in its column {texts[0]}: coordinates are numbers")
        values, counts = table.numbers(used)
        own = dict(zip(used, values.T, strict=True))
        return cloud_of_columns(names, [own.get(column) for column in range(width)], path), counts
    if any(column < index + 3 for column in text_columns):
        raise InputError(f"{path} {_text_first(table.rows)}")
    values, counts = table.numbers([column for column in range(index, width) if column not in text_columns])
    while values.shape[1] > 3 and np.isnan(values[:, -1]).all():  # commas at the end of all rows
        values = values[:, :-1]
    if values.shape[1] < 3:
        columns = f"{values.shape[1]} column{'s' * (values.shape[1] != 1)}"
        raise InputError(f"{path} has {columns} of numbers: a cloud has 3 or more, x, y and z among them")
    cloud = cloud_of_numbers(values, path)
    if text_columns:
        cloud.note = "; ".join(one for one in (cloud.note, "a column of text left out") if one)
    return cloud, counts


def _head(text: str) -> tuple[_Head, int]:
    """What comes before the first row, and where that begins."""
    head, at, likely = _Head(), 0, None
    while at < len(text) and len(head.lines) < _LONGEST_HEAD:
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end]
        if is_comment(line):
            head.lines.append(line)
        elif line.strip(" \t,;"):
            if head.count is None and len(line) < 100 and (count := _COUNT.fullmatch(line)):
                head.count = int(count.group(1))
            elif head.pair is None and (pair := _COUNT_PAIR.fullmatch(line)):
                head.pair = (int(pair.group(1)), int(pair.group(2)))
            elif _is_row(line, text[end + 1 : text.find("\n", end + 1)]):
                return head, at
            else:
                head.lines.append(line)
                if likely is None and sum(map(_is_number, _words(line))) >= 3:
                    likely = at
        at = end + 1
    return head, at if likely is None else likely


def _is_row(line: str, following: str) -> bool:
    """Numbers only, or three at least in a line that is like the next one."""
    words = _words(line)
    numbers = sum(map(_is_number, words))
    return numbers > 0 and (numbers == len(words) or (numbers >= 3 and len(_words(following)) == len(words)))


def _is_number(word: str) -> bool:
    return NUMBER.fullmatch(word) is not None


def _words(line: str) -> list[str]:
    return [word for word in re.split(r"[,;\s\[\](){}\"']+", line) if word]


def _are_numbers_in_order(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns 0, 1, 2, as pandas does, perhaps behind an index without a name."""
    first = rows[0]
    counted = [str(number) for number in range(len(first))]
    if first == ["", *counted[:-1]]:
        return len(first) > 3
    return first == counted and any("." in cell or "e" in cell.lower() for row in rows[1:] for cell in row)


def _names(head: _Head, table: Table, source: SourceFile) -> list[str] | None:
    """The names of the columns, as the user or a line before the rows says; None without."""
    path, width = source.path, table.width
    filled = width  # commas at the end of rows have no names
    while filled > 1 and table.is_empty(filled - 1):
        filled -= 1
    if source.columns is not None:
        own = len(source.columns)
        check_width(source.columns, own if filled <= own <= width else filled, path)
        return [*source.columns, *[""] * (width - own)]
    other: list[str] = []
    for line in reversed(head.lines):
        for cells in _spellings(line, table):
            if filled <= len(cells) <= width and roles_of(cells).xyz is not None:
                return [*cells, *[""] * (width - len(cells))]
            if is_comment(line) and roles_of(cells[:3]).xyz != (0, 1, 2):  # words around the names
                windows = [cells[start : start + width] for start in range(len(cells) - width + 1)]
                if named := [window for window in windows if roles_of(window).xyz is not None]:
                    if len(named) > 1:
                        raise InputError(f"{path} {_of_other_width(cells, width)}")
                    return named[0]
            elif not is_comment(line) and roles_of(cells).xyz is not None:
                if len(cells) == width - 1 and table.counts_rows:  # as R writes the names of rows
                    return ["", *cells]
                other = other or cells
    if other and (roles_of(other).xyz != (0, 1, 2) or table.separator is not None):
        raise InputError(f"{path} {_of_other_width(other, width)}")
    for line in head.lines if not other else ():
        for cells in _spellings(line, table):
            words = {squashed(cell)[0] for cell in cells}
            if all(map(UNNAMED.fullmatch, words)):
                return None
            prose = (
                is_comment(line) or (table.separator is None and _PROSE.search(line)) or re.search(r"\s[=:]\s", line)
            )
            if len(cells) == width and (words & DEGREES or not prose) and not any(map(_is_number, cells)):
                raise InputError(f"{path} {no_coordinates(cells)}")
    return None


def _of_other_width(names: list[str], width: int) -> str:
    """What is wrong with this line of names, to follow a path."""
    return (
        f"names {len(names)} columns ({', '.join(names[:8])}), its rows have {width}: "
        "mend that line, or say --columns x,y,z,..., with _ for those to leave out"
    )


def _spellings(line: str, table: Table) -> list[list[str]]:
    """The cells of a line of names, parted as the rows are, or by whatever parts them."""
    if table.separator != ";" or not line.lstrip().startswith(";"):
        line = _LABEL.sub("", re.sub(r"^\s*(?://|[#%;!])+", "", line))
    alike = next(csv.reader([line], delimiter=table.separator or " ", skipinitialspace=True), [])
    together = re.sub(r"\s+(?=[\[(])", "", line)  # x [m]
    return [[cell.strip() for cell in alike], [cell for cell in re.split(r"[,;\s]+", together) if cell]]


def _text_first(rows: list[list[str]]) -> str:
    """What is wrong with rows that have text where coordinates should be, to follow a path."""
    words = [row[0] for row in rows]
    if all(map(_ATOM.fullmatch, words)) and all(len(word) < 5 for word in words):
        return f"is a molecule (its rows begin with elements such as {words[0]}), not a shape"
    if words[0] in ("v", "vn", "vertex"):
        return f"is of another format by its rows ('{' '.join(rows[0])[:40]}'): rename it after its format"
    return (
        f"has text among its first columns ('{' '.join(rows[0])[:40]}') and no names: name them in a first line, "
        "or say --columns _,x,y,z,..."
    )


def _check_count(head: _Head, between: list[int], rows: int, width: int, path: Path) -> str:
    """What the user should know where the file says how many points it has; InputError where that cannot be."""
    if head.pair is not None and rows != head.pair[0] and width != head.pair[1]:
        raise InputError(f"{path} has a line of 2 numbers among rows of {width}: repair it or export it again")
    if head.count is None:
        if between:
            raise InputError(f"{path} has lines of one number among rows of {width}: repair it or export it again")
        return ""
    said = head.count + sum(between)
    if rows < said or (between and rows != said):
        raise InputError(f"{path} is cut short: it has {rows} of the {said} points it says it has")
    if between:
        return f"{len(between) + 1} scans joined"
    return f"it says it has {said} points, all of its {rows} are taken" if rows > said else ""
