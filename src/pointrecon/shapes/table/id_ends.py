"""A shape by its id, or by the end of its id behind a slash, as `search --like`, `show` and `label` take it."""

from collections.abc import Mapping
from unicodedata import normalize

import numpy as np

from pointrecon.errors import InputError

_SHOWN = 3


def spellings(text: str) -> list[str]:
    """The text in each way that Unicode has for it: an ü is one sign, or two."""
    return list(dict.fromkeys((text, normalize("NFC", text), normalize("NFD", text))))


def place_by_end(names: np.ndarray, text: str) -> int | None:
    """Which of the names (M,) str ends with this text behind a slash; None where none does, InputError for several."""
    found = np.logical_or.reduce([np.char.endswith(names, f"/{one}") for one in spellings(text)])
    ends = np.flatnonzero(found) if text else np.zeros(0, np.int64)
    if len(ends) > 1:
        more = f" or {len(ends) - _SHOWN} more" if len(ends) > _SHOWN else ""
        raise InputError(f"'{text}' is {', '.join(names[ends[:_SHOWN]].tolist())}{more} of the collection: say which")
    return int(ends[0]) if len(ends) else None


def place_of_id(text: str, ids: np.ndarray, places: Mapping[str, int]) -> int | None:
    """Where the shape of this id is, else the only one whose id ends so; None where none is.

    ``ids`` (M,) str, ``places`` where each is among them. InputError for several.
    """
    exact = next((places[one] for one in spellings(text) if one in places), None)
    return place_by_end(ids, text) if exact is None else exact
