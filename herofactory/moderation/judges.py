"""The moderator that the settings choose, under one policy."""

from __future__ import annotations

from herofactory.moderation.budget import Budget, Spending
from herofactory.moderation.cache import CachedModerator
from herofactory.moderation.glossary_nouns import glossary_nouns
from herofactory.moderation.layered import LayeredModerator
from herofactory.moderation.lexicon import Lexicon
from herofactory.moderation.moderator import Moderator
from herofactory.moderation.policy import Policy
from herofactory.moderation.rules import LocalRules
from herofactory.moderation.storage import PostgresAnswers, PostgresBudget, PostgresVerdictCache
from herofactory.platform.clock import SystemClock
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings


def judge_of(settings: Settings, database: Database, policy: Policy, budget: Budget | None = None) -> Moderator:
    """Local rules, with OpenAI behind them where it is chosen. `budget`: the day's where none is given."""
    lexicon = Lexicon.core().extended(glossary_nouns()) if policy.glossary else Lexicon.core()
    local = LocalRules(lexicon, policy)
    if settings.moderation == "local":
        return local
    from herofactory.moderation.openai import OpenAIModerator

    assert settings.openai_api_key is not None  # Settings sees to it
    remote = OpenAIModerator(
        settings.openai_api_key.get_secret_value(),
        budget or daily_budget(settings, database),
        model=settings.openai_model,
        base_url=settings.openai_base_url,
        timeout_s=settings.moderation_timeout_s,
        policy=policy,
        answers=PostgresAnswers(database),
    )
    return LayeredModerator([local, CachedModerator(remote, PostgresVerdictCache(database))])


def daily_budget(settings: Settings, database: Database) -> Budget:
    limit = Spending(settings.moderation_daily_calls, settings.moderation_daily_micro_usd)
    return PostgresBudget(database, limit, SystemClock())
