"""The field's benchmarks, from the files researchers have to shape tables: one module per benchmark, one registry."""
