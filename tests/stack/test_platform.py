"""The platform as `hero up --stack kafka` runs it, on the real servers: what it promises on the embedded ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from tests.stack.kafka_platform import on_servers
from tests.stack.servers.connect import Connect
from tests.stack.servers.elasticsearch import Elasticsearch
from tests.stack.servers.kafka import Kafka
from tests.stack.servers.postgres import Postgres
from tests.stack.servers.registry import Registry
from tests.support.running import RunningPlatform

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]
SEEN_S = 60.0
SWORD = {"name": "불타는 검", "description": "용암에서 벼린 검", "category": "weapon", "tags": ["불"], "price": 1000}


@pytest.fixture(scope="module")
def platform(
    kafka: Kafka, connect: Connect, registry: Registry, elasticsearch: Elasticsearch, postgres: Postgres
) -> Iterator[RunningPlatform]:
    with on_servers(kafka, connect, registry, elasticsearch, postgres) as platform:
        planned = platform.hero("up", "--dry-run")
        assert "connector herofactory-outbox: create" in planned
        assert platform.hero("up", "--dry-run") == planned, "looking has changed something"
        platform.start("--no-sample", ready_s=120, wait_for=("ready",))  # the first worker makes the index
        yield platform
        platform.stop()


class Shop:
    """A seller at the API."""

    def __init__(self, platform: RunningPlatform, client: httpx.Client) -> None:
        self._http = client
        self._token = {"Authorization": f"Bearer {platform.token('smith')}"}

    def post(self, **fields: Any) -> dict[str, Any]:
        return self._answer(self._http.post("/items", json={**SWORD, **fields}, headers=self._token))

    def edit(self, item: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return self._answer(self._http.patch(f"/items/{item['id']}", json=fields, headers=self._token))

    def delete(self, item: dict[str, Any]) -> None:
        self._http.delete(f"/items/{item['id']}", headers=self._token).raise_for_status()

    def found(self, text: str) -> dict[str, Any]:
        """Items by id."""
        answer = self._answer(self._http.get("/search", params={"q": text, "limit": 100}))
        return {item["id"]: item for item in answer["items"]}

    @staticmethod
    def _answer(response: httpx.Response) -> dict[str, Any]:
        assert response.is_success, response.text
        answer: dict[str, Any] = response.json()
        return answer


@pytest.fixture(scope="module")
def shop(platform: RunningPlatform) -> Iterator[Shop]:
    with httpx.Client(base_url=f"{platform.url}/api/v1", timeout=30, trust_env=False) as client:
        yield Shop(platform, client)


def until(condition: Callable[[], Any], platform: RunningPlatform) -> Any:
    deadline = time.monotonic() + SEEN_S
    while not (value := condition()):
        assert time.monotonic() < deadline, platform.tail()
        time.sleep(0.1)
    return value


def test_an_item_is_found_once_it_is_approved_and_as_it_is_until_it_goes(
    platform: RunningPlatform, shop: Shop, postgres: Postgres
) -> None:
    item = shop.post()
    until(lambda: item["id"] in shop.found("검"), platform)

    shop.edit(item, price=2500)
    until(lambda: shop.found("검")[item["id"]]["price"] == 2500, platform)

    shop.edit(item, name="얼어붙은 창")
    until(lambda: item["id"] in shop.found("창"), platform)

    with psycopg.connect(postgres.dsn()) as connection:  # past the platform, as an operator may
        connection.execute("UPDATE items SET status = 'rejected' WHERE id = %s", (item["id"],))
    until(lambda: item["id"] not in shop.found("창"), platform)
    shop.delete(item)  # data quality would tell of its status for as long as the database is there

    other = shop.post(name="푸른 방패", category="armor")
    until(lambda: other["id"] in shop.found("방패"), platform)
    shop.delete(other)
    until(lambda: other["id"] not in shop.found("방패"), platform)


@pytest.mark.parametrize("victim", ["worker", "housekeeper", "api"])
def test_a_killed_part_loses_nothing(platform: RunningPlatform, shop: Shop, victim: str) -> None:
    items = [shop.post(name=f"{victim} 도끼 {number}")["id"] for number in range(10)]
    _part(platform, victim).kill()
    platform.wait_ready()
    items += [shop.post(name=f"{victim} 도끼 {number}")["id"] for number in range(10, 20)]
    until(lambda: set(items) <= shop.found(f"{victim} 도끼").keys(), platform)


def test_what_is_delivered_leaves_the_outbox(platform: RunningPlatform, shop: Shop, postgres: Postgres) -> None:
    shop.post(name="은화살")
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        until(lambda: connection.execute("SELECT count(*) FROM outbox").fetchone() == (0,), platform)


def test_a_lost_slot_is_made_anew_and_what_it_missed_arrives(
    platform: RunningPlatform, shop: Shop, connect: Connect, postgres: Postgres
) -> None:
    httpx.put(f"{connect.url}/connectors/herofactory-outbox/stop", timeout=30).raise_for_status()
    drop = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s AND NOT active"

    def lost() -> bool:
        with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
            return connection.execute(drop, ("herofactory_outbox",)).fetchone() is not None

    item = shop.post(name="마지막 단검")
    until(lost, platform)
    later = shop.post(name="마지막 단검")
    until(lambda: {item["id"], later["id"]} <= shop.found("마지막 단검").keys(), platform)


def test_the_commands_that_look_see_this_stack(platform: RunningPlatform) -> None:
    platform.wait_ready()
    assert "herofactory-outbox" not in platform.hero("up", "--dry-run")
    assert '"fail"' not in platform.hero("doctor", "--json")
    assert "item.mirrored" in platform.hero("topics", "list")
    assert "no dead letters" in platform.hero("dlq", "list")
    assert "housekeeper" in platform.hero("status")
    assert "rebuilt" in platform.hero("index", "rebuild", "--timeout", "60")


def _part(platform: RunningPlatform, name: str) -> psutil.Process:
    return next(each for each in platform.supervisor.children() if each.cmdline()[-1:] == [name])
