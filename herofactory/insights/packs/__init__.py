"""Days of figures, many terms or items in a row: read whole, and added up without the database."""
