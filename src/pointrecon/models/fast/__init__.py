"""Room fast: the same functions made fast."""
