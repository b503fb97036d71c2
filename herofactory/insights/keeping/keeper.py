"""Keeps figures in step with observations: hours that changed are folded again, and days that hold them merged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

import psycopg

from herofactory.insights.generations import ALL, FIGURES
from herofactory.insights.keeping import days, retention
from herofactory.insights.keeping.place import Place, moment, place_of
from herofactory.insights.observation import Kind
from herofactory.insights.traffic import days as traffic_days
from herofactory.platform.clock import Clock
from herofactory.platform.postgres.database import Connection, Database, Row
from herofactory.platform.telemetry.logging import get_logger
from herofactory.platform.telemetry.metrics import Metrics

Refold = Callable[[Connection, Place, float], Awaitable[float | None]]
"""Makes a place's figures again, as of now; returns when to do so once more although nothing new came, or None."""
DAY_AFTER = timedelta(seconds=10)
"""How far a day may be behind its hours."""
AGAIN_AFTER = timedelta(seconds=5)
"""How long an hour that goes on changing is left alone."""
REST_SHARE = 4.0
REST_S = 15.0
"""After a place took `n` seconds this worker leaves it alone for four times as long, and at most REST_S."""
BROKEN_AFTER = timedelta(minutes=10)
"""When to try a place again whose figures cannot be made."""
_CANDIDATES = 256
OTHERS_S = 0.25
"""For generations that are not read, in each turn: who compares them does what is left at once."""
_OTHERS = 4
Done = Literal["done", "open", "gone", "busy"]
"""open: once more, when what it waits for is judged. gone: nothing (more) to do. busy: another keeper is at it."""
# Hours of a generation that is being filled wait, so that each is made once; those of one that is dropped are over.
_WAITING = """NOT EXISTS (SELECT FROM target_generations AS made WHERE made.target = 'insights'
    AND made.generation = work.generation AND made.state <> 'following')"""
_PLACES = f"""SELECT generation, kind, hour, shard FROM observation_work AS work
    WHERE due_at <= %s AND kind = ANY(%s) AND (generation = {FIGURES.in_use}) = %s AND {_WAITING}
    ORDER BY due_at LIMIT %s"""
_DAYS = f"""SELECT generation, day FROM day_work AS work
    WHERE due_at <= %s AND (generation = {FIGURES.in_use}) = %s AND {_WAITING}
    ORDER BY due_at LIMIT %s"""


