"""Verdicts remembered by content, so that the same content is never paid for twice."""

from __future__ import annotations

import hashlib
from typing import Protocol

from herofactory.moderation.budget import NOTHING, Spending
from herofactory.moderation.moderator import Moderator, close, missing
from herofactory.moderation.subject import Subject, content_hash
from herofactory.moderation.verdict import Verdict


class VerdictCache(Protocol):
    """Keys are 64 hex digits. A lost entry costs one more call; a wrong one would list what must not be listed, so an
    implementation stores `Verdict.to_json` whole and answers None for what it cannot read."""

    async def get(self, key: str) -> Verdict | None: ...

    async def put(self, key: str, verdict: Verdict) -> None:
        """Called twice for one key when two workers judge the same content; either verdict may stay."""


def cache_key(policy: str, subject: Subject) -> str:
    """Content and policy: another policy judges anew."""
    return hashlib.sha256(f"{policy}\0{content_hash(subject)}".encode()).hexdigest()


class CachedModerator:
    """Asks the cache first and keeps what says something about the content; a doubt about the provider is not kept."""

    def __init__(self, moderator: Moderator, cache: VerdictCache) -> None:
        self._moderator = moderator
        self._cache = cache

    @property
    def policy(self) -> str:
        return self._moderator.policy

    async def judge(self, subject: Subject) -> Verdict:
        """A cached verdict costs nothing: its `cost_micro_usd` is what was paid when it was made."""
        key = cache_key(self.policy, subject)
        if (known := await self._cache.get(key)) is not None:
            return known
        verdict = await self._moderator.judge(subject)
        if verdict.about_content:
            await self._cache.put(key, verdict)
        return verdict

    async def missing(self, subject: Subject) -> Spending:
        known = await self._cache.get(cache_key(self.policy, subject))
        return NOTHING if known else await missing(self._moderator, subject)

    async def aclose(self) -> None:
        await close(self._moderator)


class MemoryVerdictCache:
    """For one process and for tests. Keeps `capacity` verdicts, the oldest leave first."""

    def __init__(self, capacity: int = 10_000) -> None:
        self._capacity = capacity
        self._verdicts: dict[str, Verdict] = {}

    async def get(self, key: str) -> Verdict | None:
        return self._verdicts.get(key)

    async def put(self, key: str, verdict: Verdict) -> None:
        self._verdicts[key] = verdict
        while len(self._verdicts) > self._capacity:
            del self._verdicts[next(iter(self._verdicts))]
