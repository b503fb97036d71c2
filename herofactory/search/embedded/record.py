from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

import tantivy

from herofactory.search.analysis.analyzer import KoreanAnalyzer
from herofactory.search.analysis.token import Token
from herofactory.search.document import ItemDocument
from herofactory.search.embedded import order
from herofactory.search.embedded.schema import GONE, ITEM
from herofactory.search.hangul import decompose
from herofactory.search.labels import category_label
from herofactory.search.typeahead import by_initials, tidy, words_of

# A tag's words do not run on into the next tag's: no phrase may span two.
_TAG_GAP = 10


def item(document: ItemDocument, analyzer: KoreanAnalyzer) -> tantivy.Document:
    """The index's record of an item, analysed."""
    name = analyzer.tokens(document.name)
    description = analyzer.tokens(document.description)
    record = _identity(document.id, ITEM, document.revision)
    _add_tokens(record, "name", document.name, name)
    _add_tokens(record, "description", document.description, description)
    label = category_label(document.category)
    _add_tokens(record, "category", label, analyzer.tokens(label))
    _add_tags(record, document, analyzer)
    _add_words(record, words_of(document, (token.term for token in name)))
    record.add_text("exact", tidy(document.name).replace(" ", ""))
    record.add_text("category_slug", document.category)
    _add_order(record, document)
    record.add_bytes("source", document.dumps())
    record.add_bytes("spans", dump_spans(name, description))
    return record


def gone(id: str, revision: int, since: datetime) -> tantivy.Document:
    """The stub that keeps a late write from reviving what is gone."""
    return stub(id, revision, order.milliseconds(since))


def stub(id: str, revision: int, gone_at: int) -> tantivy.Document:
    """`gone_at`: milliseconds since 1970."""
    record = _identity(id, GONE, revision)
    record.add_unsigned("gone_at", gone_at)
    return record


def dump_spans(name: Iterable[Token], description: Iterable[Token]) -> bytes:
    """Terms and offsets for highlighting: 50 times faster to read back than to analyse again."""
    spans = {"name": [token[:3] for token in name], "description": [token[:3] for token in description]}
    return json.dumps(spans, ensure_ascii=False, separators=(",", ":")).encode()


def _identity(id: str, kind: str, revision: int) -> tantivy.Document:
    record = tantivy.Document()
    record.add_text("id", id)
    record.add_text("kind", kind)
    record.add_unsigned("revision", revision)
    return record


def _add_tokens(record: tantivy.Document, field: str, text: str, tokens: Iterable[Token]) -> None:
    given = [tantivy.Token(token.term, token.position, token.start, token.end) for token in tokens]
    record.add_pre_tokenized_text(field, tantivy.PreTokenizedString(text, given))


def _add_tags(record: tantivy.Document, document: ItemDocument, analyzer: KoreanAnalyzer) -> None:
    tokens: list[Token] = []
    base = 0
    for tag in (*document.tags, *document.auto_tags):
        found = analyzer.tokens(tag)
        tokens += [Token(term, 0, 0, position + base) for term, _, _, position in found]
        base += (found[-1].position if found else 0) + _TAG_GAP
    _add_tokens(record, "tags", "", tokens)
    for tag in dict.fromkeys(tidy(tag) for tag in (*document.tags, *document.auto_tags)):
        if tag:
            record.add_text("tag", tag)


def _add_words(record: tantivy.Document, words: Iterable[str]) -> None:
    for word in words:
        record.add_text("words", decompose(word))
        record.add_text("initials", by_initials(word))


def _add_order(record: tantivy.Document, document: ItemDocument) -> None:
    record.add_unsigned("price", document.price)
    record.add_unsigned("newest_key", order.newest_key(document.created_at, document.id))
    record.add_unsigned("price_key", order.price_key(document.price, document.id))
    record.add_unsigned("popular_key", order.popular_key(document.popularity, document.id))
    record.add_float("weight", order.weight(document.popularity, document.id))
