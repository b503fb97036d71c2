"""What one judgement has really cost so far."""

from __future__ import annotations

from herofactory.moderation.budget import NOTHING, Spending
from herofactory.moderation.openai.answer import read_usage
from herofactory.moderation.openai.pricing import Pricing


class Meter:
    """A call that failed is not counted: an outage must not eat the budget. A paid answer that does not say what it
    cost counts as the estimate."""

    def __init__(self, pricing: Pricing, estimate: Spending) -> None:
        self._pricing = pricing
        self._estimate = estimate
        self.spent = NOTHING

    def count_free(self) -> None:
        self.spent = Spending(self.spent.calls + 1, self.spent.micro_usd)

    def count_paid(self, body: bytes) -> None:
        usage = read_usage(body)
        cost = self._pricing.cost(usage.prompt_tokens, usage.completion_tokens) if usage else self._estimate.micro_usd
        self.spent = Spending(self.spent.calls + 1, cost)
