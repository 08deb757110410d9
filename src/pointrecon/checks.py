"""Values of settings are checked where they are set: one sentence that names the setting."""

from numbers import Integral, Real
from typing import Any

from pointrecon.errors import InputError


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
