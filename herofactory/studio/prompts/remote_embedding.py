"""Embedders over the network; one that fails is made up for by the local one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from herofactory.studio.prompts.embedding import DIMENSIONS, Embedder, Embedding, LocalEmbedder, normalised
from herofactory.studio.prompts.wish import RemoteFailed

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from herofactory.studio.prompts.gemini.client import GeminiClient

GEMINI_MODEL = "gemini-embedding-001"
OPENAI_MODEL = "text-embedding-3-small"
_log = logging.getLogger(__name__)


class GeminiEmbedder:
    def __init__(self, client: GeminiClient) -> None:
        self._client = client

    async def embed(self, english: str) -> Embedding:
        """Raises RemoteFailed."""
        return _checked(await self._client.embed(english, GEMINI_MODEL, DIMENSIONS), GEMINI_MODEL)


class OpenAIEmbedder:
    def __init__(self, api_key: str, *, base_url: str, timeout_s: float) -> None:
        self._api_key = api_key
        self._base_url = base_url
        self._timeout_s = timeout_s
        self._opened: AsyncOpenAI | None = None

    async def embed(self, english: str) -> Embedding:
        """Raises RemoteFailed."""
        import openai

        if self._opened is None:
            self._opened = openai.AsyncOpenAI(
                api_key=self._api_key, base_url=self._base_url, timeout=self._timeout_s, max_retries=1
            )
        try:
            async with asyncio.timeout(2 * self._timeout_s):
                answer = await self._opened.embeddings.create(model=OPENAI_MODEL, input=english, dimensions=DIMENSIONS)
        except (TimeoutError, openai.OpenAIError) as error:
            raise RemoteFailed(f"OpenAI gave no embedding ({type(error).__name__})") from None
        return _checked(answer.data[0].embedding if answer.data else (), OPENAI_MODEL)

    async def aclose(self) -> None:
        if self._opened is not None:
            await self._opened.close()
            self._opened = None


class EmbedderWithFallback:
    def __init__(self, remote: Embedder) -> None:
        self._remote = remote
        self._local = LocalEmbedder()

    async def embed(self, english: str) -> Embedding:
        try:
            return await self._remote.embed(english)
        except RemoteFailed as error:
            _log.warning("prompt embedded locally instead: %s", error)
            return await self._local.embed(english)


def _checked(values: Sequence[float], embedder: str) -> Embedding:
    if len(values) != DIMENSIONS or not any(values):
        raise RemoteFailed(f"{embedder} gave {len(values)} values instead of {DIMENSIONS}")
    return Embedding(normalised(values), embedder)
