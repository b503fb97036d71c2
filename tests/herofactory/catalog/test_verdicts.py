from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest

from herofactory.catalog import repository
from herofactory.catalog.item import Item
from herofactory.catalog.service import Catalog, ItemNotFound
from herofactory.catalog.text import InvalidField
from herofactory.catalog.verdicts import MODERATOR_CODE, Decisions, StaleRevision, apply_verdict
from herofactory.platform.clock import SystemClock
from herofactory.platform.events import EventCodec
from herofactory.platform.events.item import Decision, ItemModerated, Reason
from herofactory.platform.ids import uuid7
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from tests.support.catalog import put_up, told

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
Told = tuple[ItemModerated, UUID, datetime]


@pytest.fixture
def catalog(outbox: Outbox) -> Catalog:
    return Catalog(outbox)


@pytest.fixture
def decisions(outbox: Outbox) -> Decisions:
    return Decisions(outbox, SystemClock())


@pytest.fixture
async def item(database: Database, catalog: Catalog) -> Item:
    return await put_up(database, catalog)


def verdict(item: Item, decision: Decision = "approved", *, minute: int = 0, by: str = "local-rules") -> Told:
    reasons = () if decision == "approved" else (Reason("SPAM", "Too much of the same."),)
    event = ItemModerated(str(item.id), item.content_revision, decision, reasons, ("검",), {"spam": 0.5}, "rules-1", by)
    return event, uuid7(), NOON + timedelta(minutes=minute)


async def apply(database: Database, told: Told) -> bool:
    async with database.transaction() as transaction:
        return await apply_verdict(transaction, *told)


async def read(database: Database, item: Item) -> Item:
    async with database.connection() as connection:
        found = await repository.get(connection, item.id)
    assert found is not None
    return found


async def decide(database: Database, decisions: Decisions, item: Item, choice: str, reason: str = "No.") -> Item:
    async with database.transaction() as transaction:
        return await decisions.decide(
            transaction,
            "moderator-1",
            item.id,
            "approve" if choice == "approve" else "reject",
            reason=reason,
            content_revision=item.content_revision,
        )


@pytest.mark.parametrize("decision", ["approved", "rejected", "review"])
async def test_a_verdict_sets_status_tags_and_reasons(database: Database, item: Item, decision: Decision) -> None:
    event, event_id, at = verdict(item, decision)
    assert await apply(database, (event, event_id, at))
    after = await read(database, item)
    assert (after.status, after.auto_tags, after.verdict_provider) == (decision, ("검",), "local-rules")
    assert after.verdict == {
        "decision": decision,
        "reasons": [{"code": reason.code, "detail": reason.detail} for reason in event.reasons],
        "scores": {"spam": 0.5},
        "policy": "rules-1",
        "provider": "local-rules",
        "moderator_id": None,
        "decided_at": "2026-01-01T12:00:00.000000+00:00",
    }
    assert (after.revision, after.content_revision) == (2, 1)


async def test_a_redelivered_verdict_changes_nothing(database: Database, item: Item) -> None:
    told = verdict(item)
    assert await apply(database, told)
    once = await read(database, item)
    assert not await apply(database, told)
    assert await read(database, item) == once


async def test_a_verdict_on_older_content_changes_nothing(database: Database, catalog: Catalog, item: Item) -> None:
    async with database.transaction() as transaction:
        changed = await catalog.change(transaction, "seller-1", item.id, {"name": "얼음 검"})
    assert not await apply(database, verdict(item))
    assert await read(database, item) == changed
    assert await apply(database, verdict(changed))


async def test_a_verdict_on_content_that_is_not_there_yet_changes_nothing(database: Database, item: Item) -> None:
    event, event_id, at = verdict(item)
    ahead = ItemModerated(event.item_id, 2, "approved", policy="p", provider="local-rules")
    assert not await apply(database, (ahead, event_id, at))


async def test_a_new_price_does_not_make_a_verdict_stale(database: Database, catalog: Catalog, item: Item) -> None:
    async with database.transaction() as transaction:
        await catalog.change(transaction, "seller-1", item.id, {"price": 1})
    assert await apply(database, verdict(item))


async def test_a_verdict_on_an_item_that_is_gone_changes_nothing(
    database: Database, catalog: Catalog, item: Item
) -> None:
    async with database.transaction() as transaction:
        await catalog.delete(transaction, "seller-1", item.id)
    assert not await apply(database, verdict(item))
    assert await told(database, "item.mirrored") == []


async def test_a_moderators_decision_beats_later_automatic_verdicts(database: Database, item: Item) -> None:
    assert await apply(database, verdict(item, "review"))
    assert await apply(database, verdict(item, "rejected", minute=1, by="moderator"))
    rejected = await read(database, item)
    assert not await apply(database, verdict(item, "approved", minute=2))
    assert await read(database, item) == rejected


