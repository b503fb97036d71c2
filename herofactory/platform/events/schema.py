"""The Avro schemas of `schemas/avro`: the source of truth for every event."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from fastavro.schema import parse_schema


@cache
def schema_text(topic: str) -> str:
    """The schema of a topic's values as canonical JSON text. Raises FileNotFoundError for a topic without one."""
    return json.dumps(raw_schema(topic), ensure_ascii=False, separators=(",", ":"))


@cache
def raw_schema(topic: str) -> Mapping[str, Any]:
    file = resources.files("schemas") / "avro" / f"{topic}.avsc"
    schema: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return schema


@cache
def parsed_schema(text: str) -> Any:
    """A schema in fastavro's parsed form, by its text."""
    return parse_schema(json.loads(text))
