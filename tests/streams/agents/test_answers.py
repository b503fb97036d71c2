"""Items that come and go, and what that does to missing terms: real PostgreSQL and index, fake clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import pytest

from herofactory.insights.missing import states
from herofactory.insights.missing.answering import Answers
from herofactory.insights.missing.finding import finds_with
from herofactory.insights.missing.states import MissingState, State
from herofactory.insights.missing.tokens import Tokens, shipped_tokens
from herofactory.platform.delivery import TopicValues
from herofactory.platform.events import EventCodec
from herofactory.platform.events.search import SearchAnswered
from herofactory.platform.outbox import Outbox
from herofactory.platform.telemetry.metrics import NoMetrics
from herofactory.search.document import ItemDocument
from herofactory.search.embedded.store import IndexStore
from herofactory.search.write import Remove, Upsert
from streams.agents.answers import answers
from streams.testing import TopologyDriver
from streams.testing_clock import FakeClock
from streams.topics import ITEM_MIRRORED, SEARCH_ANSWERED
from tests.support.driven import DrivenShop

T = TypeVar("T")
AT = datetime(2026, 3, 2, tzinfo=UTC)


class Shop(DrivenShop):
    """The index on request."""

    def __init__(self, dsn: str, folder: Path, codec: EventCodec) -> None:
        super().__init__(dsn)
        self.codec = codec
        store = IndexStore(folder)
        self._writer, self.reader = store.open_writer(), store.open_reader()
        clock = FakeClock()
        answering = Answers(self.database, Outbox(codec), clock, finds_with(self.reader))
        self.driver = TopologyDriver(
            [answers(answering, NoMetrics())], TopicValues(codec, [ITEM_MIRRORED]), clock=clock
        )  # fmt: skip

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self._writer.close()

    def misses(self, form: str) -> None:
        async def note() -> None:
            async with self.database.transaction() as transaction:
                state = MissingState(False, form, form, "no_results", State.OPEN, AT, AT)
                await states.noted(transaction, state, shipped_tokens().asked(form))

        self.run(note())

    def state(self, term: str) -> MissingState:
        async def get() -> MissingState | None:
            async with self.database.connection() as connection:
                return await states.get(connection, False, term)

        state = self.run(get())
        assert state is not None
        return state

    def add(self, name: str, *tags: str) -> UUID:
        """Listed, but not yet in the log."""
        rows = self.sql(
            "INSERT INTO items (id, seller_id, name, description, category, tags, price, status)"
            " VALUES (uuidv7(), 's', %s, '', 'weapon', %s, 100, 'approved') RETURNING id", name, list(tags),
        )  # fmt: skip
        found: UUID = rows[0]["id"]
        return found

    def index(self, item_id: UUID) -> None:
        for document, revision in self.mirrored(item_id):
            write = Upsert(ItemDocument.from_json(document)) if document else Remove(str(item_id), revision)
            self._writer.apply([write])

    def delete(self, item_id: UUID) -> None:
        self.sql("DELETE FROM items WHERE id = %s RETURNING id", item_id)

    def answered(self) -> list[SearchAnswered]:
        rows = self.sql("SELECT payload FROM outbox WHERE topic = %s ORDER BY seq", SEARCH_ANSWERED)
        events = [self.codec.decode(SEARCH_ANSWERED, bytes(row["payload"])) for row in rows]
        return [event for event in events if isinstance(event, SearchAnswered)]


@pytest.fixture
def shop(dsn: str, tmp_path: Path, codec: EventCodec) -> Iterator[Shop]:
    with Shop(dsn, tmp_path, codec) as shop:
        yield shop


def settle(shop: Shop) -> None:
    shop.driver.run_until_idle()
    assert not shop.driver.dead_letters("answers")


def test_a_new_item_with_all_words_of_a_term_answers_it(shop: Shop) -> None:
    shop.misses("마그마 골렘")
    item = shop.add("거대한 골렘", "마그마")
    shop.tell(item)
    settle(shop)
    state = shop.state("마그마 골렘")
    assert (state.state, state.answered_by, state.found_at) == (State.ANSWERED, item, None)
    assert shop.answered() == [SearchAnswered("마그마 골렘", "마그마 골렘", str(item), 0)]


def test_an_item_with_some_of_its_words_does_not(shop: Shop) -> None:
    shop.misses("마그마 골렘")
    shop.tell(shop.add("얼음 골렘"))
    settle(shop)
    assert shop.state("마그마 골렘").state is State.OPEN
    assert shop.answered() == []


def test_a_synonym_answers_as_the_search_would(shop: Shop) -> None:
    shop.misses("sword")
    shop.tell(shop.add("낡은 검"))
    settle(shop)
    assert shop.state("sword").state is State.ANSWERED


@pytest.mark.parametrize("before", ["effect", "ack"])
def test_a_crash_and_a_repeat_answer_it_once(shop: Shop, before: Any) -> None:
    shop.misses("마그마 골렘")
    item = shop.add("마그마 골렘")
    shop.driver.crash("answers", before)
    shop.tell(item)
    settle(shop)
    shop.tell(item)
    settle(shop)
    assert shop.driver.crashes("answers") == 1
    assert len(shop.answered()) == 1


def test_what_was_dismissed_stays_so(shop: Shop) -> None:
    shop.misses("마그마 골렘")

    async def dismissed() -> None:
        async with shop.database.transaction() as transaction:
            await states.dismiss(transaction, "마그마 골렘", "mod", AT)

    shop.run(dismissed())
    shop.tell(shop.add("마그마 골렘"))
    settle(shop)
    assert shop.state("마그마 골렘").state is State.DISMISSED


def test_a_term_is_open_again_when_its_item_is_removed(shop: Shop) -> None:
    shop.misses("마그마 골렘")
    item = shop.add("마그마 골렘")
    shop.delete(item)
    shop.index(item)
    shop.tell(item)
    settle(shop)
    assert shop.state("마그마 골렘").state is State.OPEN


def test_a_term_is_open_again_when_its_item_is_renamed(shop: Shop) -> None:
    shop.misses("마그마 골렘")
    item = shop.add("마그마 골렘")
    shop.index(item)
    shop.tell(item)
    settle(shop)
    shop.sql("UPDATE items SET name = '얼음 골렘' WHERE id = %s RETURNING id", item)
    shop.sql("UPDATE items SET status = 'approved' WHERE id = %s RETURNING id", item)
    shop.tell(item, 1, 2)
    settle(shop)
    assert shop.state("마그마 골렘").state is State.OPEN


def test_another_item_takes_over_from_one_that_is_removed(shop: Shop) -> None:
    shop.misses("마그마 골렘")
    first, second = shop.add("마그마 골렘"), shop.add("작은 마그마 골렘")
    shop.index(first)
    shop.index(second)
    shop.tell(first)
    settle(shop)
    shop.delete(first)
    shop.tell(first, 1)
    settle(shop)
    state = shop.state("마그마 골렘")
    assert (state.state, state.answered_by) == (State.ANSWERED, second)
    assert len(shop.answered()) == 1


def test_an_item_that_came_and_went_answers_nothing_however_late_that_is_told(shop: Shop) -> None:
    shop.misses("마그마 골렘")
    item = shop.add("마그마 골렘")
    shop.delete(item)
    shop.index(item)
    shop.tell(item, 1, 0, 1, 0)
    settle(shop)
    assert shop.state("마그마 골렘").state is State.OPEN
    assert shop.answered() == []


def test_an_index_that_is_away_is_waited_for(shop: Shop, tmp_path: Path) -> None:
    shop.misses("마그마 골렘")
    item = shop.add("마그마 골렘")
    shop.tell(item)
    settle(shop)
    shop.delete(item)
    pointer = tmp_path / "current"
    content = pointer.read_bytes()
    pointer.unlink()
    shop.tell(item, 1)
    shop.driver.advance(5)
    assert shop.state("마그마 골렘").state is State.ANSWERED
    pointer.write_bytes(content)
    shop.driver.advance(120)
    settle(shop)
    assert shop.state("마그마 골렘").state is State.OPEN


def test_words_are_reached_through_synonyms_and_judged_by_all_of_them() -> None:
    tokens: Tokens = shipped_tokens()
    had = frozenset(("검", "낡"))
    assert "sword" in tokens.reached(had)
    assert tokens.answers("sword", had)
    assert not tokens.answers("sword 방패", had)
    assert not tokens.answers("!!", had)
