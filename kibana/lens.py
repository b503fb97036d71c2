"""A panel as a Lens saved object."""

from __future__ import annotations

from typing import Any

from kibana.columns import columns, measure_id, split_id
from kibana.condition import kql
from kibana.model import ByTime, Panel

LAYER = "layer"
KINDS = {"number": "lnsMetric", "line": "lnsXY", "bar_stacked": "lnsXY", "table": "lnsDatatable"}


def attributes(panel: Panel) -> dict[str, Any]:
    found = columns(panel)
    layer = {"columnOrder": list(found), "columns": found, "incompleteColumns": {}, "sampling": 1}
    return {
        "title": panel.title,
        "description": "",
        "visualizationType": KINDS[panel.chart],
        "state": {
            "adHocDataViews": {},
            "datasourceStates": {"formBased": {"layers": {LAYER: layer}}},
            "filters": [],
            "internalReferences": [],
            "query": {"language": "kuery", "query": kql(panel.where)},
            "visualization": _visualization(panel),
        },
    }


def references(panel: Panel) -> list[dict[str, str]]:
    return [{"type": "index-pattern", "id": panel.view.id, "name": f"indexpattern-datasource-layer-{LAYER}"}]


def _visualization(panel: Panel) -> dict[str, Any]:
    measures = [measure_id(at) for at in range(len(panel.measures))]
    match panel.chart:
        case "number":
            return {"layerId": LAYER, "layerType": "data", "metricAccessor": measures[0]}
        case "table":
            shown = [split_id(at) for at in range(len(panel.splits))] + measures
            return {
                "layerId": LAYER,
                "layerType": "data",
                "columns": [{"columnId": name} for name in shown],
                "paging": {"enabled": True, "size": 10},
            }
        case _:
            return _axes(panel, measures)


def _axes(panel: Panel, measures: list[str]) -> dict[str, Any]:
    layer = {
        "layerId": LAYER,
        "layerType": "data",
        "seriesType": panel.chart,
        "xAccessor": next(split_id(at) for at, each in enumerate(panel.splits) if isinstance(each, ByTime)),
        "accessors": measures,
    }
    others = [split_id(at) for at, each in enumerate(panel.splits) if not isinstance(each, ByTime)]
    if others:
        layer["splitAccessor"] = others[0]
    return {
        "preferredSeriesType": panel.chart,
        "layers": [layer],
        "legend": {"isVisible": True, "position": "right", "showSingleSeries": True},
        "valueLabels": "hide",
        "fittingFunction": "None",
        "axisTitlesVisibilitySettings": {"x": False, "yLeft": True, "yRight": True},
    }
