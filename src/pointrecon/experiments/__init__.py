"""Room experiments: grids over seeds, tables and figures from records."""
