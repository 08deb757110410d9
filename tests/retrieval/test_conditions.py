"""Conditions on columns: what SQL says of them, what is unknown, and what is refused in one sentence."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointrecon.errors import InputError
from pointrecon.retrieval.conditions import fits

COLUMNS = {
    "id": np.array(["a", "b", "c", "it's"]),
    "class": np.array(["valve", "bolt", "", "valve"]),
    "volume": np.array([1.0, 5.0, np.nan, 0.5]),
    "faces": np.array([10, -1, 30, 40]),
}


def found(condition: str) -> str:
    mask = fits(condition, list(COLUMNS), COLUMNS.__getitem__, 4)
    return "".join("abcd"[i] for i in np.flatnonzero(mask))


@pytest.mark.parametrize(
    ("condition", "those"),
    [
        ("class = 'valve' and volume < 3", "ad"),
        ("class = 'valve' AND NOT volume < 0.7", "a"),
        ("not volume < 3", "b"),  # what is not known is neither
        ("volume is null", "c"),
        ("Class IS NOT NULL".replace("Class", "class"), "abd"),
        ("faces >= 10", "acd"),
        ("faces < 100", "acd"),
        ("not (class = 'bolt' or volume > 0.9)", "d"),
        ("volume < 3 or faces = 30", "acd"),
        ("volume is null or class = 'bolt'", "bc"),
        ("class in ('bolt', 'nut')", "b"),
        ("class not in ('bolt', 'nut')", "ad"),
        ("faces not in (10, 30)", "d"),
        ("id like 'it''s'", "d"),
        ("class like 'v%e' and id not like '_'", "d"),
        ("volume between 0.5 and 1", "ad"),
        ("faces / volume > 20 - 5", "d"),
        ("-volume < -1 * 2 + 1e-3", "b"),
        ('class == "valve"', "ad"),
        ('"class" <> "valve"', "b"),
        ("volume*2=faces/5", "a"),
        ("'a' < id", "bcd"),
        ("volume / 0 > 1", "abd"),
    ],
)
def test_it_says_what_sql_says(condition: str, those: str) -> None:
    assert found(condition) == those


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("volum < 3", "did you mean 'volume'"),
        ("weight < 3", "there are id, class, volume, faces"),
        ("volume <", "belongs before 'its end'"),
        ("volume", "a number stands where a comparison belongs"),
        ("class < 3", "between a text and a number"),
        ("class + 1 > 2", "it needs numbers"),
        ("volume < 3 faces > 2", "'faces' stands where 'and', 'or'"),
        ("volume < 3; drop table shapes", "';' cannot be read"),
        ("(volume < 3", "')' is missing"),
        ("volume in 3", "'(' is missing"),
        ("volume like '3'", "column of texts"),
        ("(" * 500 + "1" + ")" * 500, "brackets lie in one another"),
        ("not " * 900 + "volume < 3", "brackets lie in one another"),
        ("1 = 1 and " * 1000, "characters"),
        ("  ", "is empty"),
        ("__import__('os') = 1", "'__import__' that is not there"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(condition: str, says: str) -> None:
    with pytest.raises(InputError, match=says.replace("(", r"\(").replace(")", r"\)")) as error:
        found(condition)
    assert "\n" not in str(error.value)


@given(st.text("volumeclas'\"=<>()+-*/ 1.,andotrik%", max_size=40))
def test_anything_is_answered_or_refused(condition: str) -> None:
    with suppress(InputError):
        assert len(fits(condition, list(COLUMNS), COLUMNS.__getitem__, 4)) == 4
