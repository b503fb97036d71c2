"""Observations and figures in PostgreSQL, and who keeps the second in step with the first."""
