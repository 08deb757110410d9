"""Room importers: folders, manifests and benchmarks into a table."""
