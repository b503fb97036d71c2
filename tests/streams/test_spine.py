"""The product's whole topology, from a created item to a search hit: real PostgreSQL, relay and index, fake clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.embedded import OutboxRelay
from herofactory.catalog import repository
from herofactory.catalog.item import Content, Item
from herofactory.catalog.service import Catalog
from herofactory.catalog.verdicts import Choice, Decisions
from herofactory.moderation import LocalRules, Moderator, ProviderUnavailable, Subject, Verdict
from herofactory.moderation.results import ModerationResults
from herofactory.platform.delivery import TopicValues
from herofactory.platform.events import EventCodec
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Connection
from herofactory.platform.records import Outgoing, Record
from herofactory.platform.telemetry.metrics import NoMetrics
from herofactory.platform.telemetry.tracing import set_traceparent, trace_id_of
from herofactory.search.embedded.store import IndexStore
from herofactory.search.query import SearchQuery
from herofactory.search.write import Write, WriteOutcome
from streams.agents.indexing import indexing
from streams.agents.listing import listing
from streams.agents.moderation import moderation
from streams.testing import TopologyDriver
from streams.testing_clock import FakeClock
from streams.topics import ITEM_MIRRORED, ITEM_MODERATED
from tests.support.driven import Driven

SWORD = Content("불타는 마법검", "불길이 이는 검", "weapon", ("불", "검"), 1500)
SPAM = replace(SWORD, description="문의는 카톡 010-1234-5678 로 연락주세요")


class Judge:
    """The local rules, counting their verdicts; `down` makes the provider unreachable."""

    policy = "test"

    def __init__(self) -> None:
        self.rules: Moderator = LocalRules()
        self.asked = 0
        self.down = False

    async def judge(self, subject: Subject) -> Verdict:
        if self.down:
            raise ProviderUnavailable("the provider does not answer")
        self.asked += 1
        return await self.rules.judge(subject)


class Spine(Driven):
    """The driver over all agents, and what a seller, a moderator and a buyer would do."""

    def __init__(self, dsn: str, folder: Path, codec: EventCodec) -> None:
        super().__init__(dsn)
        self.clock = FakeClock()
        self.judge = Judge()
        self.catalog = Catalog(Outbox(codec))
        self.decisions = Decisions(Outbox(codec), self.clock)
        store = IndexStore(folder)
        self._writer, self.reader = store.open_writer(), store.open_reader()
        results, metrics = ModerationResults(self.database), NoMetrics()
        self.driver = TopologyDriver(
            [
                moderation(self.judge, results, self._no_image, self.clock, metrics),
                listing(self.database, metrics),
                indexing(self._apply, self.clock, metrics),
            ],
            TopicValues(codec, [ITEM_MIRRORED]),
            clock=self.clock,
            connectors=[self._relay],
        )
        self.relay = OutboxRelay(dsn, self.driver.log, metrics)

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self._writer.close()

    def do(self, work: Callable[[Connection], Awaitable[Item | None]]) -> Item:
        """One transaction, then everything it sets off."""

        async def run() -> Item | None:
            async with self.database.transaction() as transaction:
                return await work(transaction)

        item = self.driver.run(run())
        self.driver.run_until_idle()
        return item if item is not None else NOTHING

    def create(self, content: Content = SWORD) -> Item:
        return self.do(lambda tx: self.catalog.create(tx, "seller", content))

    def change(self, item: Item, **fields: object) -> Item:
        return self.do(lambda tx: self.catalog.change(tx, "seller", item.id, fields))

    def decide(self, item: Item, choice: Choice, revision: int) -> Item:
        return self.do(
            lambda tx: self.decisions.decide(tx, "mod", item.id, choice, reason="판단", content_revision=revision)
        )

    def by_hand(self, statement: str) -> None:
        async def run(transaction: Connection) -> None:
            await transaction.execute(statement)

        self.do(run)

    def row(self, item: Item) -> Item | None:
        async def get() -> Item | None:
            async with self.database.connection() as connection:
                return await repository.get(connection, item.id)

        return self.driver.run(get())

    def status(self, item: Item) -> str:
        row = self.row(item)
        return row.status if row else "gone"

    def found(self, text: str = "") -> list[str]:
        self.reader.refresh()
        return [hit.document.name for hit in self.reader.search(SearchQuery(text=text)).hits]

    async def _relay(self) -> int:
        async with self.database.connection() as connection:
            return await self.relay.drain(connection)

    async def _apply(self, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        return await asyncio.to_thread(self._writer.apply, writes)

    async def _no_image(self, _: UUID) -> bytes:
        return b""


NOTHING: Item = None  # type: ignore[assignment]  # what a deletion gives


@pytest.fixture
def spine(dsn: str, tmp_path: Path, codec: EventCodec) -> Iterator[Spine]:
    with Spine(dsn, tmp_path / "search", codec) as spine:
        yield spine


def test_a_created_item_is_found_in_korean(spine: Spine) -> None:
    item = spine.create()
    assert spine.status(item) == "approved"
    assert spine.found("마법 검") == ["불타는 마법검"]
    assert spine.found("방패") == []


def test_an_item_that_breaks_the_rules_is_rejected_and_never_mirrored(spine: Spine) -> None:
    item = spine.create(SPAM)
    assert spine.status(item) == "rejected"
    assert not spine.driver.read(ITEM_MIRRORED)
    assert spine.found() == []


def test_changed_content_leaves_the_search_until_its_own_verdict(spine: Spine) -> None:
    item = spine.create()
    spine.judge.down = True
    spine.change(item, name="얼음 도끼")
    assert spine.status(item) == "pending"
    assert spine.found() == []
    spine.judge.down = False
    spine.driver.run_until_idle()
    assert spine.found("도끼") == ["얼음 도끼"]


def test_a_new_price_is_mirrored_without_another_verdict(spine: Spine) -> None:
    item = spine.create()
    spine.change(item, price=9000)
    assert spine.judge.asked == 1
    assert spine.status(item) == "approved"
    spine.reader.refresh()
    assert spine.reader.search(SearchQuery(text="검")).hits[0].document.price == 9000


def test_a_deleted_item_is_gone_from_the_search(spine: Spine) -> None:
    item = spine.create()

    async def delete(transaction: Connection) -> None:
        await spine.catalog.delete(transaction, "seller", item.id)

    spine.do(delete)
    assert spine.found() == []


def test_raw_sql_is_mirrored_like_any_other_change(spine: Spine) -> None:
    spine.create()
    spine.by_hand("UPDATE items SET price = 7, revision = 1")
    spine.reader.refresh()
    assert spine.reader.search(SearchQuery(text="")).hits[0].document.price == 7
    spine.by_hand("UPDATE items SET status = 'rejected'")
    assert spine.found() == []


def test_content_changed_by_raw_sql_is_announced_and_judged(spine: Spine) -> None:
    item = spine.create()
    spine.by_hand("UPDATE items SET description = '카톡 010-1234-5678'")
    assert spine.status(item) == "pending"

    async def announce(transaction: Connection) -> None:
        assert await spine.catalog.announce_forgotten(transaction) == 1

    spine.do(announce)
    assert spine.status(item) == "rejected"


def test_a_moderators_decision_beats_the_automatic_verdict_of_the_same_content(spine: Spine) -> None:
    item = spine.create(SPAM)
    spine.decide(item, "approve", 1)
    assert spine.status(item) == "approved"
    assert spine.found() == ["불타는 마법검"]
    spine.driver.publish(_again(spine.driver.read(ITEM_MODERATED)[0]))
    spine.driver.run_until_idle()
    assert spine.status(item) == "approved"


@pytest.mark.parametrize("agent", ["moderation", "listing", "indexing"])
@pytest.mark.parametrize("point", ["effect", "publish", "ack"])
def test_an_agent_killed_anywhere_loses_nothing_and_asks_nobody_twice(spine: Spine, agent: str, point: str) -> None:
    spine.driver.crash(agent, before=point)  # type: ignore[arg-type]  # parametrised text
    item = spine.create()
    assert spine.driver.crashes(agent) == 1
    assert spine.judge.asked == 1
    row = spine.row(item)
    assert row is not None
    assert (row.status, row.revision) == ("approved", 2)
    assert spine.found("검") == ["불타는 마법검"]


def test_the_trace_of_a_request_reaches_the_search_index(spine: Spine) -> None:
    async def traced(transaction: Connection) -> Item:
        set_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        return await spine.catalog.create(transaction, "seller", SWORD)

    spine.do(traced)
    traces = {trace_id_of(delivery.traceparent) for delivery in spine.driver.deliveries(ITEM_MIRRORED)}
    assert traces == {"0af7651916cd43dd8448eb211c80319c"}


changes = st.lists(
    st.sampled_from(["rename", "spam", "price", "raw-price", "approve", "reject", "repeat"]), min_size=1, max_size=6
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes)
def test_whatever_happens_to_an_item_the_index_ends_as_the_database(spine: Spine, steps: list[str]) -> None:
    item = spine.create()
    for number, step in enumerate(steps):
        act(spine, item, step, number)
    row = spine.row(item)
    assert row is not None
    stored = spine.reader
    stored.refresh()
    hits = [hit.document for hit in stored.search(SearchQuery(text="")).hits if hit.document.id == str(item.id)]
    listed = [(row.revision, row.name, row.price)] if row.status == "approved" else []
    assert [(document.revision, document.name, document.price) for document in hits] == listed
    assert not any(spine.driver.dead_letters(agent) for agent in ("moderation", "listing", "indexing"))


def act(spine: Spine, item: Item, step: str, number: int) -> None:
    match step:
        case "rename":
            spine.change(item, name=f"불타는 검 {number}")
        case "spam":
            spine.change(item, description=f"010-1234-{5000 + number} 연락주세요")
        case "price":
            spine.change(item, price=number)
        case "raw-price":
            spine.by_hand(f"UPDATE items SET price = {1000 + number} WHERE id = '{item.id}'")
        case "approve" | "reject":
            row = spine.row(item)
            assert row is not None
            choice: Choice = "approve" if step == "approve" else "reject"
            spine.decide(item, choice, row.content_revision)
        case "repeat":
            # Each verdict once more, not the repeats of repeats: they would double with every step.
            mine = [record for record in spine.driver.read(ITEM_MODERATED) if record.key == str(item.id).encode()]
            for record in {record.headers["event-id"]: record for record in mine}.values():
                spine.driver.publish(_again(record))
            spine.driver.run_until_idle()


def _again(record: Record) -> Outgoing:
    return Outgoing(record.topic, record.key, record.value, record.headers)
