"""The words of a wish: judged, and put into English."""

from __future__ import annotations

from collections.abc import Callable

from herofactory.moderation import LocalRules
from herofactory.moderation.subject import Subject
from herofactory.moderation.verdict import Decision
from herofactory.studio.jobs.errors import PromptRejected

English = Callable[[str], tuple[str, str]]
"""From what was typed to an English prompt and a negative one."""


class Words:
    def __init__(self, rules: LocalRules, english: English = lambda text: (text, "")) -> None:
        self._rules = rules
        self.english = english

    def check(self, text: str) -> None:
        """Raises PromptRejected for words that are clearly against the rules; a mere doubt is left to the picture."""
        findings = [
            finding
            for finding in self._rules.check_texts(Subject("", "", "", text, ""))
            if finding.area != "category" and finding.decision is Decision.REJECTED
        ]
        reasons = dict.fromkeys(finding.reason for finding in findings)
        if reasons:
            raise PromptRejected(tuple((reason.code.value, reason.detail) for reason in reasons))
