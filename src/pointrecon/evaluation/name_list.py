"""The names that shapes may be given: one a line, with the synonyms it goes by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pointrecon.errors import InputError
from pointrecon.files import text_lines
from pointrecon.readable import readable

Names = str | Path | Sequence[str] | Mapping[str, Sequence[str]]
UNKNOWN = "unknown"  # what a shape is called that no name fits well enough


@dataclass(frozen=True)
class NameList:
    """K names, and of each the phrases it goes by: itself, and its synonyms."""

    names: list[str]
    phrases: list[list[str]]


def name_list(given: Names) -> NameList:
    """The names that a caller means.

    Args:
        given: a text file of one name a line, with synonyms behind it (``hex bolt | bolt | screw``: the first is what
            is written), where empty lines and those starting with ``#`` say nothing; a list of such lines; or a mapping
            from name to synonyms.

    Raises:
        InputError: no such file, no names, a phrase of two names, or the name "unknown".
    """
    where = "the list of names"
    if isinstance(given, str | Path):
        where, rows = f"'{given}'", _read(Path(given))
    elif isinstance(given, Mapping):
        rows = [(f"'{name}'", [name, *_texts(more, f"{where}, '{name}'")]) for name, more in given.items()]
        _texts(given, where)
    else:
        rows = [(f"name {i + 1}", line.split("|")) for i, line in enumerate(_texts(given, where))]
    names: list[str] = []
    phrases: list[list[str]] = []
    taken: dict[str, tuple[str, str]] = {}  # a phrase as it is read to the text teacher → whose it is, and where
    for place, row in rows:
        own = [phrase for one in row if (phrase := " ".join(one.split()))]
        if not own or not all(map(readable, own)):
            raise InputError(f"{where}, {place}: there is no word in it; write a name, and its synonyms behind '|'")
        if readable(own[0]) == UNKNOWN:
            raise InputError(f"{where}, {place}: '{UNKNOWN}' is what shapes are called that no name fits; leave it out")
        mine: dict[str, str] = {}
        for phrase in own:
            mine.setdefault(readable(phrase), phrase)
        for spoken, phrase in mine.items():
            if spoken in taken:
                whose, before = taken[spoken]
                same = "stands there twice" if spoken == readable(own[0]) == readable(whose) else f"is of '{whose}' too"
                raise InputError(f"{where}, {place}: '{phrase}' {same} ({before}); keep one of the two")
            taken[spoken] = own[0], place
        names.append(own[0])
        phrases.append(list(mine.values()))
    if not names:
        raise InputError(f"{where} has no names; write one a line, with synonyms behind '|'")
    return NameList(names, phrases)


def _texts(given: object, where: str) -> list[str]:
    """Several texts, be it one; InputError for what is none."""
    several: list[Any] = [given] if isinstance(given, str) or not isinstance(given, Iterable) else list(given)
    for one in several:
        if not isinstance(one, str):
            raise InputError(f"{where}: {one!r} is no text; write names in quotes, with synonyms behind '|'")
    return several


def _read(path: Path) -> list[tuple[str, list[str]]]:
    try:
        lines = text_lines(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, IsADirectoryError) as error:
        raise InputError(f"there is no file '{path}' with names; write one a line") from error
    except UnicodeDecodeError as error:
        raise InputError(f"'{path}' is not a text file in UTF-8: write one name a line") from error
    told = ((i + 1, line.strip()) for i, line in enumerate(lines))
    return [(f"line {number}", line.split("|")) for number, line in told if line and not line.startswith("#")]
