"""What a replay of the search index costs those who are there meanwhile: accepted to searchable, with and without one.

Aim: p99 at most 1.2 times what it is without. The embedded platform as a user runs it; the replay is `hero replay run`.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

import psycopg

from bench.search import catalogue
from bench.spine_parts.api import Api, weapon
from bench.spine_parts.figures import machine, spread
from bench.stack_parts.platforms import UNLIMITED
from tests.support.running import HERO, RunningPlatform, data_folder

AIM = 1.2
PATIENCE_S = 600.0
QUIET = 120
"""Items put up without a replay, a round."""


def run(items: int, rounds: int) -> dict[str, Any]:
    found: dict[str, Any] = {**machine(), "items": items, "rounds": rounds, "replay_s": []}
    quiet, beside = list[float](), list[float]()
    with _platform(items) as platform:
        api = Api(platform.url, platform.token("bench"))
        _put_up(api, range(20))
        for _ in range(rounds):
            quiet += _put_up(api, range(QUIET))
            began = time.monotonic()
            with _replay(platform) as runs:
                beside += _put_up(api, _while(runs))
            found["replay_s"].append(round(time.monotonic() - began, 1))
            _hero(platform, "replay", "clean", "search-index")
    found["without_ms"], found["beside_a_replay_ms"] = spread(quiet), spread(beside)
    found["times"] = {
        part: round(found["beside_a_replay_ms"][part] / found["without_ms"][part], 2) for part in ("p50", "p95", "p99")
    }
    return found


def _put_up(api: Api, turns: range | Iterator[int]) -> Sequence[float]:
    """One after the other; seconds from the answer to the search that shows it."""
    took = []
    for _ in turns:
        item = weapon()
        api.accept(item)
        took.append(api.until_found(item["name"].split()[0]))
    return took


def _while(running: Callable[[], bool]) -> Iterator[int]:
    for number in count():
        if not running():
            return
        yield number


@contextmanager
def _replay(platform: RunningPlatform) -> Iterator[Callable[[], bool]]:
    process = subprocess.Popen(
        [HERO, "replay", "run", "search-index", "--data", platform.data], stdout=subprocess.DEVNULL
    )
    try:
        yield lambda: process.poll() is None
    finally:
        process.terminate()
        process.wait()
    if process.returncode:
        raise RuntimeError(f"hero replay run ended with {process.returncode}")


def _hero(platform: RunningPlatform, *words: str) -> None:
    subprocess.run([HERO, *words, "--data", platform.data], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _platform(items: int) -> Iterator[RunningPlatform]:
    with data_folder(keep_on_error=False) as folder:
        platform = RunningPlatform(folder, {**UNLIMITED, "HERO_MODERATION": "local"})
        try:
            platform.start("--no-sample", wait_for=("ready",))
            _fill(platform.dsn(), items)
            deadline = time.monotonic() + PATIENCE_S
            while Api(platform.url).search("", limit=1)["total"] < items:
                assert time.monotonic() < deadline, "the items are not searchable"
                time.sleep(0.5)
            yield platform
            platform.stop()
        finally:
            platform.end()
            platform.output.unlink(missing_ok=True)


def _fill(dsn: str, items: int) -> None:
    """Approved ones, past moderation; the mirror's trigger tells of each."""
    columns = "id, seller_id, name, description, category, tags, price, status, popularity, announced_revision"
    with (
        psycopg.connect(dsn) as connection,
        connection.cursor().copy(f"COPY items ({columns}) FROM STDIN".encode()) as to,
    ):
        for each in catalogue(items):
            fields = (each.name, each.description, each.category, list(each.tags), each.price)
            to.write_row((each.id, "bench", *fields, "approved", each.popularity, 1))
