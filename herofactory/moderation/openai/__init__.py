"""The OpenAI provider: one moderation call on text and picture, one structured question on category and tags."""

from __future__ import annotations

from herofactory.moderation.openai.moderator import OpenAIModerator
from herofactory.moderation.openai.pricing import Pricing

__all__ = ["OpenAIModerator", "Pricing"]
