from __future__ import annotations

from dataclasses import dataclass

import pytest

from herofactory.platform.events.base import Event, SchemaDrift, event


def test_a_class_that_lacks_a_field_of_its_schema_cannot_be_defined() -> None:
    @dataclass(frozen=True)
    class Short(Event):
        item_id: str

    with pytest.raises(SchemaDrift, match=r"item\.moderated"):
        event("item.moderated")(Short)


def test_a_class_with_another_type_than_its_schema_cannot_be_defined() -> None:
    @dataclass(frozen=True)
    class Wrong(Event):
        item_id: str
        content_revision: str

    with pytest.raises(SchemaDrift, match="content_revision"):
        event("item.moderated")(Wrong)


def test_a_type_that_avro_lacks_is_named() -> None:
    @dataclass(frozen=True)
    class Odd(Event):
        item_id: complex

    with pytest.raises(SchemaDrift, match="complex"):
        event("item.created")(Odd)
