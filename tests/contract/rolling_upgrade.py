"""Old and new code side by side, as in a rolling upgrade: readers of each version get records of each version.

A test class inherits this and offers `registry`. The version before ours lacks a field that has a default; the one
after ours has another such field.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from fastavro import parse_schema, schemaless_reader, schemaless_writer

from herofactory.platform.clock import SystemClock
from herofactory.platform.delivery import Agent, ChunkProcessor, Delivery, TopicValues
from herofactory.platform.events import EventCodec, Headers
from herofactory.platform.events.codec import subject_of
from herofactory.platform.events.item import ItemUpdated
from herofactory.platform.events.registry import SchemaRegistry
from herofactory.platform.events.schema import schema_text
from herofactory.platform.records import Outgoing, Record
from tests.support.delivery import Written

TOPIC = "item.updated"
FIELDS: Mapping[str, Any] = {
    "item_id": "i", "seller_id": "s", "content_revision": 2, "name": "검", "description": "", "category": "weapon",
    "tags": ["불"], "image_id": None,
}  # fmt: skip
MOOD = {"name": "mood", "type": ["null", "string"], "default": None}


def before() -> str:
    schema = json.loads(schema_text(TOPIC))
    fields = [field for field in schema["fields"] if field["name"] != "changed"]
    return json.dumps(schema | {"fields": fields}, separators=(",", ":"))


def after() -> str:
    schema = json.loads(schema_text(TOPIC))
    return json.dumps(schema | {"fields": [*schema["fields"], MOOD]}, separators=(",", ":"))


def written(registry: SchemaRegistry, text: str, **more: Any) -> bytes:
    """As code of that version writes it."""
    body = io.BytesIO(struct.pack(">bI", 0, registry.register(subject_of(TOPIC), text)))
    body.seek(0, io.SEEK_END)
    schemaless_writer(body, parse_schema(json.loads(text)), {**FIELDS, **more})
    return body.getvalue()


def read_by_the_next_version(registry: SchemaRegistry, value: bytes) -> Any:
    writer = parse_schema(json.loads(registry.schema(struct.unpack_from(">bI", value)[1])))
    return schemaless_reader(io.BytesIO(value[5:]), writer, parse_schema(json.loads(after())))


class RollingUpgradeContract:
    async def test_an_agent_takes_what_older_and_newer_code_wrote_and_sets_nothing_aside(
        self, registry: SchemaRegistry
    ) -> None:
        codec = EventCodec(registry)
        codec.register_all()
        older = written(registry, before())
        ours = codec.encode(ItemUpdated("i", "s", 2, "검", "", "weapon", ("불",), None, ("name",)))
        newer = written(registry, after(), changed=["name"], mood="gloomy")
        seen: list[tuple[str, ...]] = []

        async def handle(delivery: Delivery) -> Sequence[Outgoing]:
            event = delivery.expect(ItemUpdated)
            assert (event.name, event.tags) == ("검", ("불",))
            seen.append(event.changed)
            return []

        out = Written()
        agent = Agent(name="upgrading", sources=(TOPIC,), handle=handle)
        processor = ChunkProcessor(agent, publisher=out, values=TopicValues(codec))
        await processor.process([_record(at, value) for at, value in enumerate((older, ours, newer, ours, older))])
        assert seen == [(), ("name",), ("name",), ("name",), ()]
        assert out.messages == []

    async def test_the_next_version_reads_what_this_one_writes_meanwhile(self, registry: SchemaRegistry) -> None:
        codec = EventCodec(registry)
        codec.register_all()
        written(registry, after(), changed=[])
        value = codec.encode(ItemUpdated("i", "s", 2, "검", "", "weapon", ("불",), None, ("name",)))
        assert read_by_the_next_version(registry, value) == {**FIELDS, "changed": ["name"], "mood": None}

    async def test_old_code_that_starts_again_after_the_new_schema_came_keeps_its_own(
        self, registry: SchemaRegistry
    ) -> None:
        first = EventCodec(registry).register_all()[TOPIC]
        written(registry, after(), changed=[])
        again = EventCodec(registry)
        assert again.register_all()[TOPIC] == first
        value = again.encode(ItemUpdated("i", "s", 2, "검", "", "weapon"))
        assert struct.unpack_from(">bI", value)[1] == first

    async def test_figures_read_a_few_fields_of_any_version(self, registry: SchemaRegistry) -> None:
        codec = EventCodec(registry)
        codec.register_all()
        read = codec.fields(TOPIC, ("name", "changed"))
        values = (written(registry, before()), written(registry, after(), changed=["tags"]))
        assert [[value if isinstance(value, str) else tuple(value) for value in read(each)] for each in values] == [
            ["검", ()],
            ["검", ("tags",)],
        ]


def _record(offset: int, value: bytes) -> Record:
    headers = Headers(str(uuid4()), TOPIC, SystemClock().now(), offset).to_bytes()
    return Record(TOPIC, 0, offset, b"i", value, headers, 0.0)
