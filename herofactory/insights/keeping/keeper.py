"""Keeps figures in step with observations: hours that changed are folded again, and days that hold them merged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

import psycopg

from herofactory.insights.keeping import days, retention
from herofactory.insights.keeping.place import Place, moment
from herofactory.insights.observation import Kind
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


class Keeper:
    """Any number of them share the work, in one process or in many."""

    def __init__(self, database: Database, clock: Clock, metrics: Metrics, refolds: Mapping[Kind, Refold]) -> None:
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._refolds = refolds
        self._resting: dict[object, float] = {}

    async def turn(self) -> int:
        """Do what is due; returns how many hours and days. Raises psycopg.Error where the database is away."""
        done = await self._all(self._due_places, self._fold)
        return done + await self._all(self._due_days, self._merge)

    async def sweep(self) -> None:
        async with self._database.transaction() as transaction:
            await retention.sweep(transaction, self._clock.now())

    async def _all(self, due: Callable[[], Awaitable[Sequence[Row]]], work: Callable[[Row], Awaitable[bool]]) -> int:
        done = 0
        while True:
            worked = [await self._rested(row, work) for row in await due()]
            if not any(worked):
                return done
            done += sum(worked)

    async def _rested(self, row: Row, work: Callable[[Row], Awaitable[bool]]) -> bool:
        """False where somebody else does it, or it was done a moment ago."""
        key = tuple(row.values())
        began = self._clock.monotonic()
        self._resting = {each: until for each, until in self._resting.items() if until > began}
        if key in self._resting or not await work(row):
            return False
        ended = self._clock.monotonic()
        self._resting[key] = ended + min((ended - began) * REST_SHARE, REST_S)
        return True

    # -- hours

    async def _due_places(self) -> Sequence[Row]:
        return await self._database.fetch(
            "SELECT generation, kind, hour, shard FROM observation_work WHERE due_at <= %s AND kind = ANY(%s)"
            " ORDER BY due_at LIMIT %s",
            self._clock.now(),
            list(self._refolds),
            _CANDIDATES,
        )

    async def _fold(self, row: Row) -> bool:
        place = Place(row["generation"], row["kind"], int(row["hour"].timestamp()), row["shard"])
        try:
            async with self._database.transaction() as transaction:
                return await self._fold_in(transaction, place)
        except (psycopg.OperationalError, OSError):
            raise
        except Exception as error:  # noqa: BLE001 - one hour that cannot be made must not stop all others
            await self._postpone(place, error)
            return True

    async def _fold_in(self, transaction: Connection, place: Place) -> bool:
        version = await _claim(
            transaction,
            f"insights {place}",
            "SELECT version FROM observation_work WHERE generation = %s AND kind = %s AND hour = %s AND shard = %s"
            " AND due_at <= %s",
            (*place.key, self._clock.now()),
        )
        if version is None:
            return False
        due = await self._refolds[place.kind](transaction, place, self._clock.now().timestamp())
        await self._settle(transaction, place, version, due)
        if place.kind == "search":
            day = moment(place.hour).date()
            await days.mark(transaction, place.generation, day, self._clock.now() + DAY_AFTER)
        self._metrics.count("hero_insights_folds_total", kind=place.kind)
        return True

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

    async def _due_days(self) -> Sequence[Row]:
        return await self._database.fetch(
            "SELECT generation, day FROM day_work WHERE due_at <= %s ORDER BY due_at LIMIT %s",
            self._clock.now(),
            _CANDIDATES,
        )

    async def _merge(self, row: Row) -> bool:
        generation, day = int(row["generation"]), row["day"]
        assert isinstance(day, date)
        async with self._database.transaction() as transaction:
            version = await _claim(
                transaction,
                f"insights day {generation} {day}",
                "SELECT version FROM day_work WHERE generation = %s AND day = %s AND due_at <= %s",
                (generation, day, self._clock.now()),
            )
            if version is None:
                return False
            await days.merge(transaction, generation, day)
            await transaction.execute(
                "DELETE FROM day_work WHERE generation = %s AND day = %s AND version = %s", (generation, day, version)
            )
        return True


async def _claim(transaction: Connection, name: str, query: str, parameters: Sequence[object]) -> int | None:
    """The version that is to be made, or None where another keeper is at it or was just done.

    A lock beside the rows, held to the end of the transaction: agents that mark the row meanwhile must not wait.
    """
    cursor = await transaction.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0)) AS got", (name,))
    locked = await cursor.fetchone()
    if locked is None or not locked["got"]:
        return None
    cursor = await transaction.execute(query.encode(), parameters)
    row = await cursor.fetchone()
    return None if row is None else int(row["version"])
