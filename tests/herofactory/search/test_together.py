from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from herofactory.search.together import Together
from herofactory.search.write import Outcome, Remove, Write, WriteOutcome
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio


class Index:
    """Takes a write when the test lets it."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.turn = asyncio.Semaphore(0)
        self.error: Exception | None = None

    async def apply(self, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        self.calls.append([write.id for write in writes])
        await self.turn.acquire()
        if self.error:
            raise self.error
        return [WriteOutcome(write.id, write.revision, Outcome.OK) for write in writes]


def put(together: Together, *ids: str) -> asyncio.Future[Sequence[WriteOutcome]]:
    return asyncio.ensure_future(together([Remove(each, 1) for each in ids]))


async def test_what_waits_goes_into_one_write_and_each_caller_gets_its_own_outcomes() -> None:
    index = Index()
    together = Together(index.apply)
    first = put(together, "a")
    await eventually(lambda: len(index.calls) == 1)
    others = [put(together, "b", "c"), put(together, "d")]
    await asyncio.sleep(0)
    index.turn.release()
    await first
    index.turn.release()
    told = await asyncio.gather(*others)
    assert index.calls == [["a"], ["b", "c", "d"]]
    assert [[each.id for each in outcomes] for outcomes in told] == [["b", "c"], ["d"]]


async def test_one_write_takes_whole_calls_up_to_its_bound() -> None:
    index = Index()
    together = Together(index.apply, most=3)
    calls = [put(together, "a", "b"), put(together, "c"), put(together, "d", "e", "f", "g"), put(together, "h")]
    for _ in range(4):
        index.turn.release()
    await asyncio.gather(*calls)
    assert index.calls == [["a", "b", "c"], ["d", "e", "f", "g"], ["h"]]


async def test_nobody_is_blamed_for_what_another_one_handed_in() -> None:
    async def apply(writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        if any(write.id == "poison" for write in writes):
            raise ValueError("poison")
        return [WriteOutcome(write.id, write.revision, Outcome.OK) for write in writes]

    together = Together(apply)
    calls = [put(together, "a"), put(together, "poison"), put(together, "b")]
    told = await asyncio.gather(*calls, return_exceptions=True)
    assert [isinstance(each, ValueError) for each in told] == [False, True, False]


async def test_an_outage_is_told_to_all_whose_writes_it_met_and_to_nobody_after() -> None:
    index = Index()
    index.error = ConnectionError("down")
    together = Together(index.apply)
    met = [put(together, "a"), put(together, "b")]
    for _ in range(3):
        index.turn.release()
    assert [str(each) for each in await asyncio.gather(*met, return_exceptions=True)] == ["down", "down"]
    index.error = None
    index.turn.release()
    assert len(await put(together, "c")) == 1


async def test_a_caller_that_is_cancelled_disturbs_nobody() -> None:
    index = Index()
    together = Together(index.apply)
    first = put(together, "a")
    await eventually(lambda: len(index.calls) == 1)
    second, third = put(together, "b"), put(together, "c")
    await asyncio.sleep(0)
    for each in (first, second):
        each.cancel()
    index.turn.release()
    index.turn.release()
    assert [each.id for each in await third] == ["c"]
    assert index.calls == [["a"], ["c"]]
