"""What every progress bus is held to. A suite for an adapter subclasses ProgressBusContract.

It gives `bus` and `other`: two buses as two processes have them, on the same store.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest

from herofactory.platform.progress import MAX_BYTES, ProgressBus, Value
from herofactory.platform.progress.fanout import BACKLOG

WITHIN_S = 10.0


async def read(values: AsyncIterator[Value], count: int) -> list[Value]:
    async with asyncio.timeout(WITHIN_S):
        return [await anext(values) for _ in range(count)]


class ProgressBusContract:
    pytestmark = pytest.mark.anyio

    @pytest.fixture
    def channel(self) -> str:
        return f"job:{uuid.uuid4()}"

    async def test_what_is_published_reaches_every_watcher_in_order(
        self, bus: ProgressBus, other: ProgressBus, channel: str
    ) -> None:
        async with bus.subscribe(channel) as near, bus.subscribe(channel) as beside, other.subscribe(channel) as far:
            for step in range(20):
                await bus.publish(channel, {"step": step, "state": "그리는 중"})
            expected = [{"step": step, "state": "그리는 중"} for step in range(20)]
            # Who had no listener yet when the first were published begins with a later one.
            for values in (near, beside, far):
                seen = await read(values, 1)
                seen += await read(values, 19 - expected.index(dict(seen[0])))
                assert seen == expected[-len(seen) :]

    async def test_a_listener_at_work_misses_nothing(self, bus: ProgressBus, other: ProgressBus, channel: str) -> None:
        async with bus.subscribe(channel) as values:
            await other.publish(channel, {"step": -1})
            assert await read(values, 1) == [{"step": -1}]
            await self.listens(bus, other)
            for step in range(50):
                await other.publish(channel, {"step": step})
            assert await read(values, 50) == [{"step": step} for step in range(50)]

    async def listens(self, bus: ProgressBus, other: ProgressBus) -> None:
        """Returns once the listener of `bus` is at work: two values in a row came by it alone."""
        probe = f"probe:{uuid.uuid4()}"
        async with bus.subscribe(probe) as values:
            for turn in range(2):
                await other.publish(probe, {"turn": turn})
                await read(values, 1)

    async def test_the_latest_value_comes_first(self, bus: ProgressBus, other: ProgressBus, channel: str) -> None:
        await other.publish(channel, {"step": 1})
        await other.publish(channel, {"step": 2})
        assert await bus.latest(channel) == {"step": 2}
        async with bus.subscribe(channel) as values:
            assert await read(values, 1) == [{"step": 2}]
            await other.publish(channel, {"step": 3})
            assert await read(values, 1) == [{"step": 3}]

    async def test_one_channel_says_nothing_of_another(self, bus: ProgressBus, channel: str) -> None:
        assert await bus.latest(channel) is None
        async with bus.subscribe(channel) as values:
            await bus.publish(f"{channel}:other", {"step": 1})
            await bus.publish(channel, {"step": 2})
            assert await read(values, 1) == [{"step": 2}]

    async def test_a_reader_that_falls_behind_loses_the_oldest_and_never_the_last(
        self, bus: ProgressBus, channel: str
    ) -> None:
        async with bus.subscribe(channel) as slow, bus.subscribe(channel) as quick:
            for step in range(2 * BACKLOG):
                await bus.publish(channel, {"step": step})
            while (await read(quick, 1))[0]["step"] < 2 * BACKLOG - 1:
                pass
            seen = [value["step"] for value in await read(slow, BACKLOG)]
            assert seen == list(range(BACKLOG, 2 * BACKLOG))

    async def test_the_largest_value_arrives_and_a_larger_one_is_refused(self, bus: ProgressBus, channel: str) -> None:
        largest = {"text": "가" * ((MAX_BYTES - 11) // 3)}
        async with bus.subscribe(channel) as values:
            await bus.publish(channel, largest)
            assert await read(values, 1) == [largest]
            with pytest.raises(ValueError, match="at most 7,000"):
                await bus.publish(channel, {"text": "가" * (MAX_BYTES // 3)})

    async def test_awkward_text_arrives_as_it_was(self, bus: ProgressBus, channel: str) -> None:
        value = {"text": "\x00 ' \" \\ \n 검 \U0001f5e1", "list": [1, None, 0.5, {"a": True}]}
        async with bus.subscribe(channel) as values:
            await bus.publish(channel, value)
            assert await read(values, 1) == [value]

    @pytest.mark.parametrize("channel", ["", "a b", "검", "x" * 101, "a\x00"])
    async def test_a_channel_is_an_id(self, bus: ProgressBus, channel: str) -> None:
        with pytest.raises(ValueError, match="channel"):
            await bus.publish(channel, {})
        with pytest.raises(ValueError, match="channel"):
            async with bus.subscribe(channel):
                pass

    @pytest.mark.parametrize("value", [{"a": float("nan")}, {"a": "\ud800"}])
    async def test_what_is_no_json_is_refused(self, bus: ProgressBus, channel: str, value: Value) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - two encoders, two texts
            await bus.publish(channel, value)
