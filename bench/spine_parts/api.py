"""The platform's HTTP API as one seller and one visitor use it."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from typing import Any

import httpx

PATIENCE_S = 60.0
_LETTERS = "bdfgkmnprtvz"


def word() -> str:
    """A word that nothing else holds and no dictionary takes apart."""
    return "".join(random.choices(_LETTERS, k=12))


def weapon() -> dict[str, Any]:
    return {"name": f"{word()} 불꽃 검", "description": "측정용 아이템입니다.", "category": "weapon", "price": 1000}


class Api:
    def __init__(self, url: str, token: str | None = None) -> None:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=PATIENCE_S)

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        return self._http.get(path, params=query).raise_for_status().json()

    def search(self, text: str, limit: int = 20) -> Any:
        return self.get("/api/v1/search", {"q": text, "limit": limit})

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._http.post(path, json=body).raise_for_status().json()

    def accept(self, item: Mapping[str, Any]) -> float:
        """Seconds until POST /items was answered."""
        began = time.perf_counter()
        self.post("/api/v1/items", item)
        return time.perf_counter() - began

    def until_found(self, text: str) -> float:
        """Seconds until a search for `text` shows an item, asked again and again."""
        began = time.perf_counter()
        while not self.search(text, limit=1)["items"]:
            assert time.perf_counter() - began < PATIENCE_S, f"{text} is not found"
            time.sleep(0.002)
        return time.perf_counter() - began
