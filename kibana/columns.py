"""Splits and measures as columns of a Lens layer (`formBased`), by the operation names of Lens."""

from __future__ import annotations

from typing import Any

from kibana.condition import Conditions, kql
from kibana.model import ByCondition, ByTime, ByValue, Measure, Panel, Split

Column = dict[str, Any]
RECORDS = "___records___"
"""What Lens counts where no field is counted."""


def split_id(at: int) -> str:
    return f"split-{at}"


def measure_id(at: int) -> str:
    return f"measure-{at}"


def columns(panel: Panel) -> dict[str, Column]:
    """In the order of `columnOrder`: buckets outside in, then measures."""
    found = {split_id(at): _split(each) for at, each in nested(panel)}
    return found | {measure_id(at): _measure(each) for at, each in enumerate(panel.measures)}


def nested(panel: Panel) -> list[tuple[int, Split]]:
    """Splits as buckets hold one another. Time is inside: the most frequent values are those of the whole range."""
    return sorted(enumerate(panel.splits), key=lambda pair: isinstance(pair[1], ByTime))


def _search(conditions: Conditions) -> dict[str, str]:
    return {"language": "kuery", "query": kql(conditions)}


def _split(split: Split) -> Column:
    match split:
        case ByTime():
            return {
                "label": "@timestamp",
                "dataType": "date",
                "operationType": "date_histogram",
                "isBucketed": True,
                "scale": "interval",
                "sourceField": "@timestamp",
                "params": {"interval": "auto", "includeEmptyRows": True, "dropPartials": False},
            }
        case ByValue():
            return {
                "label": split.label,
                "customLabel": True,
                "dataType": "string",
                "operationType": "terms",
                "isBucketed": True,
                "scale": "ordinal",
                "sourceField": split.field,
                "params": {
                    "size": split.size,
                    "orderBy": {"type": "column", "columnId": measure_id(0)},
                    "orderDirection": "desc",
                    "otherBucket": False,
                    "missingBucket": False,
                    "parentFormat": {"id": "terms"},
                },
            }
        case ByCondition():
            return {
                "label": split.label,
                "customLabel": True,
                "dataType": "string",
                "operationType": "filters",
                "isBucketed": True,
                "scale": "ordinal",
                "params": {"filters": [{"label": label, "input": _search(where)} for label, where in split.choices]},
            }


def _measure(measure: Measure) -> Column:
    column: Column = {
        "label": measure.label,
        "customLabel": True,
        "dataType": _type(measure),
        "operationType": measure.function,
        "isBucketed": False,
        "scale": "ordinal" if measure.textual else "ratio",
        "sourceField": measure.field or RECORDS,
        "params": _parameters(measure),
    }
    if measure.function == "last_value":
        # As Lens does: of the documents that have the field.
        column["filter"] = {"language": "kuery", "query": f'"{measure.field}": *'}
    if measure.where:
        column["filter"] = _search(measure.where)
    return column


def _type(measure: Measure) -> str:
    if measure.field == "@timestamp":
        return "date"
    return "string" if measure.textual else "number"


def _parameters(measure: Measure) -> dict[str, Any]:
    match measure.function:
        case "percentile":
            return {"percentile": measure.percent}
        case "last_value":
            return {"sortField": "@timestamp", "showArrayValues": False}
        case "count" | "unique_count" | "sum":
            return {"emptyAsNull": False}
        case _:
            return {}
