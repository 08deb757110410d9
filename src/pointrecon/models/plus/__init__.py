"""Room models: ReCon++, larger, with colors and several queries (METHOD-PLUS)."""
