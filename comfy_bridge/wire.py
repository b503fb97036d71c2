"""Bounded HTTP to one server: no redirects, no proxies of the environment, no reply larger than it may be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from comfy_bridge.endpoint import Endpoint
from comfy_bridge.limits import Limits


class Unreachable(Exception):
    """No reply, or none that could be read: whether the request was carried out is unknown."""


class TooLarge(Unreachable):
    """The reply broke its bound and was not read to its end."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes

    def json(self) -> Any:
        """Raises Unreachable where it is no JSON: something else than ComfyUI answered, a proxy's page say."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise Unreachable(f"the server answered {self.status} with something that is no JSON") from None


class Wire:
    def __init__(self, endpoint: Endpoint, limits: Limits) -> None:
        self._limits = limits
        self._client = httpx.AsyncClient(
            base_url=endpoint.base,
            auth=endpoint.auth,
            headers={"Accept-Encoding": "identity"},
            follow_redirects=False,
            trust_env=False,
            # Reading the certificates takes a third of a second; without TLS nobody looks at them.
            verify=endpoint.base.startswith("https:"),
            timeout=httpx.Timeout(limits.request_s, connect=limits.connect_s),
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    async def get(self, path: str, params: Mapping[str, str] | None = None, most: int | None = None) -> Reply:
        return await self._send(self._client.build_request("GET", path, params=params), most)

    async def post(self, path: str, body: Mapping[str, Any]) -> Reply:
        return await self._send(self._client.build_request("POST", path, json=body), None)

    async def upload(self, path: str, name: str, data: bytes, fields: Mapping[str, str]) -> Reply:
        files = {"image": (name, data, "image/png")}
        return await self._send(self._client.build_request("POST", path, data=fields, files=files), None)

    async def _send(self, request: httpx.Request, most: int | None) -> Reply:
        try:
            response = await self._client.send(request, stream=True)
            try:
                return Reply(response.status_code, await _read(response, most or self._limits.json_bytes))
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise Unreachable(f"{request.url.path}: {type(error).__name__}") from error


async def _read(response: httpx.Response, most: int) -> bytes:
    parts = bytearray()
    async for part in response.aiter_bytes():
        parts += part
        if len(parts) > most:
            raise TooLarge(f"{response.request.url.path}: more than {most} bytes")
    return bytes(parts)
