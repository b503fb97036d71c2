from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from connectors.embedded import OutboxRelay
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.port import TopicConfig
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Record
from herofactory.platform.telemetry.metrics import NoMetrics
from tests.support.embedded_log import embedded_log
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio
TOPIC = "item.mirrored"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    with embedded_log(tmp_path / "log", [TopicConfig(TOPIC, 4, None, compacted=True)]) as log:
        yield log


@pytest.fixture
async def relay(dsn: str, log: EmbeddedLog) -> AsyncIterator[OutboxRelay]:
    relay = OutboxRelay(dsn, log, NoMetrics())
    task = asyncio.create_task(relay.run())
    yield relay
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def put(database: Database, key: str, payload: bytes | None, topic: str = TOPIC) -> None:
    async with database.transaction() as transaction:
        await transaction.execute(
            "INSERT INTO outbox (topic, key, payload, event_type, revision) VALUES (%s, %s, %s, 'test', 7)",
            (topic, key, payload),
        )


async def left(database: Database) -> int:
    row = await database.fetch_one("SELECT count(*) AS n FROM outbox")
    assert row is not None
    return int(row["n"])


def records(log: EmbeddedLog, topic: str = TOPIC) -> list[Record]:
    return [record for partition in log.offsets(topic) for record in log.read(topic, partition, 0, 10_000)]


async def test_a_row_becomes_a_record_with_its_headers_and_is_gone(
    database: Database, log: EmbeddedLog, relay: OutboxRelay
) -> None:
    await put(database, "a", b"{}")
    await eventually(lambda: len(records(log)) == 1)
    (record,) = records(log)
    assert (record.key, record.value) == (b"a", b"{}")
    assert {"event-id", "occurred-at", "revision", "event-type"} <= record.headers.keys()
    assert record.headers["revision"] == b"7"
    await eventually(lambda: relay.published == 1)
    assert await left(database) == 0


async def test_a_row_that_a_replay_put_into_use_names_it(
    database: Database, log: EmbeddedLog, relay: OutboxRelay
) -> None:
    replay_id = "01a20a2c-a643-7084-bcb1-cb905f633c85"
    async with database.transaction() as transaction:
        await transaction.execute("SELECT set_config('herofactory.replay_id', %s, true)", (replay_id,))
        await transaction.execute(
            "INSERT INTO outbox (topic, key, payload, event_type) VALUES (%s, 'marked', '', 't')", (TOPIC,)
        )
    await put(database, "plain", b"{}")
    await eventually(lambda: len(records(log)) == 2)
    marks = {record.key: record.headers.get("replay-id") for record in records(log)}
    assert marks == {b"marked": replay_id.encode(), b"plain": None}


async def test_a_row_without_payload_becomes_a_tombstone(
    database: Database, log: EmbeddedLog, relay: OutboxRelay
) -> None:
    await put(database, "a", None)
    await eventually(lambda: [record.value for record in records(log)] == [None])


async def test_a_row_that_commits_late_under_a_low_number_is_not_skipped(
    database: Database, log: EmbeddedLog, relay: OutboxRelay
) -> None:
    async with database.transaction() as slow:
        await slow.execute(
            "INSERT INTO outbox (topic, key, payload, event_type) VALUES (%s, 'slow', '', 't')", (TOPIC,)
        )
        await put(database, "fast", b"")
        await eventually(lambda: [record.key for record in records(log)] == [b"fast"])
    await eventually(lambda: {record.key for record in records(log)} == {b"fast", b"slow"})


async def test_a_transaction_rolled_back_tells_nothing(
    database: Database, log: EmbeddedLog, relay: OutboxRelay
) -> None:
    async with database.transaction() as transaction:
        await transaction.execute(
            "INSERT INTO outbox (topic, key, payload, event_type) VALUES (%s, 'x', '', 't')", (TOPIC,)
        )
        await transaction.execute("ROLLBACK")
    await put(database, "after", b"")
    await eventually(lambda: len(records(log)) == 1)
    assert records(log)[0].key == b"after"


async def test_rows_of_one_key_arrive_in_the_order_of_their_commits(
    database: Database, log: EmbeddedLog, relay: OutboxRelay
) -> None:
    async def change(worker: int) -> None:
        for _ in range(10):
            async with database.transaction() as transaction:
                await transaction.execute("UPDATE counters SET n = n + 1 WHERE id = 1")
                await transaction.execute(
                    """INSERT INTO outbox (topic, key, payload, event_type)
                       SELECT %s, 'k', convert_to(n::text, 'UTF8'), 't' FROM counters WHERE id = 1""",
                    (TOPIC,),
                )

    async with database.connection() as connection:
        await connection.execute("CREATE TABLE counters (id int PRIMARY KEY, n int)")
        await connection.execute("INSERT INTO counters VALUES (1, 0)")
    await asyncio.gather(*(change(worker) for worker in range(4)))
    await eventually(lambda: len(records(log)) == 40)
    assert [record.value for record in records(log)] == [str(n).encode() for n in range(1, 41)]


async def test_rows_for_a_topic_that_does_not_exist_stay_and_stop_nobody(
    database: Database, log: EmbeddedLog, relay: OutboxRelay
) -> None:
    await put(database, "lost", b"", topic="no.such.topic")
    await put(database, "found", b"")
    await eventually(lambda: [record.key for record in records(log)] == [b"found"])
    await eventually(lambda: relay.unroutable == ["no.such.topic"])
    await eventually(lambda: relay.published == 1)
    assert await left(database) == 1


async def test_a_second_relay_stands_by_until_the_first_is_gone(
    database: Database, dsn: str, log: EmbeddedLog, relay: OutboxRelay
) -> None:
    await eventually(lambda: relay.state == "running")
    second = OutboxRelay(dsn, log, NoMetrics())
    task = asyncio.create_task(second.run())
    await eventually(lambda: second.state == "standby")
    await put(database, "a", b"")
    await eventually(lambda: relay.published == 1)
    assert second.published == 0
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


KILLED = """
import asyncio, os, signal, sys
from connectors.embedded import OutboxRelay
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.telemetry.metrics import NoMetrics
log = EmbeddedLog(sys.argv[2])
publish = log.publish
def publish_and_die(messages):
    publish(messages)
    os.kill(os.getpid(), signal.SIGKILL)
log.publish = publish_and_die
asyncio.run(OutboxRelay(sys.argv[1], log, NoMetrics()).run())
"""


async def test_a_relay_killed_between_publish_and_delete_repeats_and_loses_nothing(
    database: Database, dsn: str, log: EmbeddedLog
) -> None:
    for number in range(5):
        await put(database, str(number), b"")
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED, dsn, str(log.folder)], env=os.environ, timeout=60, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert await left(database) == 5
    again = asyncio.create_task(OutboxRelay(dsn, log, NoMetrics()).run())
    await eventually(lambda: len(records(log)) == 10)
    again.cancel()
    await asyncio.gather(again, return_exceptions=True)
    ids = [record.headers["event-id"] for record in records(log)]
    assert sorted(ids) == sorted(2 * list(dict.fromkeys(ids)))
