"""Items like an item: looked at by the same people, alike in words, alike in looks."""
