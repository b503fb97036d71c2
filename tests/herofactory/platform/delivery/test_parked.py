"""Lines of parked keys: the same on both stores."""

from __future__ import annotations

import asyncio

import pytest

from herofactory.platform.delivery.parked import MemoryParkedKeys, ParkedKeys
from herofactory.platform.delivery.parked_postgres import PostgresParkedKeys, hold, line_of, mark_sent
from herofactory.platform.eventlog.port import Position
from herofactory.platform.postgres.database import Database

pytestmark = pytest.mark.anyio
K = b"\x00\xffkey"


def at(offset: int, topic: str = "t") -> Position:
    return Position(topic, 0, offset)


@pytest.fixture(params=["memory", "postgres"])
def parked(request: pytest.FixtureRequest) -> ParkedKeys:
    return MemoryParkedKeys() if request.param == "memory" else PostgresParkedKeys(request.getfixturevalue("database"))


async def line(parked: ParkedKeys, agent: str = "a") -> list[Position]:
    return list((await parked.among(agent, [K, b"other"])).get(K, ()))


async def test_who_joins_stands_behind_and_who_went_through_leaves(parked: ParkedKeys) -> None:
    assert await parked.among("a", [K]) == {}
    assert await parked.join("a", K, at(1)) == ("free", [])
    await parked.park("a", K, at(1))
    await parked.park("a", K, at(1))
    assert await parked.join("a", K, at(2)) == ("waits", [at(1), at(2)])
    assert await parked.join("a", K, at(2)) == ("waits", [at(1), at(2)])
    await parked.passed("a", [(K, at(1)), (b"other", at(9))])
    assert await line(parked) == [at(2)]
    assert (await parked.join("a", K, at(2))).turn == "free", "it is its turn"
    await parked.passed("a", [(K, at(2))])
    assert await parked.join("a", K, at(3)) == ("free", [])


async def test_what_came_before_all_of_it_does_not_wait(parked: ParkedKeys) -> None:
    await parked.park("a", K, at(5))
    assert await parked.join("a", K, at(4)) == ("free", [at(5)])
    await parked.park("a", K, at(4))
    assert await line(parked) == [at(4), at(5)], "in the order of their partition"


async def test_topics_stand_in_line_as_they_came(parked: ParkedKeys) -> None:
    await parked.park("a", K, at(5, "updated"))
    await parked.join("a", K, at(9, "created"))
    await parked.join("a", K, at(6, "updated"))
    assert await line(parked) == [at(5, "updated"), at(9, "created"), at(6, "updated")]


async def test_each_generation_has_its_own(parked: ParkedKeys) -> None:
    await parked.park("a", K, at(1))
    assert await line(parked, "a.g2") == []
    assert (await parked.join("a.g2", K, at(2))).turn == "free"


async def test_who_comes_after_those_on_their_way_follows_until_one_fails(database: Database) -> None:
    parked = PostgresParkedKeys(database)
    await parked.park("a", K, at(1))
    await parked.park("a", K, at(0))
    await parked.park("a.g2", K, at(1))
    async with database.transaction() as transaction:
        await hold(transaction, "a", [K])
        assert await line_of(transaction, "a", K) == [at(0), at(1)]
        joining = asyncio.create_task(parked.join("a", K, at(2)))
        done, _ = await asyncio.wait([joining], timeout=0.2)
        assert not done, "nobody joins while they are being sent"
        await mark_sent(transaction, "a", K, [at(0), at(1)])
    assert (await joining).turn == "follows"
    assert (await parked.join("a.g2", K, at(2))).turn == "waits", "of another generation none was sent"
    await parked.stay("a", K)
    assert (await parked.join("a", K, at(3))).turn == "waits"
