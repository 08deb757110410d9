"""Tools, hardware, pipe fittings, arms."""
