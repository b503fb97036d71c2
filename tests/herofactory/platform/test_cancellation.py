"""A cancellation that got lost is heard all the same, once."""

from __future__ import annotations

import asyncio

import pytest

from herofactory.platform.cancellation import heeding
from tests.support.cancelling import deaf, ended, steps

pytestmark = pytest.mark.anyio


async def test_one_that_got_lost_is_heard() -> None:
    async def repeats() -> None:
        for _ in range(2):
            with heeding():
                await deaf()

    task = asyncio.create_task(repeats())
    await steps(1)
    assert await ended(task)


async def test_one_that_became_an_error_is_heard() -> None:
    async def fails() -> None:
        with heeding():
            await deaf()
            raise ConnectionError("closed meanwhile")

    task = asyncio.create_task(fails())
    await steps(1)
    assert await ended(task)


async def test_who_was_cancelled_before_can_clean_up() -> None:
    cleaned = []

    async def works() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            with heeding():
                await steps(1)
            cleaned.append(True)

    task = asyncio.create_task(works())
    await steps(1)
    assert await ended(task)
    assert cleaned


async def test_a_time_limit_around_it_is_kept() -> None:
    async def works() -> None:
        async with asyncio.timeout(0.01):
            with heeding():
                await deaf()

    with pytest.raises(TimeoutError):
        await works()


async def test_a_time_limit_within_it_is_none_of_its_business() -> None:
    with heeding(), pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await asyncio.sleep(60)


async def test_errors_pass() -> None:
    with pytest.raises(ValueError, match="as planned"), heeding():
        raise ValueError("as planned")
