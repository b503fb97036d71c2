"""A panel as the search that Lens would send: the same buckets, figures and filters, out of the same definition."""

from __future__ import annotations

from typing import Any

from kibana.columns import measure_id, nested, split_id
from kibana.condition import query
from kibana.model import ByCondition, ByTime, ByValue, Measure, Panel, Split

Json = dict[str, Any]
_METRICS = {
    "unique_count": "cardinality",
    "sum": "sum",
    "average": "avg",
    "min": "min",
    "max": "max",
}


def request_of(panel: Panel) -> Json:
    inner = {measure_id(at): _figure(each) for at, each in enumerate(panel.measures)}
    for at, split in reversed(nested(panel)):
        ordered = {"order": _figure(panel.measures[0])} if isinstance(split, ByValue) else {}
        inner = {split_id(at): {**_buckets(split, panel), "aggs": ordered | inner}}
    return {"size": 0, "track_total_hits": True, "query": query(panel.where), "aggs": inner}


def figures(panel: Panel, answer: Json) -> list[Json]:
    """Each bucket's figures, by the label of the measure; one without buckets for a number."""
    found = [answer["aggregations"]]
    for at, _ in nested(panel):
        found = [bucket for each in found for bucket in _listed(each[split_id(at)]["buckets"])]
    return [{m.label: _value(m, each[measure_id(at)]) for at, m in enumerate(panel.measures)} for each in found]


def _listed(buckets: list[Json] | dict[str, Json]) -> list[Json]:
    return list(buckets.values()) if isinstance(buckets, dict) else buckets


def _buckets(split: Split, panel: Panel) -> Json:
    match split:
        case ByTime():
            return {"date_histogram": {"field": "@timestamp", "fixed_interval": "30m", "min_doc_count": 1}}
        case ByCondition():
            return {"filters": {"filters": {label: query(where) for label, where in split.choices}}}
        case ByValue():
            # By the first measure: of a filter its count, or the figure below it.
            path = "order" if panel.measures[0].function == "count" else "order>figure"
            return {"terms": {"field": split.field, "size": split.size, "order": {path: "desc"}}}


def _figure(measure: Measure) -> Json:
    """Always a filter, so that a figure has one shape whether or not it has conditions."""
    inner: Json
    outer: Json = {"filter": query(measure.where)}
    match measure.function:
        case "count":
            return outer
        case "percentile":
            inner = {"percentiles": {"field": measure.field, "percents": [measure.percent]}}
        case "last_value":
            # Lens asks top_metrics, which is not in the core of Elasticsearch; top_hits reads the same field.
            hits = {"size": 1, "_source": False, "sort": [{"@timestamp": "desc"}], "docvalue_fields": [measure.field]}
            outer = {"filter": {"bool": {"filter": [query(measure.where), {"exists": {"field": measure.field}}]}}}
            inner = {"top_hits": hits}
        case other:
            inner = {_METRICS[other]: {"field": measure.field}}
    return {**outer, "aggs": {"figure": inner}}


def _value(measure: Measure, answer: Json) -> Any:
    match measure.function:
        case "count":
            return answer["doc_count"]
        case "percentile":
            [value] = answer["figure"]["values"].values()
            return value
        case "last_value":
            hits = answer["figure"]["hits"]["hits"]
            return hits[0]["fields"][measure.field][0] if hits else None
        case _:
            return answer["figure"]["value"]
