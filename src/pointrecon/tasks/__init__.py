"""Tasks: what is optimised. A task maps a batch to named losses."""
