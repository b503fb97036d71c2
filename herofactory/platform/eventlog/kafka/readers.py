"""Reading at any offset, without a consumer group."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from herofactory.platform.eventlog.kafka.consumers import Consumers
from herofactory.platform.eventlog.kafka.errors import translated, translation
from herofactory.platform.eventlog.kafka.topics import TIMEOUT_S
from herofactory.platform.eventlog.port import LogUnavailable
from herofactory.platform.records import NO_HEADERS, Record

_KEPT = 4
_GROUP = "herofactory.readers"
"""librdkafka asks for one; nothing is ever committed or joined under it."""

_SETTINGS: Mapping[str, Any] = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "enable.partition.eof": True,
    "auto.offset.reset": "earliest",  # an offset that retention takes away between two calls
    "isolation.level": "read_committed",
    # Nothing here waits for news, and the next read waits for the fetch that this one left behind.
    "fetch.wait.max.ms": 1,
    "queued.max.messages.kbytes": 16 * 1024,
}


class Readers:
    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._consumers = Consumers({**_SETTINGS, **settings}, _KEPT)

    def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Record]:
        """At most `limit` records from `offset` on, or from the earliest held."""
        with translation(f"Reading topic {topic!r}, partition {partition}"), self._consumers.lent(_GROUP) as consumer:
            earliest, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), TIMEOUT_S, cached=False)
            start = max(offset, earliest)
            if start >= end or limit < 1:
                return []
            consumer.assign([TopicPartition(topic, partition, start)])
            try:
                return _read(consumer, end, limit)
            finally:
                consumer.unassign()

    def close(self) -> None:
        self._consumers.close()


def _read(consumer: Consumer, end: int, limit: int) -> Sequence[Record]:
    records: list[Record] = []
    deadline = time.monotonic() + TIMEOUT_S
    while len(records) < limit:
        first = consumer.poll(max(0.0, deadline - time.monotonic()))
        if first is None:  # not `if not first`: a tombstone is falsy
            raise LogUnavailable(
                f"Kafka sent nothing for {TIMEOUT_S:.0f} s though there are records; check the brokers."
            )
        rest = limit - len(records) - 1
        for message in (first, *(consumer.consume(rest, 0) if rest else ())):
            error = message.error()
            if error is not None and error.code() == KafkaError._PARTITION_EOF:
                return records
            if error is not None:
                raise translated(error, "Reading")
            records.append(_record(message))
        if records[-1].offset >= end - 1:
            return records
    return records


def _record(message: Message) -> Record:
    return Record(
        message.topic(),
        message.partition(),
        message.offset(),
        message.key(),
        message.value(),
        _headers(message.headers()),
        message.timestamp()[1] / 1000,
    )


def _headers(pairs: Sequence[tuple[str, bytes | None]] | None) -> Mapping[str, bytes]:
    """Of a name that comes twice the last counts; one without a value (Debezium: a column that is null) does not."""
    return MappingProxyType({name: value for name, value in pairs if value is not None}) if pairs else NO_HEADERS
