"""Searches become knowledge: what is popular, what trends, what is missing, what is alike."""
