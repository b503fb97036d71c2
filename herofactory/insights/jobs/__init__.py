"""Generations of the studio: how many were asked for, what became of them, how long they took."""
