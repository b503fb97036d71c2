"""The committed file, held to what Kibana's documentation asks of one that is imported."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from tests.kibana.objects import FILE, layer, of_type, saved_objects

KEYS = {"type", "id", "attributes", "references", "coreMigrationVersion", "typeMigrationVersion", "managed"}
# What Kibana's create schema of each type knows; it refuses any other attribute.
ATTRIBUTES = {
    "index-pattern": {
        *("title", "name", "timeFieldName", "fieldFormatMap", "fields", "sourceFilters", "fieldAttrs"),
        "runtimeFieldMap",
    },
    "lens": {"title", "description", "visualizationType", "state"},
    "dashboard": {
        *("title", "description", "panelsJSON", "optionsJSON", "version", "timeRestore", "timeFrom", "timeTo"),
        *("refreshInterval", "kibanaSavedObjectMeta"),
    },
}
OPERATIONS = {
    *("date_histogram", "terms", "filters", "count", "unique_count", "sum", "average", "min", "max"),
    *("percentile", "last_value"),
}
GRID = 48
each_panel = pytest.mark.parametrize("panel", of_type("lens"), ids=lambda each: each["id"])
each_dashboard = pytest.mark.parametrize("dashboard", of_type("dashboard"), ids=lambda each: each["id"])


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    return list(json.loads(dashboard["attributes"]["panelsJSON"]))


def test_every_line_is_a_saved_object_and_the_last_one_ends() -> None:
    assert FILE.read_bytes().endswith(b"}\n")
    for each in saved_objects():
        assert each.keys() == KEYS
        assert each["attributes"].keys() == ATTRIBUTES[each["type"]]
        assert each["attributes"]["title"]


def test_there_are_four_dashboards() -> None:
    ids = {each["id"].removeprefix("herofactory-") for each in of_type("dashboard")}
    assert ids == {"api-state", "errors", "searches", "items"}


def test_no_two_objects_have_the_same_id() -> None:
    ids = [(each["type"], each["id"]) for each in saved_objects()]
    assert len(set(ids)) == len(ids)


def test_a_reference_is_to_an_object_that_comes_before() -> None:
    seen = set()
    for each in saved_objects():
        for reference in each["references"]:
            assert reference.keys() == {"type", "id", "name"}
            assert (reference["type"], reference["id"]) in seen
        seen.add((each["type"], each["id"]))


def test_nothing_is_imported_that_no_dashboard_shows() -> None:
    used = {(each["type"], each["id"]) for found in saved_objects() for each in found["references"]}
    assert {(each["type"], each["id"]) for each in saved_objects() if each["type"] != "dashboard"} == used


def test_versions_are_of_8_so_that_every_9_takes_them() -> None:
    # 8.19 and 9.0 write dashboards from 10.3.0 on; the others carry the release that changed them last.
    newest = {"index-pattern": (8, 0, 0), "lens": (8, 9, 0), "dashboard": (10, 2, 0)}
    for each in saved_objects():
        assert tuple(map(int, each["typeMigrationVersion"].split("."))) == newest[each["type"]]
        assert each["coreMigrationVersion"] == "8.8.0"


@each_dashboard
def test_a_panel_shows_the_object_that_it_names(dashboard: dict[str, Any]) -> None:
    names = {each["name"]: (each["type"], each["id"]) for each in dashboard["references"]}
    assert len(names) == len(dashboard["references"])
    for panel in panels(dashboard):
        assert names.pop(f"{panel['panelIndex']}:{panel['panelRefName']}") == (panel["type"], panel["panelIndex"])
    assert not names


@each_dashboard
def test_panels_fill_the_grid_and_do_not_lie_on_one_another(dashboard: dict[str, Any]) -> None:
    places = [panel["gridData"] for panel in panels(dashboard)]
    for panel, place in zip(panels(dashboard), places, strict=True):
        assert place["i"] == panel["panelIndex"]
        assert place["x"] + place["w"] <= GRID
    for one, other in itertools.combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        assert beside or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    for row in {place["y"] for place in places}:
        assert sum(place["w"] for place in places if place["y"] == row) == GRID


@each_dashboard
def test_what_is_json_in_a_string_is_json(dashboard: dict[str, Any]) -> None:
    attributes = dashboard["attributes"]
    assert json.loads(attributes["optionsJSON"]).keys() == {"useMargins", "syncCursor", "hidePanelTitles"}
    assert json.loads(attributes["kibanaSavedObjectMeta"]["searchSourceJSON"]).keys() == {"query", "filter"}
    assert attributes["timeRestore"] is True


def test_data_views_have_a_time_and_their_parts_are_json() -> None:
    for view in of_type("index-pattern"):
        assert view["attributes"]["timeFieldName"] == "@timestamp"
        for name in ("fieldFormatMap", "fields", "sourceFilters", "fieldAttrs", "runtimeFieldMap"):
            json.loads(view["attributes"][name])


@each_panel
def test_a_layer_holds_its_columns_in_order_and_refers_to_its_data_view(panel: dict[str, Any]) -> None:
    state = panel["attributes"]["state"]
    [name] = state["datasourceStates"]["formBased"]["layers"]
    assert [each["name"] for each in panel["references"]] == [f"indexpattern-datasource-layer-{name}"]
    columns = layer(panel)["columns"]
    assert sorted(layer(panel)["columnOrder"]) == sorted(columns)
    buckets = [columns[each]["isBucketed"] for each in layer(panel)["columnOrder"]]
    assert buckets == sorted(buckets, reverse=True), "buckets stand before measures"


@each_panel
def test_columns_are_operations_of_lens(panel: dict[str, Any]) -> None:
    columns = layer(panel)["columns"]
    for column in columns.values():
        assert column["operationType"] in OPERATIONS
        assert ("sourceField" in column) == (column["operationType"] != "filters")
        if column["operationType"] == "terms":
            ordered = columns[column["params"]["orderBy"]["columnId"]]
            # Lens cannot order values by these two.
            assert ordered["operationType"] not in ("last_value", "percentile")


@each_panel
def test_what_is_shown_are_the_columns_of_the_layer(panel: dict[str, Any]) -> None:
    shown = panel["attributes"]["state"]["visualization"]
    match panel["attributes"]["visualizationType"]:
        case "lnsMetric":
            used = [shown["metricAccessor"]]
        case "lnsDatatable":
            used = [each["columnId"] for each in shown["columns"]]
        case "lnsXY":
            [axes] = shown["layers"]
            assert layer(panel)["columns"][axes["xAccessor"]]["operationType"] == "date_histogram"
            used = [axes["xAccessor"], *axes["accessors"]]
            used += [axes["splitAccessor"]] if "splitAccessor" in axes else []
        case other:
            pytest.fail(f"{other} is not a kind that was looked at")
    assert sorted(used) == sorted(layer(panel)["columns"])
