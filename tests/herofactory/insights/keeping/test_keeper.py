"""Who folds when, and what becomes of an hour that cannot be folded."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from herofactory.insights.bucket import Fold, TermBucket
from herofactory.insights.generations import FIGURES
from herofactory.insights.keeping import hours, retention, segments
from herofactory.insights.keeping.keeper import Keeper
from herofactory.insights.keeping.place import Place
from herofactory.insights.segment import SegmentError
from herofactory.platform.postgres.database import Connection, Database
from herofactory.platform.replay import generations
from herofactory.platform.telemetry.metrics import NoMetrics
from streams.testing_clock import START, FakeClock

pytestmark = pytest.mark.anyio
ONE = frozenset({1})
PLACE = Place(1, "search", int(START.timestamp()), 0)


class Refolding:
    """Records what it is asked for; `gate` holds it up."""

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.started = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.due: float | None = None
        self.error: Exception | None = None

    async def __call__(self, transaction: Connection, place: Place, now: float) -> float | None:
        self.places.append(place)
        self.started.set()
        await self.gate.wait()
        if self.error:
            raise self.error
        due, self.due = self.due, None
        return due


async def mark(database: Database, *places: Place) -> None:
    async with database.transaction() as transaction:
        await segments.mark(transaction, dict.fromkeys(places, START))


async def work(database: Database) -> list[int]:
    return [row["version"] for row in await database.fetch("SELECT version FROM observation_work")]


async def test_what_is_due_is_done_once(database: Database) -> None:
    refold = Refolding()
    keeper = Keeper(database, FakeClock(), NoMetrics(), {"search": refold})
    await mark(database, PLACE, PLACE._replace(shard=1))

    await keeper.turn()
    await keeper.turn()

    assert sorted(place.shard for place in refold.places) == [0, 1]
    assert not await work(database)


async def test_what_is_not_due_waits(database: Database) -> None:
    refold, clock = Refolding(), FakeClock(START - timedelta(seconds=1))
    keeper = Keeper(database, clock, NoMetrics(), {"search": refold})
    await mark(database, PLACE)
    await keeper.turn()
    assert not refold.places

    clock.advance_to(1)
    await keeper.turn()

    assert refold.places == [PLACE]


async def test_two_keepers_never_do_the_same(database: Database) -> None:
    refold = Refolding()
    keepers = [Keeper(database, FakeClock(), NoMetrics(), {"search": refold}) for _ in range(2)]
    await mark(database, PLACE)
    refold.gate.clear()
    first = asyncio.create_task(keepers[0].turn())
    await refold.started.wait()

    assert await keepers[1].turn() == 0

    refold.gate.set()
    await first
    assert refold.places == [PLACE]


async def test_an_agent_marks_an_hour_that_is_being_folded_and_it_is_folded_again(database: Database) -> None:
    refold, clock = Refolding(), FakeClock()
    keeper = Keeper(database, clock, NoMetrics(), {"search": refold})
    await mark(database, PLACE)
    refold.gate.clear()
    folding = asyncio.create_task(keeper.turn())
    await refold.started.wait()

    await asyncio.wait_for(mark(database, PLACE), 10)  # it does not wait for the fold

    refold.gate.set()
    await folding
    assert await work(database) == [2]
    clock.advance_to(60)
    await keeper.turn()
    assert refold.places == [PLACE, PLACE]
    assert not await work(database)


async def test_a_fold_that_names_a_time_is_done_again_then(database: Database) -> None:
    refold, clock = Refolding(), FakeClock()
    keeper = Keeper(database, clock, NoMetrics(), {"search": refold})
    refold.due = START.timestamp() + 3
    await mark(database, PLACE)
    await keeper.turn()
    clock.advance_to(2.9)
    await keeper.turn()
    assert len(refold.places) == 1

    clock.advance_to(3)
    await keeper.turn()

    assert len(refold.places) == 2
    assert not await work(database)


async def test_an_hour_that_cannot_be_made_stops_no_other(database: Database) -> None:
    broken, clock = Refolding(), FakeClock()
    broken.error = SegmentError("damaged")
    keeper = Keeper(database, clock, NoMetrics(), {"search": broken})
    await mark(database, PLACE, PLACE._replace(shard=1))

    await keeper.turn()

    assert len(broken.places) == 2
    broken.error = None
    clock.advance_to(601)
    await keeper.turn()
    assert not await work(database)


async def test_what_is_older_than_it_is_kept_goes(database: Database) -> None:
    old = PLACE._replace(hour=PLACE.hour - 96 * 86_400)
    async with database.transaction() as transaction:
        await segments.append(transaction, {PLACE: [[1]], old: [[2]]})

    async with database.transaction() as transaction:
        await retention.sweep(transaction, START)

    assert len(await database.fetch("SELECT 1 FROM observations")) == 1


async def test_what_was_decided_of_a_missing_term_is_forgotten_when_nobody_looks_for_it_any_more(
    database: Database,
) -> None:
    long_ago, sword = START - timedelta(days=96), TermBucket(False, PLACE.hour, "검", {"검": 1}, 1, 1, 0, 0, ONE, ONE)
    async with database.transaction() as transaction:
        await hours.replace(transaction, PLACE, Fold(terms=(sword,)))
        for term, state, at in (("검", "dismissed", long_ago), ("활", "dismissed", long_ago), ("창", "open", long_ago),
                                ("봉", "answered", START)):  # fmt: skip
            await transaction.execute(
                "INSERT INTO missing_terms (term, form, tokens, kind, state, first_at, last_at)"
                " VALUES (%s, %s, '{}', 'no_results', %s, %s, %s)", (term, term, state, at, at)
            )  # fmt: skip
        await retention.sweep(transaction, START)

    rows = await database.fetch("SELECT term FROM missing_terms")
    assert {row["term"] for row in rows} == {"검", "창", "봉"}


async def beside(database: Database, number: int, *, followed: bool = True) -> None:
    async with database.transaction() as transaction:
        await generations.adopt(transaction, FIGURES.target, "")
        await generations.add(transaction, FIGURES.target, number, "")
        if followed:
            await generations.follow(transaction, FIGURES.target, number)


async def test_hours_of_a_generation_that_is_being_filled_wait(database: Database) -> None:
    refold = Refolding()
    keeper = Keeper(database, FakeClock(), NoMetrics(), {"search": refold})
    await beside(database, 2, followed=False)
    await mark(database, PLACE, PLACE._replace(generation=2))

    await keeper.turn()

    assert refold.places == [PLACE]


async def test_the_generation_that_is_read_comes_first(database: Database) -> None:
    refold = Refolding()
    keeper = Keeper(database, FakeClock(), NoMetrics(), {"search": refold})
    await beside(database, 2)
    await mark(database, *(PLACE._replace(generation=number, shard=shard) for shard in range(3) for number in (2, 1)))

    await keeper.turn()

    assert [place.generation for place in refold.places] == [1, 1, 1, 2, 2, 2]


async def test_what_was_written_to_a_generation_that_is_gone_is_swept(database: Database) -> None:
    await beside(database, 2)
    async with database.transaction() as transaction:
        for number in (1, 2, 3):
            await segments.append(transaction, {PLACE._replace(generation=number): [[1]]})

    await Keeper(database, FakeClock(), NoMetrics(), {}).sweep()

    rows = await database.fetch("SELECT generation FROM observations ORDER BY 1")
    assert [row["generation"] for row in rows] == [1, 2]
