"""Two requests over the official client, and every failure sorted into outage or refusal.

Nothing here retries: the agent that runs the moderator backs off, pauses and goes on. The key is never logged and in
no error message: messages are our own words, not the server's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Protocol, TypeVar

from herofactory.moderation.moderator import ModerationError, ProviderRefused, ProviderUnavailable
from herofactory.moderation.openai import question
from herofactory.moderation.subject import Subject

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI

REFUSED_STATUS = frozenset({400, 413, 415, 422})
"""The provider will not take this request. Everything else that is no success is an outage, a wrong key included."""


class _Raw(Protocol):
    @property
    def content(self) -> bytes: ...


class OpenAIClient:
    def __init__(self, api_key: str, *, base_url: str, timeout_s: float) -> None:
        """`timeout_s`: seconds for one whole request, however slowly its bytes trickle in."""
        self._api_key = api_key
        self._base_url = base_url
        self._timeout_s = timeout_s
        self._opened: AsyncOpenAI | None = None

    async def moderate(self, subject: Subject, model: str) -> bytes:
        """The response body. Raises ProviderUnavailable or ProviderRefused."""
        request = self._open().moderations.with_raw_response.create(
            model=model, input=question.moderation_input(subject)
        )
        return (await self._send(request)).content

    async def ask(self, subject: Subject, model: str) -> bytes:
        """The response body. Raises ProviderUnavailable or ProviderRefused."""
        request = self._open().chat.completions.with_raw_response.create(
            model=model,
            messages=question.messages(subject),
            response_format=question.response_format(),
            max_completion_tokens=question.MAX_ANSWER_TOKENS,
            store=False,
        )
        return (await self._send(request)).content

    async def aclose(self) -> None:
        if self._opened is not None:
            await self._opened.close()
            self._opened = None

    def _open(self) -> AsyncOpenAI:
        """Imported on first use: the package takes most of a second and tens of megabytes."""
        if self._opened is None:
            from openai import AsyncOpenAI

            self._opened = AsyncOpenAI(
                api_key=self._api_key, base_url=self._base_url, timeout=self._timeout_s, max_retries=0
            )
        return self._opened

    async def _send(self, request: Awaitable[_RawT]) -> _RawT:
        import openai

        try:
            async with asyncio.timeout(self._timeout_s):
                return await request
        except (TimeoutError, openai.APITimeoutError):
            raise ProviderUnavailable(f"OpenAI did not answer within {self._timeout_s:g} s") from None
        except openai.APIStatusError as error:
            raise _sorted(error) from None
        except openai.APIConnectionError:
            raise ProviderUnavailable(f"OpenAI cannot be reached at {self._base_url}") from None
        except openai.OpenAIError as error:
            raise ProviderUnavailable(f"OpenAI's client failed: {type(error).__name__}") from None


_RawT = TypeVar("_RawT", bound=_Raw)


def _sorted(error: APIStatusError) -> ModerationError:
    status = error.status_code
    if status in REFUSED_STATUS:
        return ProviderRefused(f"OpenAI refused the request (HTTP {status})")
    if status in (401, 403):
        return ProviderUnavailable(f"OpenAI does not accept the key (HTTP {status}): check OPENAI_API_KEY")
    if status == 404:
        return ProviderUnavailable("OpenAI does not know the model or the address (HTTP 404): check both settings")
    return ProviderUnavailable(f"OpenAI is not available (HTTP {status})", retry_after_s=_retry_after(error))


def _retry_after(error: APIStatusError) -> float | None:
    """Seconds from Retry-After, at most an hour; None for a date or nonsense."""
    try:
        seconds = float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return min(seconds, 3600.0) if seconds >= 0 else None
