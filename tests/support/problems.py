"""What every refusal of the edge has to look like."""

from __future__ import annotations

from typing import Any

import httpx

from api.problem import CODES, ProblemBody


def assert_problem(response: httpx.Response, code: str, *, field: str | None = None) -> dict[str, Any]:
    """The body, once it is a well-formed problem with this code (and names this field)."""
    body: dict[str, Any] = response.json()
    assert response.headers["content-type"] == "application/problem+json", body
    told = ProblemBody.model_validate(body)
    assert (told.code, told.status) == (code, response.status_code), body
    assert CODES[told.code] == (told.status, told.title)
    assert told.detail
    if field is not None:
        assert field in [each.field for each in told.errors or ()], body
    return body
