from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from cli import quality_runs
from cli.compose import apply_topics, codec_of, open_log
from cli.errors import CliError
from cli.main import app
from cli.quality import check
from herofactory.catalog.service import Catalog
from herofactory.platform.clock import SystemClock
from herofactory.platform.events import Headers
from herofactory.platform.events.search import SearchQueried
from herofactory.platform.ids import uuid7
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Outgoing
from herofactory.platform.settings import Settings
from herofactory.quality.names import NAMES
from tests.support.catalog import put_up
from tests.support.platform import until

pytestmark = pytest.mark.anyio
ID = str(uuid7())
SEARCH = SearchQueried(
    query_id=ID,
    session="s",
    person="00112233445566ff",
    user_id=None,
    text="검",
    normalised="검",
    category=None,
    tags=(),
    min_price=None,
    max_price=None,
    sort="relevance",
    total=0,
    shown=(),
    latency_ms=1.0,
    corrected_to=None,
    page=1,
)


@pytest.fixture
def log_of(settings: Settings) -> Settings:
    """Settings of a platform whose topics are there."""
    with closing(open_log(settings)) as log:
        apply_topics(settings, log)
    return settings


def write(settings: Settings, *searches: SearchQueried) -> None:
    with closing(open_log(settings)) as log:
        codec = codec_of(settings, log)
        for each in searches:
            headers = Headers.fresh("search.query", SystemClock()).to_bytes()
            log.publish([Outgoing("search.query", b"s", codec.encode(each), headers)])


async def test_a_planted_bad_record_fails_its_suite_alone_and_is_told_everywhere(
    log_of: Settings, database: Database, outbox: Outbox
) -> None:
    await put_up(database, Catalog(outbox))
    write(log_of, SEARCH, SEARCH)
    assert all(result.passed for result in await check(log_of))
    write(log_of, replace(SEARCH, person="smith"))
    results = {result.suite: result for result in await check(log_of)}
    assert tuple(results) == NAMES
    assert [name for name, result in results.items() if not result.passed] == ["searches"]
    assert results["searches"].rows == {"search.query": 3, "search.clicked": 0, "item.viewed": 0}
    (failed,) = results["searches"].failed
    assert failed.reason.startswith("search.query: not so: person is a pseudonym of 16 hexadecimal digits (1 of 3 rows")

    stored = await database.fetch_one("SELECT * FROM quality_checks WHERE suite = 'searches'")
    assert stored is not None
    assert (stored["passed"], stored["reasons"]) == (False, [failed.reason])
    told = await database.fetch("SELECT key FROM outbox WHERE topic = 'quality.checked' ORDER BY seq")
    assert [row["key"] for row in told] == [*NAMES, *NAMES]
    page = (log_of.folder / "quality" / "searches.html").read_text(encoding="utf-8")
    assert failed.places[0] in page
    assert "smith" not in page


async def test_only_one_process_checks_at_a_time(log_of: Settings, database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute("SELECT pg_advisory_lock(%s)", (0x5155414C,))
        with pytest.raises(CliError, match="by another process"):
            await check(log_of, ["outbox"])


async def test_an_unknown_suite_is_named_with_those_there_are(log_of: Settings) -> None:
    with pytest.raises(CliError, match="no suite 'sword'; there are items, searches"):
        await check(log_of, ["sword"])


def test_the_command_shows_json_or_a_table_and_fails_with_a_suite(
    log_of: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HERO_DATA", str(log_of.folder))
    assert log_of.database_url is not None
    monkeypatch.setenv("HERO_DATABASE_URL", log_of.database_url.get_secret_value())
    runner = CliRunner()
    done = runner.invoke(app, ["quality", "run", "--suite", "searches", "--json"])
    assert done.exit_code == 0, done.output
    (suite,) = json.loads(done.stdout)
    assert (suite["suite"], suite["passed"], suite["checks"]) == ("searches", True, [])
    write(log_of, replace(SEARCH, total=-1))
    done = runner.invoke(app, ["quality", "run", "--suite", "searches", "--suite", "outbox"])
    assert done.exit_code == 1
    assert "not so: total is 0 or more" in done.stdout.replace("\n", " ")


_WATCH = """
import os, socket, sys

def watch(event, arguments):
    if event.startswith("socket.") and event not in ("socket.__new__", "socket.bind"):
        os._exit(9)

sys.addaudithook(watch)
"""
_RUN = """
from tests.herofactory.quality import good
from herofactory.quality.validation import validate

assert "great_expectations" in sys.modules
assert sum(len(validate(part, good.rows(source))) for source, part in good.PARTS.items()) > 100
"""


def watched(code: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Ends with 9 as soon as `code` looks a name up or makes a connection."""
    # Whatever the environment says, and with a home to leave something in.
    environment = {**os.environ, "GX_ANALYTICS_ENABLED": "true", "HOME": str(home), "PYTHONPATH": str(Path.cwd())}
    return subprocess.run(
        [sys.executable, "-c", _WATCH + code], env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_nothing_is_told_to_anybody_outside(tmp_path: Path) -> None:
    """Neither while Great Expectations is loaded nor while it runs every expectation."""
    done = watched(_RUN, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", ["getaddrinfo('localhost', 1)", "socket().connect_ex(('127.0.0.1', 1))"])
def test_it_would_be_noticed(tmp_path: Path, call: str) -> None:
    assert watched(f"socket.{call}", tmp_path).returncode == 9


async def test_the_hourly_run_is_a_child_with_an_environment_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HERO_PART_LOG", "HERO_GATE", "HERO_LISTENER"):
        monkeypatch.setenv(name, "7")
    code = "import os, json, sys; json.dump([os.getppid(), dict(os.environ)], open(sys.argv[1], 'w')); sys.exit(3)"
    assert await quality_runs.run_once(("-c", code, str(tmp_path / "told"))) == 3
    parent, environment = json.loads((tmp_path / "told").read_text())
    assert parent == os.getpid()
    assert environment["HERO_SUPERVISOR_PID"] == str(os.getpid())
    assert not {"HERO_PART_LOG", "HERO_GATE", "HERO_LISTENER"} & environment.keys()


async def test_who_ends_the_chore_ends_its_run(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    code = "import os, sys, time; open(sys.argv[1], 'w').write(f'{os.getpid()} '); time.sleep(60)"
    task = asyncio.create_task(quality_runs.run_once(("-c", code, str(told))))
    await asyncio.to_thread(until, lambda: told.exists() and told.read_text().endswith(" "), "the run began")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not psutil.pid_exists(int(told.read_text()))


async def test_a_run_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality_runs, "LONGEST_S", 0.1)
    assert await quality_runs.run_once(("-c", "import time; time.sleep(60)")) < 0


async def test_without_an_interval_nothing_runs(settings: Settings) -> None:
    async with asyncio.timeout(5):
        await quality_runs.run_quality(settings.model_copy(update={"quality_interval_s": 0}))


async def test_it_runs_again_and_again_whatever_comes_out(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = 0
    thrice = asyncio.Event()

    async def run_once() -> int:
        nonlocal runs
        runs += 1
        if runs == 2:
            raise OSError("no process left")
        if runs == 3:
            thrice.set()
        return runs % 2

    monkeypatch.setattr(quality_runs, "run_once", run_once)
    task = asyncio.create_task(quality_runs.run_quality(settings.model_copy(update={"quality_interval_s": 0.01})))
    async with asyncio.timeout(10):
        await thrice.wait()
    task.cancel()
