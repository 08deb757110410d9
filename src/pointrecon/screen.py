"""What is printed: names and notes come from files of anybody, and none of them commands the terminal.

Control characters, escape sequences and marks that turn the direction of text are shown as ``\\x1b`` and the like; only
line ends and tabs are left. Everything is printed through here: `tests/test_boundaries.py` keeps it so.
"""

import json
import os
import sys
from typing import TYPE_CHECKING, Any, TextIO

from pointrecon.readable import escaped

if TYPE_CHECKING:
    from rich.console import Console

_LEFT = "\n\t"
_WIDE = 10_000  # columns
_ENDLESS = 1_000  # columns from which on nothing is folded
_PADDED = 48  # a longer text shifts what stands behind it in its row, and not every row
_held: list[str] = []


def shown(text: object) -> str:
    """A text of several lines as it may be printed; for a name of one line see `pointrecon.readable.printable`."""
    return escaped(str(text), _LEFT)


def say(*words: object, file: TextIO | None = None, end: str = "\n", flush: bool = False) -> None:
    """``print``, of `shown` words."""
    say_held()
    print(*map(shown, words), file=file, end=end, flush=flush)


def hold(note: str) -> None:
    """Keep a note for standard error until something else is said: what only an error follows is not said at all."""
    _held.append(note)


def say_held() -> None:
    """Say what is held."""
    while _held:
        print(shown(_held.pop(0)), file=sys.stderr)


def drop_held() -> None:
    """Leave unsaid what is held."""
    _held.clear()


def json_text(content: Any) -> str:
    """JSON to be printed: readable, and what is not printable in its texts as JSON writes it."""
    text = json.dumps(content, indent=2, ensure_ascii=False)
    return escaped(text, _LEFT, "\\u{:04x}")


def screen(**settings: Any) -> "Console":
    """Rich's console, which takes no text as markup and shows all of it, in tables too.

    What goes into a file or another program is a line a row: only a terminal has a width that rows are folded to.
    """
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table

    def lines(table: Table) -> str:
        columns = [[*([shown(c.header)] * table.show_header), *map(shown, c.cells)] for c in table.columns]
        widths = [max((n for n in map(cell_len, own) if n <= _PADDED), default=0) for own in columns]
        rows = zip(*columns, strict=True)
        padded = (
            " ".join(text + " " * (w - cell_len(text) + 1) for text, w in zip(r, widths, strict=True)) for r in rows
        )
        return "\n".join(filter(None, [shown(table.title or ""), *(f" {row}".rstrip() for row in padded)]))

    class Screen(Console):
        def print(self, *objects: Any, **how: Any) -> None:
            for table in objects:
                for column in table.columns if isinstance(table, Table) else ():
                    column.overflow = "fold"  # ids and paths are shown to their end, on a narrow screen too
            if self.width >= _ENDLESS:  # else one long name would push all columns out of sight
                plain = [lines(o) if isinstance(o, Table) and o.box is None else o for o in objects]
                super().print(*plain, **(how | {"crop": False, "soft_wrap": True}))
                return
            super().print(*objects, **how)

        def render_str(self, text: str, **how: Any) -> Any:  # every text goes through here
            return super().render_str(shown(text), **how)

    say_held()
    console = Screen(**{"highlight": False, "markup": False, "emoji": False, **settings})
    if not (console.is_terminal or console.stderr or "width" in settings or "COLUMNS" in os.environ):
        console.width = _WIDE
    return console
