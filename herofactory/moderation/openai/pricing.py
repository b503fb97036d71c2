"""What the calls cost, in micro-USD (1e-6 USD), and what they may cost at most before they are made."""

from __future__ import annotations

import math
from dataclasses import dataclass

from herofactory.moderation.budget import Spending
from herofactory.moderation.openai.question import INSTRUCTION, MAX_ANSWER_TOKENS, OVERHEAD_TOKENS
from herofactory.moderation.subject import Subject

CALLS = 2


@dataclass(frozen=True, slots=True)
class Pricing:
    """Micro-USD per token, which is USD per million tokens. The moderation endpoint is free of charge.

    The defaults are gpt-4o-mini's list prices; prices change, so set them with the model.
    """

    input_token: float = 0.15
    output_token: float = 0.60

    def cost(self, input_tokens: int, output_tokens: int) -> int:
        return math.ceil(input_tokens * self.input_token + output_tokens * self.output_token)

    def estimate(self, subject: Subject) -> Spending:
        """An upper bound: no token is shorter than a byte, and JSON escapes at most six bytes for one character."""
        text = sum(len(text) for _, text in subject.texts()) * 6 + len(INSTRUCTION.encode())
        return Spending(CALLS, self.cost(text + OVERHEAD_TOKENS, MAX_ANSWER_TOKENS))
