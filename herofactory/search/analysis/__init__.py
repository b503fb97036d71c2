"""Korean text to index terms, the way Lucene's nori does it (docs/adr/0002-korean-analysis.md)."""
