"""Outages are waited out, longer each time; everything else is said at once."""

from __future__ import annotations

import pytest

from herofactory.platform.eventlog.port import LogCorrupt, LogUnavailable
from streams.replay.patience import FIRST_S, LAST_S, patiently
from streams.testing_clock import FakeClock

pytestmark = pytest.mark.anyio


class Noted(FakeClock):
    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


async def test_an_outage_is_waited_out() -> None:
    clock, answers = Noted(), [LogUnavailable("no broker"), ConnectionError("no registry")] * 4

    def call() -> str:
        if answers:
            raise answers.pop()
        return "there"

    assert await patiently(clock, call) == "there"
    assert (clock.slept[0], clock.slept[1], clock.slept[-1]) == (FIRST_S, 2 * FIRST_S, LAST_S)


async def test_what_no_waiting_helps_against_is_raised() -> None:
    clock = Noted()

    def call() -> None:
        raise LogCorrupt("damaged")

    with pytest.raises(LogCorrupt):
        await patiently(clock, call)
    assert clock.slept == []
