"""A parser whose errors are one sentence and whose help ends with examples."""

import re
from difflib import get_close_matches
from typing import Any, NoReturn

from jsonargparse import ArgumentParser

from pointrecon.errors import InputError

_UNKNOWN = re.compile(r"(?:arguments: --|does not accept option '|Option ')([\w.]+)")


class CommandParser(ArgumentParser):
    """jsonargparse with errors as :class:`InputError` and examples below the options."""

    def __init__(self, command: str, description: str, examples: str) -> None:
        super().__init__(prog=f"pointrecon {command}", description=description, allow_abbrev=False)
        self.examples = examples

    def format_help(self, *args: Any) -> str:
        return f"{super().format_help(*args)}\nexamples:\n{self.examples.rstrip()}\n"

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        if isinstance(ex, InputError):
            raise ex
        sentence = " ".join(str(message).split())
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
