"""Old and new code side by side on the embedded registry; and a registry that is away when the agents start."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from herofactory.platform.delivery import Agent, Delivery, Outcome, TopicValues
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.events import EventCodec
from herofactory.platform.events.confluent import RegistryUnavailable
from herofactory.platform.events.item import ItemCreated
from herofactory.platform.events.registry import EmbeddedRegistry, MemorySchemaStore, SchemaRegistry
from herofactory.platform.records import Outgoing
from streams.testing import TopologyDriver
from streams.topics import ITEM_CREATED, ITEM_MODERATED
from tests.contract.rolling_upgrade import RollingUpgradeContract

pytestmark = pytest.mark.anyio
CREATED = ItemCreated("i1", "s1", 1, "검", "", "weapon")


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[SchemaRegistry]:
    log = EmbeddedLog(tmp_path / "log", sync="NORMAL")
    yield EmbeddedRegistry(log)
    log.close()


class TestOnTheEmbeddedRegistry(RollingUpgradeContract):
    """The contract."""


class Away(EmbeddedRegistry):
    is_down = True

    def schema(self, schema_id: int) -> str:
        if self.is_down:
            raise RegistryUnavailable("the schema registry does not answer")
        return super().schema(schema_id)


class Taking:
    def __init__(self) -> None:
        self.taken: list[str] = []

    async def __call__(self, delivery: Delivery) -> Sequence[Outgoing]:
        self.taken.append(delivery.key)
        return []


def test_agents_wait_for_a_registry_that_is_away_say_so_and_go_on_by_themselves() -> None:
    store, taking = MemorySchemaStore(), Taking()
    writer = EventCodec(EmbeddedRegistry(store))
    writer.register_all()
    registry = Away(store)
    agent = Agent(name="moderation", sources=(ITEM_CREATED,), handle=taking)
    with TopologyDriver([agent], TopicValues(EventCodec(registry))) as driver:
        driver.feed(ITEM_CREATED, "i1", writer.encode(CREATED))
        driver.feed(ITEM_CREATED, "i2", writer.encode(CREATED))
        driver.run_until_idle(within=60)
        status = driver.status("moderation")
        assert (status.state, status.cause) == (
            "paused",
            "RegistryUnavailable: the schema registry does not answer",
        )
        assert taking.taken == []
        assert driver.committed("moderation") == {}
        registry.is_down = False
        driver.run_until_idle(within=60)
        assert driver.status("moderation").state == "running"
        assert sorted(taking.taken) == ["i1", "i2"]
        assert not driver.dead_letters("moderation")


def test_a_sink_waits_for_it_too() -> None:
    store, taken = MemorySchemaStore(), list[str]()
    writer = EventCodec(EmbeddedRegistry(store))
    writer.register_all()
    registry = Away(store)

    async def take(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        taken.extend(delivery.key for delivery in deliveries)
        return [Outcome.ok()] * len(deliveries)

    agent = Agent(name="listing", sources=(ITEM_CREATED, ITEM_MODERATED), handle_batch=take)
    with TopologyDriver([agent], TopicValues(EventCodec(registry))) as driver:
        driver.feed(ITEM_CREATED, "i1", writer.encode(CREATED))
        driver.run_until_idle(within=60)
        assert driver.status("listing").state == "paused"
        registry.is_down = False
        driver.run_until_idle(within=60)
        assert taken == ["i1"]
        assert not driver.dead_letters("listing")
