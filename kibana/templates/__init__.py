"""Component templates (mappings, settings) and index templates (data streams, retention), as Elasticsearch takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


def component_templates() -> dict[str, dict[str, Any]]:
    return _named("component")


def index_templates() -> dict[str, dict[str, Any]]:
    return _named("index")


def mapped_fields(pattern: str) -> dict[str, str]:
    """Every field of the data streams of that pattern, by its dotted name, with its type."""
    [template] = [each for each in index_templates().values() if each["index_patterns"] == [pattern]]
    parts = [component_templates()[name] for name in template["composed_of"]]
    fields: dict[str, str] = {}
    for part in parts:
        fields |= _flat(part["template"]["mappings"]["properties"], "")
    return fields


def _flat(properties: dict[str, Any], parent: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in properties.items():
        below = value.get("properties")
        fields |= _flat(below, f"{parent}{name}.") if below else {f"{parent}{name}": value["type"]}
    return fields


def _named(folder: str) -> dict[str, dict[str, Any]]:
    files = sorted((_FOLDER / folder).glob("*.json"))
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}
