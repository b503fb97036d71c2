"""Korean search over the catalogue: analysis, the `SearchIndex` port, and the embedded index behind it."""
