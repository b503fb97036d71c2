"""An edge whose log has its topics, five approved items, and what was observed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import anyio
import pytest
from fastapi import FastAPI

from api.services import Services
from herofactory.catalog.item import Content
from herofactory.catalog.service import Catalog
from herofactory.platform.events import EVENTS, Event
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Record
from herofactory.platform.settings import Settings
from streams.topics import ITEM_VIEWED, SEARCH_CLICKED, SEARCH_QUERY, TOPICS
from tests.support.mirror import index_mirror, index_writer

OBSERVED = (SEARCH_QUERY, SEARCH_CLICKED, ITEM_VIEWED)
NAMES = ["불타는 검", "얼음 검", "마법 지팡이", "체력 물약", "나무 방패"]
Observe = Callable[[int], Awaitable[list[Event]]]


@pytest.fixture
async def services(app: FastAPI) -> Services:
    services: Services = app.state.services
    for topic in OBSERVED:
        services.log.create_topic(TOPICS[topic].config())
    return services


@pytest.fixture
async def ids(database: Database, outbox: Outbox, settings: Settings) -> AsyncIterator[list[str]]:
    """Of items of seller-1, in the order of NAMES; approved and in the index."""
    catalog, ids = Catalog(outbox), []
    with index_writer(settings.folder / "search") as writer:
        async with database.transaction() as transaction:
            for name in NAMES:
                item = await catalog.create(transaction, "seller-1", Content(name, "그림", "weapon", (), 1000))
                ids.append(str(item.id))
            await transaction.execute("UPDATE items SET status = 'approved'")
        await index_mirror(database, writer)
        yield ids


def records(services: Services) -> list[Record]:
    """All that was observed, in the order the log took it."""
    found = [
        record
        for topic in OBSERVED
        for partition in range(TOPICS[topic].partitions)
        for record in services.log.read(topic, partition, 0, 1000)
    ]
    return sorted(found, key=lambda record: record.headers["event-id"])


@pytest.fixture
def observed(services: Services) -> Observe:
    """The first `count` events and no more: close the spool first, so that nothing is on its way."""

    async def observed(count: int) -> list[Event]:
        await anyio.to_thread.run_sync(services.observer.close)
        found = records(services)
        assert len(found) == count, found
        return [_decoded(services, record) for record in found]

    return observed


def _decoded(services: Services, record: Record) -> Event:
    assert record.topic in EVENTS
    assert record.value is not None
    event = services.catalog._outbox._codec.decode(record.topic, record.value)
    assert record.key == event.key.encode()
    return event
