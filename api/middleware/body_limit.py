"""No body is read beyond its limit, whatever its Content-Length says."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problem import Problem
from herofactory.platform.settings import Settings

UPLOADS = "/api/v1/uploads"
MULTIPART_OVERHEAD = 16_384
"""Bytes that boundaries and part headers may add to a file."""


class BodyLimit:
    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit(scope["path"])
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length) > limit:
            await _too_large(limit).response()(scope, receive, send)
            return
        await self._app(scope, _Counted(receive, limit), send)

    def _limit(self, path: str) -> int:
        uploads = path.rstrip("/") == UPLOADS
        return self._settings.upload_bytes + MULTIPART_OVERHEAD if uploads else self._settings.body_bytes


class _Counted:
    """A `receive` that raises instead of handing out more than `limit` bytes."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._read = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._read += len(message.get("body", b""))
        if self._read > self._limit:
            raise _too_large(self._limit)
        return message


def _too_large(limit: int) -> Problem:
    # The rest of the body stays unread, so the connection cannot serve another request.
    return Problem("PAYLOAD_TOO_LARGE", f"the body may have {limit} bytes at most", headers={"connection": "close"})
