"""Pictures before and after a renderer: sketches made readable, results made usable in a game."""
