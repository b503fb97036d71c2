"""The sockets of the fake: by client id, with the manners of the real one."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.support.comfyui.traps import Traps


@dataclass
class _Open:
    socket: WebSocket
    sent: int = 0
    understands_metadata: bool = False


class Sockets:
    def __init__(self, traps: Traps) -> None:
        self._traps = traps
        self._open: dict[str, _Open] = {}
        self.client_ids: list[str] = []
        """Of every connection there ever was."""

    def __contains__(self, client_id: str) -> bool:
        return client_id in self._open

    async def serve(self, socket: WebSocket, node: str | None) -> None:
        """`node`: the one that runs, if it runs for this client."""
        if self._traps.refuse_sockets:
            await socket.close()
            return
        client_id = socket.query_params.get("clientId", "")
        await socket.accept()
        self.client_ids.append(client_id)
        self._open[client_id] = one = _Open(socket)
        try:
            await self.send("status", {"status": {"exec_info": {"queue_remaining": 0}}, "sid": client_id}, client_id)
            if node is not None:
                await self.send("executing", {"node": node}, client_id)
            while True:
                one.understands_metadata |= "supports_preview_metadata" in await socket.receive_text()
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            # Whoever has the id now: a newer connection is forgotten without a word.
            self._open.pop(client_id, None)

    async def send(self, kind: str, data: Mapping[str, Any], client_id: str | None) -> None:
        """None: to everyone."""
        text = json.dumps({"type": kind, "data": data})
        for one in self._to(client_id):
            if self._traps.noise:
                await self._give(one, json.dumps({"type": "crystools.monitor", "data": {"cpu": 1}}))
                await self._give(one, struct.pack(">I", 77) + b"\x00\x01 what is this")
            await self._give(one, text)

    async def preview(self, image: bytes, prompt_id: str, client_id: str | None) -> None:
        """Event 4 with metadata for those who understand it, on newer servers; event 1 else: a picture of whatever."""
        for one in self._to(client_id):
            if self._traps.previews == "new" and one.understands_metadata:
                about = json.dumps({"prompt_id": prompt_id, "image_type": "image/jpeg"}).encode()
                await self._give(one, struct.pack(">II", 4, len(about)) + about + image)
            elif self._traps.previews != "none":
                await self._give(one, struct.pack(">II", 1, 1) + image)

    def _to(self, client_id: str | None) -> list[_Open]:
        return [one for name, one in list(self._open.items()) if client_id in (None, name)]

    async def _give(self, one: _Open, message: str | bytes) -> None:
        one.sent += 1
        if self._traps.zombie_after is not None and one.sent > self._traps.zombie_after:
            return
        try:
            if self._traps.hang_up_after is not None and one.sent > self._traps.hang_up_after:
                await one.socket.close()
            elif isinstance(message, bytes):
                await one.socket.send_bytes(message)
            else:
                await one.socket.send_text(message)
        except (WebSocketDisconnect, RuntimeError):
            return
