"""The schema registry port on a real one (Apicurio, through its Confluent API)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from herofactory.platform.events.confluent import ConfluentRegistry
from herofactory.platform.events.registry import SchemaRegistry
from tests.contract.rolling_upgrade import RollingUpgradeContract
from tests.contract.schema_registry import FIRST, SECOND, SchemaRegistryContract
from tests.stack.servers.registry import Registry

pytestmark = pytest.mark.stack


@pytest.fixture(name="registry", scope="module")
def confluent_registry(registry: Registry) -> Iterator[SchemaRegistry]:
    client = ConfluentRegistry(registry.url)
    yield client
    client.close()


class TestOnARealRegistry(SchemaRegistryContract):
    """The contract."""


@pytest.mark.anyio
class TestUpgradesOnARealRegistry(RollingUpgradeContract):
    """The contract."""


def test_another_process_sees_the_same_ids(registry: ConfluentRegistry) -> None:
    subject = "another.process-value"
    ids = registry.register(subject, FIRST), registry.register(subject, SECOND)
    other = ConfluentRegistry(registry._url)
    assert (other.id_of(subject, FIRST), other.id_of(subject, SECOND)) == ids
    assert json.loads(other.schema(ids[1])) == json.loads(SECOND)
    other.close()
