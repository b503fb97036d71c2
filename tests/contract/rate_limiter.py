"""What every rate limiter is held to. A suite for an adapter subclasses RateLimiterContract and gives `limiter`."""

from __future__ import annotations

import asyncio

import pytest

from herofactory.platform.rate_limit import RateLimiter


class RateLimiterContract:
    pytestmark = pytest.mark.anyio

    async def test_a_burst_is_granted_and_what_goes_beyond_it_waits(self, limiter: RateLimiter) -> None:
        waits = [await limiter.take("a", 0.01, 3) for _ in range(4)]
        assert waits[:3] == [0, 0, 0]
        assert 90 < waits[3] <= 100

    async def test_one_key_says_nothing_about_another(self, limiter: RateLimiter) -> None:
        assert [await limiter.take(key, 0.01, 1) for key in ("a", "b")] == [0, 0]

    async def test_a_refusal_costs_nothing(self, limiter: RateLimiter) -> None:
        await limiter.take("a", 0.01, 1)
        waits = [await limiter.take("a", 0.01, 1) for _ in range(5)]
        assert max(waits) <= 100
        assert min(waits) > 0

    async def test_the_wait_that_is_told_grows_shorter(self, limiter: RateLimiter) -> None:
        await limiter.take("a", 0.01, 1)
        first = await limiter.take("a", 0.01, 1)
        await asyncio.sleep(0.01)
        assert await limiter.take("a", 0.01, 1) <= first - 0.01

    async def test_after_the_wait_that_was_told_a_request_is_granted(self, limiter: RateLimiter) -> None:
        assert await limiter.take("a", 20, 1) == 0
        async with asyncio.timeout(5):
            while wait_s := await limiter.take("a", 20, 1):
                assert wait_s <= 0.05
                await asyncio.sleep(wait_s)

    async def test_requests_at_the_same_time_are_all_counted(self, limiter: RateLimiter) -> None:
        waits = await asyncio.gather(*(limiter.take("a", 0.001, 5) for _ in range(16)))
        assert sum(wait == 0 for wait in waits) == 5
