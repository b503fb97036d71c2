"""A record that was set aside, with why and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from herofactory.platform.delivery.errors import Undecodable
from herofactory.platform.delivery.origin import Origin, ours, theirs, written
from herofactory.platform.delivery.redriven import RETRY_PREFIX, Redriven
from herofactory.platform.delivery.safe_message import safe_message
from herofactory.platform.records import Outgoing, Record

DeadClass = Literal["decode", "process", "produce", "parked"]
"""decode: not an event. process: the handler refused it. produce: its outputs could not be written. parked: waits
behind an earlier dead letter of its key."""
PARKED = "PARKED"
UNKNOWN = "UNKNOWN"
DEAD_PREFIX = "dead."


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Stored on `dead.<agent>` with the key, value and headers of the original, unchanged, and `dead-*` headers.

    `label, topic, partition, offset` identify it: a chunk that is delivered again may write it again.
    """

    agent: str
    kind: DeadClass
    cause: str
    """Name of the error's class, or PARKED."""
    message: str
    """Bounded, on one line, credentials blanked."""
    topic: str
    partition: int
    offset: int
    attempts: int
    at: datetime
    key: bytes | None
    value: bytes | None = field(repr=False)
    headers: Mapping[str, bytes] = field(repr=False)
    """The original's."""

    timestamp: float = 0.0
    """Seconds since the epoch when the log took the original."""
    redriven: int = 0
    """How often it was given back to its agent before it came to this."""
    ordered: bool = False
    """Whether later events of its key wait behind it."""
    label: str = ""
    """Of the generation of `agent` that set it aside; "" where nobody says which."""

    @classmethod
    def of(
        cls,
        agent: str,
        record: Record,
        error: BaseException,
        *,
        attempts: int,
        at: datetime,
        kind: DeadClass | None = None,
        ordered: bool = False,
        label: str = "",
    ) -> DeadLetter:
        kind = kind or ("decode" if isinstance(error, Undecodable) else "process")
        cause, message = type(error).__name__, safe_message(error)
        return cls._about(agent, record, kind, cause, message, attempts, at, ordered, label)

    @classmethod
    def parked(cls, agent: str, record: Record, behind: str, *, at: datetime, label: str = "") -> DeadLetter:
        """Of an ordered agent."""
        message = f"waits behind the dead letter of {behind}"
        return cls._about(agent, record, "parked", PARKED, message, 0, at, True, label)

    @classmethod
    def _about(
        cls,
        agent: str,
        record: Record,
        kind: DeadClass,
        cause: str,
        message: str,
        attempts: int,
        at: datetime,
        ordered: bool,
        label: str = "",
    ) -> DeadLetter:
        earlier = record if isinstance(record, Redriven) else None
        return cls(
            agent=agent,
            kind=kind,
            cause=cause,
            message=message,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            attempts=attempts + (earlier.attempts if earlier else 0),
            at=at,
            key=record.key,
            value=record.value,
            headers=theirs(record.headers),
            timestamp=record.timestamp,
            redriven=earlier.redriven if earlier else 0,
            ordered=ordered,
            label=label,
        )

    @property
    def coordinates(self) -> tuple[str, str, int, int]:
        """What nobody says a generation of counts as the first one's, whose label is the agent's name."""
        return self.label or self.agent, self.topic, self.partition, self.offset

    @property
    def id(self) -> str:
        """Names it among the dead letters of its agent: where the original lies."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def event_id(self) -> str | None:
        raw = self.headers.get("event-id")
        return raw.decode(errors="replace") if raw is not None else None

    @property
    def is_foreign(self) -> bool:
        """No agent wrote it, so there is no original to give back."""
        return self.cause == UNKNOWN

    def to_outgoing(self) -> Outgoing:
        about = {
            "class": self.kind,
            "cause": self.cause,
            "message": self.message,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
        }
        return self._outgoing(DEAD_PREFIX, about, self.redriven)

    def to_retry(self) -> Outgoing:
        """The original on its way back to the generation of the agent that set it aside, and to no other reader."""
        return self._outgoing(RETRY_PREFIX, {}, self.redriven + 1)

    def _outgoing(self, prefix: str, about: Mapping[str, str], redriven: int) -> Outgoing:
        place = (self.agent, self.topic, self.partition, self.offset)
        origin = Origin(*place, self.timestamp, self.attempts, redriven, self.ordered, self.label)
        headers = {**self.headers, **written({**origin.texts(), **about})}
        return Outgoing(prefix + self.agent, self.key, self.value, headers)

    @classmethod
    def from_record(cls, record: Record) -> DeadLetter:
        """From a record of a `dead.*` topic. One that no agent wrote comes back with the cause UNKNOWN."""
        texts = ours(record.headers)
        try:
            origin = Origin.parse(texts)
            at, kind, cause, message = (
                datetime.fromisoformat(texts["at"]),
                _kind(texts["class"]),
                texts["cause"],
                texts["message"],
            )
        except (KeyError, ValueError):
            return cls._foreign(record)
        if record.topic != DEAD_PREFIX + origin.agent:
            return cls._foreign(record)
        return cls(
            agent=origin.agent,
            kind=kind,
            cause=cause,
            message=message,
            topic=origin.topic,
            partition=origin.partition,
            offset=origin.offset,
            attempts=origin.attempts,
            at=at,
            key=record.key,
            value=record.value,
            headers=theirs(record.headers),
            timestamp=origin.timestamp,
            redriven=origin.redriven,
            ordered=origin.ordered,
            label=origin.label,
        )

    @classmethod
    def _foreign(cls, record: Record) -> DeadLetter:
        agent = record.topic.removeprefix(DEAD_PREFIX)
        at = datetime.fromtimestamp(record.timestamp, UTC)
        return cls._about(agent, record, "process", UNKNOWN, "no agent wrote this record", 0, at, False)


def _kind(text: str) -> DeadClass:
    match text:
        case "decode" | "process" | "produce" | "parked":
            return text
    raise ValueError(f"no class of dead letters: {text!r}")
