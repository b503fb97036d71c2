"""The endpoints of the fake."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from tests.support.comfyui.nodes import object_info
from tests.support.comfyui.run import Runner
from tests.support.comfyui.sockets import Sockets
from tests.support.comfyui.state import Files, Memory, Queued
from tests.support.comfyui.traps import Traps
from tests.support.comfyui.validate import validate

Handler = Callable[[Request], Awaitable[Response]]


class Api:
    def __init__(self, traps: Traps, memory: Memory, files: Files, sockets: Sockets, runner: Runner) -> None:
        self._traps = traps
        self._memory = memory
        self._files = files
        self._sockets = sockets
        self._runner = runner
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        """Path and JSON body of every POST."""

    def app(self) -> ASGIApp:
        routes = {
            "/prompt": ("POST", self.prompt),
            "/queue": ("GET", self.queue),
            "/history": ("GET", self.history),
            "/history/{id}": ("GET", self.history),
            "/interrupt": ("POST", self.interrupt),
            "/upload/image": ("POST", self.upload),
            "/view": ("GET", self.view),
            "/object_info": ("GET", self.object_info),
            "/object_info/{name}": ("GET", self.object_info),
            "/system_stats": ("GET", self.stats),
        }
        return _Tricks(
            Starlette(
                routes=[
                    *(Route(path, handler, methods=[method]) for path, (method, handler) in routes.items()),
                    Route("/queue", self.change_queue, methods=["POST"]),
                    Route("/history", self.change_history, methods=["POST"]),
                    Route("/prompt", self.remaining, methods=["GET"]),
                    WebSocketRoute("/ws", self.socket),
                ]
            ),
            self._traps,
        )

    async def socket(self, socket: WebSocket) -> None:
        running = self._memory.running
        ours = running is not None and running.client_id == socket.query_params.get("clientId")
        await self._sockets.serve(socket, self._memory.node if ours else None)

    async def prompt(self, request: Request) -> Response:
        body = await self._body(request)
        verdict = validate(body["prompt"], self._traps, self._files.inputs)
        if verdict.error is not None:
            return JSONResponse({"error": verdict.error, "node_errors": verdict.node_errors}, 400)
        wanted = body.get("prompt_id") if self._traps.honours_prompt_id else None
        number = float(body.get("number", -self._memory.count if body.get("front") else self._memory.count))
        job = Queued(number, wanted or str(uuid.uuid4()), body["prompt"], verdict.outputs, body.get("client_id"))
        self._memory.count += 1
        self._memory.push(job)
        await self._status()
        self._runner.wake.set()
        return JSONResponse({"prompt_id": job.prompt_id, "number": number, "node_errors": verdict.node_errors})

    async def queue(self, request: Request) -> Response:
        running = self._memory.running
        return JSONResponse(
            {
                "queue_running": [running.row()] if running else [],
                "queue_pending": [each.row() for each in self._memory.pending],
            }
        )

    async def change_queue(self, request: Request) -> Response:
        body = await self._body(request)
        for each in body.get("delete", ()):
            self._memory.delete(each)
        if body.get("clear"):
            self._memory.pending.clear()
        await self._status()
        return Response()

    async def change_history(self, request: Request) -> Response:
        body = await self._body(request)
        for each in list(self._memory.history) if body.get("clear") else body.get("delete", ()):
            self._memory.history.pop(each, None)
        return Response()

    async def remaining(self, request: Request) -> Response:
        return JSONResponse({"exec_info": {"queue_remaining": self._memory.remaining}})

    async def _status(self) -> None:
        """Of the queue, to everyone, whenever it changes."""
        info = {"exec_info": {"queue_remaining": self._memory.remaining}}
        await self._sockets.send("status", {"status": info}, None)

    async def history(self, request: Request) -> Response:
        wanted, known = request.path_params.get("id"), self._memory.history
        return JSONResponse(known if wanted is None else {wanted: known[wanted]} if wanted in known else {})

    async def interrupt(self, request: Request) -> Response:
        body, running = await self._body(request), self._memory.running
        wanted = body.get("prompt_id") if self._traps.interrupt_by_id else None
        if running is not None and wanted in (None, running.prompt_id):
            self._memory.interrupted = True
        return Response()

    async def upload(self, request: Request) -> Response:
        async with request.form() as form:
            image = form["image"]
            assert not isinstance(image, str)
            name, data = str(image.filename), await image.read()
        name = _free(name, data, self._files.inputs)
        self._files.inputs[name] = data
        return JSONResponse({"name": name, "subfolder": "", "type": "input"})

    async def view(self, request: Request) -> Response:
        asked = request.query_params
        found = self._files.outputs.get(f"{asked.get('subfolder', '')}/{asked['filename']}")
        if found is None:
            return Response(status_code=404)
        return Response(self._traps.picture or found, media_type="image/png")

    async def object_info(self, request: Request) -> Response:
        info, name = object_info(self._traps), request.path_params.get("name")
        return JSONResponse(info if name is None else {name: info[name]} if name in info else {})

    async def stats(self, request: Request) -> Response:
        system = {"os": "posix", "comfyui_version": "0.3.99-fake", "argv": ["/srv/comfyui/main.py"]}
        return JSONResponse({"system": system, "devices": [{"name": "cpu", "type": "cpu", "vram_free": 1 << 33}]})

    async def _body(self, request: Request) -> dict[str, Any]:
        raw = await request.body()
        body: dict[str, Any] = await request.json() if raw else {}
        self.asked.append((request.url.path, body))
        return body


def _free(name: str, data: bytes, taken: Mapping[str, bytes]) -> str:
    """As ComfyUI renames: `in (1).png`; the same bytes keep their name."""
    stem, dot, extension = name.rpartition(".")
    number, free = 0, name
    while free in taken and taken[free] != data:
        number += 1
        free = f"{stem} ({number}){dot}{extension}"
    return free


class _Tricks:
    """Replies that never come, or come with another status."""

    def __init__(self, app: ASGIApp, traps: Traps) -> None:
        self._app = app
        self._traps = traps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "http" and (status := self._traps.status.get(path)):
            headers = {"Location": "http://127.0.0.1:9/elsewhere"} if 300 <= status < 400 else {}
            await Response("Traceback in /srv/comfyui", status, headers)(scope, receive, send)
        elif scope["type"] == "http" and path in self._traps.swallow:
            await self._app(scope, receive, _nowhere)
            # A reply cut off after its head: the server closes the connection.
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9999")]})
            await send({"type": "http.response.body", "body": b"", "more_body": True})
        else:
            await self._app(scope, receive, send)


async def _nowhere(message: Any) -> None:
    return
