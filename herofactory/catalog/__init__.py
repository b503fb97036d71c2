"""Items: what sellers put up and buyers find."""
