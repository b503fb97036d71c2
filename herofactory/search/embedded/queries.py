"""Plans and filters as tantivy queries, built from terms: its query parser would analyse the text another way."""

from __future__ import annotations

from collections.abc import Iterator

import tantivy
from tantivy import FieldType, Occur, Query

from herofactory.search.embedded.schema import ITEM, TEXT_FIELDS
from herofactory.search.plan import Group, Plan
from herofactory.search.query import MAX_QUERY_CHARS, SearchQuery
from herofactory.search.synonyms import Phrase
from herofactory.search.typeahead import tidy

# A synonym is worth a little less than the word that was typed.
_SYNONYM = 0.4
# What matches in the second-best field adds to a score: enough to order equals, too little to beat a better field.
_OTHER_FIELDS = 0.1
_NAME_PHRASE, _NAME_EXACT = 3.0, 30.0
_SLOP = 2


class Queries:
    def __init__(self, schema: tantivy.Schema) -> None:
        self._schema = schema

    def everything(self) -> Query:
        return self._term("kind", ITEM)

    def matching(self, plan: Plan, text: str) -> Query:
        """All groups must be there; being a phrase of the name, or the whole name, counts on top."""
        clauses = [(Occur.Must, self._group(group)) for group in plan.groups]
        if len(plan.terms) > 1:
            phrase = Query.phrase_query(self._schema, "name", list(plan.terms), slop=_SLOP)
            clauses.append((Occur.Should, Query.boost_query(phrase, _NAME_PHRASE)))
        exact = self._term("exact", tidy(text[:MAX_QUERY_CHARS]).replace(" ", ""))
        clauses.append((Occur.Should, Query.const_score_query(exact, _NAME_EXACT)))
        return Query.boolean_query(clauses)

    def filtered(self, query: Query, wanted: SearchQuery) -> Query:
        """Filters decide what is found and leave the score alone."""
        filters = [(Occur.Must, Query.const_score_query(part, 0.0)) for part in self._filters(wanted)]
        return Query.boolean_query([(Occur.Must, query), *filters]) if filters else query

    def near(self, word: str, distance: int) -> Query:
        """Items with a word at most `distance` letters away. `word` is decomposed."""
        return Query.fuzzy_term_query(self._schema, "words", word, distance=distance)

    def identified(self, id: str) -> Query:
        return self._term("id", id)

    def _filters(self, wanted: SearchQuery) -> Iterator[Query]:
        if wanted.category is not None:
            yield self._term("category_slug", wanted.category)
        for tag in wanted.tags:
            yield self._term("tag", tidy(tag))
        if wanted.min_price is not None or wanted.max_price is not None:
            yield self._price(wanted.min_price, wanted.max_price)

    def _price(self, low: int | None, high: int | None) -> Query:
        bounds = (max(low or 0, 0), high)
        if high is not None and high < bounds[0]:
            return Query.empty_query()
        return Query.range_query(self._schema, "price", FieldType.Unsigned, bounds[0], high)

    def _group(self, group: Group) -> Query:
        meant = [self._all(group.phrase)]
        meant += [Query.boost_query(self._together(synonym), _SYNONYM) for synonym in group.synonyms]
        return meant[0] if len(meant) == 1 else Query.disjunction_max_query(meant)

    def _all(self, terms: Phrase) -> Query:
        parts = [self._anywhere(term) for term in terms]
        return parts[0] if len(parts) == 1 else Query.boolean_query([(Occur.Must, part) for part in parts])

    def _together(self, terms: Phrase) -> Query:
        if len(terms) == 1:
            return self._anywhere(terms[0])
        return self._best(
            Query.boost_query(Query.phrase_query(self._schema, field, list(terms), slop=_SLOP), worth)
            for field, worth in TEXT_FIELDS.items()
        )

    def _anywhere(self, term: str) -> Query:
        return self._best(Query.boost_query(self._text(field, term), worth) for field, worth in TEXT_FIELDS.items())

    def _best(self, parts: Iterator[Query]) -> Query:
        return Query.disjunction_max_query(list(parts), tie_breaker=_OTHER_FIELDS)

    def _text(self, field: str, term: str) -> Query:
        return Query.term_query(self._schema, field, term)

    def _term(self, field: str, value: str) -> Query:
        return Query.term_query(self._schema, field, value, index_option="basic")
