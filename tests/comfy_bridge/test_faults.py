"""Causes from a server's complaints, and nothing else of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfy_bridge.faults import failed, has_errors, refused

GRAPH = {
    "ckpt": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "SDXL\\big.safetensors"}},
    "sketch": {"class_type": "LoadImage", "inputs": {"image": "hero-1.png"}},
    "pass1": {"class_type": "KSampler", "inputs": {"steps": 5}},
}
SECRET = "/srv/comfyui tensor([[0.1]])"


def complaint(node: str, field: str, shape: str = "dict") -> dict[str, Any]:
    error = {"errors": [{"type": "x", "details": SECRET, "extra_info": {"input_name": field}}]}
    return {"error": SECRET, "node_errors": {node: error} if shape == "dict" else [{"node_id": node, **error}]}


@pytest.mark.parametrize("shape", ["dict", "list"])
@pytest.mark.parametrize(
    ("node", "field", "cause", "detail"),
    [
        ("ckpt", "ckpt_name", "MODEL_MISSING", "the server lacks big"),
        ("sketch", "image", "INVALID_SKETCH", "the server does not have the sketch"),
        ("pass1", "steps", "RENDER_FAILED", "the server refused steps of KSampler"),
        ("pass1", SECRET, "RENDER_FAILED", "the server refused the workflow"),
        ("elsewhere", "image", "RENDER_FAILED", "the server refused the workflow"),
    ],
)
def test_a_refusal_is_read_from_the_node_it_names(shape: str, node: str, field: str, cause: str, detail: str) -> None:
    error = refused(complaint(node, field, shape), GRAPH)
    assert (error.cause, error.detail) == (cause, detail)


@pytest.mark.parametrize(
    "error",
    [
        "Cannot execute because node Foo does not exist.",
        {"type": "invalid_prompt", "message": "Cannot execute because node Foo does not exist."},
        {"type": "missing_node_type", "message": "..."},
    ],
)
def test_an_unknown_node_is_told_in_three_ways(error: Any) -> None:
    assert refused({"error": error, "node_errors": []}, GRAPH).cause == "MODEL_MISSING"


@pytest.mark.parametrize(
    ("kind", "message", "node", "cause"),
    [
        ("torch.OutOfMemoryError", SECRET, "pass1", "OUT_OF_MEMORY"),
        ("torch.cuda.OutOfMemoryError", SECRET, "pass1", "OUT_OF_MEMORY"),
        ("RuntimeError", "CUDA error: out of memory", "pass1", "OUT_OF_MEMORY"),
        ("PIL.UnidentifiedImageError", SECRET, "sketch", "INVALID_SKETCH"),
        ("SyntaxError", "broken PNG file", "sketch", "INVALID_SKETCH"),
        ("FileNotFoundError", SECRET, "ckpt", "MODEL_MISSING"),
        ("RuntimeError", SECRET, "pass1", "RENDER_FAILED"),
        ("RuntimeError", SECRET, "elsewhere", "RENDER_FAILED"),
    ],
)
def test_a_failure_has_a_cause_and_no_word_of_the_server_s(kind: str, message: str, node: str, cause: str) -> None:
    error = failed({"exception_type": kind, "exception_message": message, "node_id": node}, GRAPH)
    assert error.cause == cause
    assert not any(word in error.detail for word in ("srv", "tensor", "/"))


def test_an_empty_list_or_dict_of_errors_is_none() -> None:
    assert not any(map(has_errors, ({"node_errors": []}, {"node_errors": {}}, {}, None)))
    assert has_errors({"node_errors": {"save": {"errors": []}}})


anything = st.recursive(
    st.none() | st.text(max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


odd_errors = st.dictionaries(
    st.sampled_from(["ckpt", "sketch", "errors", "extra_info", "node_id"]),
    st.recursive(
        anything,
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["errors", "extra_info", "input_name"]), inner, max_size=3)
        ),
        max_leaves=6,
    ),
)


@given(st.fixed_dictionaries({"error": anything, "node_errors": odd_errors | st.lists(odd_errors, max_size=2)}))
def test_no_reply_breaks_it(reply: Any) -> None:
    refused(reply, GRAPH)


@given(st.dictionaries(st.sampled_from(["exception_type", "exception_message", "node_id"]), anything))
def test_no_error_breaks_it(error: Any) -> None:
    failed(error, GRAPH)
