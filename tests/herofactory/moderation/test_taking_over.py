"""A verdict that is being stored while a policy is swapped is found by the swap, or told after it: never neither."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import uuid4

import pytest

from herofactory.catalog.item import Item
from herofactory.catalog.service import Catalog
from herofactory.catalog.verdicts import apply_verdict
from herofactory.moderation import policies
from herofactory.moderation.comparing import changes, digest
from herofactory.moderation.generation_results import GenerationResults
from herofactory.moderation.in_use import forget, keep_policy, policy_in_use, policy_of
from herofactory.moderation.results import ModerationResults, Result
from herofactory.moderation.taking_over import keep_shown, take_over
from herofactory.moderation.verdict import Code, Decision, Reason, Verdict
from herofactory.platform.events.item import ItemModerated
from herofactory.platform.events.item import Reason as Told
from herofactory.platform.ids import uuid7
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.replay import generations
from herofactory.platform.replay.plan import Plan
from herofactory.platform.replay.store import Replays
from tests.support.catalog import put_up, told

pytestmark = pytest.mark.anyio
T = TypeVar("T")
APPROVED = Verdict(Decision.APPROVED, "old", "local-rules", tags=("검",))
REJECTED = Verdict(Decision.REJECTED, "new", "local-rules", (Reason(Code.SPAM, "spam"),), ("검",), {"spam": 1.0})
AHEAD = datetime(2099, 1, 1, tzinfo=UTC)
"""What the clock of a host says that is far ahead."""


@pytest.fixture
async def item(database: Database, outbox: Outbox) -> Item:
    async with database.transaction() as transaction:
        await generations.adopt(transaction, "moderation", policies.FIRST)
        await generations.add(transaction, "moderation", 2, "2026-12")
        await keep_policy(transaction, 2, policies.text_of("2026-12"), 0)
    return await put_up(database, Catalog(outbox))


async def swap(database: Database, outbox: Outbox, number: int) -> int:
    async with database.transaction() as transaction:
        return await take_over(transaction, outbox, number)


async def waiting(database: Database, work: Awaitable[T]) -> asyncio.Task[T]:
    """`work`, once it waits for a lock."""
    task = asyncio.ensure_future(work)
    async with asyncio.timeout(10):
        while not await database.fetch("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            assert not task.done()
            await asyncio.sleep(0.01)
    return task


async def first(database: Database, item: Item, at: datetime | None = None) -> Result:
    return await ModerationResults(database).keep(uuid7(), item.id, 1, APPROVED, at or datetime.now(UTC))


async def second(database: Database, item: Item, at: datetime | None = None) -> Result:
    return await GenerationResults(database, 2).keep(uuid7(), item.id, 1, REJECTED, at or datetime.now(UTC))


async def row(database: Database, item: Item) -> tuple[str, datetime | None]:
    found = await database.fetch_one("SELECT status, verdict ->> 'decided_at' AS at FROM items WHERE id = %s", item.id)
    assert found is not None
    return found["status"], datetime.fromisoformat(found["at"]) if found["at"] else None


async def tell(database: Database, item: Item, result: Result) -> bool:
    """As the listing agent applies what a generation told."""
    reasons = tuple(Told(reason.code.value, reason.detail) for reason in result.verdict.reasons)
    event = ItemModerated(str(item.id), 1, result.verdict.decision.value, reasons, provider="local-rules")
    async with database.transaction() as transaction:
        return await apply_verdict(transaction, event, uuid4(), result.decided_at)


async def test_a_verdict_of_the_former_policy_that_comes_during_the_swap_is_not_told(
    database: Database, outbox: Outbox, item: Item
) -> None:
    async with database.transaction() as transaction:
        await take_over(transaction, outbox, 2)
        late = await waiting(database, first(database, item))
    assert not (await late).in_use


async def test_a_verdict_of_the_new_policy_that_comes_during_the_swap_is_told_and_wins(
    database: Database, outbox: Outbox, item: Item
) -> None:
    await first(database, item, AHEAD)
    async with database.transaction() as transaction:
        await take_over(transaction, outbox, 2)
        late = await waiting(database, second(database, item))
    assert (await row(database, item))[0] == "approved"
    result = await late
    assert result.in_use
    assert await tell(database, item, result)
    assert (await row(database, item))[0] == "rejected"


async def test_a_swap_finds_what_was_being_stored_before_it(database: Database, outbox: Outbox, item: Item) -> None:
    async with database.transaction() as transaction:
        await transaction.execute("SELECT FROM target_generations WHERE generation = 2 FOR SHARE")
        late = await waiting(database, swap(database, outbox, 2))
        await transaction.execute(
            "INSERT INTO moderation_verdicts VALUES (2, %s, 1, uuidv7(), %s::jsonb, now())",
            (item.id, '{"decision": "review", "policy": "p", "provider": "local-rules", "tags": [], "scores": {},'
                      ' "reasons": [{"code": "SPAM", "detail": ""}], "model": null, "cost_micro_usd": 0}'),
        )  # fmt: skip
    assert await late == 1
    assert (await row(database, item))[0] == "review"


async def test_the_one_in_use_is_decided_last_whatever_the_clocks_say(
    database: Database, outbox: Outbox, item: Item
) -> None:
    former = await first(database, item, AHEAD)
    await second(database, item)
    await swap(database, outbox, 2)
    status, at = await row(database, item)
    assert status == "rejected"
    assert at is not None
    assert at > AHEAD
    assert not await tell(database, item, former)


async def test_a_verdict_on_an_older_content_never_takes_the_place_of_a_newer(database: Database, item: Item) -> None:
    results = GenerationResults(database, 2)
    await results.keep(uuid7(), item.id, 2, REJECTED, datetime.now(UTC))
    late = await results.keep(uuid7(), item.id, 1, APPROVED, AHEAD)
    assert not late.in_use
    kept = await results.get(uuid7(), item.id, 2)
    assert kept is not None
    assert kept.verdict == REJECTED
    assert await results.get(uuid7(), item.id, 1) is None


async def test_the_first_verdict_on_a_content_stays(database: Database, item: Item) -> None:
    before = await second(database, item)
    again = await GenerationResults(database, 2).keep(uuid7(), item.id, 1, APPROVED, AHEAD)
    assert (again.verdict, again.decided_at) == (before.verdict, before.decided_at)


async def test_only_contents_that_are_the_newest_are_wanted(database: Database, item: Item) -> None:
    results = GenerationResults(database, 2)
    assert await results.wanted(item.id, 1)
    assert not await results.wanted(uuid4(), 1)
    await database.fetch("UPDATE items SET name = '다른 검' WHERE id = %s RETURNING id", item.id)
    assert not await results.wanted(item.id, 1)


async def test_many_rows_change_in_one_swap_and_each_is_told(database: Database, outbox: Outbox, item: Item) -> None:
    items = [item, *[await put_up(database, Catalog(outbox)) for _ in range(20)]]
    for each in items:
        await second(database, each)
    before = len(await told(database, "item.moderated"))
    assert await changes(database, 2) == {"pending -> rejected": 21}
    assert await swap(database, outbox, 2) == 21
    rows = (await told(database, "item.moderated"))[before:]
    assert [row["key"] for row in rows] == sorted(str(each.id) for each in items)
    assert {row["revision"] for row in rows} == {2}


async def test_what_only_the_row_knows_is_kept_for_the_way_back(database: Database, outbox: Outbox, item: Item) -> None:
    now = datetime.now(UTC)
    await tell(database, item, Result(APPROVED, now))
    await second(database, item)
    async with database.transaction() as transaction:
        await keep_shown(transaction)
    await swap(database, outbox, 2)
    assert (await row(database, item))[0] == "rejected"
    await swap(database, outbox, 1)
    assert (await row(database, item))[0] == "approved"


async def test_the_policy_in_use_is_that_of_its_generation(database: Database, outbox: Outbox, item: Item) -> None:
    assert (await policy_in_use(database)).version == policies.FIRST
    await swap(database, outbox, 2)
    assert (await policy_in_use(database)).version == "2026-12"
    async with database.transaction() as transaction:
        await forget(transaction, 2)
        with pytest.raises(LookupError, match="no policy of generation 2"):
            await policy_of(transaction, 2)


async def test_an_unknown_generation_cannot_be_put_into_use(database: Database, outbox: Outbox, item: Item) -> None:
    with pytest.raises(LookupError, match="no generation 7"):
        await swap(database, outbox, 7)
    assert (await policy_in_use(database)).version == policies.FIRST


def test_an_entry_is_what_people_see_of_a_verdict() -> None:
    shown, scored = REJECTED.to_json(), REJECTED.to_json() | {"scores": {"spam": 0.9}, "policy": "other"}
    assert digest(shown) == digest(scored)
    assert len({digest(shown), digest(APPROVED.to_json()), digest(None)}) == 3


async def test_decided_later_means_at_least_a_microsecond(database: Database, item: Item) -> None:
    former = await first(database, item, AHEAD)
    assert (await second(database, item)).decided_at == former.decided_at + timedelta(microseconds=1)


async def test_all_that_is_told_of_a_swap_and_of_the_way_back_names_the_replay(
    database: Database, outbox: Outbox, item: Item
) -> None:
    async with database.transaction() as transaction:
        replay = await Replays(outbox).add(transaction, Plan("moderation", 2, "topics", (), complete=True))
    assert await tell(database, item, await first(database, item))
    await second(database, item)
    for number in (2, 1):
        await database.fetch("DELETE FROM outbox RETURNING seq")
        assert await swap(database, outbox, number) == 1
        rows = await database.fetch("SELECT topic, replay_id FROM outbox ORDER BY topic")
        assert [(row["topic"], row["replay_id"]) for row in rows] == [
            ("item.mirrored", replay.id),
            ("item.moderated", replay.id),
        ]
    await database.fetch("DELETE FROM items WHERE id = %s RETURNING id", item.id)
    (after,) = await database.fetch("SELECT replay_id FROM outbox ORDER BY seq DESC LIMIT 1")
    assert after["replay_id"] is None, "what comes later is its own"
