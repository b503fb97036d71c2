from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.platform.delivery import Delivery, Poison, derive
from herofactory.platform.delivery.delivery import decode, derived_id
from herofactory.platform.delivery.errors import Undecodable
from herofactory.platform.events import Headers
from herofactory.platform.events.headers import REPLAY_ID, REPLAYED_FROM
from herofactory.platform.events.item import ItemCreated, ItemModerated
from herofactory.platform.ids import uuid7
from herofactory.platform.records import Record
from herofactory.platform.telemetry.tracing import child_traceparent, trace_id_of
from streams.testing import default_values
from tests.support.delivery import EPOCH, JsonValues, record

ITEM = ItemCreated("i1", "s1", 1, "검", "날카로운 검", "weapon")


def item_delivery(traceparent: str | None = None) -> Delivery:
    values = default_values()
    headers = Headers(str(uuid7()), "item.created", EPOCH, 7, traceparent).to_bytes()
    return decode(Record("item.created", 0, 1, b"i1", values.encode("item.created", ITEM), headers, 0), values)


def test_a_record_is_decoded_with_its_headers() -> None:
    delivery = item_delivery()
    assert delivery.event == ITEM
    assert (delivery.key, delivery.revision, delivery.occurred_at, delivery.attempt) == ("i1", 7, EPOCH, 1)


def test_expect_narrows_the_type_or_is_poison() -> None:
    assert item_delivery().expect(ItemCreated).name == "검"
    with pytest.raises(Poison, match=r"item\.created brought ItemCreated, expected ItemModerated"):
        item_delivery().expect(ItemModerated)


def test_a_derived_event_continues_the_trace_in_a_span_of_its_own() -> None:
    parent = child_traceparent(None)
    delivery = item_delivery(parent)
    headers = Headers.parse(derive(delivery, "item.moderated", "i1", ItemModerated("i1", 1, "approved")).headers)
    assert trace_id_of(headers.traceparent) == trace_id_of(parent)
    assert headers.traceparent != parent


def test_a_derived_event_has_the_time_and_revision_of_its_cause_unless_given() -> None:
    delivery = item_delivery()
    verdict = ItemModerated("i1", 1, "approved")
    plain = Headers.parse(derive(delivery, "item.moderated", "i1", verdict).headers)
    later = EPOCH + timedelta(seconds=3)
    given_ = Headers.parse(derive(delivery, "item.moderated", "i1", verdict, revision=9, occurred_at=later).headers)
    assert (plain.occurred_at, plain.revision, plain.event_type) == (EPOCH, 7, "item.moderated")
    assert (given_.occurred_at, given_.revision) == (later, 9)


def test_a_repeated_delivery_derives_the_same_event_ids() -> None:
    delivery = item_delivery()
    verdict = ItemModerated("i1", 1, "approved")
    one, two = (derive(delivery, "item.moderated", "i1", verdict).headers["event-id"] for _ in range(2))
    other = derive(delivery, "item.moderated", "i1", verdict, part="second").headers["event-id"]
    assert one == two != other


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_derived_ids_are_uuid7_of_their_causes_millisecond(parts: list[str]) -> None:
    cause = uuid7()
    made = uuid.UUID(derived_id(str(cause), *parts))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == cause.int >> 80
    assert made != cause


def test_a_derived_tombstone_is_none() -> None:
    assert derive(decode(record(1), JsonValues()), "gone", "k", None).value is None


def test_an_event_on_a_topic_that_is_not_its_own_is_refused() -> None:
    with pytest.raises(TypeError, match=r"item\.updated carries Avro events of its own, not ItemCreated"):
        derive(item_delivery(), "item.updated", "i1", ITEM)


def shipped(**document: object) -> Record:
    return Record("access.log", 0, 1, None, json.dumps(document).encode(), {}, 0)


def test_a_record_of_a_log_shipper_says_in_its_value_who_it_is() -> None:
    event_id = str(uuid7())
    ecs = {"@timestamp": "2026-01-01T00:00:00.000Z", "event": {"id": event_id, "dataset": "herofactory.access"}}
    delivery = decode(shipped(**ecs), JsonValues())
    assert (delivery.event_id, delivery.occurred_at, delivery.event) == (event_id, EPOCH, ecs)
    replayed = replace(shipped(**ecs), headers={REPLAY_ID: b"1", REPLAYED_FROM: b"access.log/0/1"})
    assert decode(replayed, JsonValues()).event_id == event_id


@pytest.mark.parametrize(
    "document",
    [{}, {"event": 1}, {"event": {"id": 1}}, {"@timestamp": "2026-01-01T00:00:00Z", "event": {"id": "x"}}],
)
def test_a_record_that_nowhere_says_who_it_is_cannot_be_decoded(document: dict[str, object]) -> None:
    with pytest.raises(Undecodable):
        decode(shipped(**document), JsonValues())
