"""Room retrieval: one vector for every shape."""
