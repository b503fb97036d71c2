"""One person at the platform's HTTP API: asks for a picture and watches its events."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

ENDED = ("succeeded", "failed", "cancelled", "expired")


@dataclass(frozen=True, slots=True)
class Seen:
    """Seconds from the 202."""

    preview: float
    done: float


class Watched:
    def __init__(self, url: str, token: str) -> None:
        headers = {"authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=f"{url}/api/v1", headers=headers, trust_env=False, timeout=60)

    def upload(self, sketch: bytes) -> str:
        answer = self._http.post("/uploads", files={"file": ("sketch.png", sketch, "image/png")})
        return str(answer.raise_for_status().json()["id"])

    def generate(self, wish: Mapping[str, Any]) -> Seen:
        job = self._http.post("/generations", json=wish).raise_for_status().json()
        began, preview = time.perf_counter(), 0.0
        for event, data in self._events(job["id"]):
            now = time.perf_counter() - began
            if "preview" in data and event == "progress":
                preview = preview or now
            elif event == "state" and data["state"] in ENDED:
                assert data["state"] == "succeeded", data["detail"]
                return Seen(preview or now, now)
        raise AssertionError("the events ended before the job")

    def _events(self, job: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        event = ""
        with self._http.stream("GET", f"/generations/{job}/events") as answer:
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    event = value
                elif name == "data":
                    yield event, json.loads(value)
