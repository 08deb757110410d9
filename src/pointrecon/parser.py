"""A parser whose errors are one sentence and whose help ends with examples."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

from jsonargparse import ArgumentParser

from pointrecon.errors import InputError

_UNKNOWN = re.compile(r"(?:arguments: --|does not accept option '|Option ')([\w.-]+)")
_WRONG_TYPE = re.compile(
    r'Parser key "([\w.]+)"(?: element \d+)?: (.*?<class .*?) (?:Got|Given value type: <.*> Given) value: (.*)'
)
_NO_CHOICE = re.compile(r"argument (\S+): invalid choice: '?(.*?)'? \(choose from (.*)\)")
_COUNT = re.compile(r"argument (\S+): expected (one|at least one|\d+) arguments?")
_NOTHING = re.compile(r"\s+\(default:\s+(?:null)?\)|,\s+default:\s+(?:null)?(?=\))|\s+\|\s+null(?=[,)])")
_TYPES = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "text", "list": "a list"}


class CommandParser(ArgumentParser):
    """jsonargparse with errors as :class:`InputError` and examples below the options; ``--a-b`` is ``--a_b`` too."""

    def __init__(self, command: str, description: str, examples: str) -> None:
        super().__init__(prog=f"pointrecon {command}", description=description, allow_abbrev=False)
        self.examples = examples

    def format_help(self, *args: Any) -> str:
        told = _NOTHING.sub("", super().format_help(*args))  # "(default: null)" tells nobody anything
        return f"{told}\nexamples:\n{self.examples.rstrip()}\n"

    def parse_args(self, args: Sequence[str] | None = None, *rest: Any, **settings: Any) -> Any:  # type: ignore[override]
        known = {name.replace("-", "_"): name for name in self._option_string_actions if name.startswith("--")}
        if args is not None:
            args = [_spelt(word, known) for word in args]
        return super().parse_args(args, *rest, **settings)

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        if isinstance(ex, InputError):
            raise ex
        sentence = _plain(" ".join(str(message).split()))
        unknown = _UNKNOWN.search(sentence)
        if unknown:
            names = [a.dest for a in self._actions]
            leaves = {name.rsplit(".", 1)[-1]: name for name in names}
            name = unknown[1]
            close = get_close_matches(name, names, n=1) or get_close_matches(name.rsplit(".", 1)[-1], leaves, n=1)
            sentence = f"there is no setting '{name}'"
            if close:
                sentence += f"; did you mean '{leaves.get(close[0], close[0])}'?"
        raise InputError(f"{sentence.rstrip('.')} (see '{self.prog} --help')")


def words_of(given: object) -> list[str]:
    """Several values of one option: "a,b" as its words, a list as it is."""
    every = given if isinstance(given, list) else str(given).split(",")
    return [word for one in every if (word := str(one).strip())]


def _spelt(word: str, known: dict[str, str]) -> str:
    """An option with dashes and underscores as the parser knows it; any other word as it is."""
    name, equals, value = word.partition("=")
    if not name.startswith("--") or name in known.values():
        return word
    return f"{known.get(name.replace('-', '_'), name)}{equals}{value}"


def _plain(sentence: str) -> str:
    """What jsonargparse and argparse say about a value, in words without Python's types."""
    if found := _WRONG_TYPE.search(sentence):
        setting, expected, value = found.groups()
        types = dict.fromkeys(_TYPES[name] for name in re.findall(r"<class '(\w+)'>", expected) if name in _TYPES)
        return f"'{setting}' is '{value}', expected {' or '.join(types)}" if types else sentence
    if found := _NO_CHOICE.search(sentence):
        choices = [choice.strip("' ") for choice in found[3].split(",")]
        close = get_close_matches(found[2], choices, n=1)
        hint = f"; did you mean '{close[0]}'?" if close else ""
        return f"{found[1]} is '{found[2]}', expected one of {', '.join(filter(None, choices))}{hint}"
    if found := _COUNT.search(sentence):
        return f"{found[1]} needs {found[2]} value{'' if found[2].endswith('one') else 's'}"
    return sentence
