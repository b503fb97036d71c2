"""The search index in a folder: tantivy, fed with our own tokens. One writer process, any number of readers."""
