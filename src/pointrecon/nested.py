"""Nested settings: others over them, and by dotted name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

Values = dict[str, Any]


def merged(values: Mapping[str, Any], over: Mapping[str, Any]) -> Values:
    """Nested values with others over them, as YAML knows them (paths as text); neither is changed."""
    found = {key: _plain(value) for key, value in values.items()}
    for key, value in over.items():
        old = found.get(key)
        found[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, Mapping) else _plain(value)
    return found


def flat(values: Mapping[str, Any], before: str = "") -> Values:
    """Nested settings by dotted name."""
    found: Values = {}
    for key, value in values.items():
        found |= flat(value, f"{before}{key}.") if isinstance(value, Mapping) else {f"{before}{key}": value}
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, Path) else value
