"""Korean search over the catalogue: analysis, the `SearchIndex` port, and the two engines behind it."""
