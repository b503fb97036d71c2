"""Following a job ends when it is told to, whatever comes over the socket in that moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from comfy_bridge.client import ComfyClient, Look
from comfy_bridge.follow import Following, Job
from comfy_bridge.limits import Limits
from comfy_bridge.messages import Event
from comfy_bridge.progress import Progress
from comfy_bridge.socket import Socket
from herofactory.platform.clock import SystemClock
from tests.support.cancelling import MOMENTS, ended, steps

pytestmark = pytest.mark.anyio


class Server:
    """Works on the job for ever; its socket says now that the job is done."""

    limits = Limits(poll_s=60.0)

    def __init__(self) -> None:
        self.now = asyncio.Event()

    async def look(self, _prompt_id: str) -> Look:
        return Look(running=True)

    async def messages(self) -> AsyncIterator[Event]:
        await self.now.wait()
        yield Event("execution_success", "p", {})


async def test_a_cancellation_in_the_moment_of_a_message_is_heard() -> None:
    for moment in MOMENTS:
        server: Any = Server()
        job = Job("p", {}, Progress({}, {}))
        following = Following(cast(ComfyClient, server), job, lambda *_: None, SystemClock())
        task = asyncio.create_task(following.run(cast(Socket, server)))
        await steps(len(MOMENTS))
        server.now.set()
        await steps(moment)
        assert await ended(task), f"{moment} steps after the message"
