"""Reading JSON and YAML that anybody may have written: whatever is wrong with it is one kind of error.

Text that is not UTF-8, broken syntax, nesting that exhausts the stack and aliases that multiply without end are all a
ValueError that says so, for the caller's message.
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_MOST = 1_000_000  # values in a document of settings, repeats counted


def read_json(path: Path) -> Any:
    """The content of a JSON file; ValueError for damage, OSError where it cannot be opened."""
    return parse_json(path.read_bytes())


def parse_json(text: str | bytes) -> Any:
    """JSON, as text or UTF-8 bytes; ValueError for damage."""
    try:
        return json.loads(text if isinstance(text, str) else text.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def read_yaml(path: Path) -> Any:
    """The content of a YAML file, None where it is empty; ValueError for damage, OSError where it cannot be opened."""
    return parse_yaml(path.read_bytes())


def parse_yaml(text: str | bytes) -> Any:
    """YAML of plain values, as text or UTF-8 bytes; ValueError for damage."""
    import yaml

    try:
        content = yaml.safe_load(text if isinstance(text, str) else text.decode("utf-8-sig"))
        if _values(content, {}) > _MOST:
            raise ValueError("its aliases multiply to millions of values")
    except RecursionError:
        raise ValueError("it is nested too deeply, or holds itself") from None
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())[:120]) from None
    return content


def yaml_line(value: Any) -> str:
    """A plain value as one line of YAML."""
    import yaml

    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=math.inf)
    return text.removesuffix("...\n").strip()


def _values(content: Any, known: dict[int, int]) -> int:
    """How many values there are, those counted again that stand in several places; each place is looked at once."""
    if not isinstance(content, dict | list | tuple | set):
        return 1
    if id(content) not in known:
        known[id(content)] = 1 + sum(_values(inner, known) for inner in _inside(content))
    return known[id(content)]


def _inside(content: Any) -> Iterator[Any]:
    yield from content.values() if isinstance(content, dict) else content
