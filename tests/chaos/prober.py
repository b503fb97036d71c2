"""A visitor without a token who looks at everything all the time, and reports to the ledger what it was shown."""

from __future__ import annotations

import random
import threading
import time
from typing import Any

import httpx

from tests.chaos.ledger import Ledger

PAUSE_S = 0.03
GENERAL = ("", "검", "물약", "갑옷", "반지", "철광석")


class Prober(threading.Thread):
    def __init__(self, url: str, ledger: Ledger, seed: int) -> None:
        super().__init__(name="prober", daemon=True)
        self._http = httpx.Client(base_url=url, trust_env=False, timeout=10)
        self._ledger = ledger
        self._rng = random.Random(seed)
        self._enough = threading.Event()
        self._asks = (self._search_token, self._search, self._search, self._item, self._image)
        self.answers = 0
        self.unanswered = 0
        """Questions asked while the API, or what it needs, was down."""

    def run(self) -> None:
        while not self._enough.wait(PAUSE_S):
            try:
                self._rng.choice(self._asks)()
            except httpx.HTTPError:
                self.unanswered += 1

    def finish(self) -> None:
        self._enough.set()
        self.join(30)
        self._http.close()

    def _search_token(self) -> None:
        if tokens := self._ledger.tokens():
            self._show("/api/v1/search", {"q": self._rng.choice(tokens)})

    def _search(self) -> None:
        self._show("/api/v1/search", {"q": self._rng.choice(GENERAL), "limit": 100, "sort": "newest"})

    def _show(self, path: str, query: dict[str, Any]) -> None:
        asked_at = time.monotonic()
        answer = self._get(path, query)
        for item in answer.json()["items"] if answer else ():
            self._ledger.served(item["name"], item["id"], f"search {query}", asked_at)

    def _item(self) -> None:
        known = [entry.id for entry in list(self._ledger.entries.values()) if entry.id]
        if not known:
            return
        path = f"/api/v1/items/{self._rng.choice(known)}"
        asked_at = time.monotonic()
        if answer := self._get(path):
            self._ledger.served(answer.json()["name"], answer.json()["id"], f"GET {path}", asked_at)

    def _image(self) -> None:
        if not self._ledger.hidden_images:
            return
        path = f"/api/v1/assets/{self._rng.choice(self._ledger.hidden_images)}"
        if self._get(path):
            self._ledger.violations.append(f"{path} was served, which belongs to a rejected item only")

    def _get(self, path: str, query: dict[str, Any] | None = None) -> httpx.Response | None:
        answer = self._http.get(path, params=query)
        if answer.status_code >= 500:
            self.unanswered += 1
            return None
        self.answers += 1
        return answer if answer.status_code == 200 else None
