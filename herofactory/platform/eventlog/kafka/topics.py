"""Topics of a Kafka cluster: what there is, and making them as the port describes them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    OffsetSpec,
    ResourceType,
    TopicMetadata,
)

from herofactory.platform.eventlog.kafka.errors import translated, translation
from herofactory.platform.eventlog.kafka.replicas import Replicas
from herofactory.platform.eventlog.port import LogUnavailable, TopicConfig, TopicMismatch, UnknownTopic

TIMEOUT_S = 10.0
MAX_RECORD_BYTES = 8 * 1024 * 1024
"""Key, value and headers of one record. Kafka's default of 1 MiB is below what the embedded log takes in its stride."""
_BATCH_OVERHEAD = 64 * 1024
_POLL_S = 0.05
_FOR_EVER = "-1"


class Topics:
    def __init__(self, admin: AdminClient, replication: int | None) -> None:
        self._admin, self._replication = admin, replication
        self._lock = threading.Lock()
        self._partitions: dict[str, int] = {}

    def partitions(self, name: str) -> int:
        """Raises UnknownTopic. Known ones are remembered: their number does not change."""
        count = self._partitions.get(name) or self._look().get(name)
        if count is None:
            raise UnknownTopic(f"Topic {name!r} does not exist in Kafka. Create it with `hero topics apply`.")
        return count

    def look_again(self, name: str) -> int | None:
        """Its partitions as the cluster says now; None where it has no such topic."""
        return self._look().get(name)

    def configs(self) -> Mapping[str, TopicConfig]:
        """Kafka's own topics are left out."""
        names = [name for name in sorted(self._look()) if not name.startswith("__")]
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
        found: dict[str, TopicConfig] = {}
        if not resources:
            return found
        for resource, future in self._admin.describe_configs(resources, request_timeout=TIMEOUT_S).items():
            with translation(f"Looking at topic {resource.name!r}"):
                entries = {name: entry.value for name, entry in future.result().items()}
            found[resource.name] = _from_kafka(resource.name, self._partitions[resource.name], entries)
        return found

    def replicas(self) -> tuple[Replicas, Sequence[int]]:
        """Of every topic but Kafka's own, and the brokers there are."""
        with translation("Asking for the topics"):
            cluster = self._admin.list_topics(timeout=TIMEOUT_S)
        found = {
            name: {number: list(partition.replicas) for number, partition in topic.partitions.items()}
            for name, topic in cluster.topics.items()
            if not name.startswith("__")
        }
        return found, sorted(cluster.brokers)

    def create(self, config: TopicConfig) -> None:
        """Returns when every client will see it so. Raises TopicMismatch."""
        if config.partitions < 1:
            raise ValueError(f"Topic {config.name!r} needs at least one partition, not {config.partitions}.")
        if not self._created(config):
            self._bring_up_to_date(config)
        self._until(lambda: self._is_as(config), f"Topic {config.name!r}")

    def offsets(self, name: str, spec: OffsetSpec) -> Mapping[int, int]:
        """Per partition. Raises UnknownTopic."""
        try:
            return self._ask_offsets(name, spec)
        except LogUnavailable:
            # Partitions may have another leader than this client knows of.
            self._look()
            return self._ask_offsets(name, spec)

    def _ask_offsets(self, name: str, spec: OffsetSpec) -> Mapping[int, int]:
        asked = {TopicPartition(name, partition): spec for partition in range(self.partitions(name))}
        with translation(f"Asking for the offsets of topic {name!r}"):
            futures = self._admin.list_offsets(asked, request_timeout=TIMEOUT_S)
            return {place.partition: future.result().offset for place, future in futures.items()}

    def _is_as(self, config: TopicConfig) -> bool:
        return self.configs().get(config.name) == _stored(config) and self._is_served(config.name)

    def _is_served(self, name: str) -> bool:
        try:
            self._ask_offsets(name, OffsetSpec.earliest())
        except LogUnavailable:  # a broker that does not know yet that it leads a partition
            return False
        return True

    def _created(self, config: TopicConfig) -> bool:
        replication = -1 if self._replication is None else self._replication  # -1: the broker's default
        new = NewTopic(config.name, config.partitions, replication_factor=replication, config=_to_kafka(config))
        try:
            self._admin.create_topics([new], request_timeout=TIMEOUT_S)[config.name].result()
        except KafkaException as error:
            if error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS:
                return False
            raise translated(error.args[0], f"Creating topic {config.name!r}") from error
        return True

    def _bring_up_to_date(self, config: TopicConfig) -> None:
        self._until(lambda: config.name in self._look(), f"Topic {config.name!r}")
        partitions = self._partitions[config.name]
        if partitions != config.partitions:
            raise TopicMismatch(
                f"Topic {config.name!r} has {partitions} partitions, not {config.partitions}. That cannot change, as "
                "keys would change their partition: create a topic of another name and replay into it."
            )
        entries = [
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
            for name, value in _to_kafka(config).items()
        ]
        resource = ConfigResource(ResourceType.TOPIC, config.name, incremental_configs=entries)
        with translation(f"Changing topic {config.name!r}"):
            for future in self._admin.incremental_alter_configs([resource], request_timeout=TIMEOUT_S).values():
                future.result()

    def _look(self) -> Mapping[str, int]:
        """Partitions per topic, as the cluster says now. Asks for all: asking for one by name could create it."""
        counts = {name: len(topic.partitions) for name, topic in self._metadata().items() if topic.partitions}
        with self._lock:
            self._partitions = counts
        return counts

    def _metadata(self) -> Mapping[str, TopicMetadata]:
        with translation("Asking for the topics"):
            known: Mapping[str, TopicMetadata] = self._admin.list_topics(timeout=TIMEOUT_S).topics
        return known

    @staticmethod
    def _until(condition: Callable[[], bool], what: str) -> None:
        """A change reaches the brokers one by one, a few milliseconds after it was acknowledged."""
        deadline = time.monotonic() + TIMEOUT_S
        while not condition():
            if time.monotonic() > deadline:
                raise LogUnavailable(f"{what} is not as asked for after {TIMEOUT_S:.0f} s; check the brokers.")
            time.sleep(_POLL_S)


def _to_kafka(config: TopicConfig) -> dict[str, str]:
    policy = "compact" if config.compacted else "delete"
    if config.compacted and config.retention_s is not None:
        policy = "compact,delete"
    return {
        "cleanup.policy": policy,
        "retention.ms": _FOR_EVER if config.retention_s is None else str(int(config.retention_s * 1000)),
        "delete.retention.ms": str(int(config.delete_retention_s * 1000)),
        "max.message.bytes": str(MAX_RECORD_BYTES + _BATCH_OVERHEAD),
    }


def _from_kafka(name: str, partitions: int, entries: Mapping[str, str]) -> TopicConfig:
    policy, retention = entries["cleanup.policy"], entries["retention.ms"]
    kept_for_ever = retention == _FOR_EVER or "delete" not in policy
    return TopicConfig(
        name,
        partitions,
        None if kept_for_ever else int(retention) / 1000,
        "compact" in policy,
        int(entries["delete.retention.ms"]) / 1000,
    )


def _stored(config: TopicConfig) -> TopicConfig:
    """As Kafka gives it back: in whole milliseconds."""
    retention = None if config.retention_s is None else int(config.retention_s * 1000) / 1000
    return replace(config, retention_s=retention, delete_retention_s=int(config.delete_retention_s * 1000) / 1000)
