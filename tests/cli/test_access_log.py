"""From a request to the figures of its route, through all the processes of the platform."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import httpx

from herofactory.insights.traffic.figures import Figures, Step, traffic
from herofactory.insights.window import Range, Window
from herofactory.platform.postgres import read_dsn
from herofactory.platform.postgres.database import Database
from tests.support.platform import Platform, until

REFUSED = {"Authorization": "Bearer forged"}


def figures_of(platform: Platform, method: str, route: str) -> Figures | None:
    async def read() -> Figures | None:
        now = datetime.now(UTC)
        async with Database(read_dsn(platform.folder / "postgres"), size=1) as database:
            found = await traffic(database, Range.last(Window.HOUR, now), Step.MINUTE, now)
        return next((each.figures for each in found.routes if (each.method, each.route) == (method, route)), None)

    return asyncio.run(read())


def all_counted(platform: Platform) -> Figures | None:
    found = figures_of(platform, "PATCH", "/api/v1/items/{item_id}")
    return found if found and found.requests == 7 else None


def test_requests_appear_in_the_figures_of_their_route(platform: Platform) -> None:
    item = f"http://127.0.0.1:{platform.port}/api/v1/items/01920000-0000-7000-8000-000000000000"
    assert [httpx.patch(item, headers=REFUSED, timeout=5).status_code for _ in range(7)] == [401] * 7
    found = until(lambda: all_counted(platform), "the requests are counted")
    assert (found.refused, found.errors) == (7, 0)
    assert found.p50_ms is not None
    assert not platform.hero_json("status")["problems"]


def test_the_log_lies_with_the_others(platform: Platform) -> None:
    httpx.get(f"http://127.0.0.1:{platform.port}/", timeout=5)
    until(lambda: (platform.folder / "logs" / "access.log").exists(), "the first line")
