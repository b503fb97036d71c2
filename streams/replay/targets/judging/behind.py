"""A generation beside the one in use: what that one pays for is not paid again."""

from __future__ import annotations

from datetime import timedelta

from herofactory.moderation.budget import NOTHING
from herofactory.moderation.moderator import Moderator, NotJudged, ProviderUnavailable, close, missing
from herofactory.moderation.results import TARGET
from herofactory.moderation.subject import Subject
from herofactory.moderation.verdict import Code, Verdict
from herofactory.moderation.verdicts_of import verdict_of
from herofactory.platform.postgres.database import Database
from herofactory.platform.replay import generations

SOON_S = 1.0
GIVEN_UP = timedelta(minutes=5)
"""After which nobody waits for the generation in use: its agent may have set the event aside."""


class BehindLive:
    """A `Moderator`: asks only for what the generation in use has judged without asking."""

    def __init__(self, moderator: Moderator, database: Database, generation: int) -> None:
        self._moderator = moderator
        self._database = database
        self._generation = generation

    @property
    def policy(self) -> str:
        return self._moderator.policy

    async def judge(self, subject: Subject) -> Verdict:
        """Raises ProviderUnavailable, also while an answer is on its way; NotJudged where the budget is spent."""
        async with self._database.connection() as connection:
            in_use = await generations.active(connection, TARGET)
        if in_use == self._generation or await missing(self._moderator, subject) == NOTHING:
            return await self._moderator.judge(subject)
        if await self._is_waiting(subject.item_id, in_use):
            why = f"waits for generation {in_use}, which is in use, to judge item {subject.item_id}: it may have to ask"
            raise ProviderUnavailable(why, retry_after_s=SOON_S)
        verdict = await self._moderator.judge(subject)
        if any(reason.code is Code.BUDGET_EXHAUSTED for reason in verdict.reasons):
            raise NotJudged(f"item {subject.item_id} needs calls that the replay's budget does not allow")
        return verdict

    async def aclose(self) -> None:
        await close(self._moderator)

    async def _is_waiting(self, item_id: str, generation: int) -> bool:
        row = await self._database.fetch_one(
            f"""SELECT FROM items WHERE id = %s AND status = 'pending' AND updated_at > clock_timestamp() - %s::interval
                   AND NOT EXISTS {verdict_of(generation)}""",
            item_id,
            GIVEN_UP,
        )
        return row is not None
