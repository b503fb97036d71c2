"""kill -9 of anything at any time, while items come in, change and go: every promise of the platform holds.

HERO_CHAOS_ROUNDS (20), HERO_CHAOS_SEED and HERO_CHAOS_PAUSE_S (3: at most, between two kills) make it longer, different
or wilder; a failure names the seed.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from tests.chaos.catalogue import Catalogue
from tests.chaos.checker import Checker
from tests.chaos.client import Client
from tests.chaos.ledger import Ledger
from tests.chaos.prober import Prober
from tests.support.running import RunningPlatform, data_folder

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

ROUNDS = int(os.environ.get("HERO_CHAOS_ROUNDS", "20"))
SEED = int(os.environ.get("HERO_CHAOS_SEED", "20261123"))
LINES = 30
"""New lines of the catalogue per round: 600 in all."""
PAUSE_S = (0.0, float(os.environ.get("HERO_CHAOS_PAUSE_S", "3")))
IMPORT_S = (0.4, 1.5)
"""An import begins with half a second of imports of another kind."""
VICTIMS = ("worker", "relay", "api", "postgres", "backend", "importer", "worker", "relay", "importer", "supervisor")
"""Drawn without replacement; then again from the start."""
QUIET_S = 60.0
"""After the last kill. A worker killed without leaving its groups holds its partitions for the session timeout."""
FROZEN_S = 20.0
"""Twice the session timeout: the others are told that it is dead while it is not."""
SETTINGS = {
    # Compaction and retention under fire too, not only once a minute.
    "HERO_MAINTENANCE_INTERVAL_S": "5",
    # One address asks for everybody here.
    "HERO_READ_RATE": "10000",
    "HERO_WRITE_RATE": "10000",
    "HERO_MODERATION": "local",
}


class Scene:
    """A platform at work, and everybody who works with it."""

    def __init__(self, platform: RunningPlatform, folder: Path) -> None:
        self.platform, self.ledger = platform, Ledger()
        self.client = Client(platform.url, platform.token("chaos-client"), self.ledger, SEED + 1)
        self.prober = Prober(platform.url, self.ledger, SEED + 2)
        self.catalogue = Catalogue(platform, folder, self.ledger, SEED + 3)
        for each in (self.client, self.prober, self.catalogue):
            each.start()

    def checker(self) -> Checker:
        return Checker(self.platform.dsn(), self.platform.url, self.platform.data / "log" / "log.db", self.ledger)

    def finish(self) -> str:
        """Let everybody come to an end, wait until the platform is quiet, check everything; returns what was done."""
        self.catalogue.finish()
        self.client.finish()
        checker = self.checker()
        quiet = checker.wait_quiet(QUIET_S)
        self.prober.finish()
        checker.check()
        return (
            f"{self.ledger.acknowledged} acknowledged changes to {len(self.ledger.entries)} items "
            f"({self.client.repeated} calls repeated, {self.catalogue.killed} imports killed), "
            f"{self.prober.answers} probes ({self.prober.unanswered} unanswered); quiet after {quiet:.1f} s"
        )


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    with data_folder() as data:
        platform = RunningPlatform(data, SETTINGS)
        try:
            platform.start("--no-sample")
            acting = Scene(platform, folder)
            yield acting
            platform.stop()
        except BaseException:
            print(f"seed {SEED}; data kept in {data}\n{platform.tail()}")
            raise
        finally:
            platform.end()
            platform.output.unlink(missing_ok=True)


def kill(acting: Scene, victim: str, rng: random.Random) -> bool:
    """kill -9. False where there is no such process at the moment."""
    if victim == "importer":
        return acting.catalogue.kill(rng.uniform(*IMPORT_S))
    if victim == "supervisor":
        acting.platform.kill_supervisor()
        acting.platform.start("--no-sample")
        return True
    try:
        if process := acting.platform.part(victim):
            process.kill()
    except psutil.NoSuchProcess:
        return False
    return process is not None


def test_whatever_is_killed_every_accepted_item_ends_searchable_once_and_no_other_is_ever_served(
    tmp_path: Path,
) -> None:
    rng = random.Random(SEED)
    victims: list[str] = []
    while len(victims) < ROUNDS:
        victims += rng.sample(VICTIMS, len(VICTIMS))
    killed: Counter[str] = Counter()
    with scene(tmp_path) as acting:
        for number, victim in enumerate(victims[:ROUNDS], 1):
            acting.catalogue.grow(LINES)
            time.sleep(rng.uniform(*PAUSE_S))
            done = kill(acting, victim, rng)
            killed[victim] += done
            print(f"round {number}: {victim}{'' if done else ' (is not there)'}")
            assert acting.client.failure is None, acting.client.failure
        print(acting.finish(), dict(killed))


def test_a_worker_that_stands_still_and_goes_on_loses_nothing_and_serves_nothing_wrong(tmp_path: Path) -> None:
    with scene(tmp_path) as acting:
        acting.catalogue.grow(4 * LINES)
        time.sleep(2)
        worker = acting.platform.part("worker")
        assert worker is not None
        worker.suspend()
        try:
            time.sleep(FROZEN_S)
        finally:
            worker.resume()
        acting.catalogue.grow(LINES)
        print(acting.finish())


def test_the_checker_sees_what_it_is_there_to_see(tmp_path: Path) -> None:
    with scene(tmp_path) as acting:
        acting.catalogue.grow(LINES)
        acting.finish()
        checker = acting.checker()
        with psycopg.connect(acting.platform.dsn(), autocommit=True) as connection:
            (rejected,) = ids(connection, "rejected", 1)
            gone, dearer = ids(connection, "approved", 2)
            connection.execute("UPDATE items SET status = 'approved' WHERE id = %s", (rejected,))
            connection.execute("DELETE FROM items WHERE id = %s", (gone,))
            connection.execute("UPDATE items SET price = price + 1 WHERE id = %s", (dearer,))
        checker.wait_quiet(QUIET_S)
        with pytest.raises(AssertionError, match="problems") as seen:
            checker.check()
        for what in ("is approved by", "accepted, but not in the database", "costs"):
            assert what in str(seen.value)


def ids(connection: psycopg.Connection[Any], status: str, count: int) -> list[Any]:
    rows = connection.execute("SELECT id FROM items WHERE status = %s ORDER BY id LIMIT %s", (status, count)).fetchall()
    assert len(rows) == count
    return [row[0] for row in rows]
