"""Numbers in text are what Python reads them as, to the bit, whichever way they are read."""

from pathlib import Path

import numpy as np
import pytest

from pointrecon.errors import InputError
from pointrecon.shapes.readers.number_text import _decimals, numbers_of

HERE = Path("numbers.xyz")


@pytest.mark.parametrize("form", ["%.6f", "%.1f", "%.13f", "%g", "%d", "%+.3f", "%.17g", "%e"])
def test_numbers_are_as_python_reads_them(form: str) -> None:
    rng = np.random.default_rng(0)
    words = [form % x for x in rng.standard_normal(900) * 10.0 ** rng.uniform(-3, 6, 900)]
    text = " \n".join(words).encode()
    found = numbers_of(text, len(words), HERE)
    assert found.tobytes() == np.array([float(word) for word in words]).tobytes()
    assert (_decimals(text, len(words)) is not None) == (
        form not in ("%.13f", "%.17g", "%e")
    )  # long, or too many exponents


def test_few_odd_words_among_decimals() -> None:
    words = ["1.5", "-0", "-0.0", "0", ".5", "-.25", "5.", "+7.0", "00012.50", "0.1", "9007199254740993"] * 40
    odd = ["1e-05", "-2.5E+3", "0.12345678901234567", "1e400", "123456789012345678901", "-1e-320"]
    for place, word in zip(range(3, 400, 60), odd, strict=False):
        words[place] = word
    found = _decimals(" ".join(words).encode(), len(words))
    assert found is not None
    assert found.tobytes() == np.array([float(word) for word in words]).tobytes()


@pytest.mark.parametrize(
    "word", ["1.2.3", "1-2", "--1", "1+", ".", "-", "1e", "e", "1.5.", "+-2", ".-5", ".+5", "-.-5"]
)
def test_what_is_no_number_is_refused(word: str) -> None:
    words = ["1.25"] * 40 + [word] + ["3"] * 9
    with pytest.raises(InputError, match="stands where a number should be"):
        numbers_of(" ".join(words).encode(), len(words), HERE)
