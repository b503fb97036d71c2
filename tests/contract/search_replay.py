"""What a replay of the search index must do on every engine. Subclass it, with fixtures `settings` (of that engine),
`replay_log` and `reader`."""

from __future__ import annotations

import pytest

from herofactory.catalog.service import Catalog
from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.events import EventCodec
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Record
from herofactory.platform.settings import Settings
from herofactory.search.port import SearchReader
from streams.replay.ground import Ground
from streams.replay.snapshot import takes_snapshots
from streams.replay.targets import search_index
from streams.replay.targets.search_index import SearchIndex
from streams.topics import ITEM_MIRRORED
from tests.contract.search_places import seen
from tests.support.catalog import CONTENT, put_up
from tests.support.index_replaying import Observed, entries, mirrored, replayed, standing, writing
from tests.support.waiting import eventually


class SearchReplayContract:
    @pytest.fixture
    def metrics(self) -> Observed:
        return Observed()

    @pytest.fixture
    def ground(
        self, settings: Settings, database: Database, replay_log: EventLog, codec: EventCodec, metrics: Observed
    ) -> Ground:
        return standing(settings, database, replay_log, codec, metrics)

    @pytest.fixture
    def target(self, ground: Ground) -> SearchIndex:
        return search_index.make(ground)

    async def test_generations_are_written_side_by_side_and_readers_see_a_swap_and_its_undoing_at_once(
        self, target: SearchIndex, ground: Ground, reader: SearchReader
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

    async def test_what_was_gone_stays_gone_whatever_is_delivered_again(
        self, target: SearchIndex, ground: Ground
    ) -> None:
        await target.create(2, {})
        async with writing(target, ground, 2) as second:
            await second.take(mirrored("a", 3, None), mirrored("b", 2))
            await second.take(mirrored("a", 2), mirrored("b", 1), mirrored("b", 1, None))
            assert [(entry.id, entry.revision) for entry in await entries(target, 2)] == [("b", 2)]
            await second.take(mirrored("a", 4), mirrored("b", 5, None), mirrored("b", 4))
            assert [(entry.id, entry.revision) for entry in await entries(target, 2)] == [("a", 4)]

    async def test_every_shown_content_is_compared(self, target: SearchIndex, ground: Ground) -> None:
        await target.create(2, {})
        async with writing(target, ground, 1) as first, writing(target, ground, 2) as second:
            await first.take(mirrored("b", 1), mirrored("a", 1, "마법검"))
            await second.take(mirrored("a", 1, "마법 검"), mirrored("b", 1))
            old, new = await entries(target, 1), await entries(target, 2)
        assert [entry.id for entry in old] == [entry.scope for entry in old] == ["a", "b"]
        assert (old[0] != new[0], old[1] == new[1]) == (True, True)

    async def test_a_generation_from_the_database_is_equal_to_one_from_the_mirror(
        self, target: SearchIndex, ground: Ground, database: Database, outbox: Outbox
    ) -> None:
        catalog = Catalog(outbox)
        items = [await put_up(database, catalog, content=CONTENT) for _ in range(5)]
        async with database.connection() as connection:
            await connection.execute("UPDATE items SET status = 'approved' WHERE id <> %s", (items[0].id,))
            await connection.execute("UPDATE items SET price = 7 WHERE id = %s", (items[1].id,))
            await connection.execute("DELETE FROM items WHERE id = %s", (items[2].id,))
        mirror = [
            Record(ITEM_MIRRORED, 0, n, row["key"].encode(), row["payload"], _headers(row), 0.0)
            for n, row in enumerate(
                await database.fetch("SELECT * FROM outbox WHERE topic = 'item.mirrored' ORDER BY seq")
            )
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

    async def test_a_snapshot_brings_back_nothing_that_a_later_record_removed(
        self, target: SearchIndex, ground: Ground, database: Database, outbox: Outbox
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
        self, target: SearchIndex, ground: Ground, metrics: Observed
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


def _headers(row: dict[str, object]) -> dict[str, bytes]:
    about = {"event-id": row["id"], "occurred-at": row["occurred_at"], "revision": row["revision"]}
    return {name: str(value).encode() for name, value in about.items()}
