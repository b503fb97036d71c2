"""The driver with real adapters: rows in PostgreSQL, the outbox relay as its connector."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack

import psycopg
import pytest

from connectors.embedded import OutboxRelay
from herofactory.platform.delivery import Agent, Delivery
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Outgoing
from herofactory.platform.telemetry.metrics import NoMetrics
from streams.testing import TopologyDriver
from streams.topics import ITEM_MIRRORED


@pytest.fixture
def rows(dsn: str) -> str:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE applied (event_id uuid PRIMARY KEY, key text, revision bigint)")
    return dsn


def outbox(dsn: str, count: int) -> None:
    with psycopg.connect(dsn) as connection:
        for n in range(count):
            connection.execute(
                "INSERT INTO outbox (topic, key, payload, event_type, revision) VALUES (%s, %s, '{}', 'test', %s)",
                (ITEM_MIRRORED, f"k{n % 7}", n),
            )


def applied(dsn: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute("SELECT key, revision FROM applied ORDER BY revision").fetchall()


class Applying:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def __call__(self, delivery: Delivery) -> Sequence[Outgoing]:
        async with self.database.transaction() as transaction:
            await transaction.execute(
                "INSERT INTO applied VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (delivery.event_id, delivery.key, delivery.revision),
            )
        return ()


@pytest.mark.parametrize("point", ["effect", "ack"])
def test_rows_of_the_outbox_reach_an_agents_table_through_a_crash(rows: str, point: str) -> None:
    database = Database(rows)
    agent = Agent(name="indexing", sources=(ITEM_MIRRORED,), handle=Applying(database))
    with TopologyDriver([agent], chunk=20) as driver:
        relay = OutboxRelay(rows, driver.log, NoMetrics())

        async def drain() -> int:
            async with database.connection() as connection:
                return await relay.drain(connection)

        driver.connectors.append(drain)
        stack = AsyncExitStack()
        driver.run(stack.enter_async_context(database))
        outbox(rows, 60)
        driver.crash("indexing", before=point, skip=2)  # type: ignore[arg-type]  # parametrised text
        driver.run_until_idle()
        driver.run(stack.aclose())
        assert driver.crashes("indexing") == 1
        assert not driver.dead_letters("indexing")
        assert driver.clock.monotonic() == 0
    assert applied(rows) == [(f"k{n % 7}", n) for n in range(60)]


def test_a_missing_table_pauses_the_agent_until_it_is_there(dsn: str) -> None:
    database = Database(dsn)
    agent = Agent(name="indexing", sources=(ITEM_MIRRORED,), handle=Applying(database))
    with TopologyDriver([agent]) as driver:
        stack = AsyncExitStack()
        driver.run(stack.enter_async_context(database))
        driver.feed(ITEM_MIRRORED, "k", {}, revision=1)
        driver.run_until_idle(within=20)
        assert driver.status("indexing").state == "paused"
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("CREATE TABLE applied (event_id uuid PRIMARY KEY, key text, revision bigint)")
        driver.run_until_idle()
        driver.run(stack.aclose())
        assert driver.status("indexing").state == "running"
    assert applied(dsn) == [("k", 1)]
