"""Whatever is sent, the fault is never ours."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.problem import ProblemBody

pytestmark = pytest.mark.anyio
NOISE = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXT = st.text(st.characters(), max_size=40)  # lone surrogates included
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.sampled_from(["name", "description", "category", "tags", "price", "image_id", "decision", "reason"])
BODIES = st.dictionaries(FIELDS | TEXT, VALUES, max_size=8)
PLACES = [
    ("POST", "/items"),
    ("PATCH", "/items/00000000-0000-7000-8000-000000000000"),
    ("POST", "/moderation/00000000-0000-7000-8000-000000000000/decision"),
]


def check(response: httpx.Response) -> None:
    assert response.status_code < 500, response.text
    if response.status_code >= 400:
        ProblemBody.model_validate(response.json())


@NOISE
@given(place=st.sampled_from(PLACES), body=BODIES)
async def test_json_of_any_shape_is_no_error_of_ours(
    client: httpx.AsyncClient, moderator: dict[str, str], place: tuple[str, str], body: dict[str, Any]
) -> None:
    method, path = place
    headers = {**moderator, "Content-Type": "application/json"}
    check(await client.request(method, path, content=json.dumps(body).encode(), headers=headers))


@NOISE
@given(place=st.sampled_from([*PLACES, ("POST", "/uploads")]), body=st.binary(max_size=200), kind=st.booleans())
async def test_bytes_of_any_kind_are_no_error_of_ours(
    client: httpx.AsyncClient, moderator: dict[str, str], place: tuple[str, str], body: bytes, kind: bool
) -> None:
    method, path = place
    content_type = "multipart/form-data; boundary=x" if kind else "application/json"
    check(await client.request(method, path, content=body, headers={**moderator, "Content-Type": content_type}))


@NOISE
@given(path=st.binary(max_size=60), query=st.binary(max_size=60), key=st.binary(max_size=40))
async def test_paths_queries_and_headers_of_any_kind_are_no_error_of_ours(
    client: httpx.AsyncClient, seller: dict[str, str], path: bytes, query: bytes, key: bytes
) -> None:
    quoted = [part.hex(sep="%") for part in (path, query)]
    url = f"/items/%{quoted[0]}?limit=%{quoted[1]}&cursor=%{quoted[1]}" if path and query else "/items/mine?cursor=%"
    clean = bytes(byte for byte in key if byte not in b"\r\n\x00").strip()
    headers = [*((name.encode(), value.encode()) for name, value in seller.items()), (b"traceparent", clean)]
    check(await client.get(url, headers=headers))
    check(await client.get(url.replace(url.partition("?")[0], "/items/mine"), headers=headers))
