"""Every field of a dashboard is mapped, with a type that the figure can be made of."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kibana.dashboards import DASHBOARDS
from kibana.templates import mapped_fields
from tests.kibana.objects import fields, kql_fields, layer, of_type, pattern, searches

NUMBERS = {"long", "double"}
each_panel = pytest.mark.parametrize("panel", of_type("lens"), ids=lambda each: each["id"])


def test_fields_of_a_search_are_found() -> None:
    search = '"trace.id": * and http.route: "/a: b" and figure: ("x" or "y") and http.response.status_code >= 400'
    assert kql_fields(search) == {"trace.id", "http.route", "figure", "http.response.status_code"}


@each_panel
def test_every_field_is_mapped(panel: dict[str, Any]) -> None:
    assert fields(panel) <= mapped_fields(pattern(panel)).keys()
    counts_all = {column["operationType"] for column in layer(panel)["columns"].values()} == {"count"}
    assert fields(panel) or counts_all


@each_panel
def test_a_field_has_a_type_that_its_operation_takes(panel: dict[str, Any]) -> None:
    types = mapped_fields(pattern(panel))
    for column in layer(panel)["columns"].values():
        kind = types.get(column.get("sourceField", ""))
        match column["operationType"]:
            case "terms":
                assert kind == "keyword"
            case "average" | "sum" | "percentile":
                assert kind in NUMBERS
            case "min" | "max":
                assert kind in NUMBERS | {"date"}
                assert column["dataType"] == ("date" if kind == "date" else "number")
            case "last_value":
                assert column["dataType"] == ("string" if kind == "keyword" else "number")
            case "date_histogram":
                assert kind == "date"


@each_panel
def test_text_is_never_searched_for_by_a_panel(panel: dict[str, Any]) -> None:
    types = mapped_fields(pattern(panel))
    assert all(types[field] != "text" for search in searches(panel) for field in kql_fields(search))


def test_every_format_is_of_a_field_that_is_mapped() -> None:
    for view in of_type("index-pattern"):
        formats = json.loads(view["attributes"]["fieldFormatMap"])
        assert formats.keys() <= mapped_fields(view["attributes"]["title"]).keys()


def test_every_figure_that_is_exported_is_shown() -> None:
    conditions = [each for board in DASHBOARDS for panel in board.panels for each in panel.where]
    shown = {value for each in conditions if each.field == "figure" for value in each.values}
    assert shown == {"popular", "trending", "missing", "quality", "item", "similar", "answered"}


def test_every_route_that_is_named_is_one_of_the_api() -> None:
    from api.routes import items, search

    conditions = [each for board in DASHBOARDS for panel in board.panels for each in panel.where]
    named = {value for each in conditions if each.field == "http.route" for value in each.values}
    known = {str(getattr(route, "path", "")) for each in (items, search) for route in each.router.routes}
    assert named == {"/api/v1/search", "/api/v1/items/{item_id}"}
    assert named <= known
