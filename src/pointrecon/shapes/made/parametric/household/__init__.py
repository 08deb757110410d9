"""Furniture, lamps, vessels and small things."""
