"""Arguments of a wrong type are refused in one sentence by every public function that says what it takes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pointrecon
from pointrecon.checks import checked
from pointrecon.errors import InputError


@checked
def plain(
    data: Any,
    out: str | Path | None = None,
    *,
    count: int = 3,
    share: float | None = None,
    names: str | Sequence[str] = (),
    loud: bool = False,
    more: "str | Mapping[str, int] | None" = None,
    **rest: int,
) -> str:
    """Give back what came."""
    return f"{data} {out} {count} {share} {[str(one) for one in names]} {loud} {more} {rest}"


def test_what_fits_goes_through() -> None:
    assert plain(3, Path("x"), count=np.int64(2), share=1, names=np.array(["a"])) == "3 x 2 1 ['a'] False None {}"
    assert plain(None, None, share=None, names="ab", loud=np.bool_(True), more=5, other="x").startswith("None None 3")
    with pytest.raises(TypeError, match="unexpected keyword|positional"):
        plain()  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"out": 3}, "out is 3, expected a text or a path or nothing"),
        ({"out": b"x"}, "out is b'x', expected"),
        ({"count": 2.0}, "count is 2.0, expected a whole number"),
        ({"count": True}, "count is True, expected a whole number"),
        ({"count": None}, "count is None, expected a whole number"),
        ({"share": "0.5"}, "share is '0.5', expected a number or nothing"),
        ({"names": 3}, "names is 3, expected a text or several of them"),
        ({"names": b"ab"}, "names is b'ab', expected"),
        ({"loud": 1}, "loud is 1, expected true or false"),
    ],
)
def test_what_does_not_fit_is_told(given: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=f"^{says}"):
        plain(0, **given)


@pytest.mark.parametrize(
    ("function", "given"),
    [
        ("name", {"data": "x", "names": ["a"], "out": 3}),
        ("map", {"data": "x", "out": 3}),
        ("clusters", {"data": "x", "count": "few"}),
        ("embed", {"model": "made-nano", "data": "x", "out": 2.5}),
        ("probe", {"model": "made-nano", "data": "x", "probes": 3}),
        ("zero_shot", {"model": "made-nano", "data": "x", "out": [3]}),
        ("robustness", {"model": "made-nano", "data": "x", "out": True}),
        ("import_shapes", {"source": "x", "out": 3}),
        ("make_shapes", {"out": "x.npz", "count": "9"}),
    ],
)
def test_public_functions_tell_it_before_they_begin(function: str, given: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=", expected "):
        getattr(pointrecon, function)(**given)
