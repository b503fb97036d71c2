"""Figures for people: read from the buckets and days that the fold of the events fills."""
