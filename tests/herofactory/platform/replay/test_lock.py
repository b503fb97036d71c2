"""One process at a time takes a step of a replay."""

from __future__ import annotations

from uuid import uuid4

import psycopg
import pytest

from herofactory.platform.postgres.database import Database
from herofactory.platform.replay.lock import ReplayBusy, only_one

pytestmark = pytest.mark.anyio


async def test_a_second_one_is_turned_away_until_the_first_is_done(database: Database) -> None:
    replay_id = uuid4()
    async with only_one(database, replay_id) as held:
        await held.check()
        with pytest.raises(ReplayBusy, match=str(replay_id)):
            async with only_one(database, replay_id):
                pass
        async with only_one(database, uuid4()):
            pass
    async with only_one(database, replay_id):
        pass


async def test_a_lock_that_went_with_its_connection_is_taken_again(database: Database, dsn: str) -> None:
    replay_id = uuid4()
    async with only_one(database, replay_id) as held:
        _end_connections(dsn)
        await held.check()
        with pytest.raises(ReplayBusy):
            async with only_one(database, replay_id):
                pass


async def test_who_lost_it_to_another_is_told(database: Database, dsn: str) -> None:
    replay_id = uuid4()
    async with only_one(database, replay_id) as held:
        _end_connections(dsn)
        async with only_one(database, replay_id):
            with pytest.raises(ReplayBusy):
                await held.check()


def _end_connections(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
