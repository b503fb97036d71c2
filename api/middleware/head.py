"""HEAD answers what GET would, without the body."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadAsGet:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            scope["method"] = "HEAD"  # the server counts the bytes of every other answer
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # In place: who stands outside of us must see the route that was found.
        scope["method"] = "GET"
        scope.setdefault("state", {})["without_body"] = True
        await self._app(scope, receive, without_body)
