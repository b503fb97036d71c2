"""The search index in Elasticsearch 9 with nori: one strict mapping, an index per generation behind one alias."""
