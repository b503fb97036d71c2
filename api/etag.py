"""Answers that a client may hold already."""

from __future__ import annotations

import hashlib

from starlette.requests import Request


def etag_of(data: bytes) -> str:
    return f'"{hashlib.sha256(data).hexdigest()}"'


def is_held(request: Request, etag: str) -> bool:
    """Whether If-None-Match names it; compared weakly, as the standard wants it."""
    header = request.headers.get("if-none-match", "")
    named = [each.strip().removeprefix("W/") for each in header.split(",")]
    return etag in named or named == ["*"]
