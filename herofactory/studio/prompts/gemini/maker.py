"""Gemini as a provider of prompts: within a budget, tried a few times, its answer checked."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Final

from herofactory.moderation import Budget, Spending
from herofactory.studio.prompts.draft import Draft
from herofactory.studio.prompts.gemini import answer, question
from herofactory.studio.prompts.gemini.client import Answer, GeminiClient, RemoteBusy
from herofactory.studio.prompts.wish import RemoteFailed, Wish

POLICY: Final = "gemini-2026-11"
ATTEMPTS: Final = 3
LONGEST_WAIT_S: Final = 4.0
SKETCH_TOKENS: Final = 4 * 258
"""Gemini counts 258 tokens for each tile of 768 pixels; ours are at most 1024 pixels a side."""


@dataclass(frozen=True, slots=True)
class Pricing:
    """Micro-USD per token, which is USD per million tokens: gemini-2.5-flash's list prices. Set them with the model."""

    input_token: float = 0.30
    output_token: float = 2.50

    def cost(self, input_tokens: int, output_tokens: int) -> int:
        return math.ceil(input_tokens * self.input_token + output_tokens * self.output_token)

    def estimate(self, wish: Wish) -> Spending:
        """An upper bound: no token is shorter than a byte."""
        asked = len((question.INSTRUCTION + json.dumps([each[1] for each in question.EXAMPLES])).encode())
        asked += 2 * len(question.block(wish).encode()) + (SKETCH_TOKENS if wish.sketch else 0)
        return Spending(1, self.cost(asked, question.MAX_ANSWER_TOKENS))


class GeminiMaker:
    def __init__(
        self, client: GeminiClient, budget: Budget, pricing: Pricing | None = None, *, first_wait_s: float = 0.5
    ) -> None:
        """`first_wait_s`: before the second attempt; doubled each time, with a random part."""
        self._client = client
        self._budget = budget
        self._pricing = pricing or Pricing()
        self._first_wait_s = first_wait_s

    @property
    def policy(self) -> str:
        return f"{POLICY}+{question.digest()}:{self._client.model}"

    async def make(self, wish: Wish) -> Draft:
        """Raises RemoteFailed: unreachable, refused, over budget, or an answer that leaves a doubt."""
        from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

        wait = wait_exponential_jitter(self._first_wait_s, LONGEST_WAIT_S, jitter=self._first_wait_s)
        retrying = AsyncRetrying(
            stop=stop_after_attempt(ATTEMPTS), wait=wait, retry=retry_if_exception_type(RemoteBusy), reraise=True
        )
        return answer.read((await retrying(self._ask, wish)).text, wish.text)

    async def _ask(self, wish: Wish) -> Answer:
        estimate = self._pricing.estimate(wish)
        if not await self._budget.take(estimate):
            raise RemoteFailed("today's budget for prompts is spent")
        spent = Spending(0, 0)  # an attempt that failed gives its reservation back
        try:
            told = await self._client.ask(wish)
            spent = self._cost(told, estimate)
            return told
        finally:
            await self._budget.settle(estimate, spent)

    def _cost(self, told: Answer, estimate: Spending) -> Spending:
        if told.input_tokens is None or told.output_tokens is None:
            return estimate
        return Spending(1, self._pricing.cost(told.input_tokens, told.output_tokens))
