from __future__ import annotations

import pytest

from herofactory.platform.eventlog.port import EventLog, TopicConfig
from herofactory.platform.records import Outgoing
from streams.testing_clock import FakeClock
from streams.testing_log import MemoryLog
from tests.contract.event_log import EventLogContract


class TestContract(EventLogContract):
    @pytest.fixture
    def clock(self) -> FakeClock:
        return FakeClock()

    @pytest.fixture
    def log(self, clock: FakeClock) -> MemoryLog:
        self._clock = clock
        return MemoryLog(clock)

    def let_time_pass(self, log: EventLog) -> None:
        self._clock.advance_to(self._clock.monotonic() + 1.0)


def test_records_without_a_key_go_round_the_partitions() -> None:
    log = MemoryLog(FakeClock(), [TopicConfig("t", 3, None)])
    assert [place.partition for place in log.publish([Outgoing("t", None, b"")] * 6)] == [0, 1, 2, 0, 1, 2]


def test_history_is_in_the_order_of_arrival() -> None:
    log = MemoryLog(FakeClock(), [TopicConfig("t", 3, None)])
    log.publish([Outgoing("t", f"{n}".encode(), f"{n}".encode()) for n in range(20)])
    assert [record.value for record in log.history("t")] == [f"{n}".encode() for n in range(20)]


def test_committed_offsets_are_kept_per_group() -> None:
    log = MemoryLog(FakeClock(), [TopicConfig("t", 3, None)])
    log.commit("a", "t", {1: 5})
    assert (log.committed("a", "t"), log.committed("b", "t"), log.groups()) == ({1: 5}, {}, ["a"])
