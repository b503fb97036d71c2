"""A record that was set aside, with why and where it came from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from herofactory.platform.delivery.errors import Undecodable
from herofactory.platform.records import Outgoing, Record

DeadClass = Literal["decode", "process", "produce", "parked"]
"""decode: not an event. process: the handler refused it. produce: its outputs could not be written. parked: waits
behind an earlier dead letter of its key."""
PARKED = "PARKED"
UNKNOWN = "UNKNOWN"
DEAD_PREFIX = "dead."
_HEADER_PREFIX = "dead-"
MESSAGE_CHARS = 500

_NAMES = r"password|passwd|secret|token|api[_-]?key"
_SECRETS = (
    (re.compile(r"://[^/\s:@]*:[^/\s@]*@"), "://***@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 ***"),
    (re.compile(r"\b(sk|pk|rk)-[\w-]{8,}"), r"\1-***"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "***"),
    (re.compile(rf"(?i)\b([\w-]*(?:{_NAMES})['\"]?\s*[=:]\s*['\"]?)[^\s,'\"&;)]+"), r"\1***"),
)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Stored on `dead.<agent>` with the key, value and headers of the original, unchanged, and `dead-*` headers.

    `agent, topic, partition, offset` identify it: a chunk that is delivered again may write it again.
    """

    agent: str
    kind: DeadClass
    cause: str
    """Name of the error's class, or PARKED."""
    message: str
    """At most MESSAGE_CHARS, on one line, credentials blanked."""
    topic: str
    partition: int
    offset: int
    attempts: int
    at: datetime
    key: bytes | None
    value: bytes | None = field(repr=False)
    headers: Mapping[str, bytes] = field(repr=False)
    """The original's."""

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
    ) -> DeadLetter:
        kind = kind or ("decode" if isinstance(error, Undecodable) else "process")
        cause, message = type(error).__name__, safe_message(error)
        return cls._about(agent, record, kind, cause, message, attempts, at)

    @classmethod
    def parked(cls, agent: str, record: Record, behind: str, *, at: datetime) -> DeadLetter:
        return cls._about(agent, record, "parked", PARKED, f"waits behind the dead letter of {behind}", 0, at)

    @classmethod
    def _about(
        cls, agent: str, record: Record, kind: DeadClass, cause: str, message: str, attempts: int, at: datetime
    ) -> DeadLetter:
        headers = {name: value for name, value in record.headers.items() if not name.startswith(_HEADER_PREFIX)}
        place = (record.topic, record.partition, record.offset)
        return cls(agent, kind, cause, message, *place, attempts, at, record.key, record.value, headers)

    @property
    def coordinates(self) -> tuple[str, str, int, int]:
        return self.agent, self.topic, self.partition, self.offset

    @property
    def id(self) -> str:
        """Names it among the dead letters of its agent: where the original lies."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def event_id(self) -> str | None:
        raw = self.headers.get("event-id")
        return raw.decode(errors="replace") if raw is not None else None

    def original(self) -> Outgoing:
        """The record as it was, for a redrive."""
        return Outgoing(self.topic, self.key, self.value, self.headers)

    def to_outgoing(self) -> Outgoing:
        about = {
            "agent": self.agent,
            "class": self.kind,
            "cause": self.cause,
            "message": self.message,
            "topic": self.topic,
            "partition": str(self.partition),
            "offset": str(self.offset),
            "attempts": str(self.attempts),
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
        }
        headers = {_HEADER_PREFIX + name: text.encode() for name, text in about.items()}
        return Outgoing(DEAD_PREFIX + self.agent, self.key, self.value, {**self.headers, **headers})

    @classmethod
    def from_record(cls, record: Record) -> DeadLetter:
        """From a record of a `dead.*` topic. One that no agent wrote comes back with the cause UNKNOWN."""
        text = {
            name.removeprefix(_HEADER_PREFIX): value.decode(errors="replace")
            for name, value in record.headers.items()
            if name.startswith(_HEADER_PREFIX)
        }
        try:
            place = Record(
                text["topic"], int(text["partition"]), int(text["offset"]), record.key, record.value, record.headers, 0
            )
            at, attempts, kind = datetime.fromisoformat(text["at"]), int(text["attempts"]), _kind(text["class"])
        except (KeyError, ValueError):
            return cls._foreign(record)
        return cls._about(text["agent"], place, kind, text["cause"], text["message"], attempts, at)

    @classmethod
    def _foreign(cls, record: Record) -> DeadLetter:
        agent = record.topic.removeprefix(DEAD_PREFIX)
        at = datetime.fromtimestamp(record.timestamp, UTC)
        return cls._about(agent, record, "process", UNKNOWN, "no agent wrote this record", 0, at)


def _kind(text: str) -> DeadClass:
    match text:
        case "decode" | "process" | "produce" | "parked":
            return text
    raise ValueError(f"no class of dead letters: {text!r}")


def safe_message(error: BaseException) -> str:
    """The error's text on one line, bounded, without what looks like a credential."""
    text = " ".join(str(error).split())[: 4 * MESSAGE_CHARS]
    for pattern, blank in _SECRETS:
        text = pattern.sub(blank, text)
    return text if len(text) <= MESSAGE_CHARS else text[: MESSAGE_CHARS - 1] + "…"
