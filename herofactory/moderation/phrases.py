"""Searching a text for the terms of `data/phrases.tsv` by plain substring searches: no text is slow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from herofactory.moderation.datafile import rows, word_set
from herofactory.moderation.text import View, is_hangul
from herofactory.moderation.verdict import Code, Decision, Finding, Reason

WORD, PART, TIGHT = "word", "part", "tight"
_ENDINGS = tuple(sorted(word_set("particle"), key=len, reverse=True))
_ADVICE = {
    Code.SOLICITATION: "asks buyers to get in touch or to trade elsewhere",
    Code.OUTSIDE_PAYMENT: "offers payment outside this shop",
    Code.SPAM: "advertises something that is no game asset",
    Code.PROFANITY: "swears",
    Code.UNSAFE_MINOR: "sexualises minors",
    Code.UNSAFE_SEXUAL: "is sexual",
    Code.UNSAFE_HATE: "insults a group of people or shows a symbol of hate",
    Code.UNSAFE_GORE: "shows or asks for real violence",
    Code.UNSAFE_SELF_HARM: "is about self-harm",
    Code.UNSAFE_ILLEGAL: "is about illegal goods or gambling",
}
PHRASE_CODES = frozenset(_ADVICE)


class _Texts:
    """`blanked`: without harmless words. `joined`: without symbols inside words, too. `tight`: without spaces, too."""

    def __init__(self, folded: str) -> None:
        self.blanked = blank_harmless(folded)
        self.joined = "".join(character for character in self.blanked if character.isalnum() or character in " \n")
        self.tight = self.joined.replace(" ", "")


@dataclass(frozen=True, slots=True)
class Phrase:
    code: Code
    decision: Decision
    match: str
    term: str

    def occurs_in(self, texts: _Texts) -> bool:
        if self.match == TIGHT:
            return self.term in texts.tight
        if self.match == PART:
            return self.term in texts.joined
        return _has_word(texts.blanked, self.term) or _has_word(texts.joined, self.term)


@cache
def _phrases() -> tuple[Phrase, ...]:
    found: list[Phrase] = []
    for code, decision, match, terms in rows("phrases.tsv"):
        found += phrases_of(Code(code), Decision(decision), match, terms.split("|"))
    return tuple(found)


def phrases_of(code: Code, decision: Decision, match: str, terms: Sequence[str]) -> tuple[Phrase, ...]:
    """`match`: how a term is looked for (WORD, PART or TIGHT). Raises ValueError for another, or an empty term."""
    if match not in (WORD, PART, TIGHT):
        raise ValueError(f"a phrase's match is '{WORD}', '{PART}' or '{TIGHT}', not {match!r}")
    folded = [View("phrases", term).folded for term in terms]
    if not all(folded):
        raise ValueError(f"an empty term of {code} would be in every text")
    return tuple(Phrase(code, decision, match, term) for term in folded)


@cache
def _harmless() -> tuple[str, ...]:
    return tuple(View("harmless.tsv", word).folded for (word,) in rows("harmless.tsv"))


def check_phrases(view: View, further: Sequence[Phrase] = ()) -> Iterator[Finding]:
    """At most one finding per code: the strictest. `further`: of a policy."""
    texts = _Texts(view.folded)
    worst: dict[Code, Decision] = {}
    for phrase in _appearing(texts, further):
        if _is_worse(phrase.decision, worst.get(phrase.code)) and phrase.occurs_in(texts):
            worst[phrase.code] = phrase.decision
    for code, decision in worst.items():
        yield finding(view.field, code, decision)


def _appearing(texts: _Texts, further: Sequence[Phrase]) -> list[Phrase]:
    """Those whose letters stand somewhere at all: of some 400 usually none, so the closer look is rarely needed."""
    anywhere = "\n".join((texts.blanked, texts.joined, texts.tight))
    return [phrase for phrase in (*_phrases(), *further) if phrase.term in anywhere]


def finding(field: str, code: Code, decision: Decision) -> Finding:
    seems = "" if decision is Decision.REJECTED else " (a moderator will look at it)"
    area = "safety" if code.startswith("UNSAFE") or code is Code.PROFANITY else "spam"
    return Finding(area, decision, Reason(code, f"the {field} {_ADVICE[code]}{seems}"))


def blank_harmless(text: str) -> str:
    """A line break stands for the removed word: it is in no term, so nothing matches across it."""
    for word in _harmless():
        text = text.replace(word, "\n")
    return text


def has_any(text: str, terms: frozenset[str]) -> bool:
    return any(_has_word(text, term) for term in terms)


def _is_worse(decision: Decision, than: Decision | None) -> bool:
    return than is None or decision.strictness > than.strictness


def _has_word(text: str, term: str) -> bool:
    start = text.find(term)
    while start >= 0:
        end = start + len(term)
        if _is_boundary(text[start - 1 : start]) and _may_follow(text, end, term):
            return True
        start = text.find(term, end)
    return False


def _is_boundary(character: str) -> bool:
    return not character.isalnum()


def _may_follow(text: str, end: int, term: str) -> bool:
    if _is_boundary(text[end : end + 1]):
        return True
    if not is_hangul(term[-1]):
        return is_hangul(text[end])
    return any(text.startswith(ending, end) and _is_boundary(text[end + len(ending) :][:1]) for ending in _ENDINGS)
