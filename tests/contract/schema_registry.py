"""What every schema registry must do. A test class inherits this and offers `registry`."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from herofactory.platform.events import EventCodec
from herofactory.platform.events.base import EVENTS
from herofactory.platform.events.codec import subject_of
from herofactory.platform.events.compat import IncompatibleSchema
from herofactory.platform.events.registry import SchemaRegistry, UnknownSchema
from herofactory.platform.events.schema import schema_text


def record(*fields: Mapping[str, Any]) -> str:
    """The text of a record schema with these fields, as `schema_text` writes texts."""
    schema = {"type": "record", "name": "Thing", "namespace": "contract", "fields": list(fields)}
    return json.dumps(schema, separators=(",", ":"))


NAME = {"name": "name", "type": "string"}
PRICE = {"name": "price", "type": "long"}
FIRST = record(NAME)
SECOND = record(NAME, {**PRICE, "default": 0})


def parsed(texts: Sequence[str]) -> list[Any]:
    """A registry may write a schema another way, as long as it says the same."""
    return [json.loads(text) for text in texts]


class SchemaRegistryContract:
    @pytest.fixture
    def subject(self) -> str:
        return f"contract.{uuid.uuid4().hex}-value"

    def test_a_schema_is_found_by_its_id(self, registry: SchemaRegistry, subject: str) -> None:
        schema_id = registry.register(subject, FIRST)
        assert json.loads(registry.schema(schema_id)) == json.loads(FIRST)
        assert 0 < schema_id < 2**31, "it has to fit four bytes of a record"

    def test_the_same_schema_again_keeps_its_id(self, registry: SchemaRegistry, subject: str) -> None:
        schema_id = registry.register(subject, FIRST)
        assert registry.register(subject, FIRST) == registry.id_of(subject, FIRST) == schema_id
        assert len(registry.versions(subject)) == 1

    def test_another_version_has_another_id_and_the_older_stays(self, registry: SchemaRegistry, subject: str) -> None:
        first, second = registry.register(subject, FIRST), registry.register(subject, SECOND)
        assert first != second
        assert parsed(registry.versions(subject)) == parsed([FIRST, SECOND])
        assert registry.id_of(subject, FIRST) == first
        assert json.loads(registry.schema(first)) == json.loads(FIRST)

    def test_a_schema_that_cannot_read_what_was_written_is_refused(
        self, registry: SchemaRegistry, subject: str
    ) -> None:
        registry.register(subject, FIRST)
        with pytest.raises(IncompatibleSchema, match=r"cannot read records already written.*need a default"):
            registry.register(subject, record(NAME, PRICE))
        assert parsed(registry.versions(subject)) == parsed([FIRST])

    def test_not_only_the_last_version_has_to_be_readable(self, registry: SchemaRegistry, subject: str) -> None:
        registry.register(subject, FIRST)
        registry.register(subject, SECOND)
        with pytest.raises(IncompatibleSchema):
            registry.register(subject, record(NAME, PRICE))

    def test_what_was_never_registered_is_unknown(self, registry: SchemaRegistry, subject: str) -> None:
        with pytest.raises(UnknownSchema, match="not registered"):
            registry.id_of(subject, FIRST)
        registry.register(subject, FIRST)
        with pytest.raises(UnknownSchema, match="not registered"):
            registry.id_of(subject, SECOND)
        with pytest.raises(UnknownSchema, match="2147483646"):
            registry.schema(2_147_483_646)
        assert list(registry.versions(f"{subject}-other")) == []

    def test_it_takes_every_event_of_the_product(self, registry: SchemaRegistry) -> None:
        ids = EventCodec(registry).register_all()
        assert set(ids) == set(EVENTS)
        for topic, schema_id in ids.items():
            assert json.loads(registry.schema(schema_id)) == json.loads(schema_text(topic))
            assert registry.id_of(subject_of(topic), schema_text(topic)) == schema_id