async def test_a_moderators_decision_beats_an_automatic_verdict_that_was_given_later(
    database: Database, item: Item
) -> None:
    assert await apply(database, verdict(item, "approved", minute=5))
    assert await apply(database, verdict(item, "rejected", minute=1, by="moderator"))
    assert (await read(database, item)).status == "rejected"


async def test_a_moderators_decision_on_older_content_binds_nobody(
    database: Database, catalog: Catalog, decisions: Decisions, item: Item
) -> None:
    await decide(database, decisions, item, "reject")
    async with database.transaction() as transaction:
        changed = await catalog.change(transaction, "seller-1", item.id, {"name": "얼음 검"})
    assert (changed.status, changed.verdict_provider) == ("pending", None)
    assert await apply(database, verdict(changed))
    assert (await read(database, item)).status == "approved"


async def test_any_order_and_any_repetition_of_verdicts_ends_in_the_same_row(
    database: Database, catalog: Catalog
) -> None:
    dice = random.Random(7)
    items = [await put_up(database, catalog, f"seller-{number}") for number in range(24)]
    for item, order in zip(items, permutations(range(4)), strict=True):
        events = [
            verdict(item, "approved", minute=1),
            verdict(item, "review", minute=2),
            verdict(item, "approved", minute=1, by="moderator"),
            verdict(item, "rejected", minute=1, by="moderator"),
        ]
        deliveries = [*order, *dice.choices(order, k=3)]
        for index in deliveries:
            await apply(database, events[index])
        after = await read(database, item)
        assert (after.status, after.verdict_provider) == ("rejected", "moderator"), deliveries
        assert after.revision <= 1 + len(set(deliveries))


async def test_verdicts_that_arrive_at_once_leave_the_strongest(database: Database, item: Item) -> None:
    events = [verdict(item, "approved", minute=minute) for minute in range(5)]
    events.append(verdict(item, "rejected", minute=-1, by="moderator"))
    await asyncio.gather(*(apply(database, told) for told in (*events, *events)))
    assert (await read(database, item)).status == "rejected"


async def test_approval_lists_an_item_and_rejection_takes_it_away(
    database: Database, decisions: Decisions, item: Item
) -> None:
    await apply(database, verdict(item, "approved"))
    await decide(database, decisions, item, "reject")
    assert [row["payload"] is None for row in await told(database, "item.mirrored")] == [False, True]


async def test_a_decision_is_applied_at_once_and_told(
    database: Database, decisions: Decisions, item: Item, codec: EventCodec
) -> None:
    await apply(database, verdict(item, "review"))
    after = await decide(database, decisions, item, "reject", "남의 그림입니다.")
    assert (after.status, after.verdict_provider, after.auto_tags) == ("rejected", "moderator", ("검",))
    assert after.verdict is not None
    assert after.verdict["reasons"] == [{"code": MODERATOR_CODE, "detail": "남의 그림입니다."}]
    assert after.verdict["moderator_id"] == "moderator-1"
    (row,) = await told(database, "item.moderated")
    event = codec.decode("item.moderated", bytes(row["payload"]))
    assert isinstance(event, ItemModerated)
    assert (event.decision, event.provider, event.moderator_id) == ("rejected", "moderator", "moderator-1")
    assert not await apply(database, (event, row["id"], row["occurred_at"]))
    assert await read(database, item) == after


async def test_of_two_decisions_the_later_holds_whatever_the_clocks_say(
    database: Database, decisions: Decisions, item: Item
) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=1)
    event, event_id, _ = verdict(item, "rejected", by="moderator")
    assert await apply(database, (event, event_id, ahead))
    assert (await decide(database, decisions, item, "approve", "")).status == "approved"


async def test_a_decision_on_content_that_was_changed_since_is_refused(
    database: Database, catalog: Catalog, decisions: Decisions, item: Item
) -> None:
    async with database.transaction() as transaction:
        await catalog.change(transaction, "seller-1", item.id, {"name": "얼음 검"})
    with pytest.raises(StaleRevision, match="content_revision 1 was judged, but the item is at 2"):
        await decide(database, decisions, item, "approve")
    assert await told(database, "item.moderated") == []


@pytest.mark.parametrize("reason", ["", " ", "a\x00", "가" * 501])
async def test_a_rejection_needs_a_reason_that_can_be_told(
    database: Database, decisions: Decisions, item: Item, reason: str
) -> None:
    with pytest.raises(InvalidField, match="reason"):
        await decide(database, decisions, item, "reject", reason)


async def test_nothing_is_decided_about_what_is_not_there(
    database: Database, catalog: Catalog, decisions: Decisions, item: Item
) -> None:
    async with database.transaction() as transaction:
        await catalog.delete(transaction, "seller-1", item.id)
    with pytest.raises(ItemNotFound):
        await decide(database, decisions, item, "approve")
