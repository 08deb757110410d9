"""Machines of a household, electronics, instruments."""
