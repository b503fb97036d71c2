"""The platform on the real servers, each of which fails while somebody sells.

What PostgreSQL can hold is accepted, whatever else is down; what cannot be done is a 503 that says when to come again;
everything that was accepted is found after the recovery, once. Everything comes back by itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psycopg
import pytest

from tests.stack.capturing import drop_slot
from tests.stack.kafka_platform import SLOT, on_servers
from tests.stack.redis_access import OUTAGES, Outage
from tests.stack.servers.connect import Connect
from tests.stack.servers.elasticsearch import Elasticsearch
from tests.stack.servers.kafka import Kafka
from tests.stack.servers.postgres import CAPTURE, Postgres
from tests.stack.servers.redis import Redis
from tests.stack.servers.registry import Registry
from tests.stack.trial import (
    down,
    gauge,
    get,
    goes_on_selling,
    kill_part,
    part,
    restarts,
    trial,
    until,
    wait_until_ails,
)
from tests.support.running import RunningPlatform

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]
BROKER_DOWN_S = 30.0
ALARM_BYTES = 8_000_000
SEGMENT_BYTES = 16 * 2**20


@pytest.fixture(scope="module")
def platform(
    kafka: Kafka, connect: Connect, registry: Registry, elasticsearch: Elasticsearch, postgres: Postgres, redis: Redis
) -> Iterator[RunningPlatform]:
    more = {"HERO_REDIS_URL": redis.url, "HERO_SLOT_ALARM_BYTES": str(ALARM_BYTES)}
    with on_servers(kafka, connect, registry, elasticsearch, postgres, **more) as platform:
        platform.start("--no-sample", ready_s=240)
        yield platform
        platform.stop()


def test_the_broker_is_down_for_half_a_minute(platform: RunningPlatform, kafka: Kafka) -> None:
    with trial(platform, "broker") as seller, down(kafka):
        began = time.monotonic()
        wait_until_ails(platform, "log does not answer")
        assert get(platform, "/api/v1/pipeline")["agents"]["listing"]["lag"] is None
        while time.monotonic() < began + BROKER_DOWN_S:  # the fault's own duration
            goes_on_selling(platform, seller)
    assert seller.count("write", 503) == seller.count("search", 503) == 0


def test_kafka_connect_is_down(platform: RunningPlatform, connect: Connect) -> None:
    with trial(platform, "connect") as seller, down(connect):
        wait_until_ails(platform, "waiting for Debezium")
        goes_on_selling(platform, seller)
    assert seller.count("write", 503) == 0


@pytest.mark.parametrize("how", ["by the limit of the log", "by somebody who drops it"])
def test_kafka_connect_is_down_until_its_slot_is_lost(
    platform: RunningPlatform, connect: Connect, postgres: Postgres, how: str
) -> None:
    with trial(platform, f"slot-{len(how)}") as seller, down(connect):
        wait_until_ails(platform, "waiting for Debezium")
        goes_on_selling(platform, seller)
        if how == "by the limit of the log":
            _write_log(postgres)
            wait_until_ails(platform, "MB of write-ahead log wait for Debezium")
            until(platform, lambda: (gauge(platform, "hero_slot_kept_bytes") or 0) > ALARM_BYTES)
            until(platform, lambda: (gauge(platform, "hero_slot_lag_bytes") or 0) > 0)
            _outgrow(platform, postgres)
        else:
            drop_slot(postgres.dsn(), SLOT)
        wait_until_ails(platform, "without a replication slot")
        goes_on_selling(platform, seller)
    assert seller.count("write", 503) == 0


def test_elasticsearch_is_down(platform: RunningPlatform, elasticsearch: Elasticsearch) -> None:
    with trial(platform, "elasticsearch") as seller, down(elasticsearch):
        wait_until_ails(platform, "search does not answer", "agent indexing is paused")
        told = httpx.get(f"{platform.url}/api/v1/search", params={"q": "검"}, timeout=30, trust_env=False)
        assert told.json()["code"] == "SEARCH_UNAVAILABLE"
        goes_on_selling(platform, seller)
    assert seller.count("search", 503) > 0 == seller.count("write", 503) == seller.count("read", 503)


def test_elasticsearch_is_read_only(platform: RunningPlatform, elasticsearch: Elasticsearch) -> None:
    with trial(platform, "read-only") as seller, _read_only(elasticsearch):
        wait_until_ails(platform, "agent indexing is paused")
        goes_on_selling(platform, seller)
    assert seller.count("write", 503) == seller.count("search", 503) == 0


def test_elasticsearchs_disk_is_full(platform: RunningPlatform, elasticsearch: Elasticsearch) -> None:
    """It blocks its indices by itself at the watermark, and takes the block away once there is room."""
    with trial(platform, "watermark") as seller:
        with _needing(elasticsearch, "1pb"):
            until(platform, lambda: _is_blocked(elasticsearch))
            wait_until_ails(platform, "agent indexing is paused")
            goes_on_selling(platform, seller)
        until(platform, lambda: not _is_blocked(elasticsearch))
    assert seller.count("write", 503) == seller.count("search", 503) == 0


@pytest.mark.parametrize("outage", OUTAGES)
def test_redis_is_down(platform: RunningPlatform, redis: Redis, outage: Outage) -> None:
    with trial(platform, f"redis-{OUTAGES.index(outage)}") as seller, outage(redis):
        until(platform, lambda: seller.count("write", 503) > 1)
        assert seller.mine(), "whoever is signed in stays so"
    assert seller.count("search", 503) == seller.count("read", 503) == 0


def test_postgresql_is_restarted(platform: RunningPlatform, postgres: Postgres) -> None:
    with trial(platform, "postgresql") as seller:
        postgres.stop()
        refused = seller.count("write", 503)
        try:
            until(platform, lambda: seller.count("write", 503) > refused)
        finally:
            postgres.launch()


def test_parts_that_start_while_their_servers_are_down_wait_for_them(
    platform: RunningPlatform, kafka: Kafka, registry: Registry, elasticsearch: Elasticsearch
) -> None:
    before = restarts(platform)
    with trial(platform, "start", cuts=True) as seller, down(kafka, registry, elasticsearch):
        for name in before:
            kill_part(platform, name)
        wait_until_ails(platform, "waiting for the schema registry at", "waiting for Kafka at")
        goes_on_selling(platform, seller)
        waiting = [part(platform, name) for name in before]
        kafka.start()
        wait_until_ails(platform, "waiting for Elasticsearch at")
        assert "waiting for Elasticsearch at" in platform.hero("status", "--json")
        goes_on_selling(platform, seller)
    assert [part(platform, name) for name in before] == waiting, platform.tail()
    assert restarts(platform) == {name: count + 1 for name, count in before.items()}


def _write_log(postgres: Postgres) -> None:
    """A segment of PostgreSQL's log that nobody needs but a slot that is behind."""
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute("SELECT pg_logical_emit_message(false, 'test', repeat('x', 1000))")
        connection.execute("SELECT pg_switch_wal()")


