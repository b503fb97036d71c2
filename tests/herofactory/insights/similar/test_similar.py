"""Similar items from real tables and a real index."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from herofactory.insights.bucket import Fold, ItemBucket, PairBucket
from herofactory.insights.figures.scope import Scope
from herofactory.insights.keeping import days, hours
from herofactory.insights.keeping.place import Place
from herofactory.insights.similar import looks
from herofactory.insights.similar.blend import Similar, Why
from herofactory.insights.similar.looks import Seen
from herofactory.insights.similar.similar import similar_items
from herofactory.platform.postgres.database import Database
from herofactory.search.embedded.reader import IndexReader
from herofactory.search.embedded.store import IndexStore
from tests.support.mirror import index_mirror, index_writer

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
NAMES = ("불타는 검", "얼음 검", "낡은 검", "강철 방패", "회복 물약", "마나 물약")


class Shop:
    def __init__(self, database: Database, reader: IndexReader, ids: dict[str, UUID]) -> None:
        self.database = database
        self.reader = reader
        self.ids = ids

    async def like(self, name: str, *, simulated: bool = False, limit: int = 12) -> list[Similar]:
        scope = Scope(1, simulated=simulated)
        found = await similar_items(self.database, self.reader, scope, self.ids[name], NOW, limit=limit)
        assert found is not None
        return found

    async def names(self, name: str, **options: bool) -> list[str]:
        of = {item_id: name for name, item_id in self.ids.items()}
        return [of[each.item_id] for each in await self.like(name, **options)]

    async def looked(self, names: Iterable[str], people: int, *, simulated: bool = False, hour: int = 10) -> None:
        """Each of `people` at all of them, in one visit."""
        ids = sorted(self.ids[name] for name in names)
        start = int((NOW - timedelta(hours=hour)).timestamp())
        who = frozenset(range(people))
        fold = Fold(
            items=tuple(ItemBucket(simulated, start, item_id, people, 0, who) for item_id in ids),
            pairs=tuple(PairBucket(simulated, a, b, people) for a in ids for b in ids if a < b),
        )
        async with self.database.transaction() as transaction:
            await hours.replace(transaction, Place(1, "search", start, 0), fold)
            await days.merge(transaction, 1, datetime.fromtimestamp(start, UTC).date())

    async def look(self, name: str, dhash: int) -> None:
        async with self.database.transaction() as transaction:
            assert await looks.save(transaction, 1, [Seen(self.ids[name], 1, f"{dhash:x}", dhash)])


@pytest.fixture
async def shop(database: Database, tmp_path: Path) -> AsyncIterator[Shop]:
    ids: dict[str, UUID] = {}
    for name in NAMES:
        rows = await database.fetch(
            "INSERT INTO items (id, seller_id, name, description, category, tags, price, status)"
            " VALUES (uuidv7(), 's', %s, '', %s, '{}', 100, 'approved') RETURNING id",
            name, "consumable" if "물약" in name else "weapon",
        )  # fmt: skip
        ids[name] = rows[0]["id"]
    with index_writer(tmp_path) as writer:
        await index_mirror(database, writer)
    reader = IndexStore(tmp_path).open_reader()
    yield Shop(database, reader, ids)
    reader.close()


async def test_from_the_first_item_on_what_is_called_alike_is_similar_and_never_the_item_itself(shop: Shop) -> None:
    assert set(await shop.names("불타는 검")) == {"얼음 검", "낡은 검"}
    assert await shop.names("회복 물약") == ["마나 물약"]
    assert {each.why for each in await shop.like("회복 물약")} == {(Why.WORDS,)}


async def test_what_people_looked_at_together_comes_first(shop: Shop) -> None:
    await shop.looked(["불타는 검", "강철 방패"], 30)
    assert (await shop.names("불타는 검"))[0] == "강철 방패"
    assert (await shop.like("불타는 검"))[0].why[0] is Why.TOGETHER
    assert (await shop.names("강철 방패"))[0] == "불타는 검"


async def test_what_everybody_looks_at_goes_with_nothing_in_particular(shop: Shop) -> None:
    await shop.looked(["불타는 검", "강철 방패"], 20)
    await shop.looked(["불타는 검", "회복 물약"], 22, hour=11)
    await shop.looked(["회복 물약"], 2_000, hour=12)
    names = await shop.names("불타는 검")
    assert names.index("강철 방패") < names.index("회복 물약")


async def test_two_people_say_nothing(shop: Shop) -> None:
    await shop.looked(["불타는 검", "강철 방패"], 2)
    assert "강철 방패" not in await shop.names("불타는 검")


async def test_simulated_visits_count_only_where_they_are_asked_for(shop: Shop) -> None:
    await shop.looked(["불타는 검", "강철 방패"], 30, simulated=True)
    assert "강철 방패" not in await shop.names("불타는 검")
    assert (await shop.names("불타는 검", simulated=True))[0] == "강철 방패"


async def test_what_looks_alike_is_similar(shop: Shop) -> None:
    await shop.look("불타는 검", 2**63 + 0b1111)
    await shop.look("강철 방패", 2**63 + 0b1110)
    await shop.look("회복 물약", 0x0F0F0F0F0F0F0F0F)
    found = {each.item_id: each.why for each in await shop.like("불타는 검")}
    assert found[shop.ids["강철 방패"]] == (Why.LOOKS,)
    assert shop.ids["회복 물약"] not in found


async def test_what_is_not_listed_is_neither_shown_nor_has_similar_items(shop: Shop) -> None:
    await shop.database.fetch("UPDATE items SET status = 'rejected' WHERE name = '얼음 검' RETURNING id")
    assert await shop.names("불타는 검") == ["낡은 검"]
    assert await similar_items(shop.database, shop.reader, Scope(), shop.ids["얼음 검"], NOW) is None
    assert await similar_items(shop.database, shop.reader, Scope(), UUID(int=1), NOW) is None


async def test_as_many_as_asked_for_are_shown(shop: Shop) -> None:
    assert len(await shop.like("불타는 검", limit=1)) == 1
    with pytest.raises(ValueError, match=r"0, not within 1\.\.50"):
        await shop.like("불타는 검", limit=0)
