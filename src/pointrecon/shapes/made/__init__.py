"""Room made: shapes made from a seed."""
