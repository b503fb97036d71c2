"""From a template and values to the graph that a server is given."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from comfy_bridge.templates.binding import TemplateError, Value
from comfy_bridge.templates.template import Template

Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Built:
    graph: Mapping[str, Node]
    saves: tuple[str, ...]
    """The nodes that save the pictures, one per variation, in their order."""
    weights: Mapping[str, float]
    stages: Mapping[str, str]


def build(
    template: Template, values: Mapping[str, Value], leave_out: Collection[str] = (), variations: int = 1
) -> Built:
    """Raises TemplateError where a value is missing, unknown or out of bounds.

    One graph holds every variation: what depends on the seed is there once each, with seeds that count up; models and
    texts are shared. A batch of the sampler would draw all its noise from one seed, and no picture but its first could
    be made again alone.
    """
    graph = {name: {**node, "inputs": dict(node["inputs"])} for name, node in template.graph.items()}
    _bind(template, graph, values, leave_out)
    for name in leave_out:
        _leave_out(template, graph, name)
    return _multiply(template, graph, values, variations)


def _bind(
    template: Template, graph: Mapping[str, Node], values: Mapping[str, Value], leave_out: Collection[str]
) -> None:
    spare = {node for name in leave_out for node in template.optional[name].drop}
    for name, binding in template.bindings.items():
        if name not in values:
            if all(target.node in spare for target in binding.targets):
                continue
            raise TemplateError(f"template {template.name}: no value for {name}")
        binding.check(values[name])
        for target in binding.targets:
            graph[target.node]["inputs"][target.input] = target.value(values[name])
    if unknown := sorted(set(values) - set(template.bindings)):
        raise TemplateError(f"template {template.name} has no {', '.join(unknown)}")


def _leave_out(template: Template, graph: dict[str, Node], name: str) -> None:
    optional = template.optional[name]
    for node in graph.values():
        for field, value in node["inputs"].items():
            while isinstance(value, list) and value[0] in optional.passes:
                value = graph[value[0]]["inputs"][optional.passes[value[0]][value[1]]]
            node["inputs"][field] = value
    for each in optional.drop:
        del graph[each]


def _multiply(template: Template, graph: dict[str, Node], values: Mapping[str, Value], variations: int) -> Built:
    seeded = {target.node for target in template.bindings["seed"].targets}
    copied = _downstream(graph, seeded)
    saves, made = [template.save], dict(graph)
    for number in range(1, variations):
        names = {name: f"{name}-{number + 1}" for name in copied}
        made |= {names[name]: _copy(graph[name], names) for name in graph if name in copied}
        _set(template, made, names, "seed", _counted(values["seed"], number))
        _set(template, made, names, "output", f"{values['output']}-{number + 1}")
        saves.append(names[template.save])
    return Built(made, tuple(saves), dict(_weights(template, made)), dict(_stages(template, made)))


def _counted(seed: Value, number: int) -> Value:
    return int(seed) + number


def _set(template: Template, graph: dict[str, Node], names: Mapping[str, str], name: str, value: Value) -> None:
    for target in template.bindings[name].targets:
        graph[names[target.node]]["inputs"][target.input] = target.value(value)


def _copy(node: Node, names: Mapping[str, str]) -> Node:
    return {**node, "inputs": {field: _linked(value, names) for field, value in node["inputs"].items()}}


def _linked(value: Any, names: Mapping[str, str]) -> Any:
    return [names.get(value[0], value[0]), value[1]] if isinstance(value, list) else value


def _downstream(graph: Mapping[str, Node], start: Collection[str]) -> frozenset[str]:
    """`start` and every node that uses, however indirectly, what those make."""
    found = set(start)
    while True:
        more = {name for name, node in graph.items() if name not in found and found & set(sources(node))}
        if not more:
            return frozenset(found)
        found |= more


def sources(node: Mapping[str, Any]) -> Iterator[str]:
    yield from (value[0] for value in node["inputs"].values() if isinstance(value, list))


def _original(name: str) -> str:
    return name.partition("-")[0]


def _weights(template: Template, graph: Mapping[str, Node]) -> Iterator[tuple[str, float]]:
    for name in graph:
        if (stage := template.stages.get(_original(name))) is not None:
            yield name, stage.weight


def _stages(template: Template, graph: Mapping[str, Node]) -> Iterator[tuple[str, str]]:
    for name in graph:
        if (stage := template.stages.get(_original(name))) is not None:
            yield name, stage.stage
