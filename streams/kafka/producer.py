"""Faust's producer on Kafka. A message is acked when all replicas in sync have it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver
from faust.types import RecordMetadata

from herofactory.platform.eventlog.kafka.topics import MAX_RECORD_BYTES
from herofactory.platform.eventlog.port import UnknownTopic
from streams.kafka.errors import translated, translation

REQUEST_TIMEOUT_S = 30.0
"""After that a message counts as not delivered (Faust's own setting: 20 minutes)."""
STOP_TIMEOUT_S = 5.0
"""For what is still on its way at the end. What was not acked is not committed either."""


class Producer(driver.Producer):  # type: ignore[misc]  # Faust ships no usable types
    def _settings_default(self) -> Mapping[str, Any]:
        return {
            **super()._settings_default(),
            "bootstrap_servers": self.transport.servers,
            "request_timeout_ms": int(REQUEST_TIMEOUT_S * 1000),
            "max_request_size": MAX_RECORD_BYTES + 64 * 1024,
        }

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": True}

    async def on_start(self) -> None:
        with translation("Connecting to Kafka"):
            try:
                await super().on_start()
            except KafkaError:
                await self._producer.stop()
                raise

    async def on_stop(self) -> None:
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await super().on_stop()
        except TimeoutError:
            self.log.warning("some messages were not delivered before the stop; their records are taken again")

    async def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int | None,
        timestamp: float | None,
        headers: Any,
        *,
        transactional_id: str | None = None,  # noqa: ARG002 - the transport refuses exactly_once
    ) -> asyncio.Future[RecordMetadata]:
        """The future ends when the message is durable. Raises UnknownTopic at once, and RecordTooLarge."""
        producer = self._ensure_producer()
        doing = f"Writing to topic {topic!r}"
        with translation(doing):
            if producer.client.cluster.partitions_for_topic(topic) is None:
                await self._look_for(topic)
            stamp = None if timestamp is None else int(timestamp * 1000)
            pairs = list(dict(headers or {}).items())
            sent = await producer.send(topic, value, key=key, partition=partition, timestamp_ms=stamp, headers=pairs)
        done: asyncio.Future[RecordMetadata] = asyncio.get_running_loop().create_future()
        sent.add_done_callback(partial(_finish, done, doing))
        return done

    async def _look_for(self, topic: str) -> None:
        """aiokafka would wait for a topic to appear until the request times out."""
        cluster = await self._ensure_producer().client.fetch_all_metadata()
        if topic not in cluster.topics():
            raise UnknownTopic(f"Topic {topic!r} does not exist in Kafka. Create it with `hero topics apply`.")


def _finish(done: asyncio.Future[RecordMetadata], doing: str, sent: asyncio.Future[Any]) -> None:
    if done.done():
        return
    if sent.cancelled():
        done.cancel()
    elif (error := sent.exception()) is not None:
        done.set_exception(translated(error, doing))
    else:
        done.set_result(sent.result())
