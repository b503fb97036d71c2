from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import anyio
import pytest

from herofactory.insights.privacy.keys import KEPT_AFTER, USED_FOR, sweep
from herofactory.insights.privacy.pseudonym import Identity, Pseudonyms
from herofactory.platform.postgres.database import Database
from streams.topics import OBSERVED_S
from tests.support.clock import InstantClock

pytestmark = pytest.mark.anyio
START = datetime(2026, 1, 31, 12, tzinfo=UTC)
HERO = Identity(user="hero-1")


async def loaded(database: Database, clock: InstantClock) -> Pseudonyms:
    pseudonyms = Pseudonyms(database, clock)
    await pseudonyms.load()
    return pseudonyms


async def secrets(database: Database) -> list[bytes]:
    return [bytes(row["secret"]) for row in await database.fetch("SELECT secret FROM pseudonym_keys ORDER BY id")]


async def test_a_person_has_one_pseudonym_in_every_process(database: Database) -> None:
    clock = InstantClock(START)
    first, second = await loaded(database, clock), await loaded(database, clock)
    assert first.of(HERO) == second.of(HERO)
    assert re.fullmatch("[0-9a-f]{16}", first.of(HERO) or "")
    (secret,) = await secrets(database)
    assert len(secret) == 32


async def test_processes_that_start_at_once_agree_on_one_key(database: Database) -> None:
    people = [Pseudonyms(database, InstantClock(START)) for _ in range(5)]
    async with anyio.create_task_group() as tasks:
        for each in people:
            tasks.start_soon(each.load)
    assert len(await secrets(database)) == 1
    assert len({each.of(HERO) for each in people}) == 1


async def test_a_user_comes_before_the_session_and_that_before_address_and_agent(database: Database) -> None:
    of = (await loaded(database, InstantClock(START))).of
    assert of(HERO) == of(Identity("hero-1", "visit", "192.0.2.1", "agent"))
    assert of(Identity(None, "visit")) == of(Identity(None, "visit", "192.0.2.1", "agent"))
    distinct = [
        HERO,
        Identity(session="hero-1"),
        Identity(address="hero-1"),
        Identity(agent="hero-1"),
        Identity(address="a", agent="b"),
        Identity(address="ab"),
        Identity(address="a1:b"),
    ]
    assert len({of(each) for each in distinct}) == len(distinct)


async def test_without_a_key_there_is_no_pseudonym(database: Database) -> None:
    assert Pseudonyms(database, InstantClock(START)).of(HERO) is None


async def test_a_key_that_is_not_to_be_had_is_asked_for_again(database: Database, dsn: str) -> None:
    clock = InstantClock(START)
    async with Database(dsn.replace("dbname=", "dbname=not_"), size=1) as nowhere:
        pseudonyms = Pseudonyms(nowhere, clock)
        with anyio.fail_after(10):
            await pseudonyms.load_soon()
        assert pseudonyms.of(HERO) is None
        pseudonyms._database = database
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(pseudonyms.keep)
            with anyio.fail_after(10):
                while pseudonyms.of(HERO) is None:
                    await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()


async def test_a_key_is_used_for_a_year(database: Database) -> None:
    clock = InstantClock(START)
    pseudonyms = await loaded(database, clock)
    before = pseudonyms.of(HERO)
    clock.turn(USED_FOR.total_seconds() - 1)
    await pseudonyms.load()
    assert pseudonyms.of(HERO) == before
    clock.turn(1)
    await pseudonyms.load()
    assert pseudonyms.of(HERO) != before
    assert len(await secrets(database)) == 2


async def test_a_key_is_destroyed_when_nothing_of_it_is_kept(database: Database) -> None:
    put = "INSERT INTO pseudonym_keys (secret, until) VALUES (%s, clock_timestamp() - %s::interval)"
    async with database.transaction() as transaction:
        for days in (-1, 94, 96):
            await transaction.execute(put, (str(days).encode(), timedelta(days=days)))
        assert await sweep(transaction) == 1
    assert await secrets(database) == [b"-1", b"94"]


async def test_a_running_process_takes_the_next_key_in_time(database: Database) -> None:
    clock = InstantClock(START)
    pseudonyms = await loaded(database, clock)
    before = pseudonyms.of(HERO)
    clock.turn(USED_FOR.total_seconds() - 90)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(pseudonyms.keep)
        with anyio.fail_after(10):
            while pseudonyms.of(HERO) == before:
                await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    assert clock.sleeps[0] == 90


def test_keys_are_kept_as_long_as_what_was_made_with_them() -> None:
    assert KEPT_AFTER.total_seconds() >= OBSERVED_S
