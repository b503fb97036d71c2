"""Routes whose bodies are what they say they are: JSON as JSON, one file as multipart, nothing guessed."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import params
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from api import strict_json
from api.auth import somebody
from api.problem import Problem

JSON = "application/json"
MULTIPART = "multipart/form-data"


class StrictRequest(Request):
    async def json(self) -> Any:
        if not hasattr(self, "_parsed"):
            self._parsed = strict_json.parse(await self.body())
        return self._parsed


class StrictRoute(APIRoute):
    """Refuses a caller without a token with 401, and a body of another content type with 415, before reading it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        wanted, closed = self._content_type(), _depends_on(self.dependant, somebody)

        async def strict(request: Request) -> Response:
            if closed:
                somebody(request)
            if wanted:
                _check_content_type(request, wanted)
            return await handle(StrictRequest(request.scope, request.receive))

        return strict

    def _content_type(self) -> str | None:
        if self.body_field is None:
            return None
        return MULTIPART if isinstance(self.body_field.field_info, params.Form) else JSON


def _depends_on(dependant: Dependant, call: Callable[..., Any]) -> bool:
    return any(each.call is call or _depends_on(each, call) for each in dependant.dependencies)


def _check_content_type(request: Request, wanted: str) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != wanted:
        raise Problem("UNSUPPORTED_MEDIA_TYPE", f"send the body as {wanted}, not as {given[:100] or 'an unnamed type'}")
