"""Errors as RFC 9457 problems: `{type, title, status, detail, code, errors?, trace_id?}` with stable codes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from herofactory.platform.telemetry.access_notes import notes_of

MEDIA_TYPE = "application/problem+json"
FIELD_LONGEST = 100
ERRORS_MOST = 50

Code = Literal[
    "BAD_REQUEST",
    "INVALID_JSON",
    "TOKEN_REQUIRED",
    "INVALID_TOKEN",
    "FORBIDDEN",
    "LINK_INVALID",
    "LINK_EXPIRED",
    "NOT_FOUND",
    "METHOD_NOT_ALLOWED",
    "IDEMPOTENCY_KEY_REUSED",
    "STALE_REVISION",
    "ALREADY_EXISTS",
    "REPLAY_REFUSED",
    "PAYLOAD_TOO_LARGE",
    "IMAGE_TOO_LARGE",
    "UNSUPPORTED_MEDIA_TYPE",
    "VALIDATION_FAILED",
    "INVALID_CURSOR",
    "INVALID_IMAGE",
    "PROMPT_REJECTED",
    "NO_RESULT",
    "QUOTA_EXCEEDED",
    "RATE_LIMITED",
    "INTERNAL_ERROR",
    "UNAVAILABLE",
    "SEARCH_UNAVAILABLE",
    "OUT_OF_SPACE",
]
# One line per code: its HTTP status and what it means in general. Codes are never renamed.
CODES: Mapping[Code, tuple[int, str]] = {
    "BAD_REQUEST": (400, "The request could not be understood"),
    "INVALID_JSON": (400, "The body is no JSON that is accepted here"),
    "TOKEN_REQUIRED": (401, "A token is required"),
    "INVALID_TOKEN": (401, "The token is not valid"),
    "FORBIDDEN": (403, "The role of the token does not allow this"),
    "LINK_INVALID": (403, "The link was not signed here"),
    "LINK_EXPIRED": (403, "The link is too old"),
    "NOT_FOUND": (404, "There is nothing here"),
    "METHOD_NOT_ALLOWED": (405, "The method is not allowed here"),
    "IDEMPOTENCY_KEY_REUSED": (409, "The Idempotency-Key was used with another request"),
    "STALE_REVISION": (409, "The item was changed since it was read"),
    "ALREADY_EXISTS": (409, "It exists already"),
    "REPLAY_REFUSED": (409, "The replay cannot take this step now"),
    "PAYLOAD_TOO_LARGE": (413, "The body is too large"),
    "IMAGE_TOO_LARGE": (413, "The image is too large"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "The content type is not accepted here"),
    "VALIDATION_FAILED": (422, "Some fields cannot be taken"),
    "INVALID_CURSOR": (422, "The cursor is not valid for this list"),
    "INVALID_IMAGE": (422, "The file is not an image that is accepted here"),
    "PROMPT_REJECTED": (422, "Moderation refuses these words"),
    "NO_RESULT": (409, "The generation has no result"),
    "QUOTA_EXCEEDED": (429, "Too many jobs that have not ended"),
    "RATE_LIMITED": (429, "Too many requests"),
    "INTERNAL_ERROR": (500, "Something went wrong here"),
    "UNAVAILABLE": (503, "Temporarily unavailable"),
    "SEARCH_UNAVAILABLE": (503, "The search is temporarily unavailable"),
    "OUT_OF_SPACE": (507, "There is no space left to store this"),
}
BY_STATUS: Mapping[int, Code] = {
    400: "BAD_REQUEST",
    401: "TOKEN_REQUIRED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "VALIDATION_FAILED",
    429: "RATE_LIMITED",
    503: "UNAVAILABLE",
}
"""The code of an error that the framework raised, by its status."""


class FieldError(BaseModel):
    field: str
    message: str


class ProblemBody(BaseModel):
    """What every error answers."""

    type: str = Field(examples=["urn:herofactory:problem:validation-failed"])
    title: str
    status: int
    detail: str = Field(description="What was wrong with this request, and what to do")
    code: Code = Field(description="Stable; scripts may rely on it")
    errors: list[FieldError] | None = Field(None, description="Each field that cannot be taken")
    trace_id: str | None = Field(None, description="Name this when reporting an internal error")


class Problem(HTTPException):
    """An HTTPException, so that the framework passes it on from wherever it is raised, request parsing included."""

    def __init__(
        self,
        code: Code,
        detail: str,
        *,
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        trace_id: str | None = None,
    ) -> None:
        status, self.title = CODES[code]
        super().__init__(status, detail, dict(headers or {}))
        self.code = code
        self.errors = errors
        self.trace_id = trace_id

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "type": f"urn:herofactory:problem:{self.code.lower().replace('_', '-')}",
            "title": self.title,
            "status": self.status_code,
            "detail": self.detail,
            "code": self.code,
        }
        if self.errors:
            body["errors"] = [{"field": name[:FIELD_LONGEST], "message": text} for name, text in self._listed()]
        if self.trace_id:
            body["trace_id"] = self.trace_id
        return body

    def response(self) -> Response:
        # An error must never fail to be told: of a field's name, what is no Unicode text becomes `\\udxxx`.
        content = json.dumps(self.body(), ensure_ascii=False).encode(errors="backslashreplace")
        headers = {"cache-control": "no-store", **(self.headers or {})}
        return _Answer(self.code, content, self.status_code, headers)

    def _listed(self) -> Sequence[tuple[str, str]]:
        return self.errors[:ERRORS_MOST]


class _Answer(Response):
    """Notes its code for the access log, whoever sends it."""

    media_type = MEDIA_TYPE

    def __init__(self, code: Code, content: bytes, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(content, status, headers)
        self._code = code

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        notes_of(scope).code = self._code
        await super().__call__(scope, receive, send)


def invalid(field: str, message: str) -> Problem:
    """One field that cannot be taken."""
    return Problem("VALIDATION_FAILED", f"{field}: {message}", errors=[(field, message)])


def unavailable(detail: str, *, code: Code = "UNAVAILABLE", retry_after_s: int = 1) -> Problem:
    return Problem(code, detail, headers={"retry-after": str(retry_after_s)})


def problems(*codes: Code) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer these problems, for its documentation."""
    by_status: dict[int | str, list[Code]] = {}
    for code in codes:
        by_status.setdefault(CODES[code][0], []).append(code)
    schema = {"$ref": "#/components/schemas/ProblemBody"}
    return {
        status: {
            "description": "; ".join(f"`{code}` {CODES[code][1]}" for code in listed),
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status, listed in by_status.items()
    }
