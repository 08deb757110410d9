"""Conditions on the columns of a collection, such as "class = 'valve' and volume < 3": SQL's, read and answered here.

A value that is not known fits no condition but ``IS NULL``, nor its opposite, as in SQL. Nothing is executed.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from pointrecon.errors import InputError, did_you_mean
from pointrecon.shapes.table.file_facts import is_known

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)(?![\w.])|(?P<text>'(?:[^']|'')*')"
    r'|"(?P<quoted>[^"]*)"|(?P<word>[A-Za-z_]\w*)|(?P<sign><=|>=|<>|!=|==|[=<>(),+\-*/]))'
)
_COMPARE = {
    "=": np.equal, "==": np.equal, "!=": np.not_equal, "<>": np.not_equal,
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip
_COUNT = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}
_WORDS = {"and", "or", "not", "in", "like", "between", "is", "null", "true", "false"}
_LONGEST, _DEEPEST = 4000, 40
_FEW, _HINTS = 12, 20_000  # values of a column: listed, and looked through for one that is meant
Column = Callable[[str], np.ndarray]


class _Found(NamedTuple):
    """(M,) or single values, where they are known, and what they are: "text", "number" or "condition"."""

    values: np.ndarray
    known: np.ndarray
    kind: str
    of: str = ""  # the column


def fits(condition: str, names: Sequence[str], column: Column, count: int) -> np.ndarray:
    """(M,) bool, which of M shapes a condition is true of.

    Args:
        condition: comparisons (``= != < <= > >=``), ``IN (...)``, ``LIKE 'a%'``, ``BETWEEN a AND b``, ``IS NULL``, with
            ``+ - * /`` of numbers, joined by AND, OR, NOT and brackets; words in any case, texts in ``'...'``.
        names: the columns there are. column: gives one by its name, (M,) str, int or float.
        count: M.

    Raises:
        InputError: what cannot be read, a column that is not there, or a text where a number belongs.
    """
    found = _Reader(condition, names, column).whole()
    return np.broadcast_to(found.values & found.known, (count,)).copy()


def why_none(condition: str, names: Sequence[str], column: Column) -> str:
    """What a condition that is true of no shape asks for that no shape has: "no class is 'Valve'; ..."; "" if nothing.

    Arguments as for `fits`.
    """
    reader = _Reader(condition, names, column)
    reader.whole()
    return next(iter(reader.absent), "")


class _Reader:
    """Reads a condition from left to right and answers it on the way."""

    def __init__(self, condition: str, names: Sequence[str], column: Column) -> None:
        if not isinstance(condition, str):
            raise InputError(f'a condition is a text such as "volume < 3", not {condition!r}')
        self.condition, self.names, self.column, self.depth = condition.strip(), list(names), column, 0
        if not self.condition:
            raise InputError('the condition is empty: write one such as "volume < 3", or leave it out')
        if len(self.condition) > _LONGEST:
            raise InputError(f"the condition has {len(self.condition)} characters: {_LONGEST} are the most")
        self.tokens: list[tuple[str, str]] = []
        self.absent: list[str] = []  # texts that columns are compared with and do not have
        place = 0
        while place < len(self.condition):
            token = _TOKEN.match(self.condition, place)
            if token is None:
                raise self.wrong(f"'{self.condition[place:].split()[0][:20]}' cannot be read")
            kind = str(token.lastgroup)
            self.tokens.append((kind, token[kind]))
            place = token.end()
            place += len(self.condition[place:]) - len(self.condition[place:].lstrip())
        self.next = 0

    def wrong(self, what: str) -> InputError:
        return InputError(f'the condition "{self.condition[:80]}" is not understood: {what}')

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.next] if self.next < len(self.tokens) else ("end", "")

    def take(self, *wanted: str) -> str:
        """The next word or sign in small letters if it is one of those, else ""."""
        kind, token = self.peek()
        if kind in ("word", "sign") and token.lower() in wanted:
            self.next += 1
            return token.lower()
        return ""

    def must(self, wanted: str) -> None:
        if not self.take(wanted):
            raise self.wrong(f"'{wanted}' is missing before '{self.peek()[1] or 'its end'}'")

    def whole(self) -> _Found:
        found = self.truth(self.either())
        if self.peek()[0] != "end":
            raise self.wrong(f"'{self.peek()[1]}' stands where 'and', 'or' or its end belongs")
        return found

    def either(self) -> _Found:
        found = self.both()
        while self.take("or"):
            a, b = self.truth(found), self.truth(self.both())
            yes = (a.values & a.known) | (b.values & b.known)
            found = _Found(yes, yes | (a.known & b.known), "condition")
        return found

    def both(self) -> _Found:
        found = self.opposite()
        while self.take("and"):
            a, b = self.truth(found), self.truth(self.opposite())
            no = (~a.values & a.known) | (~b.values & b.known)
            found = _Found(a.values & b.values & ~no, no | (a.known & b.known), "condition")
        return found

    def opposite(self) -> _Found:
        with _Deeper(self):
            if self.take("not"):
                found = self.truth(self.opposite())
                return found._replace(values=~found.values)
            return self.comparison()

    def comparison(self) -> _Found:
        left = self.sum()
        if sign := self.take(*_COMPARE):
            return self.compared(left, self.sum(), sign)
        if self.take("is"):
            none = not self.take("not")
            self.must("null")
            return _Found(left.known != none, np.array(True), "condition")
        no = bool(self.take("not"))
        if self.take("between"):
            low = self.compared(left, self.sum(), ">=")
            self.must("and")
            high = self.compared(left, self.sum(), "<=")
            found = _Found(low.values & high.values, low.known & high.known, "condition")
        elif self.take("in"):
            found = self.among(left)
        elif self.take("like"):
            found = self.like(left)
        elif no:
            raise self.wrong("'not' belongs before 'in', 'like' or 'between' here")
        else:
            return left
        return found._replace(values=~found.values) if no else found

    def among(self, left: _Found) -> _Found:
        self.must("(")
        values, known = np.array(False), np.array(True)
        while True:
            found = self.compared(left, self.sum(), "=")
            values, known = values | (found.values & found.known), known & found.known
            if not self.take(","):
                break
        self.must(")")
        return _Found(values, known | values, "condition")

    def like(self, left: _Found) -> _Found:
        kind, token = self.peek()
        if kind != "text" or left.kind != "text":
            raise self.wrong("'like' compares a column of texts with a pattern such as 'a%'")
        self.next += 1
        parts = re.split("([%_])", token[1:-1].replace("''", "'"))
        pattern = re.compile("".join({"%": ".*", "_": "."}.get(p) or re.escape(p) for p in parts), re.DOTALL)
        values = np.array([pattern.fullmatch(text) is not None for text in left.values.reshape(-1).tolist()], bool)
        return _Found(values.reshape(left.values.shape), left.known, "condition")

    def compared(self, left: _Found, right: _Found, sign: str) -> _Found:
        if left.kind != right.kind or left.kind == "condition":
            raise self.wrong(f"'{sign}' stands between a {left.kind} and a {right.kind}")
        if left.kind == "text" and _COMPARE[sign] is np.equal:
            self.note_absent(left, right)
        with np.errstate(invalid="ignore"):
            return _Found(np.asarray(_COMPARE[sign](left.values, right.values)), left.known & right.known, "condition")

    def note_absent(self, left: _Found, right: _Found) -> None:
        column, text = (left, right) if left.of else (right, left)
        if not column.of or text.of or (column.values == text.values).any():
            return
        there = np.unique(column.values[column.known]).tolist()
        few = f"there are {', '.join(there)}" if 0 < len(there) <= _FEW else ""
        told = did_you_mean(str(text.values), there[:_HINTS], few)
        self.absent.append(f"no {column.of} is '{text.values}'{'; ' * bool(told)}{told}")

    def sum(self) -> _Found:
        found = self.product()
        while sign := self.take("+", "-"):
            found = self.counted(found, self.product(), sign)
        return found

    def product(self) -> _Found:
        found = self.single()
        while sign := self.take("*", "/"):
            found = self.counted(found, self.single(), sign)
        return found

    def counted(self, left: _Found, right: _Found, sign: str) -> _Found:
        if left.kind != "number" or right.kind != "number":
            raise self.wrong(f"'{sign}' stands between a {left.kind} and a {right.kind}: it needs numbers")
        with np.errstate(all="ignore"):
            values = np.asarray(_COUNT[sign](left.values.astype(np.float64), right.values.astype(np.float64)))
        return _Found(values, left.known & right.known & ~np.isnan(values), "number")

    def single(self) -> _Found:
        kind, token = self.peek()
        self.next += 1
        if kind == "number":
            return _Found(np.array(float(token)), np.array(True), "number")
        if kind == "text":
            return _Found(np.array(token[1:-1].replace("''", "'")), np.array(True), "text")
        if (kind, token) == ("sign", "("):
            with _Deeper(self):
                found = self.either()
            self.must(")")
            return found
        if (kind, token) == ("sign", "-"):
            with _Deeper(self):
                return self.counted(_Found(np.array(0.0), np.array(True), "number"), self.single(), "-")
        if kind == "quoted" or (kind == "word" and token.lower() not in _WORDS):
            return self.of_column(token, quoted=kind == "quoted")
        raise self.wrong(f"a column, a number or a text belongs before '{token or 'its end'}'")

    def of_column(self, name: str, *, quoted: bool) -> _Found:
        if name not in self.names:
            if quoted:  # many write texts so
                return _Found(np.array(name), np.array(True), "text")
            hint = did_you_mean(name, self.names, f"there are {', '.join(self.names)}")
            raise InputError(f"the condition names a column '{name}' that is not there; {hint}")
        values = self.column(name)
        return _Found(values, is_known(values), "text" if values.dtype.kind == "U" else "number", name)

    def truth(self, found: _Found) -> _Found:
        if found.kind != "condition":
            raise self.wrong(f'a {found.kind} stands where a comparison belongs, such as "volume < 3"')
        return found


class _Deeper:
    """A context that counts how deep brackets lie in brackets."""

    def __init__(self, reader: _Reader) -> None:
        self.reader = reader

    def __enter__(self) -> None:
        self.reader.depth += 1
        if self.reader.depth > 3 * _DEEPEST:
            raise self.reader.wrong(f"more than {_DEEPEST} brackets lie in one another")

    def __exit__(self, *error: object) -> None:
        self.reader.depth -= 1
