"""What a search is asked for: shapes, words and pictures to be like or unlike, their weights, and limits."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pointrecon.checks import check_whole, is_number
from pointrecon.errors import InputError, did_you_mean

KINDS = ("like", "words", "picture")
WEIGHTS = {**dict.fromkeys(KINDS, 1.0), **{f"not_{kind}": 0.5 for kind in KINDS}}
_PER_CENT = 10.0  # numbers of a window from here on are meant as such
TOP = 10  # hits where nobody says how many, or how similar
_WINDOW = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%?\s*-\s*(\d+(?:\.\d+)?)\s*%?\s*")


@dataclass(frozen=True)
class Term:
    """One kind of what is asked for: several of it are taken together, as their mean."""

    kind: str  # of KINDS
    given: list[Any]
    weight: float  # negative where hits are to be unlike it


def terms_of(given: Mapping[str, Any], weights: Mapping[str, float] | None) -> list[Term]:
    """What is asked for, by the names of `WEIGHTS`, each one or several; nothing where that is so.

    Raises:
        InputError: a weight of something that is not asked for, or not above 0.
    """
    if not isinstance(weights, Mapping | None):
        raise InputError(f"weights are numbers by name, such as {{'words': 2}}, not {weights!r}")
    weights = dict(weights or {})
    for name, weight in weights.items():
        if name not in WEIGHTS:
            hint = did_you_mean(name, WEIGHTS, f"there are {', '.join(WEIGHTS)}")
            raise InputError(f"there is no weight of '{name}'; {hint}")
        if not is_number(weight) or not 0 < weight < math.inf:
            raise InputError(f"the weight of '{name}' must be a number above 0, not {weight}: not_{name} says unlike")
    several = {name: _several(one) for name, one in given.items()}
    if idle := [name for name in weights if not several[name]]:
        raise InputError(f"a weight of '{idle[0]}' is given, but nothing of that to search by")
    return [
        Term(name.removeprefix("not_"), those, (-1 if name.startswith("not_") else 1) * weights.get(name, usual))
        for name, usual in WEIGHTS.items()
        if (those := several[name])
    ]


def window_of(size: "str | Sequence[float]") -> tuple[float, float]:
    """A window of sizes as factors: "90-110" (per cent) → (0.9, 1.1); InputError for what is none."""
    if isinstance(size, str):
        found = _WINDOW.fullmatch(size)
        low, high = (float(found[1]) / 100, float(found[2]) / 100) if found else (math.nan, math.nan)
    else:
        two = list(size) if isinstance(size, Iterable) else []
        low, high = map(float, two) if len(two) == 2 and all(map(is_number, two)) else (math.nan, math.nan)
    if not 0 <= low <= high < math.inf:
        raise InputError(f"the size window is '{size}': give it in per cent, such as 90-110")
    if not isinstance(size, str) and low >= _PER_CENT:  # nobody looks for what is ten times as large at least
        raise InputError(
            f"the size window is {size}, but numbers are factors: for per cent give a text, such as '90-110'"
        )
    return low, high


def limits_of(above: float | None, top: int | None) -> tuple[float, int | None]:
    """The least similarity, and how many hits at most (None: all); InputError for what cannot be."""
    if above is not None and not (is_number(above) and -1 <= above <= 1):
        raise InputError(f"the least similarity is {above}: it is from 0 to 1, such as 0.8 for 80 per cent")
    if top is not None:
        check_whole("top", top)
    if above is None:
        return -math.inf, top or TOP
    return above, top


def told(term: Term, names: Sequence[str]) -> str:
    """A term in words, for people."""
    what = {"like": "shapes like", "words": "words", "picture": "a picture like"}[term.kind]
    return f"{'not ' if term.weight < 0 else ''}{what} {' and '.join(map(repr, names))}"


def name_of(given: Any) -> str:
    """What to call something that was given."""
    return str(given) if isinstance(given, str | Path) else f"a given {type(given).__name__}"


def _several(given: Any) -> list[Any]:
    if given is None or (isinstance(given, str) and not given):
        return []
    return list(given) if isinstance(given, list | tuple) else [given]
