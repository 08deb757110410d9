"""What the classes of a table are called: their own names, or other words from a list, a mapping or a file."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pointrecon.errors import InputError, did_you_mean
from pointrecon.files import text_lines
from pointrecon.readable import readable

Words = str | Path | Sequence[str] | Mapping[str, str]


def class_words(given: Words | None, classes: Sequence[str], table: str) -> list[str]:
    """One phrase for every class, in the classes' order; ``table`` is its name, for messages.

    Args:
        given: None for the classes' own names made `readable`; a list in the classes' order; a mapping from class to
            words, for some or all of them; or a text file with either: one phrase a line, or ``class: phrase`` in every
            line (empty lines are skipped, and those starting with ``#`` that name no class).

    Raises:
        InputError: no such file, another number of phrases than of classes, an unknown class, or an empty phrase.
    """
    where = "the class names"
    if isinstance(given, str | Path):
        given, where = _from_file(Path(given), classes), f"'{given}'"
    if given is None:
        given = {}
    if isinstance(given, Mapping):
        for name in given:
            if name not in classes:
                hint = did_you_mean(name, classes, f"it has {', '.join(classes)}")
                raise InputError(f"{where}: the table {table} has no class '{name}'; {hint}")
        words = [given.get(name, readable(name)).strip() for name in classes]
    else:
        words = [word.strip() for word in given]
        if len(words) != len(classes):
            raise InputError(
                f"{len(words)} class names were given, but the table {table} has {len(classes)} "
                f"classes; give one for each, in this order: {', '.join(classes)}"
            )
    for name, word in zip(classes, words, strict=True):
        if not word:
            raise InputError(f"{where}: the class '{name}' has no words; every class needs some")
    return words


def _from_file(path: Path, classes: Sequence[str]) -> list[str] | dict[str, str]:
    try:
        lines = [line.strip() for line in text_lines(path.read_text(encoding="utf-8"))]
    except (FileNotFoundError, IsADirectoryError) as error:
        raise InputError(f"there is no file '{path}' with class names; write one phrase a line") from error
    except UnicodeDecodeError as error:
        raise InputError(f"'{path}' is not a text file in UTF-8: write one phrase a line") from error
    lines = [line for line in lines if line and (not line.startswith("#") or _pair(line, classes)[0] in classes)]
    pairs = [_pair(line, classes) for line in lines]
    if lines and all(words is not None for _, words in pairs):
        return {name: words for name, words in pairs if words is not None}
    return lines


def _pair(line: str, classes: Sequence[str]) -> tuple[str, str | None]:
    """The class and the words of "class: words", None where there is no colon; a class may have colons in its name."""
    for name in sorted(classes, key=len, reverse=True):
        if line.startswith(name) and line[len(name) :].lstrip().startswith(":"):
            return name, line[len(name) :].lstrip()[1:]
    name, colon, words = line.partition(":")
    return name.strip(), words if colon else None
