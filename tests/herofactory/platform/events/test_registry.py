from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.events.compat import IncompatibleSchema
from herofactory.platform.events.registry import EmbeddedRegistry, MemorySchemaStore, UnknownSchema
from tests.contract.schema_registry import SchemaRegistryContract


def schema(*fields: object) -> str:
    return json.dumps({"type": "record", "name": "R", "fields": fields})


OLD = schema({"name": "a", "type": "string"})
WITH_DEFAULT = schema({"name": "a", "type": "string"}, {"name": "b", "type": "long", "default": 0})
WITHOUT_DEFAULT = schema({"name": "a", "type": "string"}, {"name": "b", "type": "long"})


def test_the_same_schema_keeps_its_id() -> None:
    registry = EmbeddedRegistry(MemorySchemaStore())
    assert registry.register("t-value", OLD) == registry.register("t-value", OLD)


def test_a_new_field_with_a_default_is_a_new_version() -> None:
    registry = EmbeddedRegistry(MemorySchemaStore())
    first, second = registry.register("t-value", OLD), registry.register("t-value", WITH_DEFAULT)
    assert first != second
    assert registry.versions("t-value") == [OLD, WITH_DEFAULT]
    assert registry.schema(first) == OLD


def test_a_new_field_without_a_default_is_refused_by_name() -> None:
    registry = EmbeddedRegistry(MemorySchemaStore())
    registry.register("t-value", OLD)
    with pytest.raises(IncompatibleSchema, match=r"t-value.*b"):
        registry.register("t-value", WITHOUT_DEFAULT)


def test_an_id_that_was_never_given_is_unknown() -> None:
    with pytest.raises(UnknownSchema, match="9"):
        EmbeddedRegistry(MemorySchemaStore()).schema(9)


class TestInMemory(SchemaRegistryContract):
    @pytest.fixture
    def registry(self) -> EmbeddedRegistry:
        return EmbeddedRegistry(MemorySchemaStore())


class TestInTheEmbeddedLog(SchemaRegistryContract):
    @pytest.fixture
    def registry(self, tmp_path: Path) -> Iterator[EmbeddedRegistry]:
        log = EmbeddedLog(tmp_path)
        yield EmbeddedRegistry(log)
        log.close()
