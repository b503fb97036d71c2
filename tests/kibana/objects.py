"""The committed saved objects, read as Kibana reads them; nothing of the code that wrote them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[2] / "kibana/herofactory.ndjson"
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_KQL_FIELD = re.compile(r"([@\w.]+)\s*(?::|>=|<)")


@cache
def saved_objects() -> list[dict[str, Any]]:
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


def of_type(kind: str) -> list[dict[str, Any]]:
    return [each for each in saved_objects() if each["type"] == kind]


def layer(panel: dict[str, Any]) -> dict[str, Any]:
    [only] = panel["attributes"]["state"]["datasourceStates"]["formBased"]["layers"].values()
    return dict(only)


def pattern(panel: dict[str, Any]) -> str:
    """The index pattern of the data view that a Lens object refers to."""
    [reference] = panel["references"]
    [view] = [each for each in of_type("index-pattern") if each["id"] == reference["id"]]
    return str(view["attributes"]["title"])


def searches(panel: dict[str, Any]) -> Iterator[str]:
    """All KQL of a Lens object."""
    yield panel["attributes"]["state"]["query"]["query"]
    for column in layer(panel)["columns"].values():
        if "filter" in column:
            yield column["filter"]["query"]
        for choice in column["params"].get("filters", []):
            yield choice["input"]["query"]


def kql_fields(search: str) -> set[str]:
    # A quoted name of a field is followed by a colon, a quoted value by none.
    named = re.sub(r'"([@\w.]+)":', r"\1:", search)
    return set(_KQL_FIELD.findall(_QUOTED.sub("", named)))


def fields(panel: dict[str, Any]) -> set[str]:
    columns = layer(panel)["columns"].values()
    named = {column["sourceField"] for column in columns if "sourceField" in column} - {"___records___"}
    named |= {column["params"]["sortField"] for column in columns if "sortField" in column["params"]}
    return named.union(*(kql_fields(search) for search in searches(panel)))
