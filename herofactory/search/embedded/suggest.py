from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import tantivy
from tantivy import Query

from herofactory.search.hangul import compose_text, decompose, has_lone_initial, initials, typed_on_the_way
from herofactory.search.typeahead import MAX_WORD, SEPARATOR, begins, tidy

_PER_PREFIX = 50
# Initial consonants are few: ㅁㅂ begins many words, of which those that fit the rest of what is typed are kept.
_PER_INITIALS = 300
# Words of the vocabulary that are tried out, at 0.2 ms each.
_KNOWN = 10


def completions(searcher: tantivy.Searcher, items: Query, prefix: str, limit: int) -> tuple[str, ...]:
    """Most frequent first, then shortest. `items` keeps out words that only removed items had."""
    typed = tidy(prefix[:MAX_WORD])
    if not typed or limit <= 0:
        return ()
    counts: dict[str, int] = {}
    for word, count in (*_by_letters(searcher, items, typed), *_by_initials(searcher, items, typed)):
        counts[word] = max(count, counts.get(word, 0))
    ranked = sorted(counts, key=lambda word: (-counts[word], len(word), word))
    return tuple(ranked[:limit])


def begun(vocabulary: Iterable[str], prefix: str) -> tuple[str, ...]:
    """The first few known words that begin with what is typed; for when items' own words are not enough."""
    typed = tidy(prefix[:MAX_WORD])
    if not typed:
        return ()
    ways = [decompose(way) for way in typed_on_the_way(typed)]
    fitting = (word for word in vocabulary if begins(word, typed) or any(decompose(word).startswith(w) for w in ways))
    return tuple(islice(fitting, _KNOWN))


def _by_letters(searcher: tantivy.Searcher, items: Query, typed: str) -> Iterator[tuple[str, int]]:
    for way in dict.fromkeys(typed_on_the_way(typed)):
        for term, count in searcher.terms_with_prefix("words", decompose(way), filter_query=items, limit=_PER_PREFIX):
            yield compose_text(term), count


def _by_initials(searcher: tantivy.Searcher, items: Query, typed: str) -> Iterator[tuple[str, int]]:
    if not has_lone_initial(typed):
        return
    found = searcher.terms_with_prefix("initials", initials(typed), filter_query=items, limit=_PER_INITIALS)
    for term, count in found:
        word = term.partition(SEPARATOR)[2]
        if begins(word, typed):
            yield word, count
