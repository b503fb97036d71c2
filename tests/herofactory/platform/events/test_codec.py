from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.platform.events import CodecError, Event, EventCodec
from herofactory.platform.events.item import ItemCreated, ItemModerated, ItemUpdated, Reason
from herofactory.platform.events.registry import EmbeddedRegistry, MemorySchemaStore, UnknownSchema

text = st.text(st.characters(exclude_categories=["Cs"]))
texts = st.lists(text, max_size=3).map(tuple)
content = {
    "item_id": text,
    "seller_id": text,
    "content_revision": st.integers(0, 2**63 - 1),
    "name": text,
    "description": text,
    "category": text,
    "tags": texts,
    "image_id": st.none() | text,
}
events = st.one_of(
    st.builds(ItemCreated, **content),
    st.builds(ItemUpdated, **content, changed=texts),
    st.builds(
        ItemModerated,
        item_id=text,
        content_revision=st.integers(0, 2**63 - 1),
        decision=st.sampled_from(["approved", "rejected", "review"]),
        reasons=st.lists(st.builds(Reason, text, text), max_size=3).map(tuple),
        tags=texts,
        scores=st.dictionaries(text, st.floats(0, 1), max_size=3),
        policy=text,
        provider=text,
        moderator_id=st.none() | text,
    ),
)


def codec() -> EventCodec:
    made = EventCodec(EmbeddedRegistry(MemorySchemaStore()))
    made.register_all()
    return made


CODEC = codec()


@given(events)
def test_every_event_comes_back_as_it_was(event: Event) -> None:
    assert CODEC.decode(event.topic, CODEC.encode(event)) == event


def test_a_value_begins_with_the_frame_of_confluent() -> None:
    data = CODEC.encode(ItemCreated("i", "s", 1, "n", "d", "weapon"))
    assert data[0] == 0
    assert int.from_bytes(data[1:5]) == CODEC.register_all()["item.created"]


@given(st.binary(max_size=40))
def test_bytes_that_are_no_event_are_a_codec_error_and_nothing_else(data: bytes) -> None:
    try:
        decoded = CODEC.decode("item.moderated", data)
    except CodecError:
        return
    assert isinstance(decoded, ItemModerated)


def test_an_unknown_schema_id_is_named() -> None:
    with pytest.raises(CodecError, match="schema 77"):
        CODEC.decode("item.created", b"\x00\x00\x00\x00\x4d")


def test_a_topic_without_events_is_refused() -> None:
    with pytest.raises(CodecError, match=r"item\.mirrored carries no Avro"):
        CODEC.decode("item.mirrored", b"{}")


def test_encoding_before_the_schemas_are_registered_says_what_to_run() -> None:
    with pytest.raises(UnknownSchema, match="hero topics apply"):
        EventCodec(EmbeddedRegistry(MemorySchemaStore())).encode(ItemCreated("i", "s", 1, "n", "d", "weapon"))
