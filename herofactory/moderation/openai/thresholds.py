"""From OpenAI's scores to findings, by the limits of a policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from herofactory.moderation.openai.answer import ModerationResult
from herofactory.moderation.policy import Limit
from herofactory.moderation.verdict import Code, Decision, Finding, Reason

FANTASY = frozenset({"violence", "violence/graphic"})
"""What games are about: a flag of OpenAI's own says nothing there."""


def findings_of(result: ModerationResult, limits: Mapping[str, Limit]) -> Iterator[Finding]:
    """A flag of OpenAI's own counts as a doubt even below our limits, except for violence. A category that we do not
    know yet is a doubt when flagged."""
    for name, limit in limits.items():
        score = result.category_scores.get(name) or 0.0
        flagged = bool(result.categories.get(name)) and name not in FANTASY
        if score >= limit.reject:
            yield _finding(limit.code, Decision.REJECTED, name)
        elif score >= limit.review or flagged:
            yield _finding(limit.code, Decision.REVIEW, name)
    if unknown := sorted(name for name, flag in result.categories.items() if flag and name not in limits):
        yield _finding(Code.PROVIDER_UNSURE, Decision.REVIEW, unknown[0])


def scores_of(result: ModerationResult, limits: Mapping[str, Limit]) -> dict[str, float]:
    return {name: score for name in limits if (score := result.category_scores.get(name)) is not None}


def _finding(code: Code, decision: Decision, name: str) -> Finding:
    return Finding("safety", decision, Reason(code, f"the text or the image was judged as {name}"))
