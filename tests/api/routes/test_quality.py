from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime

import httpx
import pytest

from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings
from herofactory.quality import store
from herofactory.quality.result import Check, SuiteResult
from herofactory.quality.site.write import write

pytestmark = pytest.mark.anyio
PAGE = "http://hero/quality"
BAD = Check("item.viewed", "person is a <pseudonym>", "expect_it", False, 7, 1, ("item.viewed/0@3",))
GOOD = Check("item.viewed", "item_id is a UUID", "expect_it", True, 7, 0)


def result(*checks: Check, suite: str = "searches") -> SuiteResult:
    return SuiteResult(suite, "What people do", datetime.now(UTC), 12.0, {"item.viewed": 7, "access.log": 0}, checks)


async def keep(database: Database, outbox: Outbox, *results: SuiteResult) -> None:
    async with database.transaction() as transaction:
        for each in results:
            await store.put(transaction, outbox, each)


async def test_before_the_first_run_it_says_how_to_come_to_one(client: httpx.AsyncClient) -> None:
    answer = await client.get(PAGE)
    assert answer.status_code == 200
    assert "hero quality run" in answer.text
    assert (await client.get(f"{PAGE}/searches.html")).status_code == 404


async def test_it_lists_suites_and_shows_each(
    client: httpx.AsyncClient, settings: Settings, database: Database, outbox: Outbox
) -> None:
    found = result(GOOD, BAD)
    await keep(database, outbox, found, result(suite="items"))
    write(settings.folder / "quality", [found])
    listed = (await client.get(PAGE)).text
    assert "1 of 7 rows, first item.viewed/0@3" in listed
    assert re.findall(r'href="/quality/(\w+)\.html"', listed) == ["searches"]  # the other one ran elsewhere
    page = await client.get(f"{PAGE}/searches.html")
    assert "person is a &lt;pseudonym&gt;" in page.text
    assert "There is nothing in it yet." in page.text
    assert page.headers["cache-control"] == "no-cache"


async def test_its_pages_load_nothing_but_their_style_sheet(client: httpx.AsyncClient, settings: Settings) -> None:
    write(settings.folder / "quality", [result(GOOD, BAD)])
    for path in (PAGE, f"{PAGE}/searches.html"):
        page = await client.get(path)
        assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")
        assert re.findall(r'<(?:link|script|img)[^>]*(?:href|src)="([^"]*)"', page.text) == ["/quality/style.css"]
        assert not re.search(r"https?:|<script|\sstyle=|\son\w+=", page.text)
    style = await client.get(f"{PAGE}/style.css")
    assert style.headers["content-type"].startswith("text/css")
    assert "url(" not in style.text


@pytest.mark.parametrize("name", ["..", "%2e%2e%2fkeys%2fsigning", ".searches", "a/b"])
async def test_nothing_but_pages_is_served(client: httpx.AsyncClient, settings: Settings, name: str) -> None:
    write(settings.folder / "quality", [result()])
    assert (await client.get(f"{PAGE}/{name}.html")).status_code in (404, 422)


async def test_pages_of_suites_that_are_no_more_go(settings: Settings) -> None:
    folder = settings.folder / "quality"
    write(folder, [result(), result(suite="gone")])
    assert [file.name for file in folder.iterdir()] == ["searches.html"]


async def test_the_latest_result_of_a_suite_is_kept_and_told(database: Database, outbox: Outbox) -> None:
    await keep(database, outbox, result(BAD), result(GOOD))
    async with database.connection() as connection:
        (kept,) = await store.stored(connection)
        assert (kept.passed, kept.expectations, kept.failed, list(kept.reasons)) == (True, 1, 0, [])
        assert await store.failing(connection) == []
    told = await database.fetch("SELECT topic, key FROM outbox ORDER BY seq")
    assert told == [{"topic": "quality.checked", "key": "searches"}] * 2


async def test_results_of_suites_that_are_no_more_are_forgotten(database: Database, outbox: Outbox) -> None:
    await keep(database, outbox, result(BAD), result(BAD, suite="gone"))
    async with database.transaction() as transaction:
        await store.forget_others(transaction, ["searches"])
        assert [each.suite for each in await store.stored(transaction)] == ["searches"]


def test_no_other_process_loads_great_expectations() -> None:
    """200 MB that belong to the process that runs the suites, and to no other."""
    loaded = """
import sys
import api.app, cli.main, cli.relay, cli.housekeeper, cli.worker, cli.commands.quality, cli.quality
print(sorted(name for name in ("great_expectations", "pandas") if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
