"""Buildings, and what stands outdoors."""
