"""Replays: a topic is read again into a new generation beside the live one, compared, and put in its place."""
