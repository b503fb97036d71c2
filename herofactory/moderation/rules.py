"""The local moderator: deterministic rules without network, marked `local-rules` in every verdict.

It approves unless there is positive evidence against. Unknown words, odd style and many similar items of one seller
are no evidence. Text is data: a text that tells the moderator what to do is judged like any other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from herofactory.moderation import policies
from herofactory.moderation.category import check_category
from herofactory.moderation.datafile import digest
from herofactory.moderation.image import check_image
from herofactory.moderation.lexicon import Lexicon
from herofactory.moderation.links import check_links
from herofactory.moderation.messengers import check_messengers
from herofactory.moderation.minors import check_minors
from herofactory.moderation.personal import check_personal_data
from herofactory.moderation.phones import check_phones
from herofactory.moderation.phrases import check_phrases
from herofactory.moderation.policy import Policy
from herofactory.moderation.repetition import check_repetition
from herofactory.moderation.subject import Subject
from herofactory.moderation.tags import suggest_tags
from herofactory.moderation.text import MAX_VIEW, View
from herofactory.moderation.verdict import Code, Decision, Finding, Reason, Verdict, scores_of, strictest

CODE_MARK: Final = ""
"""Raised by hand when a rule's code changes; the tables are covered by their digest, the policy by its name."""
AREAS: Final = ("category", "contact", "personal_data", "safety", "spam", "image")
Check = Callable[[View], Iterator[Finding]]


class LocalRules:
    def __init__(self, lexicon: Lexicon | None = None, policy: Policy | None = None) -> None:
        """`policy`: the first one where none is given."""
        self._lexicon = lexicon or Lexicon.core()
        self._rules = policy or policies.first()
        phrases = partial(check_phrases, further=self._rules.phrases)
        self._checks: Sequence[Check] = (
            check_phones,
            check_links,
            check_messengers,
            check_personal_data,
            phrases,
            check_repetition,
        )
        self._policy = f"local-{self._rules.name}+{digest()}{self._lexicon.mark}{CODE_MARK}"

    @property
    def policy(self) -> str:
        return self._policy

    async def judge(self, subject: Subject) -> Verdict:
        """Raises nothing. Texts are judged on the spot (~1 ms, tens for 5,000 characters), pictures in a thread."""
        found = list(self.check_texts(subject))
        if subject.image is not None:
            found += await asyncio.to_thread(lambda image: list(check_image(image)), subject.image)
        findings = list(self._rules.ruled(found))
        name, description = (View(field, text).folded for field, text in subject.texts()[:2])
        return Verdict(
            decision=strictest(finding.decision for finding in findings),
            policy=self.policy,
            provider="local-rules",
            reasons=tuple(dict.fromkeys(finding.reason for finding in findings)),
            tags=suggest_tags(name, description, self._lexicon),
            scores=scores_of(AREAS, findings),
        )

    def check_texts(self, subject: Subject) -> Iterator[Finding]:
        views = [View(field, text) for field, text in subject.texts()]
        yield from check_category(subject.category, views[0].folded, self._lexicon)
        for view in views:
            yield from self._check_text(view)
        yield from check_minors(View("item", "\n".join(text for _, text in subject.texts())))

    def _check_text(self, view: View) -> Iterator[Finding]:
        if view.too_long:
            reason = Reason(Code.TEXT_TOO_LONG, f"the {view.field} is longer than {MAX_VIEW} characters: shorten it")
            yield Finding("spam", Decision.REVIEW, reason)
        for check in self._checks:
            yield from check(view)
