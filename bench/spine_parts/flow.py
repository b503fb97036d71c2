"""Accepted to searchable: one item at a time, and the whole sample catalogue."""

from __future__ import annotations

import time
from typing import Any

import psycopg

from bench.spine_parts.api import Api, weapon
from bench.spine_parts.figures import spread

SAMPLE_PATIENCE_S = 600.0


def one_at_a_time(api: Api, items: int) -> dict[str, Any]:
    """Each is put up when the one before it is found. From the answer of POST to the first search that shows it."""
    accepted, searchable = [], []
    for _ in range(items):
        item = weapon()
        accepted.append(api.accept(item))
        searchable.append(api.until_found(item["name"].split()[0]))
    return {"accept_ms": spread(accepted), "accepted_to_searchable_ms": spread(searchable)}


def sample(dsn: str, api: Api) -> dict[str, Any]:
    """Watch the sample catalogue come in. From the commit of its first items to the search that counts them all."""
    deadline = time.monotonic() + SAMPLE_PATIENCE_S
    with psycopg.connect(dsn, autocommit=True) as connection:
        while (found := _progress(connection)) is None or api.search("", limit=1)["total"] < found[1]:
            assert time.monotonic() < deadline, f"the sample is not searchable after {SAMPLE_PATIENCE_S} s: {found}"
            time.sleep(0.1)
        seconds, items, accepted_s = found
    return {
        "items": items,
        "first_accepted_to_all_searchable_s": round(seconds, 2),
        "first_accepted_to_last_accepted_s": round(accepted_s, 2),
        "items_per_s": round(items / seconds, 1),
    }


def _progress(connection: psycopg.Connection[Any]) -> tuple[float, int, float] | None:
    """Seconds since the first was accepted, approved items, seconds to the last one; None while any is under way."""
    row = connection.execute(
        """SELECT extract(epoch FROM clock_timestamp() - min(i.created_at))::float,
                  count(*) FILTER (WHERE i.status = 'approved'),
                  extract(epoch FROM max(i.created_at) - min(i.created_at))::float,
                  count(*) FILTER (WHERE i.status = 'pending')
           FROM items i WHERE EXISTS (SELECT FROM imports WHERE source = 'sample' AND finished_at IS NOT NULL)"""
    ).fetchone()
    return (row[0], row[1], row[2]) if row and row[1] and not row[3] else None
