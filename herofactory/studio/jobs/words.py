"""The words of a wish: judged, and put into English."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from herofactory.catalog.text import InvalidField
from herofactory.moderation import LocalRules
from herofactory.studio.jobs.errors import PromptRejected
from herofactory.studio.prompts.judge import reasons_against

English = Callable[[str], tuple[str, str]]
"""From what was typed to an English prompt and a negative one; an empty prompt: nothing could be translated."""


def local_english(text: str) -> tuple[str, str]:
    """Our own translator, without network: some milliseconds, half a second the first time in a process."""
    from herofactory.studio.prompts.translate import translate

    draft = translate(text)
    return draft.english, draft.negative


class Words:
    def __init__(self, rules: LocalRules, english: English = local_english) -> None:
        self._rules = rules
        self._english = english

    async def english(self, text: str) -> tuple[str, str]:
        """Prompt and negative prompt. Raises InvalidField."""
        prompt, negative = await asyncio.to_thread(self._english, text)
        if not prompt:
            raise InvalidField("text", "no word of it is known here: say it in other words, or in English")
        return prompt, negative

    def check(self, text: str) -> None:
        """Raises PromptRejected for words that the rules doubt."""
        if reasons := reasons_against(self._rules, text):
            raise PromptRejected(tuple((reason.code, reason.detail) for reason in reasons))
