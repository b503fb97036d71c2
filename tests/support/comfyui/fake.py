"""A ComfyUI that can be held, broken and looked into."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Mapping
from typing import Any

import uvicorn

from tests.support.comfyui.app import Api
from tests.support.comfyui.run import Runner
from tests.support.comfyui.sockets import Sockets
from tests.support.comfyui.state import Files, Memory, Queued
from tests.support.comfyui.traps import Traps


class FakeComfyUI:
    """Serves on a port of its own until stopped; `crash` and `start` make it die and come back on that port.

    What lies in `files` outlives the process, `memory` does not.
    """

    def __init__(self, traps: Traps | None = None, port: int = 0) -> None:
        self.traps = traps or Traps()
        self.port = port
        self.files = Files()
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self.client_ids: list[str] = []
        self.crashed = asyncio.Event()
        self.memory = Memory()
        self._tasks: list[asyncio.Task[None]] = []
        self._server: uvicorn.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self.memory = Memory()
        self.crashed.clear()
        self.sockets = Sockets(self.traps)
        self.sockets.client_ids = self.client_ids
        self.runner = Runner(self.traps, self.memory, self.files, self.sockets, self._crash_soon)
        api = Api(self.traps, self.memory, self.files, self.sockets, self.runner)
        api.asked = self.asked
        listener = _listener(self.port)
        self.port = listener.getsockname()[1]
        self._server = _Quiet(
            uvicorn.Config(
                api.app(), log_level="critical", lifespan="off", ws="websockets-sansio", timeout_graceful_shutdown=1
            )
        )
        serving = asyncio.create_task(self._server.serve([listener]))
        self._tasks = [asyncio.create_task(self.runner.forever()), serving]
        while not self._server.started:
            assert not serving.done(), "the fake did not start"
            await asyncio.sleep(0.005)

    async def crash(self) -> None:
        """Connections break in the middle of whatever they carried; queue and history are gone."""
        if self._server is None:
            return
        server, self._server = self._server, None
        runner, serving = self._tasks
        runner.cancel()
        for connection in list(server.server_state.connections):
            connection.transport.abort()
        for listening in server.servers:
            listening.close()
        # Uvicorn would end by itself, too, at the next of its ticks.
        serving.cancel()
        await asyncio.gather(runner, serving, return_exceptions=True)
        self.crashed.set()

    stop = crash

    def hold(self, *node_classes: str) -> None:
        """From now on nodes of these classes wait for `release`, and those of no other."""
        self.traps.hang_at = frozenset(node_classes)

    def release(self) -> None:
        """Lets nodes go on that `hold` holds."""
        self.runner.released.set()

    def foreign(self, graph: Mapping[str, Any], prompt_id: str = "foreign", front: bool = False) -> None:
        """A job of somebody who gave no client id: its progress goes to everyone."""
        number = -1.0 if front else float(self.memory.count)
        self.memory.count += 1
        outputs = tuple(name for name, node in graph.items() if node["class_type"] == "SaveImage")
        self.memory.push(Queued(number, prompt_id, dict(graph), outputs))
        self.runner.wake.set()

    def prompts(self) -> list[Mapping[str, Any]]:
        """Bodies of everything that was handed over."""
        return [body for path, body in self.asked if path == "/prompt"]

    def _crash_soon(self) -> None:
        self._crashing = asyncio.create_task(self.crash())


class _Quiet(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


def _listener(port: int) -> socket.socket:
    # With the protocol named, asyncio turns off Nagle's algorithm, which costs 40 ms a reply.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    return listener


@contextlib.asynccontextmanager
async def fake_comfyui(traps: Traps | None = None) -> AsyncIterator[FakeComfyUI]:
    fake = FakeComfyUI(traps)
    await fake.start()
    try:
        yield fake
    finally:
        await fake.stop()
