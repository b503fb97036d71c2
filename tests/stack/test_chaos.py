"""Everything at once: the platform on the real servers under load, while processes and servers are killed and frozen,
and what runs between them is delayed, cut and half-closed. In the end what was accepted is there, once, everywhere.

HERO_STACK_CHAOS_S (60) says for how long, HERO_STACK_CHAOS_SEED (1) in which order. An hour by hand:
HERO_STACK_CHAOS_S=3600 HERO_STACK_CHAOS_SEED=7 .venv/bin/pytest -q -m stack -s --timeout 7200 tests/stack/test_chaos.py
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from functools import partial
from random import Random

import httpx
import psutil
import pytest

from herofactory.platform.eventlog.kafka import KafkaLog
from tests.stack.audit import Audit
from tests.stack.cutting import Cutter, cutter
from tests.stack.kafka_platform import on_servers
from tests.stack.merchant import Merchant
from tests.stack.schedule import Act, play
from tests.stack.server import Server
from tests.stack.servers.connect import Connect
from tests.stack.servers.elasticsearch import Elasticsearch
from tests.stack.servers.kafka import Kafka
from tests.stack.servers.postgres import Postgres
from tests.stack.servers.redis import Redis
from tests.stack.servers.registry import Registry
from tests.stack.trial import health, part, restarts
from tests.support.running import RunningPlatform

SECONDS = float(os.environ.get("HERO_STACK_CHAOS_S", "60"))
SEED = int(os.environ.get("HERO_STACK_CHAOS_SEED", "1"))
SETTLED_S = 180.0
"""Until everything is as it was: far beyond what it takes, even where six servers share two busy cores."""
FROZEN_S = 8.0
"""Longer than a session: the others take over, and whoever wakes up is fenced."""
pytestmark = [pytest.mark.stack, pytest.mark.timeout(SECONDS + 900)]

Cutters = dict[str, Cutter]


@pytest.fixture(scope="module")
def cutters(kafka: Kafka, elasticsearch: Elasticsearch, postgres: Postgres) -> Iterator[Cutters]:
    """Between the platform and these, and between PostgreSQL and Debezium."""
    port = int(re.findall(r"port=(\d+)", postgres.dsn())[0])
    with (
        cutter(kafka.far_target, kafka.far_port) as to_kafka,
        cutter(elasticsearch.port) as to_elasticsearch,
        cutter(port) as to_postgres,
    ):
        yield {"Kafka": to_kafka, "Elasticsearch": to_elasticsearch, "PostgreSQL": to_postgres}


@pytest.fixture(scope="module")
def platform(
    cutters: Cutters,
    kafka: Kafka,
    connect: Connect,
    registry: Registry,
    elasticsearch: Elasticsearch,
    postgres: Postgres,
    redis: Redis,
) -> Iterator[RunningPlatform]:
    more = {
        "HERO_DATABASE_URL": re.sub(r"port=\d+", f"port={cutters['PostgreSQL'].port}", postgres.dsn()),
        "HERO_KAFKA_BOOTSTRAP": f"127.0.0.1:{cutters['Kafka'].port}",
        "HERO_ELASTICSEARCH_URL": f"http://127.0.0.1:{cutters['Elasticsearch'].port}",
        "HERO_REDIS_URL": redis.url,
    }
    with on_servers(kafka, connect, registry, elasticsearch, postgres, **more) as platform:
        platform.start("--no-sample", ready_s=240)
        yield platform
        platform.stop()


def test_what_was_accepted_is_there_once_after_everything_that_can_go_wrong(
    platform: RunningPlatform,
    cutters: Cutters,
    kafka: Kafka,
    connect: Connect,
    registry: Registry,
    elasticsearch: Elasticsearch,
    redis: Redis,
    postgres: Postgres,
) -> None:
    servers = (kafka, connect, registry, elasticsearch, redis)
    acts = [*_to_parts(platform), *_to_servers(servers), *_to_connections(cutters)]
    tag = f"chaos-{SEED}-{os.getpid()}"
    merchant = Merchant(platform.url, platform.token(tag), tag, SEED)
    with merchant.trading():
        try:
            done = play(acts, SEED, SECONDS)
        finally:
            _all_is_well(servers, cutters)
    story = f"seed {SEED}: {done}\n{merchant.calls} calls accepted, {merchant.cut} cut, {dict(merchant.answers)}"
    print(story)
    with closing(KafkaLog(kafka.bootstrap)) as log:
        audit = Audit(merchant, postgres.dsn(), log, elasticsearch.url)
        _until(lambda: not audit.problems(), lambda: f"{audit.problems()[:5]}\n{story}\n{platform.tail()}")
        assert merchant.pieces, story
        assert merchant.deleted, story
        _until(lambda: health(platform) == {"status": "ready"}, lambda: f"it says {health(platform)}")
        assert audit.problems() == [], "and it stays so"
    assert not merchant.wrong, "\n".join(merchant.wrong[:10]) + story


def _to_parts(platform: RunningPlatform) -> Sequence[Act]:
    names = sorted(restarts(platform))
    killed = [Act(f"{name} is killed", partial(_kill, platform, name)) for name in names]
    return [*killed, *(Act(f"{name} is frozen", partial(_freeze, platform, name)) for name in ("api", "worker"))]


def _kill(platform: RunningPlatform, name: str, _: Random) -> None:
    """Its supervisor brings it back."""
    if (found := part(platform, name)) is not None:
        with suppress(psutil.NoSuchProcess):
            found.kill()


def _freeze(platform: RunningPlatform, name: str, _: Random) -> None:
    if (found := part(platform, name)) is not None:
        with suppress(psutil.NoSuchProcess):
            found.suspend()
            time.sleep(FROZEN_S)
            found.resume()


def _to_servers(servers: Sequence[Server]) -> Sequence[Act]:
    killed = [Act(f"{server.name} is killed", partial(_kill_server, server)) for server in servers]
    frozen = [Act(f"{server.name} is frozen", partial(_freeze_server, server)) for server in servers]
    return [*killed, *frozen]


def _kill_server(server: Server, random: Random) -> None:
    """It starts while the next thing goes wrong."""
    if server.is_running:
        server.kill()
    time.sleep(random.uniform(0.5, 4.0))
    server.launch()


def _freeze_server(server: Server, random: Random) -> None:
    server.pause()
    time.sleep(random.uniform(1.0, 5.0))
    server.resume()


def _to_connections(cutters: Cutters) -> Sequence[Act]:
    return [
        Act(f"{name} {what}", partial(act, one))
        for name, one in cutters.items()
        for what, act in (
            ("is far away", _delay),
            ("is cut off", _cut),
            ("is unplugged", _stall),
            ("half closes", _half_close),
        )
    ]


def _delay(one: Cutter, random: Random) -> None:
    one.delay(random.uniform(0.05, 0.3))
    time.sleep(3.0)
    one.mend()


def _cut(one: Cutter, random: Random) -> None:
    for _ in range(random.randrange(1, 4)):
        one.cut()
        time.sleep(random.uniform(0.0, 0.5))


def _stall(one: Cutter, random: Random) -> None:
    one.stall()
    time.sleep(random.uniform(1.0, 4.0))
    one.mend()


def _half_close(one: Cutter, _: Random) -> None:
    one.half_close()


def _all_is_well(servers: Sequence[Server], cutters: Cutters) -> None:
    for one in cutters.values():
        one.mend()
    for server in servers:
        server.resume()
        server.launch()
    for server in servers:
        server.wait()


def _until(condition: Callable[[], bool], told: Callable[[], str]) -> None:
    deadline = time.monotonic() + SETTLED_S
    while True:
        with suppress(httpx.HTTPError, OSError):
            if condition():
                return
        assert time.monotonic() < deadline, told()
        time.sleep(0.5)
