"""Logs that do what a test wants, and what was sent to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Condition, Event
from typing import Any

from herofactory.platform.eventlog.port import LogUnavailable, Position, RecordTooLarge, UnknownTopic
from herofactory.platform.records import Outgoing

TOO_LARGE = 10_000


class ScriptedLog:
    """An event log of which only `publish` is used. It may be down, hang, or take only so many messages."""

    def __init__(self) -> None:
        self.is_up = True
        self.left: int | None = None
        """So many single messages are taken, and no batch; None: all."""
        self.sent: list[Outgoing] = []
        self.attempts = 0
        self.open = Event()
        """While it is not set, `publish` hangs."""
        self.open.set()
        self.entered = Event()

    @property
    def numbers(self) -> list[int]:
        """Values of all messages that are numbers, in order of arrival."""
        return [int(each.value or b"") for each in self.sent]

    def publish(self, messages: Sequence[Outgoing]) -> Sequence[Position]:
        self.attempts += 1
        self.entered.set()
        self.open.wait()
        if not self.is_up:
            raise LogUnavailable("the log is down")
        if any(each.topic == "nowhere" for each in messages):
            raise UnknownTopic("nobody created nowhere")
        if any(len(each.value or b"") > TOO_LARGE for each in messages):
            raise RecordTooLarge("too large")
        if self.left is not None:
            if len(messages) > 1:
                raise UnknownTopic("one by one")
            if not self.left:
                raise LogUnavailable("the log is down")
            self.left -= 1
        self.sent += messages
        return [Position(each.topic, 0, 0) for each in messages]

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} is not used here")


class Threadless(Condition):
    """A condition that nobody waits for."""


class CountedMetrics:
    """Remembers counts and the last value of gauges."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], float] = {}
        self.gauges: dict[str, float] = {}

    def count(self, name: str, value: float = 1, **labels: str) -> None:
        key = (name, _label(labels))
        self.counts[key] = self.counts.get(key, 0) + value

    def gauge(self, name: str, value: float, **labels: str) -> None:
        self.gauges[name] = value

    def observe(self, name: str, value: float, **labels: str) -> None: ...


def _label(labels: Mapping[str, str]) -> str:
    return ",".join(labels.values())
