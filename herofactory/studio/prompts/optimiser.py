"""The whole way from a wish to a prompt that may be drawn: rules, provider, rules."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from herofactory.moderation import LocalRules
from herofactory.studio.prompts.draft import Draft
from herofactory.studio.prompts.embedding import Embedder
from herofactory.studio.prompts.judge import reasons_against
from herofactory.studio.prompts.optimised import Optimised, Reason
from herofactory.studio.prompts.wish import Maker, Wish

_UNTRANSLATABLE = "no word of the text is known here: describe it with other words, or in English"


class Optimiser:
    def __init__(self, maker: Maker, embedder: Embedder, rules: LocalRules | None = None) -> None:
        self._maker = maker
        self._embedder = embedder
        self._rules = rules or LocalRules()

    async def optimise(self, wish: Wish) -> Optimised:
        """Raises what the cache's database raises; a provider that fails is made up for."""
        against = await asyncio.to_thread(reasons_against, self._rules, wish.text)
        if against:
            return Optimised(None, "PROMPT_REJECTED", against)
        draft = await self._maker.make(wish)
        if not draft.english:
            return Optimised(None, "PROMPT_UNTRANSLATABLE", (Reason("PROMPT_UNTRANSLATABLE", _UNTRANSLATABLE),))
        against = await asyncio.to_thread(reasons_against, self._rules, *_shown(draft))
        if against:
            return Optimised(None, "PROMPT_REJECTED", against)
        made = await self._embedder.embed(draft.subject)
        return Optimised(draft, embedding=made.values, embedder=made.embedder)


def _shown(draft: Draft) -> Iterable[str]:
    return draft.english, ", ".join(f"{word.korean} {word.english}" for word in draft.keywords)
