"""Generations of the search index on the embedded engine. Elasticsearch's places pass the same suite as its places."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st
from psycopg.rows import TupleRow

from cli.index_rebuild import ask
from herofactory.catalog.service import Catalog
from herofactory.platform.clock import SystemClock
from herofactory.platform.delivery import Agent, ChunkProcessor, TopicValues
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.events import EventCodec
from herofactory.platform.events.headers import REPLAY_ID
from herofactory.platform.ids import uuid7
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Outgoing, Record
from herofactory.platform.replay.target import Entry, ReplayRefused
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.metrics import NoMetrics
from herofactory.search.embedded.reader import IndexReader
from herofactory.search.embedded.store import IndexStore
from herofactory.search.errors import IndexBusy
from herofactory.search.keeper import IndexKeeper
from herofactory.search.query import SearchQuery
from herofactory.search.rebuild_requests import ASK
from streams.replay.ground import Ground
from streams.replay.snapshot import takes_snapshots
from streams.replay.targets import search_index
from streams.replay.targets.search_index import SearchIndex
from streams.topics import ITEM_MIRRORED, TOPICS
from tests.contract.search_index import item
from tests.support.catalog import CONTENT, put_up
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio
OCCURRED = b"2026-11-23T00:00:00+00:00"
_offsets = count()


class Observed(NoMetrics):
    def __init__(self) -> None:
        self.names: list[str] = []

    def observe(self, name: str, value: float, **labels: str) -> None:
        self.names.append(name)


@pytest.fixture
def metrics() -> Observed:
    return Observed()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    with closing(EmbeddedLog(tmp_path / "log", sync="OFF")) as log:
        log.create_topic(TOPICS[ITEM_MIRRORED].config())
        yield log


@pytest.fixture
def ground(settings: Settings, database: Database, log: EmbeddedLog, codec: EventCodec, metrics: Observed) -> Ground:
    return Ground(
        settings=settings,
        database=database,
        log=log,
        codec=codec,
        values=TopicValues(codec, [ITEM_MIRRORED]),
        clock=SystemClock(),
        metrics=metrics,
    )


@pytest.fixture
def target(ground: Ground) -> SearchIndex:
    return search_index.make(ground)


@pytest.fixture
def reader(settings: Settings) -> Iterator[IndexReader]:
    with closing(IndexStore(settings.folder / "search").open_reader()) as reader:
        yield reader


def mirrored(id: str, revision: int, name: str | None = "검", **headers: bytes) -> Record:
    """As the mirror writes it; without a name, gone."""
    value = None if name is None else json.dumps(item(id, name, revision=revision).to_json()).encode()
    about = {"event-id": str(uuid7()).encode(), "occurred-at": OCCURRED, "revision": str(revision).encode(), **headers}
    return Record(ITEM_MIRRORED, 0, next(_offsets), id.encode(), value, about, 0.0)


def replayed(record: Record) -> Record:
    return replace(record, headers={**record.headers, REPLAY_ID: b"a replay"})


@dataclass(frozen=True)
class Hand:
    """Takes records through the agents of a generation."""

    agents: Sequence[Agent]
    ground: Ground

    async def take(self, *records: Record) -> None:
        for agent in self.agents:
            processor = ChunkProcessor(agent, publisher=Refusing(), values=self.ground.values)
            await processor.process(records)


class Refusing:
    """No dead letter is expected."""

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        raise AssertionError(messages)


@asynccontextmanager
async def writing(target: SearchIndex, ground: Ground, generation: int) -> AsyncIterator[Hand]:
    async with target.writing(generation, f"v{generation}") as agents:
        assert [agent.generation for agent in agents] == [generation]
        yield Hand(agents, ground)


async def entries(target: SearchIndex, generation: int) -> list[Entry]:
    assert await target.settled(generation)
    return [entry async for entry in target.entries(generation, f"v{generation}")]


def seen(reader: IndexReader) -> list[str]:
    return sorted(hit.document.id for hit in reader.search(SearchQuery()).hits)


async def test_generations_are_written_side_by_side_and_readers_see_a_swap_and_its_undoing_at_once(
    target: SearchIndex, ground: Ground, reader: IndexReader
) -> None:
    async with writing(target, ground, 1) as first:
        await first.take(mirrored("a", 1), mirrored("b", 1))
        assert await target.place() == "v1"
        assert await target.create(2, {}) == await target.create(2, {}) == "v2"
        async with writing(target, ground, 2) as second:
            await second.take(mirrored("a", 1))
            assert seen(reader) == ["a", "b"]
            await target.activate(2, "v2")
            await target.activate(2, "v2")
            assert (seen(reader), await target.place()) == (["a"], "v2")
            for each in (first, second):
                await each.take(mirrored("c", 1))
            await first.take(mirrored("d", 1))
            assert seen(reader) == ["a", "c"]
            await target.activate(1, "v1")
            assert seen(reader) == ["a", "b", "c", "d"]
        await target.drop(2, "v2")
        await target.drop(2, "v2")
        assert seen(reader) == ["a", "b", "c", "d"]


async def test_what_was_gone_stays_gone_whatever_is_delivered_again(target: SearchIndex, ground: Ground) -> None:
    await target.create(2, {})
    async with writing(target, ground, 2) as second:
        await second.take(mirrored("a", 3, None), mirrored("b", 2))
        await second.take(mirrored("a", 2), mirrored("b", 1), mirrored("b", 1, None))
        assert [(entry.id, entry.revision) for entry in await entries(target, 2)] == [("b", 2)]
        await second.take(mirrored("a", 4), mirrored("b", 5, None), mirrored("b", 4))
        assert [(entry.id, entry.revision) for entry in await entries(target, 2)] == [("a", 4)]


History = tuple[list[Record], list[Record], list[int]]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A topic as it was written, what of it is read by a replay after compaction, and what is delivered once more."""
    whole: list[Record] = []
    revisions: dict[str, int] = {}
    for id in draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=12)):
        revisions[id] = revisions.get(id, 0) + 1
        gone = draw(st.booleans())
        whole.append(mirrored(id, revisions[id], None if gone else f"검 {revisions[id]}"))
    cut = draw(st.integers(0, len(whole)))
    last = {record.key: record for record in whole[:cut]}
    kept = [record for record in whole[:cut] if last[record.key] is record] + whole[cut:]
    again = draw(st.lists(st.integers(0, len(kept) - 1), max_size=4))
    return whole, kept, again


