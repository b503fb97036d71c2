from __future__ import annotations

import asyncio

import pytest

from api.remembered import AT_ONCE, MOST, Remembered

pytestmark = pytest.mark.anyio


class Maker:
    def __init__(self) -> None:
        self.made = 0
        self.at_once = 0
        self.most_at_once = 0
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def __call__(self) -> int:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.may_end.wait()
        self.at_once -= 1
        self.made += 1
        return self.made


async def test_who_asks_for_the_same_within_seconds_gets_the_same() -> None:
    times, make = [0.0], Maker()
    remembered = Remembered(5.0, lambda: times[0])
    assert await asyncio.gather(*(remembered.answer("a", make) for _ in range(10))) == [1] * 10
    assert await remembered.answer("b", make) == 2
    times[0] = 5.0
    assert await remembered.answer("a", make) == 3
    remembered.forget()
    assert await remembered.answer("a", make) == 4


async def test_an_error_is_told_to_who_waits_and_to_nobody_after() -> None:
    async def fail() -> int:
        raise LookupError

    remembered = Remembered()
    with pytest.raises(LookupError):
        await remembered.answer("a", fail)
    assert await remembered.answer("a", Maker()) == 1


async def test_who_leaves_takes_nothing_from_the_others() -> None:
    make = Maker()
    make.may_end.clear()
    remembered = Remembered()
    first = asyncio.create_task(remembered.answer("a", make))
    other = asyncio.create_task(remembered.answer("a", make))
    await asyncio.sleep(0)
    first.cancel()
    make.may_end.set()
    assert await other == 1


async def test_few_are_made_at_once_and_few_are_kept() -> None:
    make = Maker()
    remembered = Remembered()
    await asyncio.gather(*(remembered.answer(n, make) for n in range(MOST + 10)))
    assert make.most_at_once <= AT_ONCE
    assert len(remembered._answers) <= MOST
