"""Room labeling: names and classes for shapes, from words or from a few confirmed examples."""
