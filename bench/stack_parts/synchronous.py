"""The baseline: insert, inspect and index while the seller waits, on the same database and the same search engine.

The same rules inspect, and what is indexed is the same document; the request ends when a search shows the item. There
is no HTTP, no outbox and no event, on either side of the comparison: `flow` commits past the API too.
"""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from bench.spine_parts.api import word
from bench.spine_parts.figures import spread
from herofactory.moderation import LocalRules
from herofactory.moderation.subject import Subject
from herofactory.platform.settings import Settings
from herofactory.search.document import ItemDocument
from herofactory.search.write import Upsert

SELLERS = 64
PATIENCE_S = 10.0
CONNECTIONS = 8
_TABLE = """
CREATE TABLE IF NOT EXISTS synchronous_items (
    id uuid PRIMARY KEY, name text NOT NULL, description text NOT NULL, category text NOT NULL, price bigint NOT NULL,
    status text NOT NULL, created_at timestamptz NOT NULL DEFAULT clock_timestamp())
"""
Index = Callable[[ItemDocument], None]
"""Returns when a search shows the document."""


def measure(settings: Settings, index: Index, rates: dict[float, float]) -> dict[str, Any]:
    """`rates`: items per second to seconds. From the moment an item was to be put up until it was searchable."""
    assert settings.database_url is not None
    dsn = settings.database_url.get_secret_value()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(_TABLE)
    with (
        ConnectionPool(dsn, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool,
        ThreadPoolExecutor(SELLERS) as sellers,
    ):
        shop = _Shop(pool, index)
        shop.put_up(time.perf_counter())  # what is made at the first use
        return {f"{rate:g}": _at_rate(shop, sellers, rate, seconds) for rate, seconds in rates.items()}


def _at_rate(shop: _Shop, sellers: ThreadPoolExecutor, rate: float, seconds: float) -> dict[str, Any]:
    began, waits = time.perf_counter(), []
    for number in range(max(int(rate * seconds), 1)):
        at = began + number / rate
        time.sleep(max(at - time.perf_counter(), 0.0))
        waits.append(sellers.submit(shop.put_up, at))
    wait(waits, PATIENCE_S)
    for each in waits:
        each.cancel()
    took = [each.result() for each in waits if not each.cancelled()]
    return {
        "items_per_s": round(len(took) / (time.perf_counter() - began), 1),
        "items": len(took),
        "unfinished": len(waits) - len(took),
        "put_up_to_searchable_ms": spread(took),
    }


class _Shop:
    def __init__(self, pool: ConnectionPool[Any], index: Index) -> None:
        self._pool = pool
        self._index = index
        self._rules = LocalRules()

    def put_up(self, at: float) -> float:
        """Seconds since `at`."""
        item_id, name, description = uuid.uuid4(), f"{word()} 불꽃 검", "측정용 아이템입니다."
        with self._pool.connection() as connection:
            connection.execute(
                """INSERT INTO synchronous_items (id, name, description, category, price, status)
                   VALUES (%s, %s, %s, 'weapon', 1000, 'pending')""",
                (item_id, name, description),
            )
        subject = Subject(str(item_id), "seller", name, description, "weapon", (), None)
        status = asyncio.run(self._rules.judge(subject)).decision.value
        with self._pool.connection() as connection:
            connection.execute("UPDATE synchronous_items SET status = %s WHERE id = %s", (status, item_id))
        assert status == "approved", status
        self._index(ItemDocument(str(item_id), 1, name, description, "weapon", 1000, datetime.now(UTC)))
        return time.perf_counter() - at


@contextmanager
def elasticsearch_index(settings: Settings) -> Iterator[Index]:
    """Into an index of its own with the product's mapping; the request waits for the refresh that shows the item."""
    from herofactory.search.analysis.analyzer import korean_analyzer
    from herofactory.search.elasticsearch import generation
    from herofactory.search.elasticsearch.record import source
    from herofactory.search.open import elasticsearch_of

    with closing(elasticsearch_of(settings)) as client:
        name = generation.create(client, "bench-synchronous")
        analyzer = korean_analyzer()

        def index(document: ItemDocument) -> None:
            body = source(Upsert(document), analyzer, datetime.now(UTC))
            path = f"/{name}/_doc/{document.id}?refresh=wait_for"
            headers = {"content-type": "application/json", "accept": "application/json"}
            client.perform_request("PUT", path, headers=headers, body=body)

        yield index
        client.indices.delete(index=name)


@contextmanager
def embedded_index(folder: Path) -> Iterator[Index]:
    """A commit per item: it has one writer."""
    from herofactory.search.embedded.store import IndexStore

    store = IndexStore(folder)
    store.rebuild(iter(()))
    writer, turn = store.open_writer(), threading.Lock()

    def index(document: ItemDocument) -> None:
        with turn:
            writer.apply([Upsert(document)])

    yield index
    writer.close()
