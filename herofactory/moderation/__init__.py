"""Moderation: a subject goes in, a verdict comes out, and without a verdict nothing is listed."""

from __future__ import annotations

from herofactory.moderation.budget import Budget, DailyBudget, Spending
from herofactory.moderation.cache import CachedModerator, MemoryVerdictCache, VerdictCache, cache_key
from herofactory.moderation.layered import LayeredModerator
from herofactory.moderation.lexicon import CATEGORIES, Lexicon
from herofactory.moderation.moderator import (
    ModerationError,
    Moderator,
    ProviderAnswerInvalid,
    ProviderRefused,
    ProviderUnavailable,
)
from herofactory.moderation.rules import LocalRules
from herofactory.moderation.subject import Subject, content_hash
from herofactory.moderation.verdict import MAX_TAGS, Code, Decision, Provider, Reason, Verdict

__all__ = [
    "CATEGORIES",
    "MAX_TAGS",
    "Budget",
    "CachedModerator",
    "Code",
    "DailyBudget",
    "Decision",
    "LayeredModerator",
    "Lexicon",
    "LocalRules",
    "MemoryVerdictCache",
    "ModerationError",
    "Moderator",
    "Provider",
    "ProviderAnswerInvalid",
    "ProviderRefused",
    "ProviderUnavailable",
    "Reason",
    "Spending",
    "Subject",
    "Verdict",
    "VerdictCache",
    "cache_key",
    "content_hash",
]
