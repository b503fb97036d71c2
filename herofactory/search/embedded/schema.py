from __future__ import annotations

import tantivy

# Raised when a field is added, removed, or means something else: an index of another version is rebuilt.
SCHEMA_VERSION = 1
# Searched text and what a match there is worth. A name says what an item is; a description only mentions things.
TEXT_FIELDS = {"name": 4.0, "tags": 2.5, "category": 1.5, "description": 1.0}
ITEM, GONE = "item", "gone"


def schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    # `item` or `gone`. A stub of something gone has no other indexed field, so no query for content can meet it.
    builder.add_text_field("kind", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("revision", stored=True, fast=True)
    builder.add_unsigned_field("gone_at", stored=True, indexed=True, fast=True)  # ms since 1970
    for field in TEXT_FIELDS:
        builder.add_text_field(field, index_option="position")
    for field in ("exact", "words", "initials"):
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    for field in ("category_slug", "tag"):
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_unsigned_field("price", indexed=True, fast=True)
    for field in ("newest_key", "price_key", "popular_key"):
        builder.add_unsigned_field(field, fast=True)
    builder.add_float_field("weight", fast=True)
    builder.add_bytes_field("source", stored=True)
    builder.add_bytes_field("spans", stored=True)
    return builder.build()
