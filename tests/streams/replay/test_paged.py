from __future__ import annotations

import threading
from collections.abc import Generator

import pytest

from streams.replay.paged import paged
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio


class Counting:
    def __init__(self, end: int, fails_at: int | None = None) -> None:
        self._end, self._fails_at = end, fails_at
        self.closed = threading.Event()
        self.threads: set[int] = set()

    def __call__(self) -> Generator[int, None, None]:
        try:
            for n in range(self._end):
                self.threads.add(threading.get_ident())
                if n == self._fails_at:
                    raise LookupError("lost")
                yield n
        finally:
            self.threads.add(threading.get_ident())
            self.closed.set()


async def test_everything_comes_in_order_in_pages_that_are_never_empty() -> None:
    for end in (0, 1, 4, 5):
        counting = Counting(end)
        pages = [page async for page in paged(counting, 2)]
        assert [n for page in pages for n in page] == list(range(end))
        assert all(pages)
        assert counting.closed.is_set()


async def test_a_generator_lives_and_ends_in_one_thread_which_is_not_the_event_loops() -> None:
    counting = Counting(10)
    pages = paged(counting, 2)
    assert await anext(pages) == [0, 1]
    await pages.aclose()
    await eventually(counting.closed.is_set)
    assert len(counting.threads) == 1
    assert counting.threads != {threading.get_ident()}


async def test_what_it_raises_is_raised_after_what_came_before() -> None:
    counting, found = Counting(10, fails_at=5), list[int]()

    async def collect() -> None:
        async for page in paged(counting, 2):
            found.extend(page)

    with pytest.raises(LookupError, match="lost"):
        await collect()
    assert found == [0, 1, 2, 3]
    assert counting.closed.is_set()
