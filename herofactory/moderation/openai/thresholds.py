"""From OpenAI's scores to findings. Fantasy violence is what games are about, so violence alone never rejects."""

from __future__ import annotations

from collections.abc import Iterator

from herofactory.moderation.openai.answer import ModerationResult
from herofactory.moderation.verdict import Code, Decision, Finding, Reason

NEVER = 2.0
"""Above every score."""
LIMITS: dict[str, tuple[Code, float, float]] = {
    # category: (code, review from, reject from). OpenAI gives no calibration; these are ours, to be tuned on verdicts.
    "sexual/minors": (Code.UNSAFE_MINOR, 0.05, 0.30),
    "sexual": (Code.UNSAFE_SEXUAL, 0.30, 0.80),
    "hate": (Code.UNSAFE_HATE, 0.35, 0.75),
    "hate/threatening": (Code.UNSAFE_HATE, 0.25, 0.60),
    "harassment": (Code.UNSAFE_HATE, 0.50, 0.90),
    "harassment/threatening": (Code.UNSAFE_HATE, 0.50, 0.90),
    "self-harm": (Code.UNSAFE_SELF_HARM, 0.40, 0.85),
    "self-harm/intent": (Code.UNSAFE_SELF_HARM, 0.40, 0.85),
    "self-harm/instructions": (Code.UNSAFE_SELF_HARM, 0.30, 0.70),
    "illicit": (Code.UNSAFE_ILLEGAL, 0.60, 0.95),
    "illicit/violent": (Code.UNSAFE_ILLEGAL, 0.60, 0.95),
    "violence": (Code.UNSAFE_GORE, 0.95, NEVER),
    "violence/graphic": (Code.UNSAFE_GORE, 0.80, NEVER),
}
FANTASY = frozenset({"violence", "violence/graphic"})


def findings_of(result: ModerationResult) -> Iterator[Finding]:
    """A flag of OpenAI's own counts as a doubt even below our limits, except for violence. A category that we do not
    know yet is a doubt when flagged."""
    for name, (code, review, reject) in LIMITS.items():
        score = result.category_scores.get(name) or 0.0
        flagged = bool(result.categories.get(name)) and name not in FANTASY
        if score >= reject:
            yield _finding(code, Decision.REJECTED, name)
        elif score >= review or flagged:
            yield _finding(code, Decision.REVIEW, name)
    if unknown := sorted(name for name, flag in result.categories.items() if flag and name not in LIMITS):
        yield _finding(Code.PROVIDER_UNSURE, Decision.REVIEW, unknown[0])


def scores_of(result: ModerationResult) -> dict[str, float]:
    return {name: score for name in LIMITS if (score := result.category_scores.get(name)) is not None}


def _finding(code: Code, decision: Decision, name: str) -> Finding:
    return Finding("safety", decision, Reason(code, f"the text or the image was judged as {name}"))
