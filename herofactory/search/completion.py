from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Literal, Protocol

from herofactory.search.hangul import compose_text, decompose, has_lone_initial, initials, typed_on_the_way
from herofactory.search.typeahead import MAX_WORD, SEPARATOR, begins, tidy

_PER_PREFIX = 50
# Initial consonants are few: ㅁㅂ begins many words, of which those that fit the rest of what is typed are kept.
_PER_INITIALS = 300
# Words of the vocabulary that are tried out, at 0.2 ms each.
_KNOWN = 10


class Lexicon(Protocol):
    def beginning(self, field: Literal["words", "initials"], prefix: str, limit: int) -> Iterable[tuple[str, int]]:
        """Terms of the field that begin with `prefix`, and how many items have each; only of items not removed."""


def completions(lexicon: Lexicon, prefix: str, limit: int) -> tuple[str, ...]:
    """Most frequent first, then shortest."""
    typed = tidy(prefix[:MAX_WORD])
    if not typed or limit <= 0:
        return ()
    counts: dict[str, int] = {}
    for word, count in (*_by_letters(lexicon, typed), *_by_initials(lexicon, typed)):
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


def _by_letters(lexicon: Lexicon, typed: str) -> Iterator[tuple[str, int]]:
    for way in dict.fromkeys(typed_on_the_way(typed)):
        for term, count in lexicon.beginning("words", decompose(way), _PER_PREFIX):
            yield compose_text(term), count


def _by_initials(lexicon: Lexicon, typed: str) -> Iterator[tuple[str, int]]:
    if not has_lone_initial(typed):
        return
    for term, count in lexicon.beginning("initials", initials(typed), _PER_INITIALS):
        word = term.partition(SEPARATOR)[2]
        if begins(word, typed):
            yield word, count
