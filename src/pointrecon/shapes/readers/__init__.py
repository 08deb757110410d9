"""Room readers: one file, one shape."""
