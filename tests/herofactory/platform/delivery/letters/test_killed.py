"""kill -9 of a redrive: nothing is written down as sent that was not, and the next one sends the rest."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from herofactory.platform.delivery.letters import LetterFilter, page
from herofactory.platform.delivery.origin import Origin, ours
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.port import TopicConfig
from herofactory.platform.postgres.database import Database
from tests.support.letters import AGENT, letter

pytestmark = pytest.mark.anyio
LETTERS = 3_000
KILLS_AT = (1, 1_500)
"""Letters written back when the process is killed."""
DEADLINE_S = 90.0


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    with closing(EmbeddedLog(tmp_path / "log", sync="NORMAL")) as log:
        for name in (f"dead.{AGENT}", f"retry.{AGENT}"):
            log.create_topic(TopicConfig(name, 1, None))
        log.publish([letter(number, key=f"{number % 50}").to_outgoing() for number in range(LETTERS)])
        yield log


def process(dsn: str, log: EmbeddedLog) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.support.redriving", dsn, str(log.folder)])


def sent(log: EmbeddedLog) -> list[int]:
    records = log.read(f"retry.{AGENT}", 0, 0, 10 * LETTERS)
    return [Origin.parse(ours(record.headers)).offset for record in records]


async def redriven(database: Database) -> set[int]:
    async with database.connection() as connection:
        letters = await page(connection, LetterFilter(state="redriven"), limit=2 * LETTERS)
    return {each.offset for each in letters}


async def test_a_killed_redrive_loses_nothing_and_the_next_one_goes_on(
    log: EmbeddedLog, dsn: str, database: Database
) -> None:
    for written in KILLS_AT:
        with process(dsn, log) as child:
            deadline = time.monotonic() + DEADLINE_S
            while log.offsets(f"retry.{AGENT}")[0].end < written:
                assert child.poll() is None
                assert time.monotonic() < deadline
            child.kill()
        assert await redriven(database) <= set(sent(log)), "only what was acked is written down"
    with process(dsn, log) as child:
        assert child.wait(DEADLINE_S) == 0
    assert await redriven(database) == set(sent(log)) == set(range(LETTERS))
    assert len(sent(log)) <= LETTERS + 500 * len(KILLS_AT), "a page at most is sent twice for each kill"
