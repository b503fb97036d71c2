"""A policy: what makes a verdict of what rules and providers found. It is data, so that another can be tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from herofactory.moderation.phrases import Phrase
from herofactory.moderation.verdict import Code, Decision, Finding

NEVER = 2.0
"""Above every score."""
ALWAYS_JUDGED = frozenset(
    {
        Code.UNSAFE_MINOR,
        Code.TEXT_TOO_LONG,
        Code.IMAGE_UNREADABLE,
        Code.CATEGORY_UNKNOWN,
        Code.PROVIDER_UNSURE,
        Code.PROVIDER_REFUSED,
        Code.PROVIDER_ANSWER_INVALID,
        Code.BUDGET_EXHAUSTED,
        Code.MODERATOR_DECISION,
    }
)
"""No policy may switch these off: without them something would be listed that nobody judged, or nobody may sell."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Of a provider's score, 0 to 1: a moderator looks from `review` on, from `reject` on it is rejected."""

    code: Code
    review: float
    reject: float = NEVER


@dataclass(frozen=True, slots=True)
class Policy:
    version: str
    """Names it in every verdict."""
    limits: Mapping[str, Limit]
    """By the provider's name of the score."""
    sure_from: float
    """Confidence from which a category that does not fit rejects; below it, a moderator looks."""
    about: str = ""
    off: frozenset[Code] = frozenset()
    """Findings that count for nothing."""
    decisions: Mapping[Code, Decision] = field(default_factory=dict)
    """What a finding decides, instead of what its rule says."""
    phrases: tuple[Phrase, ...] = ()
    """Besides those of `data/phrases.tsv`."""
    glossary: bool = True
    """Whether the nouns of the game glossary make the rules milder."""
    mark: str = ""
    """Added to `version` where that alone does not say what the policy holds: "" for those of this package."""

    def ruled(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        for finding in findings:
            code = finding.reason.code
            if code not in self.off:
                yield replace(finding, decision=self.decisions.get(code, finding.decision))

    @property
    def name(self) -> str:
        return f"{self.version}{self.mark}"
