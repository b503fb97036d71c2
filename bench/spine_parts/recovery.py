"""How long a seller notices that a part was killed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import httpx

from bench.spine_parts.api import PATIENCE_S, Api, weapon
from tests.support.running import RunningPlatform

PARTS = ("api", "relay", "worker", "postgres", "backend")
T = TypeVar("T")


def measure(platform: RunningPlatform, api: Api) -> dict[str, float]:
    """Per part: seconds from its kill -9 until an item put up afterwards is found."""
    found = {}
    for part in PARTS:
        process = platform.part(part)
        assert process is not None, f"{part} does not run"
        began = time.monotonic()
        process.kill()
        item = weapon()
        _insist(lambda item=item: api.accept(item))  # type: ignore[misc]  # bound now, for this round
        _insist(lambda item=item: api.until_found(item["name"].split()[0]))  # type: ignore[misc]
        found[part] = round(time.monotonic() - began, 2)
    return found


def _insist(ask: Callable[[], T]) -> T:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return ask()
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
