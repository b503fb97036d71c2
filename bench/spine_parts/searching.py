"""GET /search against what the same PostgreSQL does with LIKE and with pg_trgm, on the same rows and queries."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

import psycopg

from bench.search import catalogue
from bench.spine_parts.api import Api
from bench.spine_parts.figures import spread

SLOW = 60
"""Queries asked of LIKE, which takes a tenth of a second each on many rows."""


def measure(api: Api, dsn: str, count: int) -> dict[str, Any]:
    """Words of the names that are there, one or two per query; a page of 20 with the total, as a visitor gets it."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        _tabulate(connection)
        asked = _queries(connection, count)
        found: dict[str, Any] = {"items": api.search("", limit=1)["total"]}
        for text in asked[:20]:
            api.search(text)
        found["http_ms"] = _timed(api.search, asked)
        found["like_ms"] = _timed(lambda text: _like(connection, text), asked[:SLOW])
        connection.execute("CREATE INDEX ON compared USING gin (haystack gin_trgm_ops)")
        connection.execute("ANALYZE compared")
        found["pg_trgm_ms"] = _timed(lambda text: _like(connection, text), asked)
        connection.execute("DROP TABLE compared")
    found["times_slower_than_http"] = {
        f"{name} {part}": round(found[f"{name}_ms"][part] / found["http_ms"][part], 1)
        for name in ("like", "pg_trgm")
        for part in ("p50", "p99")
    }
    return found


def fill(dsn: str, count: int) -> None:
    """More approved items past the pipeline, not mirrored: the index is rebuilt afterwards."""
    with psycopg.connect(dsn) as connection:
        connection.execute("ALTER TABLE items DISABLE TRIGGER items_mirror")
        columns = "id, seller_id, name, description, category, tags, price, status, popularity, announced_revision"
        with connection.cursor().copy(f"COPY items ({columns}) FROM STDIN".encode()) as copy:
            for each in catalogue(count):
                fields = (each.name, each.description, each.category, list(each.tags), each.price)
                copy.write_row((each.id, "bench", *fields, "approved", each.popularity, 1))
        connection.execute("ALTER TABLE items ENABLE TRIGGER items_mirror")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE items")


def _tabulate(connection: psycopg.Connection[Any]) -> None:
    connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    connection.execute("DROP TABLE IF EXISTS compared")
    connection.execute(
        """CREATE TABLE compared AS SELECT id, name, description, category, price, created_at,
               lower(name || ' ' || array_to_string(tags || auto_tags, ' ') || ' ' || description) AS haystack
           FROM items WHERE status = 'approved'"""
    )
    connection.execute("CREATE INDEX ON compared (created_at)")
    connection.execute("ANALYZE compared")


def _queries(connection: psycopg.Connection[Any], count: int) -> list[str]:
    names = [row[0] for row in connection.execute("SELECT name FROM compared ORDER BY id").fetchall()]
    rng = random.Random(11)
    queries = []
    for _ in range(count):
        words = rng.choice(names).split()
        queries.append(" ".join(rng.sample(words, min(len(words), rng.choice((1, 1, 2))))))
    return queries


def _like(connection: psycopg.Connection[Any], text: str) -> None:
    """Every word somewhere; the newest 20 and how many there are."""
    words = [f"%{each.lower()}%" for each in text.split()]
    clauses = " AND ".join(["haystack LIKE %s"] * len(words))
    connection.execute(
        f"""SELECT id, name, description, category, price, count(*) OVER () FROM compared WHERE {clauses}
            ORDER BY created_at DESC LIMIT 20""".encode(),
        words,
    ).fetchall()


def _timed(ask: Callable[[str], Any], queries: Sequence[str]) -> dict[str, float]:
    seconds = []
    for text in queries:
        began = time.perf_counter()
        ask(text)
        seconds.append(time.perf_counter() - began)
    return spread(seconds)