@tried(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories())
def test_a_replay_of_a_compacted_topic_ends_with_what_the_live_generation_holds(
    settings: Settings,
    log: EmbeddedLog,
    codec: EventCodec,
    dsn: str,
    history: tuple[list[Record], list[Record], list[int]],
) -> None:
    whole, kept, again = history

    async def run() -> None:
        folder = settings.data / f"run-{next(_offsets)}"
        async with Database(dsn, size=1) as database:
            ground = Ground(
                settings=settings.model_copy(update={"data": folder}),
                database=database,
                log=log,
                codec=codec,
                values=TopicValues(codec, [ITEM_MIRRORED]),
                clock=SystemClock(),
                metrics=NoMetrics(),
            )
            target = search_index.make(ground)
            await target.create(2, {})
            async with writing(target, ground, 1) as first, writing(target, ground, 2) as second:
                for record in whole:
                    await first.take(record)
                for at in range(0, len(kept), 3):
                    await second.take(*kept[at : at + 3])
                    await second.take(*(kept[each] for each in again if each < at + 3))
                assert await entries(target, 1) == await entries(target, 2)

    asyncio.run(run())


async def test_every_shown_content_is_compared(target: SearchIndex, ground: Ground) -> None:
    await target.create(2, {})
    async with writing(target, ground, 1) as first, writing(target, ground, 2) as second:
        await first.take(mirrored("b", 1), mirrored("a", 1, "마법검"))
        await second.take(mirrored("a", 1, "마법 검"), mirrored("b", 1))
        old, new = await entries(target, 1), await entries(target, 2)
    assert [entry.id for entry in old] == [entry.scope for entry in old] == ["a", "b"]
    assert (old[0] != new[0], old[1] == new[1]) == (True, True)


