"""Types of links, which a server checks and the fake does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def links_fit(graph: Mapping[str, Any], info: Mapping[str, Any]) -> Iterator[str]:
    """Every link whose end wants something else than its beginning gives."""
    for name, node in graph.items():
        for field, value in node["inputs"].items():
            if isinstance(value, list):
                wanted = info[node["class_type"]]["input"]["required"][field][0]
                given = info[graph[value[0]]["class_type"]]["output"][value[1]]
                if wanted != given:
                    yield f"{name}.{field} wants {wanted}, {value[0]} gives {given}"
