"""A visitor without a token who looks at everything all the time, and reports to the ledger what it was shown."""

from __future__ import annotations

import time
from typing import Any

import httpx

from tests.chaos.actor import Actor
from tests.chaos.ledger import Ledger
from tests.chaos.wishes import Wishes

GENERAL = ("", "검", "물약", "갑옷", "반지", "철광석")
OLD_S = 60.0
"""Popular items are kept for some seconds: they may lag behind what was changed, but never show what was refused."""


class Prober(Actor):
    pause_s = (0.03, 0.03)

    def __init__(self, url: str, ledger: Ledger, wishes: Wishes, seed: int) -> None:
        super().__init__(url, seed, headers={"x-source": "test"})  # counts in no figure
        self._ledger, self._wishes = ledger, wishes
        self._asks = (
            self._search_token,
            self._search,
            self._search,
            self._item,
            self._item,
            self._image,
            self._similar,
            self._popular,
            self._job,
        )
        self.answers = 0
        self.unanswered = 0
        """Questions asked while the API, or what it needs, was down."""

    def step(self) -> None:
        try:
            self.rng.choice(self._asks)()
        except httpx.HTTPError:
            self.unanswered += 1

    def _search_token(self) -> None:
        if tokens := self._ledger.tokens():
            self._show("/api/v1/search", {"q": self.rng.choice(tokens)})

    def _search(self) -> None:
        self._show("/api/v1/search", {"q": self.rng.choice(GENERAL), "limit": 100, "sort": "newest"})

    def _similar(self) -> None:
        if known := self._ids():
            self._show(f"/api/v1/items/{self.rng.choice(known)}/similar", {})

    def _popular(self) -> None:
        self._show("/api/v1/insights/items/popular", {}, OLD_S)

    def _show(self, path: str, query: dict[str, Any], may_lag_s: float = 0.0) -> None:
        asked_at = time.monotonic() - may_lag_s
        answer = self._get(path, query)
        for item in answer.json()["items"] if answer else ():
            self._ledger.served(item["name"], item["id"], f"{path} {query}", asked_at)

    def _item(self) -> None:
        if not (known := self._ids()):
            return
        path = f"/api/v1/items/{self.rng.choice(known)}"
        asked_at = time.monotonic()
        if answer := self._get(path):
            self._ledger.served(answer.json()["name"], answer.json()["id"], f"GET {path}", asked_at)

    def _ids(self) -> list[str]:
        return [entry.id for entry in list(self._ledger.entries.values()) if entry.id]

    def _image(self) -> None:
        if self._ledger.hidden_images:
            self._must_not_be_served(f"/api/v1/assets/{self.rng.choice(self._ledger.hidden_images)}")

    def _job(self) -> None:
        if jobs := list(self._wishes.jobs):
            self._must_not_be_served(f"/api/v1/generations/{self.rng.choice(jobs)}")

    def _must_not_be_served(self, path: str) -> None:
        if self._get(path):
            self._ledger.violations.append(f"{path} was served to a stranger")

    def _get(self, path: str, query: dict[str, Any] | None = None) -> httpx.Response | None:
        answer = self.http.get(path, params=query)
        if answer.status_code >= 500:
            self.unanswered += 1
            return None
        self.answers += 1
        return answer if answer.status_code == 200 else None
