"""The access record as the API writes it, against the template of its data stream."""

from __future__ import annotations

import json
from typing import Any

from herofactory.platform.telemetry.access import Access
from herofactory.platform.telemetry.access_notes import AccessNotes
from kibana.templates import component_templates, mapped_fields
from tests.kibana.records import ACCESS, flat

LONG = "긴" * 3000
NOTES = AccessNotes(
    user="pseudonym", session="visit", query=LONG, query_id="q", total=3, item_id="i", item_name=LONG, code="NOT_FOUND"
)
FULL = Access(
    at=1_772_600_767.89,
    duration_ns=12_345_678,
    method="GET",
    route="/api/v1/search",
    path="/" + LONG,
    status=404,
    trace_id="0af7651916cd43dd8448eb211c80319c",
    address="203.0.113.77",
    user_agent=LONG,
    referrer="https://store.example/" + LONG,
    notes=NOTES,
)


def written(access: Access) -> dict[str, Any]:
    return flat(json.loads(access.line("0.1.0")))


def longest() -> dict[str, int]:
    """Of each keyword, the characters that are indexed."""
    properties = component_templates()["herofactory-access"]["template"]["mappings"]["properties"]
    found = flat(properties)
    limits = {name.removesuffix(".ignore_above"): each for name, each in found.items() if "ignore_above" in name}
    return {name.replace(".properties", ""): limit for name, limit in limits.items()}


def test_every_field_that_is_written_is_mapped_and_every_mapped_one_is_written() -> None:
    assert written(FULL).keys() == mapped_fields("logs-herofactory.access-*").keys() == ACCESS.keys()


def test_values_are_of_the_type_that_is_mapped() -> None:
    types = mapped_fields("logs-herofactory.access-*")
    for name, value in written(FULL).items():
        assert isinstance(value, int if types[name] == "long" else str), name


def test_the_longest_value_is_still_indexed() -> None:
    limits = longest()
    assert {"url.path", "herofactory.query", "user_agent.original"} <= limits.keys()
    for name, value in written(FULL).items():
        assert len(str(value)) <= limits.get(name, len(str(value))), name


def test_what_is_not_known_is_left_out() -> None:
    anonymous = Access(at=0.0, duration_ns=1, method="GET", route="/", path="/", status=200)
    assert written(anonymous).keys() < ACCESS.keys()
