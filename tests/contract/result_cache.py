"""What every cache is held to. A suite for an adapter subclasses ResultCacheContract and gives `cache`, of ENTRIES."""

from __future__ import annotations

import asyncio

import pytest

from herofactory.platform.cache import MAX_VALUE_BYTES, ResultCache

ENTRIES = 16
TTL_S = 60.0


class ResultCacheContract:
    pytestmark = pytest.mark.anyio

    async def test_what_was_put_is_found_byte_for_byte(self, cache: ResultCache) -> None:
        value = bytes(range(256)) * 1000
        await cache.put("검 \x00 \ud83d" + "가" * 5000, value, TTL_S)
        assert await cache.get("검 \x00 \ud83d" + "가" * 5000) == value
        assert await cache.get("방패") is None

    async def test_an_empty_result_is_a_result(self, cache: ResultCache) -> None:
        await cache.put("a", b"", TTL_S)
        assert await cache.get("a") == b""

    async def test_the_last_put_wins(self, cache: ResultCache) -> None:
        await cache.put("a", b"old", 0.05)
        await cache.put("a", b"new", TTL_S)
        await asyncio.sleep(0.1)
        assert await cache.get("a") == b"new"

    async def test_an_entry_goes_when_its_time_is_over(self, cache: ResultCache) -> None:
        await cache.put("short", b"1", 0.05)
        await cache.put("long", b"2", TTL_S)
        await asyncio.sleep(0.1)
        assert await cache.get("short") is None
        assert await cache.get("long") == b"2"

    async def test_what_was_deleted_is_gone(self, cache: ResultCache) -> None:
        await cache.put("a", b"1", TTL_S)
        await cache.put("b", b"2", TTL_S)
        await cache.delete("a")
        await cache.delete("never there")
        assert await cache.get("a") is None
        assert await cache.get("b") == b"2"

    async def test_what_is_too_large_is_not_kept_and_hides_nothing_old(self, cache: ResultCache) -> None:
        await cache.put("a", bytes(MAX_VALUE_BYTES), TTL_S)
        assert await cache.get("a") == bytes(MAX_VALUE_BYTES)
        await cache.put("a", bytes(MAX_VALUE_BYTES + 1), TTL_S)
        assert await cache.get("a") is None

    async def test_no_more_is_held_than_allowed_and_what_expires_next_goes_first(self, cache: ResultCache) -> None:
        names = [f"entry {number}" for number in range(3 * ENTRIES)]
        for number, name in enumerate(names):
            await cache.put(name, b"x", TTL_S + number)
        held = [name for name in names if await cache.get(name) is not None]
        assert held == names[-ENTRIES:]
