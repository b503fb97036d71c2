"""Somebody who puts up, changes and deletes items whatever happens, repeats what got no answer, and writes down what
was accepted. Searches in between: nothing may be shown that was deleted by then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx

from tests.stack.errand import Errand

PAUSE_S = 0.15
ANSWER_S = 60.0
"""Far beyond every limit in the platform: whatever takes longer hangs."""
PATIENCE_S = 180.0
"""For the last call."""
LATER = {503, 429, 409}
"""Come again: a server is away; too fast; the call before this one, whose answer was cut, is still under way."""


@dataclass
class Piece:
    """As it was accepted last."""

    name: str
    price: int


class Merchant:
    def __init__(self, url: str, token: str, tag: str, seed: int) -> None:
        """`tag`: of every item, and of nobody else's."""
        self.tag = tag
        self.pieces: dict[str, Piece] = {}
        self.deleted: set[str] = set()
        self.answers: Counter[tuple[str, int]] = Counter()
        self.cut = 0
        """Requests without an answer."""
        self.wrong: list[str] = []
        self.calls = 0
        """Those accepted."""
        self._random = Random(seed)
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(base_url=f"{url}/api/v1", timeout=ANSWER_S, trust_env=False, headers=headers)
        self._errand = Errand(self._trade, f"merchant {tag}")

    @contextmanager
    def trading(self) -> Iterator[Merchant]:
        try:
            with self._errand.going_on(PATIENCE_S, ANSWER_S, self._told):
                yield self
        finally:
            self._client.close()

    def _told(self) -> str:
        return f"the last call is not accepted: {dict(self.answers)} {self.wrong[-3:]}"

    def _trade(self) -> None:
        number = 0
        while not self._errand.over.is_set():
            number += 1
            act = self._random.choices((self._create, self._change, self._delete), (5, 4, 1))[0]
            act(number)
            self._search()
            self._errand.over.wait(PAUSE_S)

    def _create(self, number: int) -> None:
        piece = Piece(f"{self.tag} {number}번 검", self._random.randrange(1, 100) * 100)
        body = {"name": piece.name, "description": "튼튼한 검", "category": "weapon", "tags": [self.tag]}
        key = {"Idempotency-Key": f"{self.tag}-{number}"}
        answer = self._until(201, "POST", "/items", json=body | {"price": piece.price}, headers=key)
        if answer is not None:
            self.pieces[answer.json()["id"]] = piece

    def _change(self, number: int) -> None:
        if not self.pieces:
            return
        item = self._random.choice(list(self.pieces))
        renames = self._random.random() < 0.5
        change = {"name": f"{self.tag} {number}번 긴 검"} if renames else {"price": number}
        if self._until(200, "PATCH", f"/items/{item}", json=change) is not None:
            for name, value in change.items():
                setattr(self.pieces[item], name, value)

    def _delete(self, number: int) -> None:
        if not self.pieces:
            return
        item = self._random.choice(list(self.pieces))
        # A 404: the answer to an earlier attempt was cut.
        if self._until(204, "DELETE", f"/items/{item}", done=404) is not None:
            del self.pieces[item]
            self.deleted.add(item)

    def _search(self) -> None:
        gone = frozenset(self.deleted)
        answer = self._ask("GET", "/search", params={"tag": self.tag, "sort": "newest", "limit": 100})
        if answer is not None and answer.is_success:
            shown = {item["id"] for item in answer.json()["items"]}
            if shown & gone:
                self.wrong.append(f"a search shows what was deleted: {shown & gone}")

    def _until(self, wanted: int, method: str, path: str, *, done: int = 0, **more: Any) -> httpx.Response | None:
        while not self._errand.given_up.is_set():
            answer = self._ask(method, path, **more)
            if answer is not None and answer.status_code in (wanted, done):
                self.calls += 1
                return answer
            self._errand.given_up.wait(PAUSE_S)
        return None

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response | None:
        try:
            answer = self._client.request(method, path, **more)
        except httpx.TimeoutException as error:
            self.wrong.append(f"{method} {path} hangs: {error!r}")
            return None
        except httpx.TransportError:
            self.cut += 1
            return None
        self.answers[method, answer.status_code] += 1
        if not (answer.is_success or answer.status_code in LATER or (method == "DELETE" and answer.status_code == 404)):
            self.wrong.append(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer
