"""The command line: one small file per command; each calls the Python function of the same name."""
