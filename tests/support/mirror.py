"""The path from the mirror trigger to the index, without relay, log and agent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from herofactory.platform.postgres.database import Database
from herofactory.search.document import ItemDocument
from herofactory.search.embedded.store import IndexStore
from herofactory.search.embedded.writer import IndexWriter
from herofactory.search.write import Remove, Upsert


@contextmanager
def index_writer(folder: Path) -> Iterator[IndexWriter]:
    writer = IndexStore(folder).open_writer()
    try:
        yield writer
    finally:
        writer.close()


async def index_mirror(database: Database, writer: IndexWriter) -> None:
    """Apply what the outbox holds of `item.mirrored`, in order, one batch per row."""
    query = "SELECT key, payload, revision FROM outbox WHERE topic = 'item.mirrored' ORDER BY seq"
    for row in await database.fetch(query):
        payload = row["payload"]
        write = (
            Upsert(ItemDocument.from_json(json.loads(bytes(payload))))
            if payload
            else Remove(row["key"], row["revision"])
        )
        assert all(outcome.succeeded for outcome in writer.apply([write]))
