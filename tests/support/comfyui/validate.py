"""What /prompt accepts: each output by itself, so that one invalid among several is still a 200."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.comfyui.nodes import object_info
from tests.support.comfyui.traps import Traps

Graph = Mapping[str, Any]


@dataclass
class Verdict:
    error: Any
    """None: accepted, with `outputs` to run."""
    node_errors: Any
    outputs: tuple[str, ...] = ()


def validate(graph: Graph, traps: Traps, inputs: Mapping[str, bytes]) -> Verdict:
    info = object_info(traps)
    for node in graph.values():
        if node.get("class_type") not in info:
            name = node.get("class_type")
            return Verdict(_error(traps, "invalid_prompt", f"Cannot execute because node {name} does not exist."), [])
    outputs = [name for name, node in graph.items() if info[node["class_type"]]["output_node"]]
    if not outputs:
        return Verdict(_error(traps, "prompt_no_outputs", "Prompt has no outputs"), [])
    errors = {name: list(_wrong(name, graph, info, traps, inputs)) for name in graph}
    good = tuple(name for name in outputs if not any(errors[each] for each in upstream(name, graph)))
    shown = _shown(graph, {name: each for name, each in errors.items() if each}, traps)
    if not good:
        return Verdict(_error(traps, "prompt_outputs_failed_validation", "Prompt outputs failed validation"), shown)
    return Verdict(None, shown, good)


def upstream(name: str, graph: Graph) -> Iterator[str]:
    """The node and all that it needs, those first."""
    for value in graph[name]["inputs"].values():
        if isinstance(value, list):
            yield from upstream(value[0], graph)
    yield name


def _wrong(
    name: str, graph: Graph, info: Mapping[str, Any], traps: Traps, uploads: Mapping[str, bytes]
) -> Iterator[dict[str, Any]]:
    node = graph[name]
    if name in traps.refused_outputs:
        yield _detail("custom_validation_failed", "images", "refused by the trap")
    for field, spec in info[node["class_type"]]["input"]["required"].items():
        if field not in node["inputs"]:
            yield _detail("required_input_missing", field, field)
            continue
        value, options = node["inputs"][field], _options(spec)
        if node["class_type"] == "LoadImage":
            if value not in uploads:
                yield _detail("custom_validation_failed", field, f"{field} - Invalid image file: {value}")
        elif options is not None and value not in options:
            yield _detail("value_not_in_list", field, f"{field}: '{value}' not in {options}")


def _options(spec: list[Any]) -> list[str] | None:
    if spec[0] == "COMBO":
        return list(spec[1]["options"])
    return spec[0] if isinstance(spec[0], list) else None


def _detail(kind: str, field: str, details: str) -> dict[str, Any]:
    return {"type": kind, "message": kind, "details": details, "extra_info": {"input_name": field}}


def _shown(graph: Graph, errors: Mapping[str, Any], traps: Traps) -> Any:
    shown = {
        name: {"errors": each, "dependent_outputs": ["save"], "class_type": graph[name]["class_type"]}
        for name, each in errors.items()
    }
    return [{"node_id": name, **each} for name, each in shown.items()] if traps.node_errors == "list" else shown


def _error(traps: Traps, kind: str, message: str) -> Any:
    if traps.error == "string":
        return message
    return {"type": kind, "message": message, "details": "/srv/comfyui/custom_nodes", "extra_info": {}}
