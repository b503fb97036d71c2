"""What each process of the platform says of itself, for health and `hero status`."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from herofactory.platform.postgres.database import Connection, Database
from herofactory.platform.telemetry.logging import get_logger

BEAT_S = 1.0
"""Seconds between two beats of a part."""
STALE_S = 5.0
"""Seconds without a beat after which a part counts as missing: five beats, so that one slow commit says nothing."""

SWEEP_BEATS = 60
"""Beats between two looks for rows of parts that ended without saying so."""
FAREWELL_S = 1.0
"""Seconds a part that ends may take to say so."""


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    instance: str
    """`host:pid`; in a container the host is the container."""
    pid: int
    state: str
    """`running`, or why not: `paused`, `halted`, `waiting`."""
    detail: Mapping[str, Any]
    beat_at: datetime

    @property
    def host(self) -> str:
        return self.instance.rpartition(":")[0]


def this_host() -> str:
    """As instances are named after."""
    return socket.gethostname()


def this_instance() -> str:
    return f"{this_host()}:{os.getpid()}"


def named(parts: Sequence[Part]) -> Mapping[str, Part]:
    """What to call each part: its name, with the instance behind it where several bear that name."""
    names = [part.name for part in parts]
    return {part.name if names.count(part.name) == 1 else f"{part.name} {part.instance}": part for part in parts}


async def read_parts(connection: Connection) -> list[Part]:
    """The parts that beat within the last STALE_S seconds, by name; several may bear one."""
    cursor = await connection.execute(
        """SELECT name, instance, pid, state, detail, beat_at FROM parts
           WHERE beat_at > clock_timestamp() - make_interval(secs => %s) ORDER BY name, instance""",
        (STALE_S,),
    )
    return [Part(**row) for row in await cursor.fetchall()]


class Heartbeat:
    """Tells of one part every BEAT_S seconds; a database that is down only makes it silent."""

    def __init__(self, database: Database, name: str, report: Callable[[], tuple[str, Mapping[str, Any]]]) -> None:
        """`report` gives state and detail; the detail must show progress, since a state alone proves nothing."""
        self._database = database
        self._name = name
        self._host = this_host()
        self._instance = this_instance()
        self._beats = 0
        self._report = report

    async def run(self) -> None:
        """Beat until cancelled, then say goodbye."""
        try:
            while True:
                await self._beat()
                await asyncio.sleep(BEAT_S)
        finally:
            await self._leave()

    async def _beat(self) -> None:
        state, detail = self._report()
        try:
            async with self._database.connection() as connection:
                await connection.execute(
                    """INSERT INTO parts (name, instance, pid, state, detail, beat_at)
                       VALUES (%s, %s, %s, %s, %s, clock_timestamp())
                       ON CONFLICT (name, instance) DO UPDATE SET pid = excluded.pid, state = excluded.state,
                           detail = excluded.detail, beat_at = excluded.beat_at""",
                    (self._name, self._instance, os.getpid(), state, Jsonb(detail)),
                )
                if self._beats % SWEEP_BEATS == 0:
                    await self._sweep(connection)
                self._beats += 1
        except psycopg.Error as error:
            get_logger(__name__).warning("no heartbeat: the database does not answer", error=str(error))

    async def _sweep(self, connection: Connection) -> None:
        """Rows that are stale, and at once those of predecessors on this host that were killed."""
        await connection.execute(
            "DELETE FROM parts WHERE beat_at < clock_timestamp() - make_interval(secs => %s)", (STALE_S,)
        )
        cursor = await connection.execute(
            "SELECT pid FROM parts WHERE name = %s AND instance LIKE %s", (self._name, f"{self._host}:%")
        )
        gone = [row["pid"] for row in await cursor.fetchall() if not _lives(row["pid"])]
        await connection.execute(
            "DELETE FROM parts WHERE name = %s AND instance = ANY(%s)",
            (self._name, [f"{self._host}:{pid}" for pid in gone]),
        )

    async def _leave(self) -> None:
        try:
            # Where the server stops with us, a pool would wait long for a connection.
            async with asyncio.timeout(FAREWELL_S), self._database.connection() as connection:
                await connection.execute(
                    "DELETE FROM parts WHERE name = %s AND instance = %s", (self._name, self._instance)
                )
        except (psycopg.Error, TimeoutError):
            return  # the server stops with us; the row goes stale by itself


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's, but there
    return True
