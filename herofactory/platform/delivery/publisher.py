"""The way out: where a chunk's events and dead letters are written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.records import Outgoing


class Publisher(Protocol):
    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Returns once every message is durable. Messages of one key keep their order.

        When it raises, any part of `messages` may have been written; all of them are then written again.
        """


class LogPublisher:
    """Writes to an `EventLog`, off the event loop."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        await asyncio.to_thread(self._log.publish, messages)
