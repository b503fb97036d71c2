"""The way out of an agent: Faust's producer, and the ack of every message."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from herofactory.platform.records import Outgoing


class FaustPublisher:
    """A `Publisher` (see `herofactory.platform.delivery.publisher`) on any Faust transport."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        sent: list[Any] = []
        try:
            for message in messages:
                headers = list(message.headers.items())
                sent.append(
                    await self._app.producer.send(message.topic, message.key, message.value, None, None, headers)
                )
        finally:
            results = await asyncio.gather(*sent, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
