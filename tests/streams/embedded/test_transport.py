from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import faust
import pytest
from faust.exceptions import ImproperlyConfigured

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.port import TopicConfig, UnknownTopic
from herofactory.platform.records import Outgoing, Record
from streams.embedded import broker_url
from tests.support.embedded_log import embedded_log
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    with embedded_log(tmp_path / "log", [TopicConfig("t", 2, None)], sync="NORMAL") as log:
        yield log


def app_on(log: EmbeddedLog, name: str = "app", chunk: int = 10, **settings: Any) -> faust.App:
    defaults: dict[str, Any] = {
        "web_enabled": False,
        "topic_disable_leader": True,
        "datadir": str(log.folder.parent / f"{name}-data"),
        "broker_commit_interval": 0.1,
        "broker_session_timeout": 3.0,
        "broker_heartbeat_interval": 0.3,
        "topic_partitions": 2,
    }
    return faust.App(name, broker=[broker_url(log.folder, chunk=chunk, sync="normal")], **{**defaults, **settings})


def publish(log: EmbeddedLog, count: int, topic: str = "t") -> None:
    log.publish([Outgoing(topic, f"{n}".encode(), f"{n}".encode(), {"n": b"\xff%d" % n}) for n in range(count)])


def source(app: faust.App, topic: str = "t") -> Any:
    return app.topic(topic, value_serializer="raw", key_serializer="raw")


async def test_chunks_of_one_partition_arrive_in_order_and_are_committed_on_an_idle_topic(log: EmbeddedLog) -> None:
    app, chunks = app_on(log), list[list[Record]]()

    @app.agent(source(app))  # type: ignore[untyped-decorator]  # Faust ships no types
    async def agent(stream: Any) -> None:
        async for chunk in stream:
            chunks.append(chunk)

    publish(log, 95)
    await app.start()
    await eventually(lambda: sum(map(len, chunks)) == 95)
    ends = {partition: held.end for partition, held in log.offsets("t").items()}
    await eventually(lambda: log.committed("app", "t") == ends)
    await app.stop()
    assert max(map(len, chunks)) == 10
    for partition in (0, 1):
        records = [record for chunk in chunks for record in chunk if record.partition == partition]
        assert [record.offset for record in records] == list(range(ends[partition]))
    assert all(record.headers["n"] == b"\xff" + (record.value or b"") for chunk in chunks for record in chunk)
    assert all(len({record.partition for record in chunk}) == 1 for chunk in chunks)


async def test_nothing_is_committed_before_its_chunk_is_acked(log: EmbeddedLog) -> None:
    app, events = app_on(log), list[Any]()

    @app.agent(source(app))  # type: ignore[untyped-decorator]  # Faust ships no types
    async def agent(stream: Any) -> None:
        async for event in stream.noack().events():
            events.append(event)

    log.publish([Outgoing("t", b"same", b"%d" % n) for n in range(30)])
    (partition,) = [p for p, held in log.offsets("t").items() if held.end]
    await app.start()
    await eventually(lambda: len(events) == 3)
    events[2].ack()
    events[1].ack()
    await app.consumer.commit()
    assert log.committed("app", "t") == {}
    events[0].ack()
    await app.consumer.commit()
    assert log.committed("app", "t") == {partition: 30}
    await app.stop()


async def test_no_more_than_three_chunks_of_a_partition_wait_for_their_ack(log: EmbeddedLog) -> None:
    app, events = app_on(log), list[Any]()

    @app.agent(source(app))  # type: ignore[untyped-decorator]  # Faust ships no types
    async def agent(stream: Any) -> None:
        async for event in stream.noack().events():
            events.append(event)

    log.publish([Outgoing("t", b"same", b"") for _ in range(60)])
    await app.start()
    await eventually(lambda: len(events) == 3)
    await asyncio.sleep(0.1)
    assert len(events) == 3
    events[0].ack()
    await eventually(lambda: len(events) == 4)
    for n in range(1, 6):
        await eventually(lambda: len(events) > n)  # noqa: B023
        events[n].ack()
    await app.stop()


