"""The socket that hurries things up. Losing it loses nothing: whoever listens also looks at /history and /queue."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from comfy_bridge.endpoint import Endpoint
from comfy_bridge.limits import Limits
from comfy_bridge.messages import Event, Preview, parse

FEATURES = json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}})
"""Newer servers then say which job a preview belongs to; older ones ignore what they receive."""


class _Straight(connect):
    """Goes where it was told: a redirect is an error."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class Socket:
    """One connection, with a client id of its own that is never used again.

    A server forgets the *new* connection of a client id when it notices that the old one is gone, without a word. So a
    connection that breaks is not made again: its job goes on by polling.
    """

    def __init__(self, endpoint: Endpoint, limits: Limits) -> None:
        self.client_id = uuid4().hex
        self._endpoint = endpoint
        self._limits = limits
        self._connection: ClientConnection | None = None

    async def open(self) -> bool:
        """False where it cannot be had; polling does without."""
        try:
            self._connection = await _Straight(
                self._endpoint.websocket(self.client_id),
                max_size=self._limits.message_bytes,
                open_timeout=self._limits.connect_s,
                # Nothing is left to say to each other.
                close_timeout=0.25,
                proxy=None,
            )
            await self._connection.send(FEATURES)
        except (OSError, TimeoutError, WebSocketException):
            await self.aclose()
        return self._connection is not None

    async def messages(self) -> AsyncIterator[Event | Preview]:
        """Until the connection ends, however it ends."""
        if self._connection is None:
            return
        try:
            async for message in self._connection:
                if (parsed := parse(message)) is not None:
                    yield parsed
        except (OSError, WebSocketException):
            return

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
