"""Measuring: speed, memory and arithmetic beside a plain eager reference. `pointrecon bench` runs it."""
