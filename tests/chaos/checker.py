"""The independent checker: what the platform must look like once it is quiet, seen from outside.

It shares no code with the product: PostgreSQL through psycopg, the API through httpx, the event log as the SQLite file
that it is. What is right comes from the ledger alone.
"""

from __future__ import annotations

import sqlite3
import struct
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg.rows import dict_row

from tests.chaos.drafts import token_of
from tests.chaos.ledger import Entry, Ledger

READS = {
    "moderation": ("item.created", "item.updated"),
    "listing": ("item.moderated",),
    "indexing": ("item.mirrored",),
}
_TOLD_PROBLEMS = 15


@dataclass(frozen=True, slots=True)
class Mirrored:
    key: str
    revision: int
    event_id: str
    gone: bool


class Checker:
    def __init__(self, dsn: str, url: str, log: Path, ledger: Ledger) -> None:
        self._dsn, self._url, self._log, self._ledger = dsn, url, log, ledger
        self._problems: list[str] = []

    def wait_quiet(self, within_s: float) -> float:
        """Until nothing is on its way any more; returns the seconds that took."""
        began = time.monotonic()
        while left := self._under_way():
            assert time.monotonic() - began < within_s, f"still under way after {within_s} s: {left}"
            time.sleep(0.2)
        return time.monotonic() - began

    def check(self) -> None:
        """Raises AssertionError naming what is wrong, each with what was done to that item."""
        self._problems = list(self._ledger.violations)
        rows = self._rows()
        with httpx.Client(base_url=self._url, trust_env=False, timeout=30) as http:
            self._check_rows(rows)
            listed = {row["id"] for row in rows.values() if row["status"] == "approved"}
            self._check_search(http, listed)
            self._check_tokens(http, rows)
            self._check_hidden(http, rows)
        self._check_dead_letters()
        self._check_mirror({row["id"]: row for row in rows.values()})
        told = "\n".join(self._problems[:_TOLD_PROBLEMS])
        assert not self._problems, f"{len(self._problems)} problems:\n{told}"

    # -- what is under way

    def _under_way(self) -> dict[str, int]:
        try:
            with psycopg.connect(self._dsn, autocommit=True, connect_timeout=5) as connection:
                left = {"outbox": _one(connection, "SELECT count(*) FROM outbox")}
                left["pending"] = _one(connection, "SELECT count(*) FROM items WHERE status = 'pending'")
        except psycopg.OperationalError:
            return {"database": 1}
        left.update({f"lag of {agent}": self._lag(agent, topics) for agent, topics in READS.items()})
        return {name: count for name, count in left.items() if count}

    def _lag(self, agent: str, topics: tuple[str, ...]) -> int:
        marks = ", ".join("?" * len(topics))
        found = self._read(
            f"""SELECT coalesce(sum(p."end" - coalesce(o.next, 0)), 0) FROM partitions p
                JOIN topics t ON t.id = p.topic
                LEFT JOIN offsets o ON o.topic = p.topic AND o.partition = p.partition AND o."group" = ?
                WHERE t.name IN ({marks})""",
            f"herofactory.{agent}",
            *topics,
        )
        return int(found[0][0])

    # -- rows

    def _rows(self) -> dict[str, dict[str, Any]]:
        """By token; a token that two rows hold is a problem."""
        with psycopg.connect(self._dsn, row_factory=dict_row) as connection:
            found = connection.execute("SELECT id::text, name, price, status, revision, verdict FROM items").fetchall()
        rows: dict[str, dict[str, Any]] = {}
        for row in found:
            token = token_of(row["name"])
            if token in rows:
                self._problems.append(f"two rows hold {row['name']!r}: {rows[token]['id']}, {row['id']}")
            rows[token] = row
        return rows

    def _check_rows(self, rows: Mapping[str, Mapping[str, Any]]) -> None:
        alive = {entry.draft.token: entry for entry in self._ledger.alive()}
        for token in alive.keys() - rows.keys():
            self._problem("accepted, but not in the database", alive[token])
        for token in rows.keys() - alive.keys():
            self._problems.append(f"in the database, but nobody was told so or it was deleted: {rows[token]}")
        for token in alive.keys() & rows.keys():
            self._check_row(alive[token], rows[token])

    def _check_row(self, entry: Entry, row: Mapping[str, Any]) -> None:
        if (row["status"] == "approved") != entry.draft.listed:
            self._problem(f"is {row['status']} by {row['verdict']}", entry)
        if row["price"] != entry.draft.price:
            self._problem(f"costs {row['price']}", entry)
        if entry.id not in (None, row["id"]):
            self._problem(f"has become {row['id']}", entry)

    # -- what is served

    def _check_search(self, http: httpx.Client, listed: set[str]) -> None:
        """Page through everything."""
        times = Counter(item["id"] for item in _everything(http))
        self._problems += [f"{each} is found {count} times" for each, count in times.items() if count > 1]
        self._problems += [f"{each} is approved but not found among everything" for each in listed - times.keys()]
        self._problems += [f"{each} is found but not approved" for each in times.keys() - listed]
        total = http.get("/api/v1/search").raise_for_status().json()["total"]
        if total != len(listed):
            self._problems.append(f"the index holds {total} items, {len(listed)} are approved")

    def _check_tokens(self, http: httpx.Client, rows: Mapping[str, Mapping[str, Any]]) -> None:
        """Each by its own word: exactly the one item in the index, or none."""
        for entry in self._ledger.alive():
            row = rows.get(entry.draft.token)
            wanted = [row["id"]] if row and entry.draft.listed else []
            if (found := _by_token(http, entry.draft.token)) != (len(wanted), wanted):
                self._problem(f"its word finds {found}, not {wanted}", entry)
        for token in self._ledger.gone_tokens():
            if (found := _by_token(http, token)) != (0, []):
                self._problems.append(f"{token} was changed or deleted, but finds {found}")

    def _check_hidden(self, http: httpx.Client, rows: Mapping[str, Mapping[str, Any]]) -> None:
        hidden = [row["id"] for row in rows.values() if row["status"] != "approved"]
        hidden += [entry.id for entry in self._ledger.entries.values() if entry.deleted and entry.id]
        for each in hidden:
            if (status := http.get(f"/api/v1/items/{each}").status_code) != 404:
                self._problems.append(f"GET of the item {each}, deleted or not approved, answers {status}")
        for each in self._ledger.hidden_images:
            if (status := http.get(f"/api/v1/assets/{each}").status_code) != 404:
                self._problems.append(f"GET of the image {each} of a rejected item answers {status}")

    # -- the log

    def _check_dead_letters(self) -> None:
        for topic, key, headers in self._read(
            "SELECT t.name, r.key, r.headers FROM records r JOIN topics t ON t.id = r.topic WHERE t.name LIKE 'dead.%'"
        ):
            self._problems.append(f"dead letter in {topic}: key {key!r}, {_headers(headers)}")

    def _check_mirror(self, rows: Mapping[str, Mapping[str, Any]]) -> None:
        """Per key: each event once in order of its revision, repeats left out; and the last one is how it is now."""
        by_key: dict[str, list[Mirrored]] = defaultdict(list)
        for each in self._mirrored():
            by_key[each.key].append(each)
        for key, events in by_key.items():
            firsts = list({each.event_id: each for each in events}.values())
            revisions = [each.revision for each in firsts]
            if revisions != sorted(set(revisions)) or events[-1].revision != max(revisions):
                self._problems.append(f"mirror of {key} out of order: {[each.revision for each in events]}")
            approved = key in rows and rows[key]["status"] == "approved"
            if events[-1].gone == approved:
                self._problems.append(f"mirror of {key} ends with {events[-1]}, the row is {rows.get(key)}")
            if approved and events[-1].revision != rows[key]["revision"]:
                self._problems.append(f"mirror of {key} ends at {events[-1].revision}, the row is {rows[key]}")
        for missing in {key for key, row in rows.items() if row["status"] == "approved"} - by_key.keys():
            self._problems.append(f"{missing} is approved but was never mirrored")

    def _mirrored(self) -> Iterator[Mirrored]:
        for key, value, headers in self._read(
            """SELECT r.key, r.value, r.headers FROM records r JOIN topics t ON t.id = r.topic
               WHERE t.name = 'item.mirrored' ORDER BY r.partition, r.offset"""
        ):
            told = _headers(headers)
            yield Mirrored(bytes(key).decode(), int(told["revision"]), told["event-id"], value is None)

    def _read(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"{self._log.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as log:
            return log.execute(statement, values).fetchall()

    def _problem(self, what: str, entry: Entry) -> None:
        self._problems.append(f"{entry.draft.token} ({entry.id}) {what}; expected {entry.draft}; story: {entry.story}")


def _one(connection: psycopg.Connection[Any], statement: str) -> int:
    row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return int(row[0])


def _everything(http: httpx.Client) -> Iterator[dict[str, Any]]:
    query: dict[str, Any] = {"limit": 100, "sort": "newest"}
    while True:
        page = http.get("/api/v1/search", params=query).raise_for_status().json()
        yield from page["items"]
        if not page["next_cursor"]:
            return
        query["cursor"] = page["next_cursor"]


def _by_token(http: httpx.Client, token: str) -> tuple[int, list[str]]:
    """What the index counts, and what is shown."""
    page = http.get("/api/v1/search", params={"q": token}).raise_for_status().json()
    if page["corrected_to"]:
        return 0, []
    return page["total"], [item["id"] for item in page["items"]]


def _headers(data: bytes | None) -> dict[str, str]:
    """One byte length and name, four bytes length and value, again and again."""
    found, at = {}, 0
    while data and at < len(data):
        name_end = at + 1 + data[at]
        (length,) = struct.unpack_from(">I", data, name_end)
        found[data[at + 1 : name_end].decode()] = data[name_end + 4 : name_end + 4 + length].decode()
        at = name_end + 4 + length
    return found
