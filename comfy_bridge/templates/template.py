"""A workflow of ours. Loading checks that every declared value has its place and that every place exists."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from comfy_bridge.templates.binding import Binding, TemplateError

Graph = Mapping[str, Mapping[str, Any]]
REQUIRED = ("seed", "size", "batch", "output")
"""Without these no job could be told from another."""


@dataclass(frozen=True, slots=True)
class Optional:
    """Nodes that are left out where a job does not need them. `passes`: the inputs that stand for a node's outputs."""

    drop: tuple[str, ...]
    passes: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Stage:
    stage: str
    weight: float
    """Of the node in the bar: its share of the time, measured against the others'."""


@dataclass(frozen=True, slots=True)
class Template:
    name: str
    graph: Graph
    bindings: Mapping[str, Binding]
    optional: Mapping[str, Optional]
    save: str
    """The node whose pictures are the result."""
    stages: Mapping[str, Stage]

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Template:
        """Raises TemplateError naming every fault at once."""
        if faults := list(_faults(fields)):
            raise TemplateError(f"template {fields.get('name')}: {'; '.join(faults)}")
        schema, targets = fields["schema"], fields["bindings"]
        return cls(
            fields["name"],
            fields["graph"],
            {name: Binding.from_json(name, schema[name], targets[name]) for name in schema},
            {name: _optional(each) for name, each in fields["optional"].items()},
            fields["save"],
            {node: Stage(**each) for node, each in fields["stages"].items()},
        )

    @property
    def lora_slots(self) -> tuple[str, ...]:
        return tuple(sorted(name for name in self.optional if name.startswith("lora")))

    @property
    def passes(self) -> int:
        return sum(name.startswith("pass") and name.endswith("_steps") for name in self.bindings)

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(sorted({node["class_type"] for node in self.graph.values()}))


def _optional(fields: Mapping[str, Any]) -> Optional:
    return Optional(tuple(fields["drop"]), {node: tuple(inputs) for node, inputs in fields["pass"].items()})


def _faults(fields: Mapping[str, Any]) -> Iterator[str]:
    for part in ("name", "graph", "schema", "bindings", "optional", "save", "stages"):
        if part not in fields:
            yield f"has no {part!r}"
            return
    graph = fields["graph"]
    # A dash marks the copies that variations add.
    yield from (f"node {name!r} has a dash in its name" for name in graph if "-" in name)
    yield from _links(graph)
    yield from _unbound(fields["schema"], fields["bindings"])
    yield from _targets(graph, fields["bindings"])
    for where, names in _named(fields):
        yield from (f"{where} names node {name!r}, which the graph lacks" for name in names if name not in graph)


def _unbound(schema: Mapping[str, Any], bindings: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"the schema lacks {name!r}" for name in REQUIRED if name not in schema)
    yield from (f"the schema declares {name!r}, nothing binds it" for name in schema if not bindings.get(name))
    yield from (f"{name!r} is bound, the schema does not declare it" for name in bindings if name not in schema)


def _targets(graph: Graph, bindings: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    for name, targets in bindings.items():
        for each in targets:
            node, _, field = (each if isinstance(each, str) else str(each.get("to"))).partition(".")
            if node not in graph:
                yield f"{name!r} binds node {node!r}, which the graph lacks"
            elif field not in graph[node]["inputs"]:
                yield f"{name!r} binds {node}.{field}, which {graph[node]['class_type']} lacks"


def _links(graph: Graph) -> Iterator[str]:
    for node, each in graph.items():
        for name, value in each["inputs"].items():
            if isinstance(value, list) and value[0] not in graph:
                yield f"{node}.{name} links to {value[0]!r}, which the graph lacks"


def _named(fields: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[str]]]:
    yield "save", [fields["save"]]
    yield "stages", list(fields["stages"])
    for name, each in fields["optional"].items():
        yield f"optional {name!r}", [*each["drop"], *each["pass"]]


@cache
def templates() -> Mapping[str, Template]:
    """By name; the files beside this one."""
    folder = files(__package__)
    found = (file for file in folder.iterdir() if file.name.endswith(".json"))
    read = (Template.from_json(json.loads(file.read_text("utf-8"))) for file in found)
    return {template.name: template for template in sorted(read, key=lambda template: template.name)}
