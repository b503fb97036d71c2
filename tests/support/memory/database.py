"""A Database in memory, for the statements that the catalogue, its verdicts and the outbox make: thousands of cases a
minute, where a real database takes one of its own each. tests/support/test_memory.py runs the same script on both.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import count
from typing import Any, cast

from herofactory.catalog import verdicts
from herofactory.platform.clock import Clock
from herofactory.platform.ids import uuid7
from herofactory.platform.postgres.database import Connection, Database
from tests.support.memory.rows import Items, Row

_CONTENT = ("name", "description", "category", "tags", "price", "image_id")


class MemoryDatabase:
    """Transactions never wait for anything, so none sees another one's middle."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seq = count(1)
        self.items = Items(clock.now, self.tell)
        self.outbox: list[Row] = []
        self.applied: list[tuple[str, int]] = []
        """Of every verdict that changed a row, in order: its event and the content revision it judged."""

    @property
    def database(self) -> Database:
        """For whoever asks for one by type."""
        return cast(Database, self)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        before = dict(self.items.rows), list(self.outbox), list(self.applied)
        try:
            yield cast(Connection, _Connection(self))
        except BaseException:
            self.items.rows, self.outbox, self.applied = before
            raise

    connection = transaction

    def tell(self, row: Row) -> None:
        """A row of the outbox, with its defaults."""
        given = {"id": uuid7(), "occurred_at": self._clock.now(), "traceparent": None, "replay_id": None}
        self.outbox.append(given | {name: value for name, value in row.items() if value is not None} | {
            "seq": next(self._seq), "payload": row["payload"], "revision": row["revision"]
        })  # fmt: skip


class _Connection:
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def execute(self, query: str, values: Any = ()) -> _Cursor:
        text = " ".join(query.split())
        for start, run in _STATEMENTS.items():
            if text.startswith(start):
                return _Cursor(run(self._database, values))
        raise NotImplementedError(f"the database in memory knows no statement like {text[:80]!r}")


class _Cursor:
    def __init__(self, rows: Sequence[Row | None]) -> None:
        self._rows = [row for row in rows if row is not None]
        self.rowcount = len(self._rows)

    async def fetchone(self) -> Row | None:
        return self._rows[0] if self._rows else None


def _insert(database: MemoryDatabase, values: Sequence[Any]) -> Sequence[Row | None]:
    names = ("id", "seller_id", "external_id", "attribution", *_CONTENT)
    row = database.items.insert({**dict(zip(names, values, strict=True)), "announced_revision": 1})
    return [_shown(row)]


def _update(database: MemoryDatabase, values: Sequence[Any]) -> Sequence[Row | None]:
    *content, item_id = values
    return [_shown(database.items.update(item_id, **dict(zip(_CONTENT, content, strict=True))))]


def _mark_announced(database: MemoryDatabase, values: Sequence[Any]) -> Sequence[Row | None]:
    row = database.items.rows.get(values[0])
    return [row and database.items.update(values[0], announced_revision=row["content_revision"])]


def _delete(database: MemoryDatabase, values: Sequence[Any]) -> Sequence[Row | None]:
    return [{}] * database.items.delete(values[0])


def _get(database: MemoryDatabase, values: Sequence[Any]) -> Sequence[Row | None]:
    return [_shown(database.items.rows.get(values[0]))]


def _apply(database: MemoryDatabase, values: Mapping[str, Any]) -> Sequence[Row | None]:
    """herofactory.catalog.verdicts._APPLY."""
    row = database.items.rows.get(values["item_id"])
    if row is None or row["content_revision"] != values["content_revision"] or not _outranks(values, row):
        return []
    database.applied.append((str(values["event_id"]), values["content_revision"]))
    told = {"auto_tags": values["tags"], "verdict": values["verdict"].obj, "status": values["status"]}
    told |= {"verdict_event_id": values["event_id"], "verdict_provider": values["provider"]}
    return [database.items.update(row["id"], **told)]


def _outranks(new: Mapping[str, Any], row: Row) -> bool:
    if row["verdict_event_id"] is None:
        return True
    decided = datetime.fromisoformat(row["verdict"]["decided_at"])
    held = (row["verdict_provider"] == verdicts.MODERATOR, decided, row["verdict_event_id"])
    return (new["provider"] == verdicts.MODERATOR, new["decided_at"], new["event_id"]) > held


def _tell(database: MemoryDatabase, values: Sequence[Any]) -> Sequence[Row | None]:
    names = ("topic", "key", "payload", "event_type", "revision", "traceparent", "id", "occurred_at")
    database.tell(dict(zip(names, values, strict=True)))
    return [{}]


_HIDDEN = {"verdict_event_id", "announced_revision", "popularity"}


def _shown(row: Row | None) -> Row | None:
    """herofactory.catalog.repository._COLUMNS."""
    return row and {name: value for name, value in row.items() if name not in _HIDDEN}


_STATEMENTS: Mapping[str, Callable[[MemoryDatabase, Any], Sequence[Row | None]]] = {
    "INSERT INTO items": _insert,
    "UPDATE items SET name = %s": _update,
    "UPDATE items SET announced_revision": _mark_announced,
    "UPDATE items SET status = %(status)s": _apply,
    "DELETE FROM items": _delete,
    "SELECT id, external_id": _get,
    "INSERT INTO outbox": _tell,
}
