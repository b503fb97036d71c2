from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from herofactory.platform.clock import SystemClock
from herofactory.platform.postgres.database import Database
from herofactory.platform.progress import PostgresProgressBus, ProgressBus, sweep
from tests.contract.progress_bus import ProgressBusContract, read

pytestmark = pytest.mark.anyio
LISTENERS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'hero-progress' AND datname = current_database()"


class EagerClock(SystemClock):
    """Listens anew at once."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(0.01)


@pytest.fixture
async def bus(database: Database, dsn: str) -> AsyncIterator[ProgressBus]:
    async with PostgresProgressBus(database, dsn, EagerClock()) as bus:
        yield bus


@pytest.fixture
async def other(database: Database, dsn: str) -> AsyncIterator[ProgressBus]:
    async with PostgresProgressBus(database, dsn, EagerClock()) as bus:
        yield bus


class TestPostgresProgressBus(ProgressBusContract):
    async def test_a_process_listens_once_however_many_watch(
        self, bus: ProgressBus, database: Database, channel: str
    ) -> None:
        async with bus.subscribe(channel) as one, bus.subscribe(channel) as two, bus.subscribe("another") as three:
            await bus.publish("another", {"step": 1})
            await bus.publish(channel, {"step": 1})
            for values in (one, two, three):
                await read(values, 1)
            await self.listens(bus, bus)
            assert len(await database.fetch(LISTENERS)) == 1

    async def test_a_broken_listener_comes_back_with_what_it_missed(
        self, bus: ProgressBus, other: ProgressBus, database: Database, channel: str
    ) -> None:
        async with bus.subscribe(channel) as values:
            await self.listens(bus, other)
            await database.fetch(f"SELECT pg_terminate_backend(pid) FROM ({LISTENERS}) AS listeners")
            for step in range(3):
                await other.publish(channel, {"step": step})
            while (await read(values, 1))[0]["step"] < 2:
                pass

    async def test_numbers_rise_after_the_table_was_emptied(
        self, bus: ProgressBus, database: Database, channel: str
    ) -> None:
        async with bus.subscribe(channel) as values:
            for step in range(2):
                await bus.publish(channel, {"step": step})
                assert await read(values, 1) == [{"step": step}]
                await database.fetch("DELETE FROM progress RETURNING channel")

    async def test_what_others_notify_ends_no_listener(
        self, bus: ProgressBus, database: Database, channel: str
    ) -> None:
        async with bus.subscribe(channel) as values:
            await self.listens(bus, bus)
            await database.fetch("SELECT pg_notify('progress', 'nonsense')")
            await database.fetch("SELECT pg_notify('progress', %s)", f"{channel} 9000000000000000 {{nonsense")
            await self.listens(bus, bus)
            await bus.publish(channel, {"step": 1})
            assert await read(values, 1) == [{"step": 1}]


async def test_a_database_that_does_not_answer_is_silent(database: Database, bus: ProgressBus) -> None:
    async with database.connection() as connection:
        await connection.execute("ALTER TABLE progress RENAME TO hidden")
    await bus.publish("a", {"step": 1})
    assert await bus.latest("a") is None
    async with bus.subscribe("a"):
        pass


async def test_what_has_expired_is_not_read_and_swept(database: Database, bus: ProgressBus) -> None:
    await bus.publish("old", {"step": 1})
    await bus.publish("new", {"step": 1})
    await database.fetch("UPDATE progress SET expires_at = clock_timestamp() WHERE channel = 'old' RETURNING channel")
    assert await bus.latest("old") is None
    async with database.transaction() as transaction:
        await sweep(transaction)
    assert [row["channel"] for row in await database.fetch("SELECT channel FROM progress")] == ["new"]
