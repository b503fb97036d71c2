"""Reading a few fields gives what reading all of them gives."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.platform.events import EventCodec
from herofactory.platform.events.codec import CodecError
from herofactory.platform.events.projection import Unprojectable, projection
from herofactory.platform.events.registry import EmbeddedRegistry, MemorySchemaStore
from herofactory.platform.events.search import SearchQueried

CODEC = EventCodec(EmbeddedRegistry(MemorySchemaStore()))
CODEC.register_all()
TEXT = st.text(max_size=100)
NUMBER = st.integers(-(2**63), 2**63 - 1)
SEARCHES = st.builds(
    SearchQueried,
    query_id=TEXT,
    session=TEXT,
    person=TEXT,
    user_id=st.none() | TEXT,
    text=TEXT,
    normalised=TEXT,
    category=st.none() | TEXT,
    tags=st.lists(TEXT, max_size=3).map(tuple),
    min_price=st.none() | NUMBER,
    max_price=st.none() | NUMBER,
    sort=TEXT,
    total=NUMBER,
    shown=(st.lists(TEXT, max_size=5) | st.lists(st.uuids().map(str), max_size=70)).map(tuple),
    latency_ms=st.floats(allow_nan=False),
    corrected_to=st.none() | TEXT,
    page=NUMBER,
    source=st.sampled_from(["typed", "suggestion", "replay", "test", "simulated"]),
)
FIELDS: tuple[str, ...] = SearchQueried.__match_args__  # of a dataclass: its fields in order


@given(SEARCHES, st.sets(st.sampled_from(FIELDS)))
def test_fields_are_those_of_the_whole_event(event: SearchQueried, wanted: set[str]) -> None:
    names = tuple(sorted(wanted))

    fields = CODEC.fields("search.query", names)(CODEC.encode(event))

    whole = CODEC.decode("search.query", CODEC.encode(event))
    assert [tuple(value) if isinstance(value, list) else value for value in fields] == [
        getattr(whole, name) for name in FIELDS if name in wanted
    ]


@given(SEARCHES, st.data())
def test_bytes_that_end_early_are_refused(event: SearchQueried, data: st.DataObject) -> None:
    value = CODEC.encode(event)
    cut = value[: data.draw(st.integers(0, len(value) - 1))]

    with pytest.raises(CodecError):
        CODEC.fields("search.query", ("page", "source"))(cut)


def test_a_list_that_says_it_is_longer_than_the_value_is_refused() -> None:
    schema = {"name": "Listed", "fields": [{"name": "tags", "type": {"type": "array", "items": "string"}},
                                           {"name": "page", "type": "long"}]}  # fmt: skip
    endless = bytes([0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0x00, 0x00])

    with pytest.raises(IndexError):
        projection(schema, ["page"])(endless, 0)


def test_blocks_that_say_their_size_are_read() -> None:
    schema: dict[str, Any] = {
        "name": "Listed",
        "fields": [
            {"name": "tags", "type": {"type": "array", "items": "string"}},
            {"name": "page", "type": "long"},
        ],
    }
    data = bytes([0x03, 0x08, 0x02]) + b"a" + bytes([0x02]) + b"b" + bytes([0x00, 0x0A])

    assert projection(schema, ["tags", "page"])(data, 0) == [["a", "b"], 5]
    assert projection(schema, ["page"])(data, 0) == [5]


def test_a_field_that_does_not_exist_is_named() -> None:
    with pytest.raises(Unprojectable, match="colour"):
        projection({"name": "Listed", "fields": []}, ["colour"])


def test_a_topic_without_events_is_refused() -> None:
    with pytest.raises(CodecError, match=r"access\.log"):
        CODEC.fields("access.log", ("page",))(b"{}")
