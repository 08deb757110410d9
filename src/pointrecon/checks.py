"""Values are checked where they are given, settings and arguments of functions: one sentence that names which."""

import os
from collections.abc import Callable, Iterable
from functools import cache, wraps
from inspect import signature
from numbers import Integral, Real
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, ParamSpec, TypeVar, get_args, get_origin

from pointrecon.errors import InputError

_P = ParamSpec("_P")
_R = TypeVar("_R")
_KINDS: dict[type, tuple[str, Callable[[Any], bool]]] = {
    bool: ("true or false", lambda value: isinstance(value, bool) or str(getattr(value, "dtype", "")) == "bool"),
    int: ("a whole number", lambda value: isinstance(value, Integral) and not isinstance(value, bool)),
    float: ("a number", lambda value: is_number(value)),
    str: ("a text", lambda value: isinstance(value, str)),
    Path: ("a path", lambda value: isinstance(value, str | os.PathLike) and not isinstance(value, bytes)),
    NoneType: ("nothing", lambda value: value is None),
}


def checked(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """A function whose arguments of another type than it says are refused in one sentence, before anything is done.

    Told by its annotations: whole numbers, numbers, texts, paths, true or false, and several of something. Those that
    say anything, or name what is loaded only when it is needed, are the function's own to check.
    """

    @cache
    def wanted() -> dict[str, tuple[Any, ...]]:
        hints = {name: one.annotation for name, one in signature(function).parameters.items() if one.kind.value != 4}
        return {name: found for name, hint in hints.items() if (found := _alternatives(hint))}

    @wraps(function)
    def called(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        given = signature(function).bind_partial(*args, **kwargs).arguments
        for name, value in given.items():
            kinds = wanted().get(name, ())
            if kinds and not any(_fits(value, kind) for kind in kinds):
                words = dict.fromkeys(_KINDS[kind][0] if kind in _KINDS else "several of them" for kind in kinds)
                raise InputError(f"{name} is {value!r:.60}, expected {' or '.join(words)}")
        return function(*args, **kwargs)

    return called


def _alternatives(hint: Any) -> tuple[Any, ...]:
    """What an annotation allows, of `_KINDS` and "several"; nothing where it allows what cannot be told here."""
    found: list[Any] = []
    for one in get_args(hint) if isinstance(hint, UnionType) else (hint,):
        origin = get_origin(one)
        if one in _KINDS:
            found.append(one)
        elif isinstance(origin, type) and issubclass(origin, Iterable) and not hasattr(origin, "keys"):
            found.append(Iterable)
        else:
            return ()
    return tuple(found)


def _fits(value: Any, kind: Any) -> bool:
    if kind is Iterable:
        return isinstance(value, Iterable) and not isinstance(value, str | bytes)
    return _KINDS[kind][1](value)


def check_range(owner: Any, group: str = "", /, **bounds: str) -> None:
    """Raise InputError for a number out of its bounds, or one that is not a number at all.

    Args:
        owner: has the numbers as attributes.
        group: before their names in messages, such as "optim".
        **bounds: an interval for each, ``"(0, 1)"``, ``"[0, inf)"``: round brackets leave the bound itself out.
    """
    for name, interval in bounds.items():
        value: Any = getattr(owner, name)
        if not is_number(value):  # such as null in YAML
            raise InputError(f"{_dotted(group, name)} must be a number, not {'null' if value is None else repr(value)}")
        low, high = (float(word) for word in interval[1:-1].split(","))
        below = value < low or (value == low and interval[0] == "(")
        above = value > high or (value == high and interval[-1] == ")")
        if below or above or value != value:
            words = [f"above {low:g}" if interval[0] == "(" else f"at least {low:g}"]
            if high < float("inf"):
                words.append(f"below {high:g}" if interval[-1] == ")" else f"at most {high:g}")
            raise InputError(f"{_dotted(group, name)} must be {' and '.join(words)}, not {value}")


def check_choice(owner: Any, group: str = "", /, **choices: tuple[str, ...]) -> None:
    """Raise InputError for a word that is none of those allowed; otherwise as :func:`check_range`."""
    for name, allowed in choices.items():
        if getattr(owner, name) not in allowed:
            words = f"{', '.join(allowed[:-1])} or {allowed[-1]}"
            raise InputError(f"{_dotted(group, name)} must be {words}, not '{getattr(owner, name)}'")


def check_seed(seed: int | None) -> None:
    """InputError for one below 0, which nothing can be drawn from; None is for what nobody said."""
    if seed is not None and (not isinstance(seed, Integral) or isinstance(seed, bool)):
        raise InputError(f"the seed is {seed!r}, expected a whole number")
    if seed is not None and seed < 0:
        raise InputError(f"the seed is {seed}, expected 0 or more")


def check_whole(name: str, value: Any) -> None:
    """InputError for what is no whole number of at least 1."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise InputError(f"{name} must be at least 1, a whole number, not {value!r}")


def is_number(value: object) -> bool:
    """Whether it is one; true and false are none."""
    return isinstance(value, Real) and not isinstance(value, bool)


def _dotted(group: str, name: str) -> str:
    return f"{group}.{name}" if group else name
