"""A seller who goes on selling whatever happens, and writes down what was answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.stack.errand import Errand

PAUSE_S = 0.2
"""Between two pieces, or two attempts at one: a trickle. Load is not the point here."""
PATIENCE_S = 150.0
"""For the last piece."""
ANSWER_S = 40.0
"""Far beyond every limit in the platform: whatever takes longer hangs."""


class Seller:
    """Offers one piece after the other, each until it is accepted, in a thread of its own. Searches in between."""

    def __init__(self, url: str, token: str, tag: str) -> None:
        """`tag`: of every piece, and of nobody else's."""
        self.tag = tag
        self.accepted: dict[str, str] = {}
        """Name by the id that was answered."""
        self.answers: Counter[tuple[str, int]] = Counter()
        """By what was asked (`write`, `read` or `search`) and the status."""
        self.wrong: list[str] = []
        """Answers that nobody may ever get."""
        self.refused: list[str] = []
        """The 503s, as told."""
        self.cut = 0
        """Requests without an answer: the process at the other end was killed."""
        self._client = httpx.Client(base_url=f"{url}/api/v1", timeout=ANSWER_S, trust_env=False)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._errand = Errand(self._sell, f"seller {tag}")

    @contextmanager
    def selling(self) -> Iterator[Seller]:
        """Until the end of the `with`; the last piece is accepted then."""
        with self._errand.going_on(PATIENCE_S, ANSWER_S, self._told):
            yield self

    def _told(self) -> str:
        return f"the last piece is not accepted: {dict(self.answers)} {self.wrong[-3:]}"

    def count(self, what: str, status: int) -> int:
        return self.answers[what, status]

    def found(self) -> list[dict[str, Any]]:
        """Everything of this seller's that the search finds, page by page, as often as it finds it."""
        items: list[dict[str, Any]] = []
        asked: dict[str, str | int] = {"tag": self.tag, "sort": "newest", "limit": 100}
        while True:
            answer = self._client.get("/search", params=asked)
            answer.raise_for_status()
            page = answer.json()
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            asked["cursor"] = page["next_cursor"]

    def mine(self) -> list[dict[str, Any]]:
        """Everything of this seller's that the database holds."""
        items: list[dict[str, Any]] = []
        asked: dict[str, str | int] = {"limit": 100}
        while True:
            answer = self._client.get("/items/mine", params=asked, headers=self._headers)
            answer.raise_for_status()
            page = answer.json()
            items += page["items"]
            if page["next_cursor"] is None:
                return [item for item in items if self.tag in item["tags"]]
            asked["cursor"] = page["next_cursor"]

    def close(self) -> None:
        self._client.close()

    def _sell(self) -> None:
        number = 0
        while not self._errand.over.is_set():
            number += 1
            self._offer(number)
            self._ask("search", "GET", "/search", params={"q": "검"})
            self._ask("read", "GET", f"/items/{next(reversed(self.accepted))}", headers=self._headers)
            self._errand.over.wait(PAUSE_S)

    def _offer(self, number: int) -> None:
        """Until it is accepted: with the same key, so that an answer that was lost makes no second piece."""
        piece = {"name": f"{self.tag} {number}번 검", "description": "튼튼한 검", "category": "weapon"}
        headers = {**self._headers, "Idempotency-Key": f"{self.tag}-{number}"}
        while not self._errand.given_up.is_set():
            body = {**piece, "tags": [self.tag], "price": 1000}
            answer = self._ask("write", "POST", "/items", json=body, headers=headers)
            if answer is not None and answer.status_code == httpx.codes.CREATED:
                self.accepted[answer.json()["id"]] = piece["name"]
                return
            self._errand.given_up.wait(PAUSE_S)

    def _ask(self, what: str, method: str, path: str, **more: Any) -> httpx.Response | None:
        try:
            answer = self._client.request(method, path, **more)
        except httpx.TimeoutException as error:
            self.wrong.append(f"{method} {path} hangs: {error!r}")
            return None
        except httpx.TransportError:
            self.cut += 1
            return None
        self.answers[what, answer.status_code] += 1
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            self.refused.append(f"{datetime.now(UTC):%T.%f} {what}: {answer.text[:300]}")
        if (told := _wrong(answer)) is not None:
            self.wrong.append(f"{method} {path}: {told}")
        return answer


def _wrong(answer: httpx.Response) -> str | None:
    """The platform's own trouble is a 503 that says when to come again; everything else here has to succeed."""
    if answer.is_success:
        return None
    if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
        return f"{answer.status_code} {answer.text[:300]}"
    return None if int(answer.headers.get("retry-after", "0")) >= 1 else "503 without Retry-After"
