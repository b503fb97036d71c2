"""What the product asks of an event log. `tests/contract/event_log.py` holds every adapter to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from herofactory.platform.records import Outgoing, Record


class LogError(Exception):
    """The log could not do what was asked; the message says what to do."""


class UnknownTopic(LogError):
    """A topic that nobody created. Topics are never created by writing to them."""


class TopicMismatch(LogError):
    """The topic exists with other partitions than asked for; that cannot be changed without reordering keys."""


class GroupBusy(LogError):
    """The group has live members: what is asked for would be undone by them, or undo their work."""


class LogFull(LogError):
    """No space left. Nothing was written; works again once there is space."""


class LogUnavailable(LogError):
    """The log cannot be reached just now. What was being written may or may not be there; works again by itself."""


class RecordTooLarge(LogError):
    """One message is larger than the log takes. It will not fit later either."""


class LogCorrupt(LogError):
    """The stored log is damaged."""


class LogVersionMismatch(LogError):
    """The stored log was written by another version of the program."""


class LogUnsupported(LogError):
    """The place for the log cannot hold one, for example a network file system."""


@dataclass(frozen=True, slots=True)
class Position:
    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class OffsetRange:
    earliest: int
    """Offset of the oldest record still held (inclusive)."""
    end: int
    """Offset that the next record will get (exclusive)."""


@dataclass(frozen=True, slots=True)
class TopicConfig:
    name: str
    partitions: int
    retention_s: float | None
    """Seconds a record is kept; None keeps it for ever (compacted topics)."""
    compacted: bool = False
    delete_retention_s: float = 604_800.0
    """Seconds that a tombstone of a compacted topic is kept, so that slow readers learn of it."""


class EventLog(Protocol):
    """Synchronous and thread-safe."""

    def publish(self, messages: Sequence[Outgoing]) -> Sequence[Position]:
        """Write all; durable when it returns. Messages of one key keep their order.

        Raises UnknownTopic, RecordTooLarge or LogFull, and then nothing of `messages` was written; LogUnavailable where
        some of them may have been: write all of them again.
        """

    def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Record]:
        """At most `limit` records from `offset` on (from the earliest if that is gone), in order. Nobody else holds
        them."""

    def offsets(self, topic: str) -> Mapping[int, OffsetRange]:
        """Per partition."""

    def committed(self, group: str, topic: str) -> Mapping[int, int]:
        """Per partition the next offset the group will read; a partition it never committed is missing."""

    def groups(self) -> Sequence[str]: ...

    def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        """Per partition the next offset the group will read. Raises GroupBusy where it has members."""

    def members(self, group: str) -> int:
        """How many live readers it has; 0 of a group that is unknown."""

    def forget_group(self, group: str) -> None:
        """What it committed is deleted. Idempotent. Raises GroupBusy while it has members."""

    def offsets_at(self, topic: str, moment: float) -> Mapping[int, int]:
        """Per partition the offset of the first record that the log took at `moment` (seconds since the epoch) or
        later; the end where there is none."""

    def topics(self) -> Mapping[str, TopicConfig]: ...

    def create_topic(self, config: TopicConfig) -> None:
        """Idempotent: retention and compaction are brought up to date; other partitions raise TopicMismatch."""

    def close(self) -> None: ...
