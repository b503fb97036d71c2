"""Prompts: a wish in Korean or English becomes words an image model understands."""

from __future__ import annotations

from herofactory.studio.prompts.draft import Draft, Language
from herofactory.studio.prompts.translate import translate

__all__ = ["Draft", "Language", "translate"]
