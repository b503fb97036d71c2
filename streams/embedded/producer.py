"""Faust's producer on the embedded log. A message is acked when it is durable."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from faust.transport import base
from faust.types import TP, RecordMetadata
from mode import get_logger
from mode.utils.times import want_seconds

from herofactory.platform.eventlog.partitioner import partition_of
from herofactory.platform.eventlog.port import TopicConfig
from herofactory.platform.records import Outgoing
from streams.embedded.bridge import Bridge

_logger = get_logger(__name__)


class Producer(base.Producer):  # type: ignore[misc]  # Faust ships no usable types
    """No transactions: the transport refuses exactly_once."""

    logger = _logger

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._bridge: Bridge | None = None

    @property
    def bridge(self) -> Bridge:
        if self._bridge is None:
            self._bridge = Bridge(self.transport.log, asyncio.get_running_loop())
        return self._bridge

    async def create_topic(
        self,
        topic: str,
        partitions: int,
        replication: int,  # noqa: ARG002 - there is one copy
        *,
        config: Mapping[str, Any] | None = None,  # noqa: ARG002 - Kafka's settings
        timeout: Any = 30.0,  # noqa: ARG002 - it takes milliseconds
        retention: Any = None,
        compacting: bool | None = None,
        deleting: bool | None = None,  # noqa: ARG002
        ensure_created: bool = False,  # noqa: ARG002
    ) -> None:
        if self.app.conf.topic_allow_declare and not self.transport.log.has_topic(topic):
            keep = want_seconds(retention) if retention else None
            self.transport.log.create_topic(TopicConfig(topic, partitions, keep, bool(compacting)))

    async def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int | None,
        timestamp: float | None,
        headers: Any,
        *,
        transactional_id: str | None = None,  # noqa: ARG002
    ) -> asyncio.Future[RecordMetadata]:
        """The future ends when the message is durable. Raises UnknownTopic at once."""
        message = Outgoing(topic, key, value, dict(headers or {}))
        row = self.transport.log.row(message, partition, timestamp)
        where = TP(topic, row[1])
        return self.bridge.append(row, lambda offset: RecordMetadata(topic, row[1], where, offset, timestamp, 0))

    async def send_and_wait(self, *args: Any, **kwargs: Any) -> RecordMetadata:
        return await (await self.send(*args, **kwargs))

    async def flush(self) -> None:
        """Wait for all that was sent before. The writer works in order, so an empty job behind it will do."""
        await self.buffer.flush()
        await self.bridge.call(lambda _: None)

    async def on_stop(self) -> None:
        await self.flush()
        self._bridge = None
        self.transport.close()

    def key_partition(self, topic: str, key: bytes | None) -> TP:
        return TP(topic, partition_of(key, self.transport.log.partitions(topic)))

    def supports_headers(self) -> bool:
        return True
