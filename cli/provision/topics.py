"""Topics as the table of topics has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from herofactory.platform.eventlog.port import EventLog, TopicConfig
from streams.topics import DAY_S


class Topics:
    name = "topics"

    def __init__(self, log: EventLog, wanted: Sequence[TopicConfig], replication: int | None = None) -> None:
        """`replication`: how many copies there should be, where that is ours to say."""
        self._log = log
        self._wanted = wanted
        self._replication = replication

    def changes(self) -> Sequence[str]:
        there = self._log.topics()
        lines = [line for topic in self._wanted for line in _differences(there.get(topic.name), topic)]
        return [*lines, *self._copies()]

    def _copies(self) -> Iterator[str]:
        """Moving copies loads the cluster for as long as it takes, so it is for people to begin."""
        replicas = getattr(self._log, "replicas", None)  # Kafka's; the embedded log is one file
        if self._replication is None or replicas is None:
            return
        from herofactory.platform.eventlog.kafka.replicas import differences

        ours = {topic.name for topic in self._wanted}
        for topic, copies in sorted(differences(replicas()[0], self._replication).items()):
            if topic in ours:
                yield f"{topic}: has {copies} copies, not {self._replication}; left so: `hero topics copies` helps"

    def apply(self) -> None:
        """Raises TopicMismatch for other partitions: they cannot be changed."""
        there = self._log.topics()
        for topic in self._wanted:
            if there.get(topic.name) != topic:
                self._log.create_topic(topic)


def _differences(found: TopicConfig | None, wanted: TopicConfig) -> Iterator[str]:
    if found is None:
        yield f"{wanted.name}: create with {wanted.partitions} partitions, {_kept(wanted)}"
        return
    if found.partitions != wanted.partitions:
        yield f"{wanted.name}: has {found.partitions} partitions, not {wanted.partitions}, which cannot be changed"
    if _kept(found) != _kept(wanted):
        yield f"{wanted.name}: {_kept(found)} -> {_kept(wanted)}"


def _kept(topic: TopicConfig) -> str:
    kept = "for ever" if topic.retention_s is None else f"{topic.retention_s / DAY_S:g} days"
    if not topic.compacted:
        return f"kept {kept}"
    return f"newest per key kept {kept}, tombstones {topic.delete_retention_s / DAY_S:g} days"
