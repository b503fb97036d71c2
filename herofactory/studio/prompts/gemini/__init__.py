"""Gemini as a provider of prompts."""

from __future__ import annotations

from herofactory.studio.prompts.gemini.client import GeminiClient
from herofactory.studio.prompts.gemini.maker import GeminiMaker

__all__ = ["GeminiClient", "GeminiMaker"]
