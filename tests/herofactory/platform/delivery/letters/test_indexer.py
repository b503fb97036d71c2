from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from herofactory.platform.delivery import Poison
from herofactory.platform.delivery.letters import LetterFilter, catch_up, dropped, get, open_counts, page
from herofactory.platform.delivery.letters import store as letters
from herofactory.platform.delivery.letters.letter import Letter
from herofactory.platform.eventlog.port import OffsetRange
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Outgoing
from streams.testing_log import MemoryLog
from tests.support.delivery import EPOCH
from tests.support.letters import AGENT, letter, memory_log

pytestmark = pytest.mark.anyio


async def listed(database: Database, **wanted: object) -> list[Letter]:
    async with database.connection() as connection:
        return list(await page(connection, LetterFilter(**wanted), limit=5_000))  # type: ignore[arg-type]


async def test_letters_are_listed_once_each_in_the_order_they_were_written(database: Database) -> None:
    log = memory_log()
    log.publish([letter(2, KeyError("first")).to_outgoing(), letter(1).to_outgoing()])
    await catch_up(log, database)
    log.publish([letter(2, Poison("again")).to_outgoing(), letter(3, agent="other").to_outgoing()])
    await catch_up(log, database)
    assert [(each.agent, each.offset, each.cause) for each in await listed(database)] == [
        (AGENT, 2, "KeyError"),
        (AGENT, 1, "Poison"),
        ("other", 3, "Poison"),
    ]


async def test_a_letter_that_failed_again_after_a_redrive_is_the_same_letter_newer(database: Database) -> None:
    log = memory_log()
    log.publish([letter(1, KeyError("first")).to_outgoing()])
    await catch_up(log, database)
    log.publish([letter(1, Poison("second"), redriven=1, hours=2).to_outgoing()])
    await catch_up(log, database)
    (found,) = await listed(database)
    assert (found.cause, found.redriven, found.held_at) == ("Poison", 1, 1)
    assert (found.first_at, found.at) == (EPOCH, EPOCH + timedelta(hours=2))


async def test_many_are_read_in_pages_by_whoever_comes_at_once(database: Database) -> None:
    log = memory_log()
    log.publish([letter(number % 1_100).to_outgoing() for number in range(1_203)])
    await asyncio.gather(*(catch_up(log, database) for _ in range(3)))
    async with database.connection() as connection:
        assert await open_counts(connection) == {AGENT: 1_100}


async def test_filters_narrow_the_list(database: Database) -> None:
    log = memory_log()
    log.publish(
        [
            letter(1, KeyError("x")).to_outgoing(),
            letter(2, key="other").to_outgoing(),
            letter(3, agent="other", hours=5).to_outgoing(),
        ]
    )
    await catch_up(log, database)

    async def offsets(**wanted: object) -> list[int]:
        return [each.offset for each in await listed(database, **wanted)]

    log.publish([letter(4, label=f"{AGENT}.g2").to_outgoing()])
    await catch_up(log, database)
    assert await offsets(agent=AGENT) == [1, 2, 4]
    assert await offsets(agent=f"{AGENT}.g1") == [1, 2]
    assert await offsets(agent=f"{AGENT}.g2") == [4]
    assert await offsets(agent=f"{AGENT}.g3") == []
    assert await offsets(cause="KeyError") == [1]
    assert await offsets(key="other") == [2]
    assert await offsets(kind="decode") == []
    assert await offsets(names=(f"{AGENT}.g2:numbers:0:4",)) == [4]
    assert await offsets(since=EPOCH + timedelta(hours=1)) == [3]
    assert await offsets(until=EPOCH + timedelta(hours=1)) == [1, 2, 4]
    assert await offsets(names=("counting:numbers:0:2", "other:numbers:0:3")) == [2, 3]


async def test_a_name_that_is_none_is_refused(database: Database) -> None:
    async with database.connection() as connection:
        with pytest.raises(ValueError, match="'counting:1' names no dead letter"):
            await get(connection, "counting:1")
        with pytest.raises(LookupError, match="there is no dead letter 'a:b:0:1'"):
            await get(connection, "a:b:0:1")


async def test_what_no_agent_wrote_is_listed_as_such(database: Database) -> None:
    log = memory_log()
    log.publish([Outgoing("dead.counting", b"\0", b"v"), Outgoing("dead.counting", None, None, {"event-id": b"a\0b"})])
    odd = letter(1).to_outgoing()
    for name, text in (("dead-topic", b"a\0b"), ("dead-offset", b"9" * 30), ("dead-agent", b"other")):
        log.publish([replace(odd, headers={**odd.headers, name: text})])
    await catch_up(log, database)
    assert [(each.topic, each.is_foreign) for each in await listed(database)] == [("dead.counting", True)] * 5


class Expired(MemoryLog):
    """Retention took what came before `earliest` of the first topic."""

    earliest = 0

    def offsets(self, topic: str) -> dict[int, OffsetRange]:
        held = dict(super().offsets(topic))
        return {0: OffsetRange(self.earliest, held[0].end)} if topic == f"dead.{AGENT}" else held


async def test_letters_whose_records_retention_took_are_forgotten(database: Database) -> None:
    log = memory_log()
    log.__class__ = Expired
    assert isinstance(log, Expired)
    log.publish([letter(number).to_outgoing() for number in range(3)])
    await catch_up(log, database)
    log.earliest = 2
    await catch_up(log, database)
    assert [each.offset for each in await listed(database)] == [2]


async def test_what_is_dropped_stays_dropped_for_generations_that_come_later(database: Database) -> None:
    log = memory_log()
    log.publish([letter(1).to_outgoing(), letter(2).to_outgoing(), letter(1, label=f"{AGENT}.g2").to_outgoing()])
    await catch_up(log, database)
    assert await dropped(database, LetterFilter(agent=f"{AGENT}.g2"), reason="broken for good", by="ann") == 1
    log.publish([letter(number, label=f"{AGENT}.g3").to_outgoing() for number in (1, 2)])
    log.publish([letter(1, agent="other", label="other.g2").to_outgoing()])
    await catch_up(log, database)
    assert [(each.agent, each.offset, each.reason) for each in await listed(database, state="dropped")] == [
        (f"{AGENT}.g2", 1, "broken for good"),
        (f"{AGENT}.g3", 1, "broken for good"),
    ]
    async with database.connection() as connection:
        assert await open_counts(connection) == {AGENT: 2, f"{AGENT}.g3": 1, "other.g2": 1}


async def test_what_a_deleted_generation_set_aside_is_forgotten_but_for_what_was_decided(database: Database) -> None:
    log = memory_log()
    log.publish([letter(number, label=label).to_outgoing() for label in (AGENT, f"{AGENT}.g2") for number in (1, 2)])
    await catch_up(log, database)
    await dropped(database, LetterFilter(names=(f"{AGENT}:numbers:0:1",)), reason="broken for good", by="ann")
    async with database.transaction() as transaction:
        await letters.forget(transaction, [AGENT])
    await catch_up(log, database)
    assert [(each.agent, each.offset, each.state) for each in await listed(database)] == [
        (AGENT, 1, "dropped"),
        (f"{AGENT}.g2", 1, "open"),
        (f"{AGENT}.g2", 2, "open"),
    ]


async def test_another_log_than_the_one_that_was_read_is_read_from_its_beginning(database: Database) -> None:
    log = memory_log()
    log.publish([letter(number).to_outgoing() for number in range(3)])
    await catch_up(log, database)
    fresh = memory_log()
    fresh.publish([letter(7).to_outgoing()])
    await catch_up(fresh, database)
    assert [each.offset for each in await listed(database)] == [7]
