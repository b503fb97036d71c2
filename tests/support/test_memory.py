"""The stand-ins in memory do as the real ones do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from herofactory.catalog.item import Content
from herofactory.catalog.service import Catalog, ItemNotFound
from herofactory.catalog.verdicts import Choice, Decisions, apply_verdict
from herofactory.platform.clock import SystemClock
from herofactory.platform.events import EventCodec
from herofactory.platform.events.item import ItemModerated
from herofactory.platform.ids import uuid7
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.search.query import SearchQuery
from tests.contract import search_index
from tests.contract.search_index import SearchIndexContract
from tests.support.memory.database import MemoryDatabase
from tests.support.memory.index import MemoryIndex

Step = tuple[str, int, int]
STEPS = ("create", "rename", "reprice", "approve", "reject", "judge", "judge", "judge-older", "repeat", "delete")
steps = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 3), st.integers(0, 3)), min_size=8, max_size=30)


class Script:
    """The same steps on any database; what they left is told without ids and times, which differ."""

    def __init__(self, database: Database, codec: EventCodec) -> None:
        self._database, self._codec = database, codec
        outbox = Outbox(codec)
        self._catalog, self._decisions = Catalog(outbox), Decisions(outbox, SystemClock())
        self.items: list[UUID] = []
        self.told: list[object] = []
        self._last: tuple[ItemModerated, UUID, Any] | None = None

    async def run(self, steps: Sequence[Step]) -> None:
        for what, which, number in steps:
            try:
                self.told.append(await self._step(what, which, number))
            except ItemNotFound:
                self.told.append("no such item")

    async def _step(self, what: str, which: int, number: int) -> object:
        item = self.items[which % len(self.items)] if self.items else None
        async with self._database.transaction() as tx:
            if what == "create" or item is None:
                created = await self._catalog.create(tx, "s", Content(f"검 {number}", "", "weapon", (), number))
                self.items.append(created.id)
                return _plain(created)
            if what == "rename":
                return _plain(await self._catalog.change(tx, "s", item, {"name": f"검 {number}"}))
            if what == "reprice":
                return _plain(await self._catalog.change(tx, "s", item, {"price": number}))
            if what == "delete":
                await self._catalog.delete(tx, "s", item)
                return None
            return await self._judge(tx, what, item, number)

    async def _judge(self, tx: Any, what: str, item: UUID, number: int) -> object:
        content_revision = 1 + number if what == "judge-older" else await self._content_revision(tx, item)
        if what in ("approve", "reject"):
            choice: Choice = "approve" if what == "approve" else "reject"
            decided = await self._decisions.decide(
                tx, "m", item, choice, reason="판단", content_revision=content_revision
            )
            return _plain(decided)
        if what != "repeat" or self._last is None:
            event = ItemModerated(str(item), content_revision, "rejected" if number % 2 else "approved")
            self._last = event, uuid7(), SystemClock().now()
        return await apply_verdict(tx, *self._last)

    async def _content_revision(self, tx: Any, item: UUID) -> int:
        from herofactory.catalog import repository

        found = await repository.get(tx, item)
        return found.content_revision if found else 1

    def row(self, row: Mapping[str, Any]) -> object:
        value = row["payload"] and self._value(row["topic"], bytes(row["payload"]))
        return row["topic"], self.items.index(UUID(row["key"])), row["event_type"], row["revision"], value

    def _value(self, topic: str, payload: bytes) -> object:
        if topic == "item.mirrored":
            document = json.loads(payload)
            return {name: document[name] for name in document if name not in ("id", "created_at", "updated_at")}
        return str(self._codec.decode(topic, payload)).partition("item_id")[2][50:]


def _plain(item: Any) -> object:
    hidden = {"id", "created_at", "updated_at", "verdict"}
    told = {name: getattr(item, name) for name in item.__slots__ if name not in hidden}
    return told | {"decision": item.verdict and item.verdict["decision"]}


@pytest.mark.anyio
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
async def test_rows_and_outbox_in_memory_are_those_of_postgresql(
    database: Database, codec: EventCodec, steps: list[Step]
) -> None:
    await _emptied(database)
    memory = MemoryDatabase(SystemClock())
    real, stand_in = Script(database, codec), Script(memory.database, codec)
    for script in (real, stand_in):
        await script.run(steps)
    assert stand_in.told == real.told
    rows = await database.fetch("SELECT * FROM outbox ORDER BY seq")
    assert [stand_in.row(row) for row in memory.outbox] == [real.row(row) for row in rows]


async def _emptied(database: Database) -> None:
    async with database.transaction() as transaction:
        await transaction.execute("DELETE FROM items")
        await transaction.execute("DELETE FROM outbox")


class Browsing(MemoryIndex):
    """Of searching, as much as the tests of writing need."""

    def refresh(self) -> None:
        """Everything is visible."""

    def search(self, query: SearchQuery) -> Any:
        raise NotImplementedError


def found(index: Browsing, text: str = "", **_: object) -> list[str]:
    return [id for id, document in index.documents.items() if text in document.name]


class TestTheIndexInMemory:
    """The contract's tests of writing; the others are about words."""

    @pytest.fixture
    def index(self, monkeypatch: pytest.MonkeyPatch) -> Browsing:
        monkeypatch.setattr(search_index, "found", found)
        return Browsing()

    test_replaces = SearchIndexContract.test_a_later_revision_replaces_the_earlier
    test_stale = SearchIndexContract.test_a_write_not_above_the_stored_revision_changes_nothing_and_succeeds
    test_revive = SearchIndexContract.test_a_late_write_does_not_revive_what_is_gone
    test_ahead = SearchIndexContract.test_an_id_that_was_never_there_can_be_removed_ahead_of_its_late_write
    test_back = SearchIndexContract.test_a_newer_revision_brings_back_what_was_gone
    test_bulk = SearchIndexContract.test_one_bulk_writes_an_id_once_with_its_highest_revision
    test_broken = SearchIndexContract.test_a_document_that_cannot_be_indexed_holds_up_no_other
    test_nothing = SearchIndexContract.test_no_writes_are_no_work


@settings(max_examples=200, deadline=None)
@given(history=search_index.histories())
def test_any_order_of_writes_ends_in_memory_with_the_highest_revision(history: list[list[Any]]) -> None:
    index = MemoryIndex()
    for bulk in history:
        assert all(told.succeeded for told in index.apply(bulk))
    writes = [write for bulk in history for write in bulk]
    for id in {write.id for write in writes}:
        stored = index.stored(id)
        assert stored is not None
        assert stored.revision == max(write.revision for write in writes if write.id == id)
        assert stored.gone == (id not in index.documents)