class Keeper:
    """Any number of them share the work, in one process or in many."""

    def __init__(self, database: Database, clock: Clock, metrics: Metrics, refolds: Mapping[Kind, Refold]) -> None:
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._refolds = refolds
        self._resting: dict[object, float] = {}

    async def turn(self) -> int:
        """Do what is due; returns how many hours and days. Raises psycopg.Error where the database is away.

        The generation that is read comes first, however much there is to do for others.
        """
        done = await self._all(_CANDIDATES)
        until = self._clock.monotonic() + OTHERS_S
        while self._clock.monotonic() < until and (others := await self._some(False, _OTHERS)):
            done += others
        return done

    async def sweep(self) -> None:
        for each in ALL:
            await each.sweep(self._database)
        async with self._database.transaction() as transaction:
            await retention.sweep(transaction, self._clock.now())
        await traffic_days.make(self._database, retention.horizon(self._clock.now()), self._clock.now())

    async def _all(self, limit: int) -> int:
        done = 0
        while worked := await self._some(True, limit):
            done += worked
        return done

    async def _some(self, read: bool, limit: int) -> int:
        now = self._clock.now()
        places = await self._database.fetch(_PLACES, now, list(self._refolds), read, limit)
        done = sum([await self._rested(row, self._fold) for row in places])
        days_due = await self._database.fetch(_DAYS, self._clock.now(), read, limit)
        return done + sum([await self._rested(row, self._merge) for row in days_due])

    async def _rested(self, row: Row, work: Callable[[Row], Awaitable[Done]]) -> bool:
        """False where somebody else does it, or it was done a moment ago."""
        key = tuple(row.values())
        began = self._clock.monotonic()
        self._resting = {each: until for each, until in self._resting.items() if until > began}
        if key in self._resting or await work(row) in ("busy", "gone"):
            return False
        ended = self._clock.monotonic()
        self._resting[key] = ended + min((ended - began) * REST_SHARE, REST_S)
        return True

    # -- hours

    async def _fold(self, row: Row) -> Done:
        return await self.fold(place_of(row))

    async def fold(self, place: Place, *, at_once: bool = False) -> Done:
        """`at_once`: also where it is not due yet. A place that cannot be made is tried again later, and told of."""
        try:
            async with self._database.transaction() as transaction:
                return await self._fold_in(transaction, place, at_once)
        except (psycopg.OperationalError, OSError):
            raise
        except Exception as error:  # noqa: BLE001 - one hour that cannot be made must not stop all others
            await self._postpone(place, error)
            return "open"

    async def _fold_in(self, transaction: Connection, place: Place, at_once: bool) -> Done:
        version = await _claim(
            transaction,
            f"insights {place}",
            "SELECT version FROM observation_work WHERE generation = %s AND kind = %s AND hour = %s AND shard = %s"
            " AND (due_at <= %s OR %s)",
            (*place.key, self._clock.now(), at_once),
        )
        if not isinstance(version, int):
            return version
        due = await self._refolds[place.kind](transaction, place, self._clock.now().timestamp())
        await self._settle(transaction, place, version, due)
        if place.kind == "search":
            day = moment(place.hour).date()
            await days.mark(transaction, place.generation, day, self._clock.now() + DAY_AFTER)
        self._metrics.count("hero_insights_folds_total", kind=place.kind)
        return "done" if due is None else "open"

    async def _settle(self, transaction: Connection, place: Place, version: int, due: float | None) -> None:
        """Done, unless a segment came meanwhile: then once more in a while."""
        mine = "generation = %s AND kind = %s AND hour = %s AND shard = %s AND version = %s"
        if due is None:
            command, parameters = f"DELETE FROM observation_work WHERE {mine}", (*place.key, version)
        else:
            command = f"UPDATE observation_work SET due_at = %s WHERE {mine}"
            parameters = (moment(due), *place.key, version)
        cursor = await transaction.execute(command.encode(), parameters)
        if not cursor.rowcount:
            await self._again(transaction, place, self._clock.now() + AGAIN_AFTER)

    async def _again(self, transaction: Connection, place: Place, due: datetime) -> None:
        await transaction.execute(
            "UPDATE observation_work SET due_at = %s WHERE generation = %s AND kind = %s AND hour = %s AND shard = %s",
            (due, *place.key),
        )

    async def _postpone(self, place: Place, error: Exception) -> None:
        hour = moment(place.hour).isoformat()
        get_logger(__name__).error(
            "figures of an hour cannot be made; trying again later", hour=hour, shard=place.shard, error=repr(error)
        )
        self._metrics.count("hero_insights_broken_total", kind=place.kind)
        async with self._database.transaction() as transaction:
            await self._again(transaction, place, self._clock.now() + BROKEN_AFTER)

    # -- days

    async def _merge(self, row: Row) -> Done:
        return await self.merge(int(row["generation"]), row["day"])

    async def merge(self, generation: int, day: date, *, at_once: bool = False) -> Done:
        async with self._database.transaction() as transaction:
            version = await _claim(
                transaction,
                f"insights day {generation} {day}",
                "SELECT version FROM day_work WHERE generation = %s AND day = %s AND (due_at <= %s OR %s)",
                (generation, day, self._clock.now(), at_once),
            )
            if not isinstance(version, int):
                return version
            await days.merge(transaction, generation, day)
            await transaction.execute(
                "DELETE FROM day_work WHERE generation = %s AND day = %s AND version = %s", (generation, day, version)
            )
        return "done"


async def _claim(
    transaction: Connection, name: str, query: str, parameters: Sequence[object]
) -> int | Literal["busy", "gone"]:
    """The version that is to be made.

    A lock beside the rows, held to the end of the transaction: agents that mark the row meanwhile must not wait.
    """
    cursor = await transaction.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0)) AS got", (name,))
    locked = await cursor.fetchone()
    if locked is None or not locked["got"]:
        return "busy"
    cursor = await transaction.execute(query.encode(), parameters)
    row = await cursor.fetchone()
    return "gone" if row is None else int(row["version"])