async def test_a_generation_from_the_database_is_equal_to_one_from_the_mirror(
    target: SearchIndex, ground: Ground, database: Database, outbox: Outbox
) -> None:
    catalog = Catalog(outbox)
    items = [await put_up(database, catalog, content=CONTENT) for _ in range(5)]
    async with database.connection() as connection:
        await connection.execute("UPDATE items SET status = 'approved' WHERE id <> %s", (items[0].id,))
        await connection.execute("UPDATE items SET price = 7 WHERE id = %s", (items[1].id,))
        await connection.execute("DELETE FROM items WHERE id = %s", (items[2].id,))
    mirror = [
        Record(ITEM_MIRRORED, 0, n, row["key"].encode(), row["payload"], _headers(row), 0.0)
        for n, row in enumerate(await database.fetch("SELECT * FROM outbox WHERE topic = 'item.mirrored' ORDER BY seq"))
    ]
    await target.create(2, {})
    async with writing(target, ground, 1) as first, writing(target, ground, 2) as second:
        await first.take(*mirror)
        for _ in range(2):  # again from the start, as after a crash
            assert [done async for done in target.from_database(2, "v2")] == [3]
        await second.take(*mirror[-1:])
        assert await entries(target, 1) == await entries(target, 2)
        assert len(await entries(target, 2)) == 3
    assert await target.database_records() == 3
    assert takes_snapshots(target)


def _headers(row: dict[str, object]) -> dict[str, bytes]:
    about = {"event-id": row["id"], "occurred-at": row["occurred_at"], "revision": row["revision"]}
    return {name: str(value).encode() for name, value in about.items()}


async def test_a_snapshot_brings_back_nothing_that_a_later_record_removed(
    target: SearchIndex, ground: Ground, database: Database, outbox: Outbox
) -> None:
    made = await put_up(database, Catalog(outbox))
    async with database.connection() as connection:
        await connection.execute("UPDATE items SET status = 'approved'")
    await target.create(2, {})
    async with writing(target, ground, 2) as second:
        await second.take(mirrored(str(made.id), 99, None))
        assert [done async for done in target.from_database(2, "v2")] == [1]
        assert await entries(target, 2) == []


async def test_only_what_readers_find_counts_as_accepted_until_searchable(
    target: SearchIndex, ground: Ground, metrics: Observed
) -> None:
    listed = "hero_accepted_to_searchable_seconds"
    await target.create(2, {})
    async with writing(target, ground, 1) as first, writing(target, ground, 2) as second:
        await first.take(mirrored("a", 2))
        assert metrics.names.count(listed) == 1
        await first.take(replayed(mirrored("b", 2)))
        await second.take(mirrored("a", 2))
        assert metrics.names.count(listed) == 1
        await target.activate(2, "v2")
        keepers = list(target._keepers.values())
        await eventually(lambda: [keeper.in_use for keeper in keepers] == [False, True])
        await first.take(mirrored("c", 2))
        await second.take(mirrored("c", 2))
        assert metrics.names.count(listed) == 2


async def test_a_place_has_one_writer(target: SearchIndex, ground: Ground) -> None:
    await target.create(2, {})
    async with writing(target, ground, 2) as second:
        other = IndexStore(ground.settings.folder / "search", "v2")
        with pytest.raises(IndexBusy):
            other.open_writer(wait_s=0)
        await second.take(mirrored("a", 1))


