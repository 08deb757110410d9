"""Room retrieval: one vector for every shape, and what is found with them."""
