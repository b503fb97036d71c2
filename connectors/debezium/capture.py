"""Change capture kept going: publication, slot and connector as they should be, and rows kept until they are delivered.

A slot that is lost (its log was more than `max_slot_wal_keep_size` allows, or the database was restored) is made anew,
and what the outbox still holds is published again. So is one that Debezium made: where it finds none, after a failover
or because somebody dropped it, it makes one by itself and never tells what was before.

That a row is there means that it may not have been delivered: it goes only when the slot's reader has confirmed
everything up to a moment at which the row was committed already. (An LSN noted while the row is written would not do:
its transaction commits later, and commits are what is delivered.)
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from connectors.debezium import slot as slots
from connectors.debezium.connect import ConnectClient, ConnectError
from connectors.debezium.outbox import OutboxConnector
from connectors.debezium.slot import Slot
from herofactory.platform.telemetry.logging import get_logger

BATCH = 5000
"""Rows deleted at once."""
_LOCK = 0x43415054
_REPUBLISH = "herofactory: republish the outbox"
_ACTIVE_S = 90.0
_PAUSE_S = 0.1
_COLUMNS = "id, topic, key, payload, event_type, revision, occurred_at, traceparent, replay_id"


@dataclass(frozen=True, slots=True)
class _Mark:
    """Every row up to `seqs` was committed when the log was at `lsn`."""

    lsn: str
    seqs: list[int]


class Capture:
    """One database's outbox. Several processes may tend it: each call takes the database's lock for it."""

    def __init__(self, dsn: str, connect: ConnectClient, connector: OutboxConnector, connect_dsn: str) -> None:
        """`connect_dsn`: the same database as Connect reaches it."""
        self._dsn = dsn
        self._connect = connect
        self._connector = connector
        self._config = connector.config(connect_dsn)
        self._mark: _Mark | None = None
        self._logger = get_logger(__name__)

    def changes(self) -> list[str]:
        """What `apply` would change, a line each. Raises ConnectError, psycopg.Error."""
        name = self._connector.name
        with self._open() as connection:
            found = self._slot_changes(connection)
        theirs = self._connect.config(name)
        if theirs is None:
            return [*found, f"connector {name}: create"]
        return [*found, *(f"connector {name}: {line}" for line in differences(theirs, self._config))]

    def apply(self) -> None:
        """Bring everything to what it should be, and wait until changes are captured. Raises what `changes` does."""
        with self._open() as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
            self._ensure(connection)
            self._wait_active(connection)

    def look(self) -> Slot | None:
        with self._open() as connection:
            return slots.look(connection, self._connector.slot)

    def tend(self) -> None:
        """Mend what was lost or has failed. To be called every few seconds; does nothing while another process does."""
        with self._open() as connection:
            if not _try_lock(connection):
                return
            slot = slots.look(connection, self._connector.slot)
            if slot is None or slot.is_lost or self._is_republishing(connection):
                self._logger.warning("the replication slot is lost; making it anew", slot=self._connector.slot)
                self._ensure(connection)
            elif not slot.active:
                self._mend_connector()

    def sweep(self) -> int:
        """Delete rows known to be delivered; how many. To be called about once a second."""
        with self._open() as connection:
            if not _try_lock(connection):
                return 0
            if self._is_republishing(connection):
                self._mark = None  # of the slot that is lost; the new one confirms what it never read
                return 0
            swept = self._delete_marked(connection)
            if self._mark is None:
                self._set_mark(connection)
            return swept

    def _ensure(self, connection: psycopg.Connection[Any]) -> None:
        name = self._connector.slot
        if not slots.has_publication(connection, name):
            slots.create_publication(connection, name, "outbox")
        slot = slots.look(connection, name)
        if slot is None or slot.is_lost:
            self._renew_slot(connection)
        if self._is_republishing(connection):
            self._republish(connection)
        if self._connect.config(self._connector.name) != self._config:
            self._connect.put(self._connector.name, self._config)
        self._mend_connector()

    def _renew_slot(self, connection: psycopg.Connection[Any]) -> None:
        """The note first: a process that dies in between leaves the rest to the next.

        A lost slot goes even while Connect is away. Over one that is there, but lost, Debezium broods when it starts,
        up to half an hour (900 times 2 s), and hears of no stop; where there is none it makes one and can be stopped.
        """
        self._mark = None
        slots.note(connection, self._connector.slot, _REPUBLISH)
        slots.drop_lost(connection, self._connector.slot)
        if self._connect.config(self._connector.name) is not None:
            self._connect.forget_offsets(self._connector.name)
        slots.drop(connection, self._connector.slot)
        slots.create(connection, self._connector.slot)

    def _republish(self, connection: psycopg.Connection[Any]) -> None:
        """Write every row of the outbox once more, in order; Debezium takes no notice of the deletes."""
        with connection.transaction():
            connection.execute("LOCK TABLE outbox IN SHARE ROW EXCLUSIVE MODE")
            connection.execute("CREATE TEMPORARY TABLE again ON COMMIT DROP AS SELECT * FROM outbox")
            connection.execute("DELETE FROM outbox")
            query = f"INSERT INTO outbox ({_COLUMNS}) SELECT {_COLUMNS} FROM again ORDER BY seq"
            rows = connection.execute(query.encode()).rowcount
            slots.note(connection, self._connector.slot, None)
        self._logger.info("a new replication slot: what the outbox held is published again", rows=rows)

    def _mend_connector(self) -> None:
        status = self._connect.status(self._connector.name)
        if status is None:
            self._connect.put(self._connector.name, self._config)
        elif status.state in ("STOPPED", "PAUSED"):
            self._connect.resume(self._connector.name)
        elif status.state == "FAILED":
            self._logger.warning("the outbox connector failed; restarting it", cause=status.trace)
            self._connect.restart(self._connector.name)

    def _wait_active(self, connection: psycopg.Connection[Any]) -> None:
        """Connect says RUNNING before changes are captured: only the slot tells."""
        deadline = time.monotonic() + _ACTIVE_S
        while (slot := slots.look(connection, self._connector.slot)) is None or not slot.active:
            if time.monotonic() > deadline:
                status = self._connect.status(self._connector.name)
                told = f"{status.state} {status.trace}" if status else "gone"
                raise ConnectError(f"connector {self._connector.name} captures nothing: it is {told}")
            time.sleep(_PAUSE_S)

    def _delete_marked(self, connection: psycopg.Connection[Any]) -> int:
        if self._mark is None:
            return 0
        query = """DELETE FROM outbox WHERE seq = ANY(%s) AND %s::pg_lsn <= (
                       SELECT confirmed_flush_lsn FROM pg_replication_slots
                        WHERE slot_name = %s AND wal_status <> 'lost' AND failover)"""
        swept = connection.execute(query, (self._mark.seqs, self._mark.lsn, self._connector.slot)).rowcount
        if swept:
            self._mark = None
        return swept

    def _set_mark(self, connection: psycopg.Connection[Any]) -> None:
        """The rows first: whatever they show is committed, and so lies before where the log is afterwards."""
        query = "SELECT seq FROM outbox ORDER BY seq LIMIT %s"
        seqs = [row[0] for row in connection.execute(query, (BATCH,)).fetchall()]
        row = connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
        assert row
        self._mark = _Mark(row[0], seqs) if seqs else None

    def _is_republishing(self, connection: psycopg.Connection[Any]) -> bool:
        return slots.noted(connection, self._connector.slot) == _REPUBLISH

    def _slot_changes(self, connection: psycopg.Connection[Any]) -> list[str]:
        name = self._connector.slot
        slot = slots.look(connection, name)
        found = [] if slots.has_publication(connection, name) else [f"publication {name}: create for table outbox"]
        if slot is None:
            found.append(f"slot {name}: create, and publish what the outbox holds")
        elif slot.is_lost:
            found.append(f"slot {name}: is lost; create anew, and publish again what the outbox holds")
        return found

    def _open(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._dsn, autocommit=True, application_name="hero-capture")


def differences(theirs: Mapping[str, str], ours: Mapping[str, str]) -> list[str]:
    """Settings that differ, with both values; of a password only that it does."""
    names = sorted({*theirs, *ours})
    changed = [name for name in names if theirs.get(name) != ours.get(name)]
    return [
        f"{name}: change" if "password" in name else f"{name}: {theirs.get(name, 'unset')} -> {ours.get(name, 'unset')}"
        for name in changed
    ]


def _try_lock(connection: psycopg.Connection[Any]) -> bool:
    """Held until the connection closes."""
    return bool(connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone() == (True,))
