"""One module per command (or family of commands). Everything heavy is imported inside the functions."""
