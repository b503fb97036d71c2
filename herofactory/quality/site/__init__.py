"""The pages at `/quality`: what was expected, and what was found."""
