"""Plans and filters in Elasticsearch's query language: the same shape and worth as the embedded index's queries.

Texts are analysed here, by the planner, so both engines are asked for the same terms.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from herofactory.search.elasticsearch.analysis import TERMS_ANALYZER
from herofactory.search.elasticsearch.mapping import TEXT_FIELDS
from herofactory.search.plan import Group, Plan
from herofactory.search.query import MAX_QUERY_CHARS, SearchQuery, Sort
from herofactory.search.synonyms import Phrase
from herofactory.search.typeahead import tidy

Dsl = dict[str, Any]
# A synonym is worth a little less than the word that was typed.
_SYNONYM = 0.4
# What matches in the second-best field adds to a score: enough to order equals, too little to beat a better field.
_OTHER_FIELDS = 0.1
# Beside BM25 with its factor k1 + 1, which Elasticsearch keeps, as the embedded engine does, though Lucene dropped it.
_NAME_PHRASE, _NAME_EXACT = 3.0, 30.0
_SLOP = 2
# Popularity may lift a score by half at most, a tenth for each decade.
_MAX_LIFT, _LIFT_PER_DECADE = 0.5, 0.1
# Clauses a query may have are 1,024 on the smallest heap, and each phrase takes one per text field and word.
_MAX_SYNONYMS = 100
_NOT_GONE: Dsl = {"bool": {"must_not": {"term": {"gone": True}}}}


def everything() -> Dsl:
    return _NOT_GONE


def matching(plan: Plan, text: str) -> Dsl:
    """All groups must be there; being a phrase of the name, or the whole name, counts on top. `plan` has groups."""
    left = _MAX_SYNONYMS
    must: list[Dsl] = []
    for group in plan.groups:
        must.append(_group(Group(group.phrase, group.synonyms[:left])))
        left -= min(left, len(group.synonyms))
    exact = tidy(text[:MAX_QUERY_CHARS]).replace(" ", "")
    should = [{"constant_score": {"filter": _term("name.exact", exact), "boost": _NAME_EXACT}}]
    if len(plan.terms) > 1:
        should.append(_phrase("name", plan.terms[:MAX_QUERY_CHARS], _NAME_PHRASE))
    return {"bool": {"must": must, "should": should}}


def filtered(query: Dsl | None, wanted: SearchQuery | None = None) -> Dsl:
    """What decides what is found and leaves the score alone; None asks for everything."""
    filters = [_NOT_GONE, *(_filters(wanted) if wanted else ())]
    return {"bool": {"filter": filters, **({"must": query} if query else {})}}


def lifted(query: Dsl) -> Dsl:
    """Popular items first among what is equally relevant."""
    lift = {"field_value_factor": {"field": "popularity", "modifier": "log1p", "missing": 0}}
    return {
        "function_score": {
            "query": query,
            "functions": [{"filter": {"match_all": {}}, "weight": 1.0}, {**lift, "weight": _LIFT_PER_DECADE}],
            "score_mode": "sum",
            "max_boost": 1.0 + _MAX_LIFT,
            "boost_mode": "multiply",
        }
    }


def order(wanted: SearchQuery) -> list[Any]:
    """Equals keep one order whatever is written meanwhile: a page never repeats what another one showed."""
    match Sort.NEWEST if wanted.browses and wanted.sort is Sort.RELEVANCE else wanted.sort:
        case Sort.RELEVANCE:
            return ["_score", *_ties("desc")]
        case Sort.NEWEST:
            return [{"created_at": "desc"}, *_ties("desc")]
        case Sort.POPULAR:
            return [{"popularity": "desc"}, *_ties("desc")]
        case Sort.PRICE_ASC:
            return [{"price": "asc"}, *_ties("asc")]
        case Sort.PRICE_DESC:
            return [{"price": "desc"}, *_ties("desc")]


def near(word: str, distance: int) -> Dsl:
    """Items with a word at most `distance` letters away. `word` is decomposed."""
    return {"fuzzy": {"words": {"value": word, "fuzziness": distance}}} if distance else _term("words", word)


def _ties(direction: str) -> list[Dsl]:
    return [{"tie": direction}, {"id": "asc"}]


def _filters(wanted: SearchQuery) -> Iterator[Dsl]:
    if wanted.category is not None:
        yield _term("category", wanted.category)
    for tag in wanted.tags:
        yield _term("tag", tidy(tag))
    bounds = {"gte": wanted.min_price, "lte": wanted.max_price}
    if known := {bound: price for bound, price in bounds.items() if price is not None}:
        yield {"range": {"price": known}}


def _group(group: Group) -> Dsl:
    meant = [_all(group.phrase), *(_together(synonym, _SYNONYM) for synonym in group.synonyms)]
    return meant[0] if len(meant) == 1 else {"dis_max": {"queries": meant}}


def _all(terms: Phrase) -> Dsl:
    parts = [_anywhere(term) for term in terms]
    return parts[0] if len(parts) == 1 else {"bool": {"must": parts}}


def _together(terms: Phrase, boost: float) -> Dsl:
    if len(terms) == 1:
        return _anywhere(terms[0], boost)
    return _best([_phrase(field, terms, worth) for field, worth in TEXT_FIELDS.items()], boost)


def _anywhere(term: str, boost: float = 1.0) -> Dsl:
    return _best([_term(field, term, worth) for field, worth in TEXT_FIELDS.items()], boost)


def _best(parts: list[Dsl], boost: float) -> Dsl:
    return {"dis_max": {"queries": parts, "tie_breaker": _OTHER_FIELDS, "boost": boost}}


def _phrase(field: str, terms: Phrase, boost: float) -> Dsl:
    asked = {"query": " ".join(terms), "analyzer": TERMS_ANALYZER, "slop": _SLOP, "boost": boost}
    return {"match_phrase": {field: asked}}


def _term(field: str, value: str, boost: float = 1.0) -> Dsl:
    return {"term": {field: {"value": value, "boost": boost}}}
