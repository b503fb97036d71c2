"""Judging as it would be, without asking anybody and without a trace."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from herofactory.moderation.budget import NOTHING
from herofactory.moderation.moderator import Moderator, NotJudged, missing
from herofactory.moderation.results import Result, Results
from herofactory.moderation.subject import Subject
from herofactory.moderation.verdict import Verdict


class StoredOnly:
    """A `Moderator` that says nothing of what it would have to ask for."""

    def __init__(self, moderator: Moderator) -> None:
        self._moderator = moderator

    @property
    def policy(self) -> str:
        return self._moderator.policy

    async def judge(self, subject: Subject) -> Verdict:
        """Raises NotJudged."""
        if await missing(self._moderator, subject) != NOTHING:
            raise NotJudged("a trial asks nobody")
        return await self._moderator.judge(subject)


class NothingKept:
    """`Results` that know of nothing and keep nothing."""

    def __init__(self, results: Results) -> None:
        self._results = results

    async def wanted(self, item_id: UUID, content_revision: int) -> bool:
        return await self._results.wanted(item_id, content_revision)

    async def get(self, event_id: UUID, item_id: UUID, content_revision: int) -> Result | None:  # noqa: ARG002
        return None

    async def keep(
        self,
        event_id: UUID,  # noqa: ARG002
        item_id: UUID,  # noqa: ARG002
        content_revision: int,  # noqa: ARG002
        verdict: Verdict,
        decided_at: datetime,
    ) -> Result:
        return Result(verdict, decided_at, in_use=False)
