"""ComfyUI's API, one method per endpoint. Unreachable: a server does not answer. RenderError: it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from comfy_bridge.endpoint import Endpoint
from comfy_bridge.faults import has_errors, refused
from comfy_bridge.history import Entry, Output
from comfy_bridge.limits import Limits
from comfy_bridge.queue import Queue
from comfy_bridge.socket import Socket
from comfy_bridge.wire import Reply, TooLarge, Unreachable, Wire
from herofactory.studio.rendering.port import RenderError

PNG = b"\x89PNG\r\n\x1a\n"
NAME_MAX = 255


@dataclass(frozen=True, slots=True)
class Look:
    """What the server knows of one job. In none of the three: on one look that means nothing yet."""

    entry: Entry | None = None
    running: bool = False
    position: int | None = None

    @property
    def absent(self) -> bool:
        return self.entry is None and not self.running and self.position is None


class ComfyClient:
    def __init__(self, endpoint: Endpoint, limits: Limits) -> None:
        self.endpoint = endpoint
        self.limits = limits
        self._wire = Wire(endpoint, limits)

    async def aclose(self) -> None:
        await self._wire.aclose()

    def socket(self) -> Socket:
        """A new connection, not yet open, with a client id of its own."""
        return Socket(self.endpoint, self.limits)

    async def enqueue(self, graph: Mapping[str, Any], client_id: str, wanted: str) -> str:
        """The id the server gave the job, which older ones choose themselves."""
        reply = await self._wire.post(
            "/prompt",
            {
                "prompt": graph,
                "client_id": client_id,
                "prompt_id": wanted,
                # Newer servers send previews only where asked; this method needs no model.
                "extra_data": {"preview_method": "latent2rgb"},
            },
        )
        return await self._accepted(reply, graph)

    async def _accepted(self, reply: Reply, graph: Mapping[str, Any]) -> str:
        if reply.status >= 500:
            raise Unreachable(f"/prompt answered {reply.status}")
        fields = reply.json()
        given = fields.get("prompt_id") if isinstance(fields, dict) else None
        if reply.status == 200 and isinstance(given, str) and not has_errors(fields):
            return given
        if isinstance(given, str):
            await self.end(given)
        raise refused(fields, graph)

    async def queue(self) -> Queue:
        return Queue.parse(_ok(await self._wire.get("/queue")).json())

    async def history(self, prompt_id: str) -> Entry | None:
        reply = await self._wire.get(f"/history/{quote(prompt_id, safe='')}")
        return Entry.parse(_ok(reply).json(), prompt_id)

    async def look(self, prompt_id: str) -> Look:
        """History first: a job that ends between the two readings is absent now and found by the next look."""
        if (entry := await self.history(prompt_id)) is not None:
            return Look(entry)
        queue = await self.queue()
        return Look(None, prompt_id in queue.running, queue.position(prompt_id))

    async def end(self, prompt_id: str) -> None:
        """Asks to drop it where it waits, to interrupt it where it runs; says nothing of whether that happened.

        An older server's /interrupt ends whatever runs and reads no id: it is asked only while this job is the one that
        runs, and the queue is read once more right before.
        """
        await self._wire.post("/queue", {"delete": [prompt_id]})
        if prompt_id in (await self.queue()).running:
            await self._wire.post("/interrupt", {"prompt_id": prompt_id})

    async def upload(self, name: str, png: bytes) -> str:
        """The name to load it by: the server's, which differs from ours where that one was taken."""
        reply = await self._wire.upload("/upload/image", name, png, {"type": "input"})
        if reply.status != 200:
            raise Unreachable(f"/upload/image answered {reply.status}")
        return _uploaded(reply.json())

    async def view(self, output: Output) -> bytes:
        """Raises RenderError LOST where the file is gone, RENDER_FAILED where it is too large or no PNG."""
        names = {"filename": output.filename, "subfolder": output.subfolder, "type": output.type}
        try:
            reply = await self._wire.get("/view", names, self.limits.image_bytes)
        except TooLarge:
            most = self.limits.image_bytes
            raise RenderError("RENDER_FAILED", f"the server's picture has more than {most} bytes") from None
        if reply.status == 404:
            raise RenderError("LOST", "the server no longer has the picture it made")
        if not _ok(reply).body.startswith(PNG):
            raise RenderError("RENDER_FAILED", "the server's picture is no PNG")
        return reply.body

    async def node(self, name: str) -> Mapping[str, Any] | None:
        """What /object_info says of one class; None where the server has none of that name."""
        fields = _ok(await self._wire.get(f"/object_info/{quote(name, safe='')}")).json()
        found = fields.get(name) if isinstance(fields, dict) else None
        return found if isinstance(found, dict) else None

    async def stats(self) -> Mapping[str, Any]:
        fields = _ok(await self._wire.get("/system_stats")).json()
        return fields if isinstance(fields, dict) else {}


def _ok(reply: Reply) -> Reply:
    if reply.status != 200:
        raise Unreachable(f"the server answered {reply.status}")
    return reply


def _uploaded(fields: Any) -> str:
    name = fields.get("name") if isinstance(fields, dict) else None
    if not isinstance(name, str) or not name or len(name) > NAME_MAX or not name.isprintable():
        raise Unreachable("/upload/image gave no name")
    folder = fields.get("subfolder") or ""
    return f"{folder}/{name}" if folder else name
