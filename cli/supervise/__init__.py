"""Keeping the parts of the platform alive. Light on purpose: it stays, and imports nothing that they need."""