def _outgrow(platform: RunningPlatform, postgres: Postgres) -> None:
    """Until the slot is lost, and gone: the housekeeper takes it away, Connect or not."""

    def is_lost() -> bool:
        _write_log(postgres)
        with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        return _slot_status(postgres) in ("lost", None)

    postgres.keep_wal(f"{2 * SEGMENT_BYTES // 2**20}MB")
    try:
        until(platform, is_lost)
    finally:
        postgres.keep_wal(CAPTURE["max_slot_wal_keep_size"])
    until(platform, lambda: _slot_status(postgres) is None)


def _slot_status(postgres: Postgres) -> str | None:
    """None where there is none."""
    with psycopg.connect(postgres.dsn()) as connection:
        query = "SELECT wal_status FROM pg_replication_slots WHERE slot_name = %s"
        found = connection.execute(query, (SLOT,)).fetchone()
    return None if found is None else found[0]


@contextmanager
def _read_only(elasticsearch: Elasticsearch) -> Iterator[None]:
    """By hand. The block that the engine sets at the watermark it also takes away by itself, at its next look."""

    def set_block(value: str | None) -> None:
        settings = {"index.blocks.read_only": value}
        httpx.put(f"{elasticsearch.url}/items/_settings", json=settings, timeout=30).raise_for_status()

    set_block("true")
    try:
        yield
    finally:
        set_block(None)


@contextmanager
def _needing(elasticsearch: Elasticsearch, free: str) -> Iterator[None]:
    """So much of the disk has to be free."""

    def set_marks(value: str | None) -> None:
        marks = (f"cluster.routing.allocation.disk.watermark.{mark}" for mark in ("low", "high", "flood_stage"))
        settings = {"persistent": dict.fromkeys(marks, value)}
        httpx.put(f"{elasticsearch.url}/_cluster/settings", json=settings, timeout=30).raise_for_status()

    set_marks(free)
    try:
        yield
    finally:
        set_marks(None)


def _is_blocked(elasticsearch: Elasticsearch) -> bool:
    found = httpx.get(f"{elasticsearch.url}/items/_settings?flat_settings=true", timeout=30).raise_for_status().json()
    [index] = found.values()
    return bool(index["settings"].get("index.blocks.read_only_allow_delete") == "true")
