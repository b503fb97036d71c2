"""The fake ComfyUI called by itself: a graph is handed over, its end heard on the socket, its picture fetched."""

from __future__ import annotations

import asyncio
import copy
import json
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx
from websockets.asyncio.client import connect

Graph = Mapping[str, Any]
LOOK_S = 0.005


class Direct:
    """What anybody would write who trusts a server never to fail: no lease, no retry, nothing kept."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = httpx.AsyncClient(base_url=url, trust_env=False, timeout=30)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def last_graph(self) -> Graph:
        """Of the job that ended last: what the bridge handed over."""
        entries: Mapping[str, Any] = (await self._http.get("/history")).json()
        graph: Graph = list(entries.values())[-1]["prompt"][2]
        return graph

    async def picture(self, graph: Graph, seed: int) -> tuple[float, int]:
        """Seconds until its bytes were there, and how many they are."""
        wanted, began = _seeded(graph, seed), time.perf_counter()
        client = uuid4().hex
        address = f"{self._url.replace('http', 'ws', 1)}/ws?clientId={client}"
        async with connect(address, proxy=None, close_timeout=0.1) as socket:
            answer = await self._http.post("/prompt", json={"prompt": wanted, "client_id": client})
            job = answer.raise_for_status().json()["prompt_id"]
            async for message in socket:
                if isinstance(message, str) and json.loads(message)["type"] == "execution_success":
                    break
            size = len(await self._fetch(job))
            return time.perf_counter() - began, size

    async def _fetch(self, job: str) -> bytes:
        """The end is told a moment before the history has it."""
        while True:
            entry = (await self._http.get(f"/history/{job}")).json()
            if entry:
                break
            await asyncio.sleep(LOOK_S)
        saved = next(output["images"][0] for output in entry[job]["outputs"].values())
        return (await self._http.get("/view", params=saved)).raise_for_status().content


def _seeded(graph: Graph, seed: int) -> Graph:
    """A server does not run equal nodes again: every picture is drawn from a seed of its own."""
    made = copy.deepcopy(dict(graph))
    for node in made.values():
        if "seed" in node["inputs"]:
            node["inputs"]["seed"] = seed
        if "filename_prefix" in node["inputs"]:
            node["inputs"]["filename_prefix"] = f"direct/{uuid4().hex}"
    return made
