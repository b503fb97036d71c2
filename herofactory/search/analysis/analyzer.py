from __future__ import annotations

from functools import cache

from herofactory.search.analysis import nori
from herofactory.search.analysis.morpheme import Mecab
from herofactory.search.analysis.normalize import fold
from herofactory.search.analysis.token import Token
from herofactory.search.analysis.user_dictionary import UserDictionary, user_dictionary

# Raised when the same text gives other terms than before: an index of another version is rebuilt.
ANALYSIS_VERSION = 1
# Longest text that is analysed; a description is at most 5,000 characters. The rest is not searchable.
MAX_ANALYZED = 5_000


class KoreanAnalyzer:
    """Text to terms, as Elasticsearch's `nori` analyser with our user dictionary does it. Safe to share by threads."""

    def __init__(self, dictionary: UserDictionary | None = None, engine: Mecab | None = None) -> None:
        self._rules = dictionary or user_dictionary()
        self._engine = engine or Mecab()

    def tokens(self, text: str) -> list[Token]:
        """`text` must be NFC; offsets are into it. Only its first MAX_ANALYZED characters are read."""
        folded = fold(text[:MAX_ANALYZED])
        return list(nori.tokens(self._rules.morphemes(folded, self._engine)))

    def terms(self, text: str) -> list[str]:
        return [token.term for token in self.tokens(text)]


@cache
def korean_analyzer() -> KoreanAnalyzer:
    """The process's one analyser: rules are compiled once, taggers are per thread."""
    return KoreanAnalyzer()
