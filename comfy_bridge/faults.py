"""A server's complaints, as causes. They carry tensor dumps, stack traces and paths: no word of theirs is passed on.

What is shown is put together here, from the names in our own templates and presets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from comfy_bridge.models import MODEL_INPUTS, base_name
from herofactory.studio.jobs.state import Cause
from herofactory.studio.rendering.port import RenderError

Graph = Mapping[str, Any]


def refused(reply: Any, graph: Graph) -> RenderError:
    """Of /prompt: a 400, or a 200 with `node_errors`. They say which node; `error`, an object or a string, does not."""
    for node, error in _node_errors(reply):
        if (known := _of_node(node, error, graph)) is not None:
            return known
    if _names_unknown_class(reply):
        return RenderError("MODEL_MISSING", "the server lacks a node of this preset")
    return RenderError("RENDER_FAILED", "the server refused the workflow")


def failed(error: Mapping[str, Any], graph: Graph) -> RenderError:
    """Of `execution_error`, in the history or over the socket."""
    kind = str(error.get("exception_type", "")).lower()
    text = str(error.get("exception_message", "")).lower()
    if "outofmemory" in kind.replace("_", "") or "out of memory" in text or "not enough memory" in text:
        return RenderError("OUT_OF_MEMORY", "the server's GPU ran out of memory")
    node_class = _class(str(error.get("node_id", "")), graph)
    if "unidentifiedimage" in kind or node_class == "LoadImage":
        return RenderError("INVALID_SKETCH", "the server could not read the sketch")
    if "filenotfound" in kind and "loader" in node_class.lower():
        return RenderError("MODEL_MISSING", f"the server could not load the model of {node_class}")
    return RenderError("RENDER_FAILED", f"the server failed in {node_class or 'an unknown node'}")


def has_errors(reply: Any) -> bool:
    """A 200 may hold errors: where one of several outputs is invalid the others run."""
    return next(_node_errors(reply), None) is not None


def _of_node(node: str, error: Mapping[str, Any], graph: Graph) -> RenderError | None:
    inputs = graph.get(node, {}).get("inputs", {})
    for each in _details(error):
        extra = each.get("extra_info")
        name = str(extra.get("input_name")) if isinstance(extra, dict) else ""
        if name in MODEL_INPUTS:
            return RenderError("MODEL_MISSING", f"the server lacks {base_name(str(inputs.get(name, 'a model')))}")
        if _class(node, graph) == "LoadImage":
            return RenderError("INVALID_SKETCH", "the server does not have the sketch")
        if name in inputs:
            return RenderError("RENDER_FAILED", f"the server refused {name} of {_class(node, graph)}")
    return None


def _details(error: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    errors = error.get("errors")
    yield from (each for each in errors if isinstance(each, dict)) if isinstance(errors, list) else ()


def _node_errors(reply: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """A dict by node id; an empty list where there are none, and in some versions a list of the same objects."""
    errors = reply.get("node_errors") if isinstance(reply, dict) else None
    if isinstance(errors, dict):
        yield from ((str(node), each) for node, each in errors.items() if isinstance(each, dict))
    elif isinstance(errors, list):
        yield from ((str(each.get("node_id", "")), each) for each in errors if isinstance(each, dict))


def _names_unknown_class(reply: Any) -> bool:
    error = reply.get("error") if isinstance(reply, dict) else None
    if isinstance(error, dict):
        return error.get("type") == "missing_node_type" or "does not exist" in str(error.get("message", ""))
    return "does not exist" in str(error)


def _class(node: str, graph: Graph) -> str:
    return str(graph.get(node, {}).get("class_type", ""))


def unavailable(error: Exception) -> RenderError:
    cause: Cause = "BACKEND_UNAVAILABLE"
    return RenderError(cause, f"the server did not answer ({type(error).__name__})")
