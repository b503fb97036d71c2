"""The local provider, and what is put round a remote one: a cache and a way out."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from herofactory.glossary import Glossary
from herofactory.studio.prompts.datafile import digest
from herofactory.studio.prompts.draft import Draft
from herofactory.studio.prompts.storage import PromptCache
from herofactory.studio.prompts.translate import translate
from herofactory.studio.prompts.wish import Maker, RemoteFailed, Wish, cache_key

POLICY = "glossary-2026-11"
"""Raised by hand when the code translates differently; the tables are covered by their digests."""
_log = logging.getLogger(__name__)


class GlossaryMaker:
    @property
    def policy(self) -> str:
        return f"{POLICY}+{digest()}{Glossary.load().fingerprint}"

    async def make(self, wish: Wish) -> Draft:
        return await asyncio.to_thread(translate, wish.text)


class WithFallback:
    """The remote one; where it fails the local one, whose draft says so."""

    def __init__(self, remote: Maker, local: Maker) -> None:
        self._remote = remote
        self._local = local

    @property
    def policy(self) -> str:
        return f"{self._remote.policy}/{self._local.policy}"

    async def make(self, wish: Wish) -> Draft:
        try:
            return await self._remote.make(wish)
        except RemoteFailed as error:
            _log.warning("prompt made by the glossary instead: %s", error)
            return replace(await self._local.make(wish), provider="glossary-fallback")


class Cached:
    """Keeps what a provider said; not what another said in its place, nor that nothing could be said."""

    def __init__(self, maker: Maker, cache: PromptCache) -> None:
        self._maker = maker
        self._cache = cache

    @property
    def policy(self) -> str:
        return self._maker.policy

    async def make(self, wish: Wish) -> Draft:
        key = cache_key(self.policy, wish)
        known = await self._cache.get(key)
        if known is not None:
            return known
        draft = await self._maker.make(wish)
        if draft.english and draft.provider != "glossary-fallback":
            await self._cache.put(key, draft)
        return draft
