"""Measuring: speed, memory and arithmetic beside a plain eager reference. `python -m benchmarks` runs it."""
