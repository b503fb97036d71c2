from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from herofactory.platform.delivery import LogPublisher
from herofactory.platform.eventlog.port import Position, TopicConfig, UnknownTopic
from herofactory.platform.records import Outgoing
from streams.testing_log import MemoryLog
from tests.support.clock import InstantClock


class Watched(MemoryLog):
    def publish(self, messages: Sequence[Outgoing]) -> Sequence[Position]:
        self.thread = threading.current_thread()
        return super().publish(messages)


def test_messages_are_in_the_log_when_it_returns_and_the_loop_was_not_blocked() -> None:
    log = Watched(InstantClock(), [TopicConfig("t", 1, None)])
    asyncio.run(LogPublisher(log).publish([Outgoing("t", b"k", b"1"), Outgoing("t", b"k", b"2")]))
    assert [record.value for record in log.read("t", 0, 0, 10)] == [b"1", b"2"]
    assert log.thread is not threading.main_thread()


def test_the_logs_errors_come_through() -> None:
    with pytest.raises(UnknownTopic):
        asyncio.run(LogPublisher(MemoryLog(InstantClock())).publish([Outgoing("t", b"k", b"1")]))
