"""Class names as people say them: the one rule for captions, prompts and words."""

import re

# control characters, line ends, marks that turn the direction of text, bytes of a file's name that are not UTF-8
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def readable(name: str) -> str:
    """A name as lower-case words: "AircraftBuoyant", "aircraft_buoyant", "aircraft-buoyant" → "aircraft buoyant"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return " ".join(re.split(r"[\s_-]+", words.strip())).strip().lower()


def printable(name: str) -> str:
    """A file's name as it can be shown, kept and compared anywhere: what is no text in it as ``\\n``, ``\\x1b``."""
    return _UNPRINTABLE.sub(_escaped, name)


def _escaped(found: re.Match) -> str:
    number = ord(found[0])
    if 0xDC80 <= number <= 0xDCFF:  # a byte, as Python reads names that are not UTF-8
        return f"\\x{number - 0xDC00:02x}"
    return found[0].encode("unicode_escape").decode()
