from __future__ import annotations

import pytest

from herofactory.platform.delivery import TopicValues, Values
from herofactory.platform.events import CodecError, EventCodec
from herofactory.platform.events.item import ItemCreated

ITEM = ItemCreated("i1", "s1", 1, "검", "날카로운 검", "weapon")


@pytest.fixture
def values(codec: EventCodec) -> Values:
    return TopicValues(codec, ["documents"])


def test_events_go_through_avro(values: Values) -> None:
    data = values.encode("item.created", ITEM)
    assert data[0] == 0
    assert values.decode("item.created", data) == ITEM


def test_documents_are_compact_utf8_json(values: Values) -> None:
    data = values.encode("documents", {"name": "검", "price": 3})
    assert data == '{"name":"검","price":3}'.encode()
    assert values.decode("documents", data) == {"name": "검", "price": 3}


@pytest.mark.parametrize("data", [b"", b"\xff", b"{", b'{"price": NaN}', b"[Infinity]", b"1 2"])
def test_what_is_no_json_is_a_value_error(values: Values, data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (any of them)
        values.decode("documents", data)


def test_what_is_no_event_of_its_topic_is_refused(values: Values) -> None:
    with pytest.raises(CodecError):
        values.decode("item.created", b"{}")
    with pytest.raises(TypeError, match=r"item\.created carries Avro events of its own, not dict"):
        values.encode("item.created", {})
    with pytest.raises(ValueError, match="JSON"):
        values.encode("documents", float("nan"))
