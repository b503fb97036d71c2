"""The baseline: a shop that does everything while the seller waits, as a small program on the same PostgreSQL.

    python -m bench.spine_parts.synchronous DSN PORT FOLDER

POST /items inserts the row, has it inspected (a call of CALL_S seconds to somebody else, simulated), stores the verdict
and writes the search index, then answers. It does not wait idly: requests run side by side, as an asynchronous server
does, and the index is the same engine with the same analyser. It has no outbox, no events, no second process.
"""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel, Field

from herofactory.moderation import LocalRules
from herofactory.moderation.subject import Subject
from herofactory.search.document import ItemDocument
from herofactory.search.embedded.store import IndexStore
from herofactory.search.write import Upsert

CALL_S = 0.3
"""What a call to a remote moderation model takes."""
_TABLE = """
CREATE TABLE IF NOT EXISTS synchronous_items (
    id uuid PRIMARY KEY, name text NOT NULL, description text NOT NULL, category text NOT NULL, price bigint NOT NULL,
    status text NOT NULL, created_at timestamptz NOT NULL DEFAULT clock_timestamp())
"""


class Item(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    description: Annotated[str, Field(max_length=5000)]
    category: str
    price: Annotated[int, Field(ge=0)]


def create_app(dsn: str, folder: Path) -> FastAPI:
    store = IndexStore(folder)
    store.rebuild(iter(()))
    writer = store.open_writer()
    index_thread = ThreadPoolExecutor(1)
    rules = LocalRules()
    pool = AsyncConnectionPool(dsn, min_size=4, max_size=8, open=False)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with pool:
            async with pool.connection() as connection:
                await connection.execute(_TABLE)
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/items", status_code=201)
    async def create(item: Item) -> dict[str, Any]:
        item_id = uuid.uuid4()
        async with pool.connection() as connection:
            await connection.execute(
                """INSERT INTO synchronous_items (id, name, description, category, price, status)
                   VALUES (%s, %s, %s, %s, %s, 'pending')""",
                (item_id, item.name, item.description, item.category, item.price),
            )
        await asyncio.sleep(CALL_S)
        subject = Subject(str(item_id), "seller", item.name, item.description, item.category, (), None)
        status = (await rules.judge(subject)).decision.value
        async with pool.connection() as connection:
            await connection.execute("UPDATE synchronous_items SET status = %s WHERE id = %s", (status, item_id))
        if status == "approved":
            await asyncio.get_running_loop().run_in_executor(
                index_thread, writer.apply, [Upsert(_document(item_id, item))]
            )
        return {"id": str(item_id), "status": status}

    return app


def _document(item_id: uuid.UUID, item: Item) -> ItemDocument:
    return ItemDocument(
        id=str(item_id),
        revision=1,
        name=item.name,
        description=item.description,
        category=item.category,
        price=item.price,
        tags=(),
        created_at=datetime.now(UTC),
    )


if __name__ == "__main__":
    uvicorn.run(
        create_app(sys.argv[1], Path(sys.argv[3])),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        log_level="warning",
        access_log=False,
    )
