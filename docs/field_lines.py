"""An extension of Griffe: fields of docstrings that share a line get one each, a "Shape:" section is a list."""

import re
from typing import Any

from griffe import Class, Extension, Function

_FIELD = re.compile(r"    (?! )([\w*, ]+): ")
_ANGLE = re.compile(r"(`[^`]*`)|<(?=\w)")  # outside of code, Markdown would take <name> for HTML


class FieldLines(Extension):
    """``a: this. b: that.`` as two lines, where ``b`` is an argument or a field."""

    def on_function(self, *, func: Function, **_: Any) -> None:
        _split(func, {one.name.lstrip("*") for one in func.parameters})

    def on_class(self, *, cls: Class, **_: Any) -> None:
        _split(cls, {*cls.members})


def _split(told: Class | Function, names: set[str]) -> None:
    if told.docstring is None:
        return
    lines = told.docstring.value.splitlines()
    if names:
        field = f"(?:{'|'.join(sorted(map(re.escape, names)))})"
        begins = re.compile(rf"(?<=\.) (?={field}(?:, {field})*: )")
        lines = [
            part for line in lines for part in (begins.sub("\n    ", line) if line[:1] == " " else line).split("\n")
        ]
    section = ""
    for place, line in enumerate(lines):
        section = line if line and line[0] != " " else section
        if section == "Shape:":
            lines[place] = _FIELD.sub(r"    - `\1`: ", line)
    told.docstring.value = _ANGLE.sub(lambda found: found[1] or "&lt;", "\n".join(lines))
