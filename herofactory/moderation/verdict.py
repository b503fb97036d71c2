"""The answer of moderation: a decision, its reasons, and all that a replay needs to tell how it came about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

Provider = Literal["local-rules", "openai", "moderator"]
MAX_TAGS = 5


class Decision(StrEnum):
    """In order of strictness: only `APPROVED` may be listed."""

    APPROVED = "approved"
    REVIEW = "review"
    REJECTED = "rejected"

    @property
    def lists(self) -> bool:
        """Whether an item with this decision may be shown."""
        return self is Decision.APPROVED

    @property
    def strictness(self) -> int:
        return list(Decision).index(self)


class Code(StrEnum):
    """Why an item is not approved. Stable: sellers, scripts and dashboards rely on these names."""

    CATEGORY_MISMATCH = "CATEGORY_MISMATCH"
    CATEGORY_UNKNOWN = "CATEGORY_UNKNOWN"
    CONTACT_PHONE = "CONTACT_PHONE"
    CONTACT_EMAIL = "CONTACT_EMAIL"
    CONTACT_MESSENGER = "CONTACT_MESSENGER"
    CONTACT_URL = "CONTACT_URL"
    SOLICITATION = "SOLICITATION"
    OUTSIDE_PAYMENT = "OUTSIDE_PAYMENT"
    ACCOUNT_NUMBER = "ACCOUNT_NUMBER"
    PERSONAL_DATA = "PERSONAL_DATA"
    SPAM = "SPAM"
    REPETITION = "REPETITION"
    UNSAFE_MINOR = "UNSAFE_MINOR"
    UNSAFE_SEXUAL = "UNSAFE_SEXUAL"
    UNSAFE_HATE = "UNSAFE_HATE"
    UNSAFE_GORE = "UNSAFE_GORE"
    UNSAFE_SELF_HARM = "UNSAFE_SELF_HARM"
    UNSAFE_ILLEGAL = "UNSAFE_ILLEGAL"
    PROFANITY = "PROFANITY"
    TEXT_TOO_LONG = "TEXT_TOO_LONG"
    IMAGE_UNREADABLE = "IMAGE_UNREADABLE"
    IMAGE_BLANK = "IMAGE_BLANK"
    IMAGE_ONE_COLOUR = "IMAGE_ONE_COLOUR"
    IMAGE_TINY = "IMAGE_TINY"
    IMAGE_EXTREME_SHAPE = "IMAGE_EXTREME_SHAPE"
    BUDGET_EXHAUSTED = "BUDGET_EXHAUSTED"
    PROVIDER_REFUSED = "PROVIDER_REFUSED"
    PROVIDER_ANSWER_INVALID = "PROVIDER_ANSWER_INVALID"
    PROVIDER_UNSURE = "PROVIDER_UNSURE"
    MODERATOR_DECISION = "MODERATOR_DECISION"


PASSING_CODES = frozenset({Code.BUDGET_EXHAUSTED, Code.PROVIDER_REFUSED, Code.PROVIDER_ANSWER_INVALID})
"""Codes that say something about the provider at that moment, not about the content: never cached by content."""


@dataclass(frozen=True, slots=True)
class Reason:
    """`detail` is one English sentence for the seller. It never repeats contact or personal data: verdicts travel in
    events, and events carry none."""

    code: Code
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`scores`: evidence against, by name, 0 (none) to 1 (certain). `policy`: the version of the rules or prompt that
    decided. `tags`: up to five Korean terms, NFC. `cost_micro_usd`: what the provider charged, 1e-6 USD."""

    decision: Decision
    policy: str
    provider: Provider
    reasons: tuple[Reason, ...] = ()
    tags: tuple[str, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    model: str | None = None
    cost_micro_usd: int = 0

    def __post_init__(self) -> None:
        if len(self.tags) > MAX_TAGS:
            raise ValueError(f"a verdict has at most {MAX_TAGS} tags, not {len(self.tags)}: {self.tags}")
        if self.decision is not Decision.APPROVED and not self.reasons:
            raise ValueError(f"a verdict that is {self.decision} says why: give at least one reason")
        if wrong := {name: score for name, score in self.scores.items() if not 0.0 <= score <= 1.0}:
            raise ValueError(f"scores lie between 0 and 1, not {wrong}")

    @property
    def about_content(self) -> bool:
        """Whether the same content would get the same verdict again; only such a verdict may be cached."""
        return not any(reason.code in PASSING_CODES for reason in self.reasons)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types; `from_json` reads it back."""
        return {
            "decision": self.decision.value,
            "policy": self.policy,
            "provider": self.provider,
            "reasons": [{"code": reason.code.value, "detail": reason.detail} for reason in self.reasons],
            "tags": list(self.tags),
            "scores": dict(self.scores),
            "model": self.model,
            "cost_micro_usd": self.cost_micro_usd,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Verdict:
        """Raises KeyError or ValueError for anything `to_json` did not write: a damaged verdict approves nothing."""
        return cls(
            decision=Decision(data["decision"]),
            policy=data["policy"],
            provider=data["provider"],
            reasons=tuple(Reason(Code(each["code"]), each["detail"]) for each in data["reasons"]),
            tags=tuple(data["tags"]),
            scores=dict(data["scores"]),
            model=data["model"],
            cost_micro_usd=data["cost_micro_usd"],
        )


def strictest(decisions: Iterable[Decision]) -> Decision:
    """`APPROVED` when there is nothing against; one rejection outweighs everything else."""
    return max(decisions, key=lambda decision: decision.strictness, default=Decision.APPROVED)


@dataclass(frozen=True, slots=True)
class Finding:
    """One piece of evidence against a subject: what a rule returns. `area` is the name of its score."""

    area: str
    decision: Decision
    reason: Reason


def scores_of(areas: Sequence[str], findings: Sequence[Finding]) -> dict[str, float]:
    """0 where nothing was found, 0.5 for a doubt, 1 for a clear case."""
    worst = {area: strictest(each.decision for each in findings if each.area == area) for area in areas}
    return {area: decision.strictness / 2 for area, decision in worst.items()}
