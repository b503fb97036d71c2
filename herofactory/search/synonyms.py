from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources

from herofactory.search.analysis.analyzer import KoreanAnalyzer, korean_analyzer
from herofactory.search.analysis.normalize import nfc

Phrase = tuple[str, ...]


class SynonymError(ValueError):
    pass


class Synonyms:
    """Query-time synonyms, of one or several words on either side, compared after analysis."""

    def __init__(self, rules: Mapping[Phrase, Sequence[Phrase]]) -> None:
        self._rules = {phrase: tuple(dict.fromkeys(others)) for phrase, others in rules.items()}
        self._longest = max(map(len, rules), default=0)

    def __len__(self) -> int:
        return len(self._rules)

    def rules(self) -> Iterable[tuple[Phrase, Sequence[Phrase]]]:
        """What is typed, and what is found for it."""
        return self._rules.items()

    def longest_at(self, terms: Sequence[str], start: int) -> int:
        """How many of `terms` from `start` on form the longest known phrase; 0 if none does."""
        for length in range(min(self._longest, len(terms) - start), 0, -1):
            if tuple(terms[start : start + length]) in self._rules:
                return length
        return 0

    def of(self, phrase: Phrase) -> Sequence[Phrase]:
        """What else is meant, `phrase` itself not included."""
        return [other for other in self._rules.get(phrase, ()) if other != phrase]


def parse_synonyms(lines: Iterable[str]) -> list[tuple[list[str], list[str]]]:
    """Solr's format as (what is typed, what is found) pairs. Raises SynonymError with the line number."""
    rules: list[tuple[list[str], list[str]]] = []
    for number, line in enumerate(lines, 1):
        text = nfc(line).partition("#")[0].strip()
        if not text:
            continue
        left, arrow, right = text.partition("=>")
        typed = [word.strip() for word in left.split(",") if word.strip()]
        found = [word.strip() for word in right.split(",") if word.strip()] if arrow else typed
        if not typed or not found or (not arrow and len(typed) < 2):
            raise SynonymError(f"Synonyms line {number}: {text!r} needs words on both sides, or at least two.")
        rules.append((typed, found))
    return rules


def compile_synonyms(rules: Iterable[tuple[list[str], list[str]]], analyzer: KoreanAnalyzer) -> Synonyms:
    """Words that analysis leaves nothing of are dropped: they can neither be typed nor found."""
    compiled: dict[Phrase, list[Phrase]] = {}
    for typed, found in rules:
        phrases = [phrase for word in found if (phrase := tuple(analyzer.terms(word)))]
        for word in typed:
            if phrase := tuple(analyzer.terms(word)):
                compiled.setdefault(phrase, []).extend(phrases)
    return Synonyms(compiled)


def glossary_rules(
    pairs: Iterable[tuple[str, Sequence[str]]], analyzer: KoreanAnalyzer
) -> list[tuple[list[str], list[str]]]:
    """An English word finds its Korean translations, and each of them finds the English word.

    Never Korean to Korean: two translations of one word need not mean the same. Nor a translation that analysis cuts:
    what is left of it (가면, mask, was once read as 갈) would find anything.
    """
    rules: list[tuple[list[str], list[str]]] = []
    for english, korean in pairs:
        whole = [word for word in korean if "".join(analyzer.terms(word)) == word.replace(" ", "").lower()]
        rules.append(([english], [english, *whole]))
        rules += [([word], [word, english]) for word in whole]
    return rules


def synonyms_text() -> str:
    return (resources.files("herofactory.search") / "data" / "synonyms.txt").read_text(encoding="utf-8")


def synonyms_fingerprint() -> str:
    return hashlib.sha256(synonyms_text().encode()).hexdigest()[:16]


@cache
def shipped_vocabulary() -> tuple[str, ...]:
    """Every word of data/synonyms.txt: what players call things, whether or not an item's name has it."""
    rules = parse_synonyms(synonyms_text().splitlines())
    return tuple(dict.fromkeys(word.lower() for typed, found in rules for word in (*typed, *found)))


@cache
def shipped_synonyms() -> Synonyms:
    """data/synonyms.txt and the English words of the glossary."""
    from herofactory.glossary.glossary import Glossary  # reads 4,000 rows: only where searches are run

    rules = parse_synonyms(synonyms_text().splitlines())
    known = {word for typed, _ in rules for word in typed}
    pairs = ((pair.english, pair.korean) for pair in Glossary.load().pairs() if pair.english not in known)
    return compile_synonyms([*rules, *glossary_rules(pairs, korean_analyzer())], korean_analyzer())
