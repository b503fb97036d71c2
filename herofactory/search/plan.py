from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from herofactory.search.analysis.analyzer import KoreanAnalyzer, korean_analyzer
from herofactory.search.analysis.normalize import nfc
from herofactory.search.query import MAX_QUERY_CHARS
from herofactory.search.synonyms import Phrase, Synonyms, shipped_synonyms, shipped_vocabulary

# Distinct things one query may ask for; more would only cost time.
MAX_GROUPS = 32
# Words of a text that is taken apart: each part costs a search, and of a long text one word less rarely helps.
MAX_PARTS = 6
# Stems of helping verbs and bound nouns, as nori gives them: nobody looks for "with" or "use", so an item need not have
# them. They still count where a query has nothing else.
LIGHT = frozenset(("쓰", "쓸", "들", "듣", "주", "줏", "하", "있", "되", "것", "거"))


@dataclass(frozen=True, slots=True)
class Group:
    """One thing that must be found: as `phrase`, or as one of its synonyms."""

    phrase: Phrase
    synonyms: tuple[Phrase, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a query text asks for, engine-neutral: every group, in any field. No groups = nothing can match."""

    terms: Phrase = ()
    groups: tuple[Group, ...] = ()

    @property
    def highlighted(self) -> frozenset[str]:
        phrases = (phrase for group in self.groups for phrase in (group.phrase, *group.synonyms))
        return frozenset(term for phrase in phrases for term in phrase)


class Planner:
    def __init__(self, analyzer: KoreanAnalyzer | None = None, synonyms: Synonyms | None = None) -> None:
        self.analyzer = analyzer or korean_analyzer()
        self.synonyms = shipped_synonyms() if synonyms is None else synonyms
        #: Words to correct to, and to complete to, besides those of the index.
        self.vocabulary = shipped_vocabulary() if synonyms is None else ()

    def plan(self, text: str) -> Plan:
        """Analyses the whole text at once: bare words are read differently from words in their sentence."""
        terms = self.analyzer.terms(nfc(text)[:MAX_QUERY_CHARS])
        groups: dict[Phrase, Group] = {}
        at = 0
        while at < len(terms) and len(groups) < MAX_GROUPS:
            length = self.synonyms.longest_at(terms, at)
            phrase = tuple(terms[at : at + max(length, 1)])
            others = tuple(self.synonyms.of(phrase)) if length else ()
            groups.setdefault(phrase, Group(phrase, others))
            at += len(phrase)
        telling = [group for group in groups.values() if not LIGHT.issuperset(group.phrase)]
        return Plan(tuple(terms), tuple(telling or groups.values()))


def parts_of(text: str, plan: Plan) -> Iterator[str]:
    """What may still be looked for when all of `text` together finds nothing: all words but one, the first left out
    first, since a Korean head comes last; of a single word that is a compound, its parts, the head first."""
    words = text.split()
    if len(words) > MAX_PARTS:
        return
    if len(words) > 1:
        for left_out in range(len(words)):
            yield " ".join(words[:left_out] + words[left_out + 1 :])
    elif len(plan.groups) > 1:
        for group in reversed(plan.groups):
            yield " ".join(group.phrase)
