"""How long a seller waits: POST /items of the platform, and of the synchronous baseline; both moderate for 300 ms."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bench.spine_parts.api import Api, weapon
from bench.spine_parts.figures import spread
from tests.support.running import free_port

PARALLEL = 8
START_S = 30.0


def measure(api: Api, dsn: str, folder: Path, items: int) -> dict[str, Any]:
    """One seller, then PARALLEL sellers at once, on each side in turn."""
    with synchronous(dsn, folder) as post:
        found = {"synchronous": _both(post, items)}
    found["platform"] = _both(api.accept, items)
    item = weapon()
    api.accept(item)
    found["platform"]["accepted_to_searchable_of_the_last_ms"] = {
        "p50": api.until_found(item["name"].split()[0]) * 1000
    }
    found["times_slower_when_synchronous"] = {
        kind: {part: round(each[part] / found["platform"][kind][part], 1) for part in ("p50", "p99")}
        for kind, each in found["synchronous"].items()
    }
    return found


@contextmanager
def synchronous(dsn: str, folder: Path) -> Iterator[Callable[[dict[str, Any]], float]]:
    port = free_port()
    command = [sys.executable, "-m", "bench.spine_parts.synchronous", dsn, str(port), str(folder)]
    with (
        subprocess.Popen(command) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http,
    ):

        def post(item: dict[str, Any]) -> float:
            began = time.perf_counter()
            http.post("/items", json=item, timeout=60).raise_for_status()
            return time.perf_counter() - began

        try:
            _wait(post)
            yield post
        finally:
            server.terminate()


def _both(post: Callable[[dict[str, Any]], float], items: int) -> dict[str, dict[str, float]]:
    alone = [post(weapon()) for _ in range(items)]
    with ThreadPoolExecutor(PARALLEL) as sellers:
        together = list(sellers.map(lambda _: post(weapon()), range(items * 2)))
    return {"one_seller_ms": spread(alone), f"{PARALLEL}_sellers_ms": spread(together)}


def _wait(post: Callable[[dict[str, Any]], float]) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            post(weapon())
            return
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
