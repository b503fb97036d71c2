"""The port of whoever makes pictures."""
