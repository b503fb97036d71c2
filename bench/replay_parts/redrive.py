"""Redrive of very many dead letters: letters per second, and what more letters cost in memory.

Each number runs in a process of its own, on a log and a database of its own: reads the topic into the table, lists all,
redrives all. Aim: the peak of 100,000 letters is that of 1,000, but for a few MB.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import NAMESPACE_OID, uuid5

from bench.spine_parts.figures import machine
from herofactory.platform.delivery import DeadLetter, Poison
from herofactory.platform.delivery.letters import LetterFilter, Redriver, catch_up, page
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.port import TopicConfig
from herofactory.platform.events import Headers
from herofactory.platform.postgres import EmbeddedPostgres
from herofactory.platform.postgres.database import Database, migrate
from herofactory.platform.records import Record

MOST_MB = 16
"""How much more the peak may be with the largest number than with the smallest."""
VALUE = b"x" * 600
"""About as long as an item's event."""
BATCH = 2_000
PAGE = 500
T = TypeVar("T")


def run(numbers: Sequence[int]) -> dict[str, Any]:
    found: dict[str, Any] = {**machine(), "runs": []}
    for number in numbers:
        with tempfile.TemporaryDirectory(prefix="hero-bench-") as name:
            folder = Path(name)
            folder.chmod(0o711)  # PostgreSQL, started by root, runs as another account
            fill(folder / "log", number)
            with EmbeddedPostgres(folder / "postgres") as postgres:
                migrate(postgres.dsn())
                command = [sys.executable, "-m", __spec__.name, postgres.dsn(), str(folder / "log")]
                child = subprocess.run(command, capture_output=True, text=True, check=True)
        found["runs"].append(json.loads(child.stdout.splitlines()[-1]))
        print(json.dumps(found["runs"][-1]), flush=True)
    peaks = [each["peak_mb"] for each in found["runs"]]
    found["growth_mb"] = round(peaks[-1] - peaks[0], 1)
    found["met"] = found["growth_mb"] <= MOST_MB
    return found


def fill(folder: Path, number: int) -> None:
    with closing(EmbeddedLog(folder, sync="NORMAL")) as log:
        for topic in ("dead.moderation", "retry.moderation"):
            log.create_topic(TopicConfig(topic, 1, None))
        for start in range(0, number, BATCH):
            log.publish([_letter(each).to_outgoing() for each in range(start, min(start + BATCH, number))])


def _letter(offset: int) -> DeadLetter:
    now = datetime.now(UTC)
    headers = Headers(str(uuid5(NAMESPACE_OID, str(offset))), "item.created", now, 1).to_bytes()
    key = f"item-{offset % 5_000}".encode()
    record = Record("item.created", offset % 4, offset // 4, key, VALUE, headers, now.timestamp())
    return DeadLetter.of("moderation", record, Poison("it cannot be judged"), attempts=1, at=now)


async def measure(dsn: str, folder: str) -> dict[str, Any]:
    async with _opened(dsn, folder) as (log, database):
        before = _peak_mb()
        _, index_s = await _timed(lambda: catch_up(log, database))
        listed, list_s = await _timed(lambda: _listed(database))
        done, redrive_s = await _timed(lambda: Redriver(log, database, by="bench").redrive(LetterFilter()))
        assert done.sent == listed
        return {
            "letters": listed,
            "indexed_per_s": round(listed / index_s),
            "listed_per_s": round(listed / list_s),
            "redriven_per_s": round(listed / redrive_s),
            "redrive_s": round(redrive_s, 2),
            "start_mb": before,
            "peak_mb": _peak_mb(),
        }


async def _listed(database: Database) -> int:
    listed, after = 0, 0
    while True:
        async with database.connection() as connection:
            letters = await page(connection, LetterFilter(), after=after, limit=PAGE)
        if not letters:
            return listed
        listed, after = listed + len(letters), letters[-1].id


@asynccontextmanager
async def _opened(dsn: str, folder: str) -> AsyncIterator[tuple[EmbeddedLog, Database]]:
    with closing(EmbeddedLog(folder)) as log:
        async with Database(dsn, size=2) as database:
            yield log, database


async def _timed(work: Callable[[], Coroutine[Any, Any, T]]) -> tuple[T, float]:
    began = time.perf_counter()
    result = await work()
    return result, time.perf_counter() - began


def _peak_mb() -> float:
    # Not ru_maxrss, which begins with the parent's.
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return round(int(line.split()[1]) / 1024, 1)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(*sys.argv[1:3]))))
