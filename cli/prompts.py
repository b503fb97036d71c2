"""The provider of prompts that the settings choose."""

from __future__ import annotations

from herofactory.moderation import Spending
from herofactory.moderation.storage import PostgresBudget
from herofactory.platform.clock import SystemClock
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings
from herofactory.studio.prompts.embedding import Embedder, LocalEmbedder
from herofactory.studio.prompts.gemini.client import GeminiClient
from herofactory.studio.prompts.gemini.maker import GeminiMaker
from herofactory.studio.prompts.makers import Cached, GlossaryMaker, WithFallback
from herofactory.studio.prompts.optimiser import Optimiser
from herofactory.studio.prompts.remote_embedding import EmbedderWithFallback, GeminiEmbedder, OpenAIEmbedder
from herofactory.studio.prompts.storage import PostgresPromptCache
from herofactory.studio.prompts.wish import Maker


def optimiser_of(settings: Settings, database: Database) -> Optimiser:
    """The game glossary, or Gemini with the glossary behind it."""
    maker: Maker = GlossaryMaker()
    if settings.prompts == "gemini":
        limit = Spending(settings.prompts_daily_calls, settings.prompts_daily_micro_usd)
        budget = PostgresBudget(database, limit, SystemClock(), table="prompt_budget")
        maker = WithFallback(GeminiMaker(_gemini(settings), budget), maker)
    return Optimiser(Cached(maker, PostgresPromptCache(database)), _embedder(settings))


def _embedder(settings: Settings) -> Embedder:
    if settings.prompts_embedder == "gemini":
        return EmbedderWithFallback(GeminiEmbedder(_gemini(settings)))
    if settings.prompts_embedder == "openai":
        assert settings.openai_api_key is not None  # Settings sees to it
        key, url = settings.openai_api_key.get_secret_value(), settings.openai_base_url
        return EmbedderWithFallback(OpenAIEmbedder(key, base_url=url, timeout_s=settings.prompts_timeout_s))
    return LocalEmbedder()


def _gemini(settings: Settings) -> GeminiClient:
    assert settings.gemini_api_key is not None  # Settings sees to it
    return GeminiClient(
        settings.gemini_api_key.get_secret_value(),
        model=settings.gemini_model,
        base_url=settings.gemini_base_url,
        timeout_s=settings.prompts_timeout_s,
    )
