from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb

from herofactory.moderation.budget import Spending
from herofactory.moderation.results import ModerationResults
from herofactory.moderation.storage import PostgresAnswers, PostgresBudget, PostgresVerdictCache
from herofactory.moderation.verdict import Code, Decision, Reason, Verdict
from herofactory.platform.postgres.database import Database
from tests.support.clock import InstantClock

pytestmark = pytest.mark.anyio

VERDICT = Verdict(Decision.REJECTED, "p1", "openai", (Reason(Code.SPAM, "spam"),), ("검",), {"spam": 1.0}, "m", 12)
OTHER = Verdict(Decision.APPROVED, "p2", "local-rules")


async def test_a_verdict_comes_back_from_the_cache_whole(database: Database) -> None:
    cache = PostgresVerdictCache(database)
    assert await cache.get("k") is None
    await cache.put("k", VERDICT)
    assert await cache.get("k") == VERDICT


async def test_a_damaged_entry_is_no_verdict(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute("INSERT INTO moderation_cache VALUES ('k', %s)", (Jsonb({"decision": "approved"}),))
    assert await PostgresVerdictCache(database).get("k") is None


async def test_the_budget_ends_exactly_at_its_limit_under_many_workers(database: Database) -> None:
    budget = PostgresBudget(database, Spending(10, 1000), InstantClock())
    taken = await asyncio.gather(*(budget.take(Spending(1, 10)) for _ in range(25)))
    assert sum(taken) == 10


async def test_what_was_not_spent_is_given_back(database: Database) -> None:
    budget = PostgresBudget(database, Spending(10, 100), InstantClock())
    assert await budget.take(Spending(1, 100))
    assert not await budget.take(Spending(1, 1))
    await budget.settle(Spending(1, 100), Spending(1, 40))
    assert await budget.take(Spending(1, 60))


async def test_an_estimate_above_the_whole_limit_is_refused_on_an_empty_day(database: Database) -> None:
    assert not await PostgresBudget(database, Spending(10, 100), InstantClock()).take(Spending(1, 101))


async def test_a_new_day_has_a_new_budget(database: Database) -> None:
    clock = InstantClock()
    budget = PostgresBudget(database, Spending(1, 100), clock)
    assert await budget.take(Spending(1, 1))
    assert not await budget.take(Spending(1, 1))
    clock.turn(86_400)
    assert await budget.take(Spending(1, 1))


async def test_the_first_result_of_an_event_stays(database: Database) -> None:
    results, event, item = ModerationResults(database), uuid4(), uuid4()
    first, later = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    assert await results.get(event, item, 1) is None
    kept = await results.keep(event, item, 1, VERDICT, first)
    assert (kept.verdict, kept.decided_at) == (VERDICT, first)
    assert await results.keep(event, item, 1, OTHER, later) == kept
    assert await results.get(event, item, 1) == kept


async def test_an_answer_comes_back_as_it_was_and_a_newer_one_takes_its_place(database: Database) -> None:
    answers = PostgresAnswers(database)
    assert await answers.get("k") is None
    await answers.put("k", b'{"a": "\\u0000"}')
    assert await answers.get("k") == b'{"a": "\\u0000"}'
    await answers.put("k", b"{}")
    assert await answers.get("k") == b"{}"


async def test_events_that_were_judged_are_known(database: Database) -> None:
    results, event, other = ModerationResults(database), uuid4(), uuid4()
    await results.keep(event, uuid4(), 1, VERDICT, datetime(2026, 1, 1, tzinfo=UTC))
    assert await results.known([event, other]) == {event}
