"""Waiting for a server at the start."""

from __future__ import annotations

import asyncio

import pytest

from herofactory.platform import waiting as module
from herofactory.platform.waiting import Waiting
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio


class Server:
    def __init__(self) -> None:
        self.error: Exception | None = ConnectionError("nobody\nlistens")

    async def ask(self) -> str:
        if self.error:
            raise self.error
        return "hello"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.001)


async def test_it_says_what_it_waits_for_and_goes_on_once_that_is_there() -> None:
    server, waiting = Server(), Waiting()
    asked = asyncio.create_task(waiting.until("the server at X", server.ask, (ConnectionError,)))
    await eventually(lambda: waiting.reasons == ["waiting for the server at X: nobody listens"])
    server.error = None
    assert await asked == "hello"
    assert waiting.reasons == []


async def test_what_does_not_pass_is_raised() -> None:
    server, waiting = Server(), Waiting()
    server.error = ValueError("a mistake")
    with pytest.raises(ValueError, match="a mistake"):
        await waiting.until("the server at X", server.ask, (ConnectionError,))
