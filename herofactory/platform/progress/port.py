"""How far something is, told to whoever watches: the port. tests/contract/progress_bus.py holds every adapter to it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

MAX_BYTES = 7_000
"""Of one value as JSON in UTF-8. PostgreSQL notifies in at most 7,999 bytes, channel and number included."""
KEPT_S = 3_600.0
"""Seconds that the latest value of a channel is kept after it was published."""
_CHANNEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")

Value = Mapping[str, Any]


class ProgressBus(Protocol):
    """Best effort and silent: while the store is down nothing is told, and nobody waits for it or fails of it.

    What must not be lost is a row or an event; this only says when to look.
    """

    async def publish(self, channel: str, value: Value) -> None:
        """Raises ValueError for a channel that is no id, or a value that is no JSON or over MAX_BYTES."""

    async def latest(self, channel: str) -> Value | None:
        """What was published last, for KEPT_S; None where there is nothing, or nobody to ask."""

    def subscribe(self, channel: str) -> AbstractAsyncContextManager[AsyncIterator[Value]]:
        """The latest value, where there is one, then each one published from now on; it ends with the `async with`.

        In order, none twice. Values that were published while the store was away are left out, the last one comes. A
        reader that falls behind loses the oldest. Raises ValueError for a channel that is no id.
        """


def checked_channel(channel: str) -> str:
    if not _CHANNEL.fullmatch(channel):
        raise ValueError(f"channel {channel!r}: 1 to 100 letters, digits and . _ : - only, a letter or digit first")
    return channel


def encoded(value: Value) -> str:
    """Raises ValueError."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    size = len(text.encode())
    if size > MAX_BYTES:
        raise ValueError(f"progress of {size:,} bytes; at most {MAX_BYTES:,}: publish an id, keep the rest in a row")
    return text


def decoded(text: str) -> Value:
    value: Value = json.loads(text)
    return value
