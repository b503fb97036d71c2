"""Requests over Google's client, and every failure told as one of two kinds.

The key is in no message: messages are our own words, not the server's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import httpx

from herofactory.studio.prompts.gemini import question
from herofactory.studio.prompts.wish import RemoteFailed, Wish

if TYPE_CHECKING:
    from google.genai import Client
    from google.genai.types import Content, GenerateContentConfig, GenerateContentResponse

T = TypeVar("T")
BUSY = frozenset({408, 429, 500, 502, 503, 504})


class RemoteBusy(RemoteFailed):
    """Worth another try in a moment."""


@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    input_tokens: int | None
    output_tokens: int | None
    """Thoughts included. None where the server does not say."""


class GeminiClient:
    def __init__(self, api_key: str, *, model: str, base_url: str | None = None, timeout_s: float = 20.0) -> None:
        """`timeout_s`: seconds for one whole request, however slowly its bytes trickle in."""
        self._api_key = api_key
        self.model = model
        self._base_url = base_url
        self._timeout_s = timeout_s
        self._opened: Client | None = None
        self._http: httpx.AsyncClient | None = None

    async def ask(self, wish: Wish) -> Answer:
        """Raises RemoteBusy or RemoteFailed."""
        models = self._open().aio.models
        asked = models.generate_content(model=self.model, contents=[*_contents(wish)], config=_config())
        return _answer(await self._send(asked))

    async def embed(self, text: str, model: str, dimensions: int) -> Sequence[float]:
        """Raises RemoteBusy or RemoteFailed."""
        from google.genai.types import EmbedContentConfig

        config = EmbedContentConfig(output_dimensionality=dimensions, task_type="SEMANTIC_SIMILARITY")
        asked = self._open().aio.models.embed_content(model=model, contents=text, config=config)
        found = (await self._send(asked)).embeddings
        return (found[0].values or ()) if found else ()

    async def aclose(self) -> None:
        if self._opened is not None:
            await self._opened.aio.aclose()
            self._opened.close()
            self._opened = None
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    def _open(self) -> Client:
        """Imported on first use: the package takes a second and tens of megabytes."""
        if self._opened is None:
            from google.genai import Client
            from google.genai.types import HttpOptions, HttpRetryOptions

            once = HttpRetryOptions(attempts=1)  # retries are ours
            timeout_ms = int(self._timeout_s * 1000)
            # A client of ours, or it takes whichever of three HTTP libraries it finds.
            self._http = httpx.AsyncClient(timeout=self._timeout_s)
            options = HttpOptions(
                base_url=self._base_url, timeout=timeout_ms, retry_options=once, httpx_async_client=self._http
            )
            self._opened = Client(api_key=self._api_key, vertexai=False, http_options=options)
        return self._opened

    async def _send(self, request: Awaitable[T]) -> T:
        from google.genai.errors import APIError

        try:
            async with asyncio.timeout(self._timeout_s):
                return await request
        except TimeoutError:
            raise RemoteBusy(f"Gemini did not answer within {self._timeout_s:g} s") from None
        except APIError as error:
            raise _sorted(error.code) from None
        except (httpx.HTTPError, ValueError) as error:  # the latter: an answer that is no JSON, or of another shape
            raise RemoteBusy(f"Gemini's client failed: {type(error).__name__}") from None


def _sorted(status: int) -> RemoteFailed:
    if status in BUSY:
        return RemoteBusy(f"Gemini is not available (HTTP {status})")
    if status in (401, 403):
        return RemoteFailed(f"Gemini does not accept the key (HTTP {status}): check GEMINI_API_KEY")
    return RemoteFailed(f"Gemini refused the request (HTTP {status}): check HERO_GEMINI_MODEL and the key")


def _contents(wish: Wish) -> Sequence[Content]:
    import json

    from google.genai.types import Content as Said
    from google.genai.types import Part, UserContent

    said: list[Content] = []
    for example, answer in question.EXAMPLES:
        said.append(UserContent(parts=[Part(text=question.block(example))]))
        said.append(Said(role="model", parts=[Part(text=json.dumps(answer, ensure_ascii=False))]))
    sketch = [Part.from_bytes(data=wish.sketch, mime_type="image/png")] if wish.sketch else []
    return [*said, UserContent(parts=[Part(text=question.block(wish)), *sketch])]


def _config() -> GenerateContentConfig:
    from google.genai.types import GenerateContentConfig, Schema

    return GenerateContentConfig(
        system_instruction=question.INSTRUCTION,
        response_mime_type="application/json",
        response_schema=Schema.model_validate(question.SCHEMA),
        temperature=0.3,
        seed=0,
        max_output_tokens=question.MAX_ANSWER_TOKENS,
    )


def _answer(response: GenerateContentResponse) -> Answer:
    feedback = response.prompt_feedback
    if feedback and feedback.block_reason:
        raise RemoteFailed("Gemini blocked the request")
    first = response.candidates[0] if response.candidates else None
    reason = first.finish_reason.name if first and first.finish_reason else "none"
    parts = (first.content.parts or ()) if first and first.content else ()
    text = "".join(part.text for part in parts if part.text and not part.thought)
    if reason != "STOP" or not text:
        raise RemoteFailed(f"Gemini gave no whole answer (it ended with {reason[:40]})")
    usage = response.usage_metadata
    if usage is None:
        return Answer(text, None, None)
    written = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
    return Answer(text, usage.prompt_token_count, written)
