"""The way through a rebalance: aiokafka calls, the consumer hands over and takes over, all in one event loop."""

from __future__ import annotations

from typing import Any

from aiokafka.abc import ConsumerRebalanceListener
from faust.types import TP


class Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: Any) -> None:  # noqa: ARG002 - all of them, always
        """aiokafka goes on with heartbeats meanwhile, and joins when this returns."""
        self._consumer.app.on_rebalance_start()
        await self._consumer.hand_over()

    async def on_partitions_assigned(self, assigned: Any) -> None:
        await self._consumer.take_over({TP(place.topic, place.partition) for place in assigned})
