"""What a replay of the search index costs those who are there meanwhile: accepted to searchable, with and without one.

Aim: p99 at most 1.2 times what it is without. The embedded platform as a user runs it; the replay is `hero replay run`.
Beside it stands what a loop costs them that only counts, as far back as a replay: less the machine does not allow.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from bench.search import catalogue
from bench.spine_parts.api import Api, weapon
from bench.spine_parts.figures import machine, spread
from bench.stack_parts.platforms import UNLIMITED
from streams.replay.process import NICE
from tests.support.running import HERO, RunningPlatform, data_folder

AIM = 1.2
PATIENCE_S = 600.0
PHASE_S = 30.0
"""Of a round, without a replay and beside the loop: about as long as a replay takes, so that what the platform does now
and then is in all of them."""
LOOP = f"import os; os.nice({NICE})\nwhile True: pass"


def run(items: int, rounds: int) -> dict[str, Any]:
    found: dict[str, Any] = {**machine(), "items": items, "rounds": rounds, "replay_s": []}
    quiet, counting, beside = list[float](), list[float](), list[float]()
    with _platform(items) as platform:
        api = Api(platform.url, platform.token("bench"))
        _put_up(api, iter(range(20)))
        for _ in range(rounds):
            quiet += _put_up(api, _for(PHASE_S))
            with _beside([sys.executable, "-c", LOOP]):
                counting += _put_up(api, _for(PHASE_S))
            began = time.monotonic()
            with _beside([HERO, "replay", "run", "search-index", "--data", str(platform.data)]) as replay:
                beside += _put_up(api, _while(lambda: replay.poll() is None))
            if replay.returncode:
                raise RuntimeError(f"hero replay run ended with {replay.returncode}")
            found["replay_s"].append(round(time.monotonic() - began, 1))
            _hero(platform, "replay", "clean", "search-index")
    spreads = {"without_ms": spread(quiet), "beside_a_loop_ms": spread(counting), "beside_a_replay_ms": spread(beside)}
    return {
        **found,
        **spreads,
        "times": _times(spreads["beside_a_replay_ms"], spreads["without_ms"]),
        "times_of_the_loop": _times(spreads["beside_a_loop_ms"], spreads["without_ms"]),
    }


def _times(these: Mapping[str, float], those: Mapping[str, float]) -> dict[str, float]:
    return {part: round(these[part] / those[part], 2) for part in ("p50", "p95", "p99")}


def _put_up(api: Api, turns: Iterator[int]) -> Sequence[float]:
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


def _for(seconds: float) -> Iterator[int]:
    end = time.monotonic() + seconds
    return _while(lambda: time.monotonic() < end)


@contextmanager
def _beside(command: Sequence[str | Path]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


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
