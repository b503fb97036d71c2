"""What Debezium made of the mirror, through the indexing agent on Faust over Kafka, into Elasticsearch."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from elasticsearch import Elasticsearch as Client

from connectors.debezium import OutboxConnector
from herofactory.platform.clock import SystemClock
from herofactory.platform.delivery import ChunkProcessor, TopicValues
from herofactory.platform.eventlog.kafka import KafkaLog
from herofactory.platform.eventlog.port import TopicConfig
from herofactory.platform.events import Headers
from herofactory.platform.records import Outgoing, Record
from herofactory.platform.telemetry.metrics import NoMetrics
from herofactory.search.elasticsearch.client import make_client
from herofactory.search.elasticsearch.index import ElasticsearchIndex
from herofactory.search.elasticsearch.scan import scan
from herofactory.search.query import SearchQuery
from herofactory.search.write import Write, WriteOutcome
from streams.agents.indexing import indexing
from streams.faust_app import WorkerTimes, group_of
from streams.kafka import broker_url
from streams.runtime import Worker
from streams.topics import ITEM_MIRRORED, dead_letters_of
from tests.contract.change_capture import PARTITIONS, TOPICS, Captured, make_codec, play
from tests.contract.worker import until
from tests.stack.capturing import capturing, create_topics
from tests.stack.searching import temporary_alias
from tests.stack.servers.connect import Connect
from tests.stack.servers.elasticsearch import Elasticsearch
from tests.stack.servers.kafka import Kafka
from tests.stack.servers.postgres import Postgres
from tests.support.postgres import cloned_database

pytestmark = [pytest.mark.stack, pytest.mark.anyio]
TIMES = WorkerTimes(session_timeout=6.0, heartbeat=0.3, commit_interval=0.1, grace=0.3)
DEADLINE_S = 60.0
Held = dict[str, tuple[int, str | None, int | None]]
"""By id: revision, and name and price where it can be found."""


@dataclass
class Sink:
    """Empty at first. `take` lets a fresh consumer group put a topic into it, from beginning to end."""

    kafka: Kafka
    log: KafkaLog
    client: Client
    alias: str

    def __post_init__(self) -> None:
        self.index = ElasticsearchIndex(self.client, self.alias)

    async def take(self, topic: str, **settings: object) -> None:
        name = f"indexing-{uuid.uuid4().hex[:8]}"
        await asyncio.to_thread(self.log.create_topic, TopicConfig(dead_letters_of(name), 1, None))
        agent = replace(
            indexing(self._apply, SystemClock(), NoMetrics()), name=name, sources=(topic,), redrivable=False
        )
        values = TopicValues(make_codec(), [topic])
        worker = Worker(
            [agent],
            broker_url(self.kafka.bootstrap, **settings),
            lambda agent, publisher: ChunkProcessor(agent, publisher=publisher, values=values),
            TIMES,
        )
        await worker.start()
        try:
            await until(lambda: self._left(group_of(name), topic) == 0, DEADLINE_S)
        finally:
            await worker.stop()
        assert worker.health()[0].status.dead_letters == 0

    async def take_again(self, records: Sequence[Record], **settings: object) -> None:
        """From a topic of their own, in the order given."""
        topic = f"again.{uuid.uuid4().hex[:8]}"
        self.log.create_topic(TopicConfig(topic, PARTITIONS, None, compacted=True))
        self.log.publish([Outgoing(topic, each.key, each.value, each.headers) for each in records])
        await self.take(topic, **settings)

    def held(self) -> Held:
        self.index.refresh()
        hits = [hit for page in scan(self.client, self.alias, {"match_all": {}}, version=True) for hit in page]
        return {hit["_id"]: (hit["_version"], *_shown(hit["_source"])) for hit in hits}

    async def _apply(self, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        return await asyncio.to_thread(self.index.apply, writes)

    def _left(self, group: str, topic: str) -> int:
        ends = sum(held.end for held in self.log.offsets(topic).values())
        return ends - sum(self.log.committed(group, topic).values())


@pytest.fixture(scope="module")
def log(kafka: Kafka) -> Iterator[KafkaLog]:
    log = KafkaLog(kafka.bootstrap)
    yield log
    log.close()


@pytest.fixture(scope="module")
def mirrored() -> str:
    """The topic that Debezium writes the mirror to."""
    return f"t{uuid.uuid4().hex[:8]}.{ITEM_MIRRORED}"


@pytest.fixture(scope="module")
def captured(kafka: Kafka, connect: Connect, postgres: Postgres, log: KafkaLog, mirrored: str) -> Captured:
    mark = mirrored.removesuffix(f".{ITEM_MIRRORED}")
    connector = OutboxConnector(f"outbox-{mark}", f"outbox_{mark}", f"{mark}.")
    create_topics(kafka, *(connector.topic_prefix + topic for topic in TOPICS), partitions=PARTITIONS)
    create_topics(kafka, connector.heartbeat_topic)
    with cloned_database(postgres) as dsn, capturing(connect, dsn, connector):
        return asyncio.run(play(dsn, log, connector.topic_prefix))


@pytest.fixture
def sink(elasticsearch: Elasticsearch, kafka: Kafka, log: KafkaLog) -> Iterator[Sink]:
    with make_client([elasticsearch.url]) as client, temporary_alias(client) as alias:
        yield Sink(kafka, log, client, alias)


def single(captured: Captured) -> list[Record]:
    """The mirror's records of the items that have a story of their own."""
    items = {key for key, name in captured.names.items() if not name.startswith("bulk-")}
    return [each for each in captured.records if each.topic == ITEM_MIRRORED and (each.key or b"").decode() in items]


def newest(records: Sequence[Record]) -> Held:
    by_revision = sorted(records, key=lambda record: Headers.parse(record.headers).revision or 0)
    return {
        (each.key or b"").decode(): (
            Headers.parse(each.headers).revision or 0,
            *_shown(json.loads(each.value) if each.value else {}),
        )
        for each in by_revision
    }


def _shown(document: dict[str, Any]) -> tuple[str | None, int | None]:
    return document.get("name"), document.get("price")


async def test_the_search_ends_as_the_table_of_items(sink: Sink, captured: Captured, mirrored: str) -> None:
    await sink.take(mirrored)
    held = sink.held()
    assert {id: shown for id, shown in held.items() if shown[1]} == {
        str(row["id"]): (row["revision"], row["name"], row["price"])
        for row in captured.items
        if row["status"] == "approved"
    }
    assert held == newest([record for record in captured.records if record.topic == ITEM_MIRRORED])
    assert sink.index.count() == len([row for row in captured.items if row["status"] == "approved"])


@pytest.mark.parametrize("chunk", [1, 100])
async def test_a_stale_write_never_wins(sink: Sink, captured: Captured, chunk: int) -> None:
    """Newest first, one bulk each or all in one."""
    records = single(captured)
    await sink.take_again([*reversed(records), *records], chunk=chunk)
    assert sink.held() == newest(records)


async def test_a_delete_never_comes_back(sink: Sink, captured: Captured) -> None:
    records = single(captured)
    gone = {id for id, (_, name, _) in newest(records).items() if name is None}
    documents = [each for each in records if each.value is not None and (each.key or b"").decode() in gone]
    assert documents
    await sink.take_again(records, chunk=1)
    before = sink.held()
    await sink.take_again(documents, chunk=1)
    assert sink.held() == before
    found = sink.index.search(SearchQuery(text="", limit=50)).hits
    assert not gone & {hit.document.id for hit in found}
