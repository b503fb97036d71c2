"""Cancellations get lost; what is to end does end."""

from __future__ import annotations

import asyncio

import pytest

from streams.replay import ending
from streams.replay.ending import ended, go_on

pytestmark = pytest.mark.anyio


class Deaf:
    """Loses as many cancellations."""

    def __init__(self, times: int) -> None:
        self.left = times

    async def work(self, *, looks: bool) -> None:
        while True:
            if looks:
                go_on()
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if not self.left:
                    raise
                self.left -= 1


async def test_who_does_not_hear_it_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN_S", 0.05)
    tasks = [asyncio.create_task(Deaf(times).work(looks=False)) for times in (0, 1, 3)]
    await asyncio.sleep(0)
    await ended(tasks)
    assert all(task.cancelled() for task in tasks)


async def test_who_looks_needs_to_be_told_once() -> None:
    task = asyncio.create_task(Deaf(1).work(looks=True))
    await asyncio.sleep(0)
    await ended([task])
    assert task.cancelled()


async def test_what_has_ended_already_is_left_alone() -> None:
    async def fails() -> None:
        raise ValueError("as planned")

    task = asyncio.create_task(fails())
    await asyncio.wait([task])
    await ended([task])
    assert isinstance(task.exception(), ValueError)
    await ended([])
