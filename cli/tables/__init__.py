"""Answers of the API as tables in the terminal."""
