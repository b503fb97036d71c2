"""Saved objects, as Kibana's import API takes them: data views, Lens panels, dashboards.

The versions are what each object is written in. Kibana migrates from them to its own at import and refuses what is
newer than itself; so they are those of the last 8, which every 9 understands.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from kibana import lens
from kibana.model import WIDTH, Dashboard, DataView, Format, Panel

SavedObject = dict[str, Any]
CORE_VERSION = "8.8.0"
TYPE_VERSIONS = {"index-pattern": "8.0.0", "lens": "8.9.0", "dashboard": "10.2.0"}
FORMATS: dict[Format, dict[str, Any]] = {
    "nanoseconds": {
        "id": "duration",
        "params": {
            "inputFormat": "nanoseconds",
            "outputFormat": "asMilliseconds",
            "outputPrecision": 1,
            "showSuffix": True,
            "useShortSuffix": True,
        },
    },
    "share": {"id": "percent", "params": {"pattern": "0.0%"}},
}


def saved_objects(dashboards: Iterable[Dashboard], views: Iterable[DataView]) -> Iterator[SavedObject]:
    """What is referred to comes before what refers to it."""
    for view in views:
        yield _data_view(view)
    for dashboard in dashboards:
        for panel in dashboard.panels:
            yield _object("lens", panel.id, lens.attributes(panel), lens.references(panel))
        yield _dashboard(dashboard)


def ndjson(objects: Iterable[SavedObject]) -> str:
    return "".join(_compact(each, sort=True) + "\n" for each in objects)


def _compact(value: Any, *, sort: bool = False) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=sort)


def _object(kind: str, identity: str, attributes: dict[str, Any], references: list[dict[str, str]]) -> SavedObject:
    return {
        "type": kind,
        "id": identity,
        "attributes": attributes,
        "references": references,
        "coreMigrationVersion": CORE_VERSION,
        "typeMigrationVersion": TYPE_VERSIONS[kind],
        "managed": False,
    }


def _data_view(view: DataView) -> SavedObject:
    formats = {field: FORMATS[name] for field, name in view.formats}
    attributes = {
        "title": view.title,
        "name": view.name,
        "timeFieldName": "@timestamp",
        "fieldFormatMap": _compact(formats),
        "fields": "[]",
        "sourceFilters": "[]",
        "fieldAttrs": "{}",
        "runtimeFieldMap": "{}",
    }
    return _object("index-pattern", view.id, attributes, [])


def _dashboard(dashboard: Dashboard) -> SavedObject:
    placed = list(_placed(dashboard.panels))
    attributes = {
        "title": dashboard.title,
        "description": dashboard.description,
        "version": 1,
        "timeRestore": True,
        "timeFrom": dashboard.since,
        "timeTo": "now",
        "refreshInterval": {"pause": True, "value": 60_000},
        "optionsJSON": _compact({"useMargins": True, "syncCursor": True, "hidePanelTitles": False}),
        "panelsJSON": _compact(placed),
        "kibanaSavedObjectMeta": {
            "searchSourceJSON": _compact({"query": {"language": "kuery", "query": ""}, "filter": []})
        },
    }
    references = [
        {"type": "lens", "id": panel["panelIndex"], "name": f"{panel['panelIndex']}:{panel['panelRefName']}"}
        for panel in placed
    ]
    return _object("dashboard", dashboard.id, attributes, references)


def _placed(panels: Iterable[Panel]) -> Iterator[dict[str, Any]]:
    """A row is full where the next panel would stick out; it is as high as its highest."""
    x = y = row = 0
    for panel in panels:
        if x + panel.width > WIDTH:
            x, y, row = 0, y + row, 0
        place = {"x": x, "y": y, "w": panel.width, "h": panel.height, "i": panel.id}
        yield {
            "type": "lens",
            "panelIndex": panel.id,
            "panelRefName": f"panel_{panel.id}",
            "gridData": place,
            "embeddableConfig": {},
        }
        x, row = x + panel.width, max(row, panel.height)
