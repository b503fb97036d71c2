"""The port's adapter over Apache Kafka."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from types import MappingProxyType
from typing import Any

from confluent_kafka.admin import AdminClient, OffsetSpec

from herofactory.platform.eventlog.kafka.client_log import logger
from herofactory.platform.eventlog.kafka.errors import translation
from herofactory.platform.eventlog.kafka.groups import Groups
from herofactory.platform.eventlog.kafka.publisher import Publisher
from herofactory.platform.eventlog.kafka.readers import Readers
from herofactory.platform.eventlog.kafka.replicas import Replicas
from herofactory.platform.eventlog.kafka.topics import TIMEOUT_S, Topics
from herofactory.platform.eventlog.port import LogUnavailable, OffsetRange, Position, TopicConfig, UnknownTopic
from herofactory.platform.records import Outgoing, Record

_BASE: Mapping[str, Any] = MappingProxyType(
    {
        "client.id": "herofactory",
        "log.connection.close": False,
        # A broker that comes back is noticed within a second, not after the default's ten.
        "reconnect.backoff.max.ms": 1000,
        "topic.metadata.propagation.max.ms": 2000,
    }
)


class KafkaLog:
    """An `EventLog` on a Kafka cluster. Thread-safe. Connects at first use, so a cluster that is down is no error here.

    `servers`: comma-separated `host:port`. `replication`: copies of a topic made here; None takes the brokers' default.
    `options`: further librdkafka settings of all clients, for example `security.protocol` and `sasl.*`.
    """

    def __init__(
        self, servers: str, replication: int | None = None, options: Mapping[str, Any] = MappingProxyType({})
    ) -> None:
        settings = {**_BASE, **options, "bootstrap.servers": servers}
        self._admin = AdminClient(settings, logger=logger)
        self._topics = Topics(self._admin, replication)
        self._readers, self._groups = Readers(settings), Groups(self._admin, settings)
        self._publisher = Publisher(settings)

    def publish(self, messages: Sequence[Outgoing]) -> Sequence[Position]:
        """As the port says, except that a failing broker can let some of `messages` through: then LogUnavailable."""
        for topic in {message.topic for message in messages}:
            self._topics.partitions(topic)
        return self._publisher.publish(messages)

    def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Record]:
        known = self._topics.partitions(topic)
        try:
            return self._readers.read(topic, partition, offset, limit)
        except UnknownTopic as error:
            if partition < known == self._topics.look_again(topic):  # brokers that have just come back say so too
                raise LogUnavailable(f"{error} It was there a moment ago, so it is tried again.") from error
            raise

    def offsets(self, topic: str) -> Mapping[int, OffsetRange]:
        earliest = self._topics.offsets(topic, OffsetSpec.earliest())
        end = self._topics.offsets(topic, OffsetSpec.latest())
        return {partition: OffsetRange(earliest[partition], end[partition]) for partition in sorted(end)}

    def committed(self, group: str, topic: str) -> Mapping[int, int]:
        return self._groups.committed(group, topic, self._topics.partitions(topic))

    def groups(self) -> Sequence[str]:
        with translation("Asking for the groups"):
            listing = self._admin.list_consumer_groups(request_timeout=TIMEOUT_S).result()
        return sorted(group.group_id for group in listing.valid)

    def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        self._topics.partitions(topic)
        self._groups.commit(group, topic, offsets)

    def members(self, group: str) -> int:
        return self._groups.members(group)

    def forget_group(self, group: str) -> None:
        self._groups.forget(group)

    def offsets_at(self, topic: str, moment: float) -> Mapping[int, int]:
        found = self._topics.offsets(topic, OffsetSpec.for_timestamp(max(0, ceil(moment * 1000))))
        end = self._topics.offsets(topic, OffsetSpec.latest())
        return {partition: found[partition] if found[partition] >= 0 else end[partition] for partition in sorted(end)}

    def topics(self) -> Mapping[str, TopicConfig]:
        return self._topics.configs()

    def replicas(self) -> tuple[Replicas, Sequence[int]]:
        """Which brokers hold each topic, Kafka's own left out, and which brokers there are."""
        return self._topics.replicas()

    def create_topic(self, config: TopicConfig) -> None:
        self._topics.create(config)

    def close(self) -> None:
        """Wait for what is on its way, then disconnect. A second call does nothing."""
        self._publisher.close()
        self._readers.close()
        self._groups.close()
