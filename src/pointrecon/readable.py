"""Class names as people say them: the one rule for captions, prompts and words."""

import re


def readable(name: str) -> str:
    """A name as lower-case words: "AircraftBuoyant", "aircraft_buoyant", "aircraft-buoyant" → "aircraft buoyant"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return " ".join(re.split(r"[\s_-]+", words.strip())).strip().lower()
