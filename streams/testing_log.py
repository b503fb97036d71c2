"""An event log that lives as long as its process: topics, partitions and committed offsets, nothing expires."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count

from herofactory.platform.clock import Clock
from herofactory.platform.eventlog.partitioner import partition_of
from herofactory.platform.eventlog.port import OffsetRange, Position, TopicConfig, TopicMismatch, UnknownTopic
from herofactory.platform.records import Outgoing, Record


class MemoryLog:
    """An `EventLog`."""

    def __init__(self, clock: Clock, topics: Iterable[TopicConfig] = ()) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._topics: dict[str, TopicConfig] = {}
        self._partitions: dict[str, list[list[Record]]] = {}
        self._history: dict[str, list[Record]] = {}
        self._committed: dict[tuple[str, str], dict[int, int]] = {}
        self._keyless = count()
        self.on_publish: Callable[[], object] = lambda: None
        """Called after each publish, in the publishing thread."""
        for config in topics:
            self.create_topic(config)

    def publish(self, messages: Sequence[Outgoing]) -> Sequence[Position]:
        with self._lock:
            for message in messages:
                self._known(message.topic)
            positions = [self._append(message) for message in messages]
        self.on_publish()
        return positions

    def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Record]:
        found = self._known(topic)[partition][max(offset, 0) : max(offset, 0) + limit]
        return [replace(record) for record in found]

    def history(self, topic: str) -> Sequence[Record]:
        """All records of a topic in the order they came."""
        self._known(topic)
        return tuple(self._history[topic])

    def offsets(self, topic: str) -> Mapping[int, OffsetRange]:
        return {index: OffsetRange(0, len(records)) for index, records in enumerate(self._known(topic))}

    def committed(self, group: str, topic: str) -> Mapping[int, int]:
        self._known(topic)
        return dict(self._committed.get((group, topic), {}))

    def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        self._known(topic)
        self._committed.setdefault((group, topic), {}).update(offsets)

    def members(self, group: str) -> int:  # noqa: ARG002 (the port's)
        """Agents of the driver join no groups."""
        return 0

    def forget_group(self, group: str) -> None:
        self._committed = {place: offsets for place, offsets in self._committed.items() if place[0] != group}

    def offsets_at(self, topic: str, moment: float) -> Mapping[int, int]:
        return {
            index: next((record.offset for record in records if record.timestamp >= moment), len(records))
            for index, records in enumerate(self._known(topic))
        }

    def groups(self) -> Sequence[str]:
        return sorted({group for group, _ in self._committed})

    def topics(self) -> Mapping[str, TopicConfig]:
        return dict(self._topics)

    def create_topic(self, config: TopicConfig) -> None:
        known = self._topics.get(config.name)
        if known and known.partitions != config.partitions:
            raise TopicMismatch(f"topic {config.name!r} has {known.partitions} partitions, not {config.partitions}")
        self._topics[config.name] = config
        self._partitions.setdefault(config.name, [[] for _ in range(config.partitions)])
        self._history.setdefault(config.name, [])

    def close(self) -> None:
        """Nothing is held open."""

    def _append(self, message: Outgoing) -> Position:
        partitions = self._partitions[message.topic]
        # Without a key Kafka picks any partition; here it is their turn, so that a test runs the same every time.
        turn = next(self._keyless) % len(partitions) if message.key is None else 0
        number = turn if message.key is None else partition_of(message.key, len(partitions))
        place = Position(message.topic, number, len(partitions[number]))
        stamp = self._clock.now().timestamp()
        record = Record(message.topic, number, place.offset, message.key, message.value, dict(message.headers), stamp)
        partitions[number].append(record)
        self._history[message.topic].append(record)
        return place

    def _known(self, topic: str) -> list[list[Record]]:
        if topic not in self._partitions:
            raise UnknownTopic(f"topic {topic!r} does not exist; create it first")
        return self._partitions[topic]
