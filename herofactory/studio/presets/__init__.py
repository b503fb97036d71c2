"""Looks, as data."""