async def test_a_trial_leaves_nothing_behind_and_makes_nothing_before_its_first_write(
    target: SearchIndex, ground: Ground, metrics: Observed
) -> None:
    folder = ground.settings.folder / "search"
    async with target.trial():
        assert not folder.exists()
    (folder / "trial").mkdir(parents=True)  # of one that was killed
    async with target.trial() as agents:
        await Hand(agents, ground).take(mirrored("a", 2), mirrored("b", 2))
        assert IndexStore(folder, "trial").folder.is_dir()
    assert not (folder / "trial").exists()
    assert "hero_accepted_to_searchable_seconds" not in metrics.names


async def test_what_cannot_be_done_is_refused_by_name(target: SearchIndex) -> None:
    with pytest.raises(ReplayRefused, match="no options, but was given policy"):
        await target.create(2, {"policy": "x"})
    with pytest.raises(ReplayRefused, match="no search index in place 'v7'"):
        await target.activate(7, "v7")


def listeners(connection: psycopg.Connection[TupleRow]) -> int:
    row = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query = %s", (f"LISTEN {ASK}",)
    ).fetchone()
    assert row is not None
    return int(row[0])


class TestRebuilds:
    """`hero index rebuild`, as it reaches whoever keeps the place in use."""

    async def asked(self, dsn: str, keepers: int) -> dict[str, object]:
        """As the command line asks, once so many listen."""
        with psycopg.connect(dsn, autocommit=True) as connection:
            await eventually(lambda: listeners(connection) == keepers)
        return await asyncio.to_thread(ask, dsn, 20.0)

    async def test_the_place_in_use_is_rebuilt_and_others_are_left_alone(
        self, target: SearchIndex, ground: Ground, dsn: str, database: Database, outbox: Outbox, reader: IndexReader
    ) -> None:
        made = await put_up(database, Catalog(outbox))
        async with database.connection() as connection:
            await connection.execute("UPDATE items SET status = 'approved'")
        await target.create(2, {})
        async with writing(target, ground, 1) as first, writing(target, ground, 2) as second:
            await first.take(mirrored("a", 1))
            await second.take(mirrored("b", 1))
            await target.activate(2, "v2")
            answer = await self.asked(dsn, 2)
            assert (answer.get("documents"), seen(reader)) == (1, [str(made.id)])
            assert "a" in [entry.id for entry in await entries(target, 1)]

    async def test_a_rebuild_is_refused_while_a_replay_is_open(
        self, target: SearchIndex, ground: Ground, dsn: str, database: Database, reader: IndexReader
    ) -> None:
        async with database.connection() as connection:
            await connection.execute(
                "INSERT INTO replays (target, generation, plan, state) VALUES ('search-index', 2, '{}', 'verified')"
            )
        async with writing(target, ground, 1) as first:
            await first.take(mirrored("a", 1))
            answer = await self.asked(dsn, 1)
            assert "of the search index is verified; end it with `hero replay clean" in str(answer["error"])
            assert seen(reader) == ["a"]


async def test_the_first_keeper_stays_at_its_place_after_a_restart_behind_a_swap(
    target: SearchIndex, settings: Settings, dsn: str, database: Database, reader: IndexReader
) -> None:
    first = IndexKeeper(settings, dsn)
    await first.open()
    assert first.in_use
    await first.close()
    await target.create(2, {})
    await target.activate(2, "v2")
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO target_generations (target, generation, place, state, active) VALUES"
            " ('search-index', 1, 'v1', 'following', false), ('search-index', 2, 'v2', 'following', true)"
        )
    again = IndexKeeper(settings, dsn)
    await again.open()
    assert not again.in_use
    assert seen(reader) == []
    await again.close()


async def test_scopes_are_items(target: SearchIndex) -> None:
    assert list(target.scopes(mirrored("a", 1))) == ["a"]
    assert list(target.scopes(mirrored("a", 1, None))) == ["a"]
