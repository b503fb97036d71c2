"""Figures in, rows of missing terms and events out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from herofactory.insights.bucket import Fold, TermBucket
from herofactory.insights.figures.scope import Scope
from herofactory.insights.keeping import days, hours
from herofactory.insights.keeping.place import Place
from herofactory.insights.missing import states
from herofactory.insights.missing.answering import Answers
from herofactory.insights.missing.keeper import MissingKeeper
from herofactory.insights.missing.listing import MissingTerm, missing_terms
from herofactory.insights.missing.states import State, UnknownTerm
from herofactory.insights.people import NOBODY
from herofactory.insights.window import Range
from herofactory.platform.events import EventCodec
from herofactory.platform.events.search import SearchMissing
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.search.document import ItemDocument
from streams.testing_clock import FakeClock

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ITEM = ItemDocument("0195b0c0-0000-7000-8000-000000000001", 1, "마그마 골렘", "", "character", 1, NOW)


class Bench:
    """A keeper, what it reads, and what it tells."""

    def __init__(self, database: Database, codec: EventCodec) -> None:
        self.database = database
        self.codec = codec
        self.clock = FakeClock(NOW)
        self.there: dict[str, Sequence[ItemDocument]] = {}
        self.asked: list[str] = []
        outbox = Outbox(codec)
        answers = Answers(database, outbox, self.clock, self.finds)
        self.keeper = MissingKeeper(database, outbox, self.clock, answers, self.finds)
        self._hour = 0

    async def finds(self, text: str) -> Sequence[ItemDocument]:
        self.asked.append(text)
        return self.there.get(text, ())

    async def searched(self, form: str, people: Iterable[int], *, empty: bool = True, simulated: bool = False) -> None:
        """By each person once, in an hour of its own."""
        who = frozenset(people)
        self._hour += 1
        hour = int((NOW - timedelta(hours=self._hour)).timestamp())
        nobody = who if empty else NOBODY
        bucket = TermBucket(
            simulated, hour, form.replace(" ", ""), {form: len(who)}, len(who), len(nobody), 0, 0, who, nobody
        )  # fmt: skip
        async with self.database.transaction() as transaction:
            await hours.replace(transaction, Place(1, "search", hour, 0), Fold(terms=(bucket,)))
            await days.merge(transaction, 1, datetime.fromtimestamp(hour, UTC).date())

    async def turn(self) -> None:
        """Until what was written is noticed: the server counts it a moment later."""
        self.clock.advance_to(self.clock.monotonic() + 60)
        async with asyncio.timeout(20):
            while not await self.keeper.turn():
                async with self.database.connection() as connection:
                    await connection.execute("SELECT pg_stat_force_next_flush()")
                await asyncio.sleep(0.05)

    async def told(self) -> list[SearchMissing]:
        rows = await self.database.fetch("SELECT payload FROM outbox WHERE topic = 'search.missing' ORDER BY seq")
        events: list[Any] = [self.codec.decode("search.missing", bytes(row["payload"])) for row in rows]
        return events

    async def rows(self, **options: Any) -> list[MissingTerm]:
        scope = Scope(1, simulated=options.pop("simulated", False))
        return await missing_terms(self.database, scope, Range.of(NOW - timedelta(days=7), NOW), **options)


@pytest.fixture
def bench(database: Database, codec: EventCodec) -> Bench:
    return Bench(database, codec)


async def test_a_term_is_told_of_at_five_people_and_whenever_they_have_doubled(bench: Bench) -> None:
    for people, told in ((4, []), (5, [5]), (9, [5]), (11, [5, 11]), (21, [5, 11]), (22, [5, 11, 22])):
        await bench.searched("마그마 골렘", range(people))
        await bench.turn()
        assert [event.people for event in await bench.told()] == told
    first = (await bench.told())[0]
    assert (first.term, first.form, first.kind) == ("마그마골렘", "마그마 골렘", "no_results")
    assert first.prompt.startswith("마그마 골렘, ")


async def test_looking_twice_at_the_same_figures_changes_nothing(bench: Bench) -> None:
    await bench.searched("마그마 골렘", range(5))
    await bench.turn()
    again = MissingKeeper(bench.database, Outbox(bench.codec), bench.clock, bench.keeper._answers, bench.finds)
    assert await again.turn()
    assert not await again.turn()
    assert len(await bench.told()) == 1


async def test_what_the_search_finds_by_now_is_answered_by_it(bench: Bench) -> None:
    await bench.searched("마그마 골렘", range(6))
    bench.there["마그마 골렘"] = [ITEM]
    await bench.turn()
    (row,) = await bench.rows(public=False, state=State.ANSWERED)
    assert row.status is not None
    assert (str(row.status.answered_by), row.status.found_at) == (ITEM.id, bench.clock.now())
    assert await bench.rows() == []


async def test_an_answer_is_found_when_the_search_first_finds_it(bench: Bench) -> None:
    await bench.searched("마그마 골렘", range(6))
    await bench.turn()
    async with bench.database.transaction() as transaction:
        await states.answered(transaction, False, "마그마골렘", UUID(ITEM.id), bench.clock.now())
    for _ in range(2):
        await bench.keeper.turn()
    bench.there["마그마 골렘"] = [ITEM]
    bench.clock.advance_to(bench.clock.monotonic() + 60)
    for _ in range(2):
        await bench.keeper.turn()
    (row,) = await bench.rows(public=False, state=State.ANSWERED)
    assert row.status is not None
    assert row.status.found_at == bench.clock.now()


async def test_simulated_searches_have_a_list_of_their_own_and_tell_nobody(bench: Bench) -> None:
    await bench.searched("유령 열차", range(30), simulated=True)
    await bench.turn()
    assert await bench.rows() == []
    assert [row.form for row in await bench.rows(simulated=True)] == ["유령 열차"]
    assert await bench.told() == []


async def test_public_lists_hold_nothing_that_few_people_or_a_mask_made(bench: Bench) -> None:
    await bench.searched("유령 열차", range(4))
    await bench.searched("[email] 검", range(50))
    await bench.searched("마그마 골렘", range(5))
    await bench.searched("마그마골렘", range(2))
    await bench.turn()
    assert [(row.form, row.variants, row.status) for row in await bench.rows()] == [("마그마 골렘", (), None)]
    everything = await bench.rows(public=False)
    assert [row.form for row in everything] == ["[email] 검", "마그마 골렘", "유령 열차"]
    assert everything[1].variants == ("마그마골렘",)


async def test_a_dismissed_term_is_not_shown_nor_told_of_until_it_is_reopened(bench: Bench) -> None:
    await bench.searched("마그마 골렘", range(5))
    await bench.turn()
    async with bench.database.transaction() as transaction:
        await states.dismiss(transaction, "마그마골렘", "moderator", NOW)
    await bench.searched("마그마 골렘", range(50))
    await bench.turn()
    assert await bench.rows() == await bench.rows(public=False) == []
    (row,) = await bench.rows(public=False, state=State.DISMISSED)
    assert row.status is not None
    assert row.status.dismissed_by == "moderator"
    async with bench.database.transaction() as transaction:
        await states.reopen(transaction, "마그마골렘")
    assert [row.form for row in await bench.rows()] == ["마그마 골렘"]
    assert len(await bench.told()) == 1


async def test_what_nobody_misses_cannot_be_dismissed(bench: Bench) -> None:
    async with bench.database.transaction() as transaction:
        with pytest.raises(UnknownTerm, match="검"):
            await states.dismiss(transaction, "검", "moderator", NOW)


async def test_the_nearest_term_is_one_that_finds_something(bench: Bench) -> None:
    await bench.searched("마그마 골렘", range(9))
    await bench.searched("얼음 골렘", range(6), empty=False)
    await bench.searched("불 골렘", range(4), empty=False)
    await bench.turn()
    (row,) = await bench.rows()
    assert row.nearest_term == "얼음 골렘"
