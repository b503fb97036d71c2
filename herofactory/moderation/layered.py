"""Local rules first, a paid provider for what they let pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from herofactory.moderation.budget import NOTHING, Spending
from herofactory.moderation.moderator import Moderator, close, missing
from herofactory.moderation.subject import Subject
from herofactory.moderation.verdict import MAX_TAGS, Verdict


class LayeredModerator:
    """The first moderator that does not approve decides; nothing is sent to those after it.

    So text with contact or personal data never leaves the house, and the second can only make a verdict stricter.
    """

    def __init__(self, moderators: Sequence[Moderator]) -> None:
        if not moderators:
            raise ValueError("a layered moderator needs at least one moderator: none would approve everything")
        self._moderators = tuple(moderators)

    @property
    def policy(self) -> str:
        return ";".join(moderator.policy for moderator in self._moderators)

    async def judge(self, subject: Subject) -> Verdict:
        tags: dict[str, None] = {}
        scores: dict[str, float] = {}
        for moderator in self._moderators:
            verdict = await moderator.judge(subject)
            tags = dict.fromkeys((*verdict.tags, *tags))
            scores |= verdict.scores
            if not verdict.decision.lists:
                break
        return replace(verdict, policy=self.policy, tags=tuple(tags)[:MAX_TAGS], scores=scores)

    async def missing(self, subject: Subject) -> Spending:
        """Of those that would be asked: the ones before them are judged by, to know."""
        for moderator in self._moderators:
            wanted = await missing(moderator, subject)
            if wanted != NOTHING or not (await moderator.judge(subject)).decision.lists:
                return wanted
        return NOTHING

    async def aclose(self) -> None:
        await close(*self._moderators)