async def test_a_restart_goes_on_where_the_last_run_committed(log: EmbeddedLog) -> None:
    seen: list[bytes | None] = []
    for start in (0, 50):
        app = app_on(log)

        @app.agent(source(app))  # type: ignore[untyped-decorator]  # Faust ships no types
        async def agent(stream: Any) -> None:
            async for chunk in stream:
                seen.extend(record.value for record in chunk)

        log.publish([Outgoing("t", b"k", f"{n}".encode()) for n in range(start, start + 50)])
        await app.start()
        await eventually(lambda: len(seen) >= start + 50)  # noqa: B023
        await app.stop()
    assert [int(value or b"") for value in seen] == list(range(100))


async def test_records_that_retention_took_are_passed_over(log: EmbeddedLog) -> None:
    log.create_topic(TopicConfig("t", 2, retention_s=10.0))
    publish(log, 20)
    log.maintain(now=time.time() + 100)
    app, seen = app_on(log), list[Record]()

    @app.agent(source(app))  # type: ignore[untyped-decorator]  # Faust ships no types
    async def agent(stream: Any) -> None:
        async for chunk in stream:
            seen.extend(chunk)

    publish(log, 20)
    await app.start()
    await eventually(lambda: len(seen) == 20)
    await eventually(lambda: log.committed("app", "t") == {p: held.end for p, held in log.offsets("t").items()})
    await app.stop()


async def test_two_apps_of_one_process_are_two_groups_on_one_open_log(log: EmbeddedLog) -> None:
    seen: dict[str, list[Record]] = {"one": [], "two": []}
    apps = [app_on(log, name) for name in seen]
    for app in apps:

        @app.agent(source(app))  # type: ignore[untyped-decorator]  # Faust ships no types
        async def agent(stream: Any, into: list[Record] = seen[app.conf.id]) -> None:
            async for chunk in stream:
                into.extend(chunk)

    publish(log, 30)
    for app in apps:
        await app.start()
    await eventually(lambda: all(len(records) == 30 for records in seen.values()))
    assert apps[0].transport.log is apps[1].transport.log
    for app in apps:
        await app.stop()
    assert set(log.groups()) == {"one", "two"}


async def test_what_is_sent_is_durable_when_it_is_acked(log: EmbeddedLog) -> None:
    app = app_on(log)
    app.producer_only = True
    await app.start()
    metadata = await app.producer.send_and_wait("t", b"k", b"v", None, None, {"h": b"\x00"})
    (record,) = log.read("t", metadata.partition, metadata.offset, 1)
    assert (record.key, record.value, dict(record.headers)) == (b"k", b"v", {"h": b"\x00"})
    with pytest.raises(UnknownTopic):
        await app.producer.send("no.such", b"k", b"v", None, None, None)
    await app.stop()


async def test_tables_work_beside_chunks(log: EmbeddedLog) -> None:
    """Faust's own topics (changelog) carry plain messages; a table survives a restart."""
    counts: dict[str, int] = {}
    for _ in range(2):
        app = app_on(log, "tables")
        table = app.Table("counts", default=int, partitions=2)

        @app.agent(source(app))  # type: ignore[untyped-decorator]  # Faust ships no types
        async def agent(stream: Any) -> None:
            async for chunk in stream:
                for record in chunk:
                    table["all" if record.partition == 0 else "rest"] += 1  # noqa: B023
                counts.update(table.items())  # noqa: B023

        before = sum(counts.values())
        publish(log, 20)
        await app.start()
        await eventually(lambda: sum(counts.values()) == before + 20)  # noqa: B023
        await app.stop()
    assert sum(counts.values()) == 40


async def test_without_chunks_an_agent_gets_plain_messages(log: EmbeddedLog) -> None:
    app, seen = app_on(log, chunk=0), list[Any]()

    @app.agent(app.topic("t", value_type=bytes, value_serializer="raw"))  # type: ignore[untyped-decorator]  # Faust ships no types
    async def agent(stream: Any) -> None:
        async for value in stream:
            seen.append(value)

    publish(log, 30)
    await app.start()
    await eventually(lambda: len(seen) == 30)
    await eventually(lambda: log.committed("app", "t") == {p: held.end for p, held in log.offsets("t").items()})
    await app.stop()
    assert sorted(map(int, seen)) == list(range(30))


def test_exactly_once_is_refused_naming_the_setting(log: EmbeddedLog) -> None:
    with pytest.raises(ImproperlyConfigured, match="processing_guarantee=exactly_once"):
        _ = app_on(log, processing_guarantee="exactly_once").transport
