"""What a server has: its nodes, and its models under the names it gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from comfy_bridge.models import MODEL_INPUTS, same

UPLOADED = frozenset({("LoadImage", "image")})
"""Lists that name what happens to lie in a folder now."""
Info = Mapping[str, Any]


class Inventory:
    def __init__(self, nodes: Mapping[str, Info]) -> None:
        """Of /object_info, by class."""
        self._nodes = nodes

    def lacking(self, graph: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
        """Every class, model and choice of this graph that the server does not have; sorted, each once."""
        return tuple(sorted({each for node in graph.values() for each in self._lacking(node)}))

    def resolved(self, graph: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        """The graph, with models as this server calls them; a name it does not know stays, for it to refuse."""
        return {name: {**node, "inputs": self._inputs(node)} for name, node in graph.items()}

    def model(self, node_class: str, field: str, wanted: str) -> str | None:
        """By base name: folders, their separators, the extension, case and punctuation do not count.

        Of several that fit, the exactly equal one, then the first in order: the same on every look.
        """
        options = self.options(node_class, field) or ()
        fitting = sorted(option for option in options if same(option, wanted))
        return wanted if wanted in fitting else next(iter(fitting), None)

    def options(self, node_class: str, field: str) -> tuple[str, ...] | None:
        """What may be chosen there; None where that is not a choice. Two shapes: a bare list, or COMBO with options."""
        spec = dict(self._specs(node_class)).get(field)
        if not isinstance(spec, list) or not spec:
            return None
        options = spec[1].get("options") if spec[0] == "COMBO" and len(spec) > 1 else spec[0]
        return tuple(str(each) for each in options) if isinstance(options, list) else None

    def _lacking(self, node: Mapping[str, Any]) -> Iterator[str]:
        node_class, inputs = node["class_type"], node["inputs"]
        if node_class not in self._nodes:
            yield f"node {node_class}"
            return
        required = (self._nodes[node_class].get("input") or {}).get("required") or {}
        yield from (f"node {node_class} without a required {name}" for name in required if name not in inputs)
        for field, value in inputs.items():
            yield from self._refused(node_class, field, value)

    def _refused(self, node_class: str, field: str, value: Any) -> Iterator[str]:
        if isinstance(value, list) or (node_class, field) in UPLOADED:
            return
        if field in MODEL_INPUTS:
            if self.model(node_class, field, value) is None:
                yield f"model {value} ({node_class})"
            return
        options = self.options(node_class, field)
        if options is not None and value not in options:
            yield f"{field} {value} ({node_class})"

    def _inputs(self, node: Mapping[str, Any]) -> dict[str, Any]:
        known = {
            field: self.model(node["class_type"], field, value)
            for field, value in node["inputs"].items()
            if field in MODEL_INPUTS
        }
        return {field: known.get(field) or value for field, value in node["inputs"].items()}

    def _specs(self, node_class: str) -> Iterator[tuple[str, Any]]:
        inputs = self._nodes.get(node_class, {}).get("input") or {}
        for part in ("required", "optional"):
            yield from (inputs.get(part) or {}).items()
