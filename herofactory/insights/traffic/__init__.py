"""Requests per route: how many, how many failed, how long they took. Made of the access log."""
