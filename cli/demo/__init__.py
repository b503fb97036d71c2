"""`hero demo`: what the pipeline did, in figures."""
