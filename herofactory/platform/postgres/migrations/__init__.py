"""The database's shape, step by step. Each version runs the SQL file of its own name."""
