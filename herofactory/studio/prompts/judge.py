"""What may be asked for in words."""

from __future__ import annotations

from collections.abc import Iterable

from herofactory.moderation import Decision, LocalRules, Subject
from herofactory.studio.prompts.optimised import Reason


def reasons_against(rules: LocalRules, *texts: str) -> tuple[Reason, ...]:
    """What `rules` have against any of the texts. There is nobody to look at a prompt, so a doubt is enough."""
    return tuple(dict.fromkeys(_against(rules, texts)))


def _against(rules: LocalRules, texts: Iterable[str]) -> Iterable[Reason]:
    for text in texts:
        # A category is a must for a subject; `ui` has every noun in it, and an empty name says nothing against it.
        for finding in rules.check_texts(Subject("", "", "", text, "ui")):
            if finding.decision is not Decision.APPROVED:
                yield Reason(finding.reason.code.value, finding.reason.detail.replace("description", "text"))
