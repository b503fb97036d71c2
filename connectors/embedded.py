"""The outbox relay: what Debezium's outbox router does in production, on the embedded log.

Publish, await the acknowledgement, delete exactly those rows. Never a cursor over ids: they are not commit order, and
a row committed late under a low id would be skipped for ever. Killed between publish and delete, the relay publishes
again with the same event ids; readers are made for that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import psycopg
from psycopg.rows import dict_row

from herofactory.platform.eventlog.port import EventLog, LogError, UnknownTopic
from herofactory.platform.events import Headers
from herofactory.platform.events.headers import REPLAY_ID
from herofactory.platform.postgres.database import Connection, Row
from herofactory.platform.records import Outgoing
from herofactory.platform.telemetry.logging import get_logger
from herofactory.platform.telemetry.metrics import Metrics

BATCH = 500
"""Rows published and deleted at once."""
_RELAY_LOCK = 0x52454C41
_IDLE_S = 1.0
"""Seconds to wait for NOTIFY before looking all the same; also how often a standby asks for the lock."""
_RETRY_S = 1.0


class OutboxRelay:
    """Only one relay works on a database at a time; a second one stands by."""

    def __init__(self, dsn: str, log: EventLog, metrics: Metrics) -> None:
        self._dsn = dsn
        self._log = log
        self._metrics = metrics
        self._logger = get_logger(__name__)
        self.state = "waiting"
        self.published = 0
        self.unroutable: list[str] = []
        """Topics of outbox rows that no log topic exists for; those rows stay."""

    async def run(self) -> None:
        """Relay until cancelled. A database or log that fails is tried again every second."""
        while True:
            try:
                await self._serve()
            except (psycopg.Error, OSError, LogError) as error:
                self.state = "waiting"
                self._logger.warning("relay interrupted; trying again", error=str(error))
                await asyncio.sleep(_RETRY_S)

    async def _serve(self) -> None:
        async with await Connection.connect(self._dsn, autocommit=True, row_factory=dict_row) as connection:
            await self._become_the_one(connection)
            await connection.execute("LISTEN outbox")
            self.state = "running"
            while True:
                if not await self.drain(connection):
                    async for _ in connection.notifies(timeout=_IDLE_S, stop_after=1):
                        pass

    async def _become_the_one(self, connection: Connection) -> None:
        while True:
            cursor = await connection.execute("SELECT pg_try_advisory_lock(%s) AS mine", (_RELAY_LOCK,))
            row = await cursor.fetchone()
            if row and row["mine"]:
                return
            self.state = "standby"
            await asyncio.sleep(_IDLE_S)

    async def drain(self, connection: Connection) -> int:
        """Publish and delete one batch; returns how many rows. Raises LogError with nothing deleted."""
        cursor = await connection.execute(
            """SELECT seq, id, topic, key, payload, event_type, revision, occurred_at, traceparent, replay_id
                 FROM outbox
               WHERE topic <> ALL(%s) ORDER BY seq LIMIT %s""",
            (self.unroutable, BATCH),
        )
        rows = await cursor.fetchall()
        self._report_backlog(rows)
        if not rows:
            return 0
        try:
            await asyncio.to_thread(self._log.publish, [_message(row) for row in rows])
        except UnknownTopic:
            self._set_aside(rows)
            return len(rows)
        await connection.execute("DELETE FROM outbox WHERE seq = ANY(%s)", ([row["seq"] for row in rows],))
        self._count(rows)
        return len(rows)

    def _set_aside(self, rows: Sequence[Row]) -> None:
        known = self._log.topics()
        unknown = sorted({row["topic"] for row in rows} - known.keys())
        if not unknown:
            return  # created in the meantime: the next pass publishes
        self.unroutable = sorted({*self.unroutable, *unknown})
        self._logger.error("outbox rows name topics that do not exist; run `hero topics apply`", topics=unknown)

    def _report_backlog(self, rows: Sequence[Row]) -> None:
        oldest = (datetime.now(UTC) - rows[0]["occurred_at"]).total_seconds() if rows else 0.0
        self._metrics.gauge("hero_outbox_rows", len(rows))
        self._metrics.gauge("hero_outbox_oldest_seconds", max(oldest, 0.0))

    def _count(self, rows: Sequence[Row]) -> None:
        self.published += len(rows)
        for row in rows:
            self._metrics.count("hero_outbox_published_total", topic=row["topic"])


def _message(row: Row) -> Outgoing:
    headers = Headers(
        event_id=str(row["id"]),
        event_type=row["event_type"],
        occurred_at=row["occurred_at"],
        revision=row["revision"],
        traceparent=row["traceparent"],
    )
    marks = {} if row["replay_id"] is None else {REPLAY_ID: str(row["replay_id"]).encode()}
    payload = row["payload"]
    value = bytes(payload) if payload is not None else None
    return Outgoing(row["topic"], row["key"].encode(), value, headers.to_bytes() | marks)
