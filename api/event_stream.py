"""Server-Sent Events of one job."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from herofactory.studio.jobs.job import Job
from herofactory.studio.jobs.stream import Following, Told

RETRY_MS = 2_000
"""How long a browser waits before it connects again."""
Shown = Callable[[Job], Awaitable[str]]
"""A job as JSON in one line."""


class EventStream(StreamingResponse):
    media_type = "text/event-stream"

    def __init__(self, following: Following, shown: Shown) -> None:
        # no-transform and X-Accel-Buffering: whatever stands between must not hold events back.
        headers = {"cache-control": "no-store, no-transform", "x-accel-buffering": "no"}
        super().__init__(_lines(following, shown), headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("state", {}).get("without_body"):
            self.body_iterator = _nothing()  # HEAD: the headers alone, and no waiting for the job's end
        await super().__call__(scope, receive, send)


async def _lines(following: Following, shown: Shown) -> AsyncIterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    async for told in following.tell():
        yield await _event(told, shown)


async def _event(told: Told, shown: Shown) -> str:
    if told.kind == "heartbeat":
        return ": still here\n\n"
    data = await shown(told.job) if told.kind == "state" else json.dumps(dict(told.more))
    return f"id: {told.moment}\nevent: {told.kind}\ndata: {data}\n\n"


async def _nothing() -> AsyncIterator[str]:
    return
    yield
