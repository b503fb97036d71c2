"""The search index as a replay target on the embedded engine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
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
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.events import EventCodec
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Record
from herofactory.platform.replay.target import ReplayRefused
from herofactory.platform.settings import Settings
from herofactory.search.embedded.reader import IndexReader
from herofactory.search.embedded.store import IndexStore
from herofactory.search.errors import IndexBusy
from herofactory.search.keeper import IndexKeeper
from herofactory.search.rebuild_requests import ASK
from streams.replay.ground import Ground
from streams.replay.targets import search_index
from streams.replay.targets.search_index import SearchIndex
from streams.topics import ITEM_MIRRORED, TOPICS
from tests.contract.search_places import seen
from tests.contract.search_replay import SearchReplayContract
from tests.support.catalog import put_up
from tests.support.embedded_log import embedded_log
from tests.support.index_replaying import Hand, Observed, entries, mirrored, standing, writing
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio
_runs = count()


@pytest.fixture
def replay_log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    with embedded_log(tmp_path / "log", [TOPICS[ITEM_MIRRORED].config()]) as log:
        yield log


@pytest.fixture
def metrics() -> Observed:
    return Observed()


@pytest.fixture
def ground(
    settings: Settings, database: Database, replay_log: EmbeddedLog, codec: EventCodec, metrics: Observed
) -> Ground:
    return standing(settings, database, replay_log, codec, metrics)


@pytest.fixture
def target(ground: Ground) -> SearchIndex:
    return search_index.make(ground)


@pytest.fixture
def reader(settings: Settings) -> Iterator[IndexReader]:
    with closing(IndexStore(settings.folder / "search").open_reader()) as reader:
        yield reader


class TestEmbedded(SearchReplayContract):
    """The contract."""


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
    replay_log: EmbeddedLog,
    codec: EventCodec,
    dsn: str,
    history: History,
) -> None:
    whole, kept, again = history

    async def run() -> None:
        folder = settings.data / f"run-{next(_runs)}"
        async with Database(dsn, size=1) as database:
            ground = standing(settings.model_copy(update={"data": folder}), database, replay_log, codec)
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
