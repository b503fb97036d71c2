"""Verdicts under the event that asked for them, in memory; and a moderator who counts what he is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import cast
from uuid import UUID

from herofactory.moderation.moderator import ProviderUnavailable
from herofactory.moderation.results import ModerationResults, Result
from herofactory.moderation.subject import Subject
from herofactory.moderation.verdict import Code, Decision, Reason, Verdict

BAD = "나쁜"
"""A name with this word in it is rejected."""


class MemoryResults:
    def __init__(self) -> None:
        self.kept: dict[UUID, Result] = {}

    @property
    def results(self) -> ModerationResults:
        """For whoever asks for them by type."""
        return cast(ModerationResults, self)

    async def wanted(self, item_id: UUID, content_revision: int) -> bool:
        return True

    async def get(self, event_id: UUID, *_content: object) -> Result | None:
        return self.kept.get(event_id)

    async def known(self, event_ids: Collection[UUID]) -> Collection[UUID]:
        return self.kept.keys() & set(event_ids)

    async def keep(
        self, event_id: UUID, item_id: UUID, content_revision: int, verdict: Verdict, decided_at: datetime
    ) -> Result:
        return self.kept.setdefault(event_id, Result(verdict, decided_at))


class WordModerator:
    policy = "words"

    def __init__(self) -> None:
        self.asked: Counter[tuple[str, str]] = Counter()
        """By item and name."""
        self.is_down = False

    async def judge(self, subject: Subject) -> Verdict:
        if self.is_down:
            raise ProviderUnavailable("the provider does not answer")
        self.asked[subject.item_id, subject.name] += 1
        if BAD in subject.name:
            reason = Reason(Code.SPAM, "bad")
            return Verdict(Decision.REJECTED, self.policy, "local-rules", (reason,))
        return Verdict(Decision.APPROVED, self.policy, "local-rules")
