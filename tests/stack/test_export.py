"""Figures by the hour, in a data stream of a real Elasticsearch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from elasticsearch import Elasticsearch as Client

from herofactory.insights.exporting.exporter import Exporter
from herofactory.platform.clock import SystemClock
from herofactory.platform.postgres.database import Database
from herofactory.search.embedded.store import IndexStore
from kibana.importing import put_templates
from tests.stack.servers.elasticsearch import Elasticsearch
from tests.support.looked import Looked
from tests.support.mirror import index_writer

pytestmark = [pytest.mark.stack, pytest.mark.anyio]
STREAM = "metrics-herofactory.insights-exported"


class LaterClock(SystemClock):
    """An hour and some minutes ahead, so that what was just seen lies in a whole hour."""

    def __init__(self, hours: int) -> None:
        self._ahead = timedelta(hours=hours)

    def now(self) -> datetime:
        return datetime.now(UTC).replace(minute=10) + self._ahead


@pytest.fixture
def client(elasticsearch: Elasticsearch) -> Iterator[Client]:
    with Client(elasticsearch.url, request_timeout=30) as client:
        yield client


def put(elasticsearch: Elasticsearch) -> None:
    with httpx.Client(base_url=elasticsearch.url, timeout=30) as http:
        list(put_templates(http))


async def test_every_hour_is_written_once_whoever_writes_it(
    elasticsearch: Elasticsearch, client: Client, database: Database, tmp_path: Path
) -> None:
    put(elasticsearch)
    await Looked().search("검", range(6)).search("비밀", range(10, 12)).fold(database)
    with index_writer(tmp_path / "search"):
        pass
    reader = IndexStore(tmp_path / "search").open_reader()

    def exporter(hours: int) -> Exporter:
        return Exporter(database, reader, client, LaterClock(hours), STREAM)

    first = exporter(1)
    assert await first.turn() > 2
    assert await first.turn() == 0
    client.indices.refresh(index=STREAM)
    found = [hit["_source"] for hit in client.search(index=STREAM, size=100)["hits"]["hits"]]
    assert {each["term"] for each in found if each["figure"] == "popular"} == {"검"}
    assert "비밀" not in str(found)

    again = exporter(1)
    assert await again.turn() == 0
    forgetful = exporter(1)
    forgetful._last = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    assert await forgetful.turn() == 0  # all of it is there already
    assert await exporter(3).turn() >= 4  # the two hours since
    reader.close()


async def test_nothing_is_written_before_the_templates_are_there(
    client: Client, database: Database, tmp_path: Path
) -> None:
    with index_writer(tmp_path / "search"):
        pass
    reader = IndexStore(tmp_path / "search").open_reader()
    stream = f"{STREAM}-too-early"
    assert await Exporter(database, reader, client, LaterClock(1), stream, template="nobody-put-it").turn() == 0
    assert not client.indices.exists(index=stream)
    reader.close()
