"""Random choices that builders make, from an explicit generator."""

from typing import TypeVar

import numpy as np

T = TypeVar("T")

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def span(rng: np.random.Generator, low: float, high: float) -> float:
    """A number between low and high."""
    return low + (high - low) * float(rng.random())


def count(rng: np.random.Generator, low: int, high: int) -> int:
    """A whole number from low to high, both included."""
    return int(rng.integers(low, high + 1))


def chance(rng: np.random.Generator, probability: float = 0.5) -> bool:
    """True with the given probability."""
    return bool(rng.random() < probability)


def one_of(rng: np.random.Generator, *options: T) -> T:
    """One of the options, equally likely."""
    return options[int(rng.integers(len(options)))]


def sized(
    rng: np.random.Generator, low: float, high: float, small: str, large: str, middle: str = ""
) -> tuple[float, str]:
    """A number between low and high, and its word: `small` in the lowest third, `large` in the highest."""
    t = float(rng.random())
    return low + (high - low) * t, small if t < 0.33 else large if t > 0.67 else middle


def spread(count: int, width: float) -> list[float]:
    """The middles of so many equal stretches of a width about 0."""
    return [width * ((i + 0.5) / count - 0.5) for i in range(count)]


def number(n: int) -> str:
    """Small numbers in words."""
    return NUMBERS[n] if n < len(NUMBERS) else str(n)


def some(n: int, thing: str, things: str | None = None) -> str:
    """``"one drawer"``, ``"three drawers"``."""
    return f"{number(n)} {thing if n == 1 else things or thing + 's'}"
