"""Somebody at work over HTTP, in a thread of their own, who asks again until told that it was done."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping
from typing import Any

import httpx

AGAIN_S = 0.1
PATIENCE_S = 120.0
"""For one call, over all its repetitions."""


class Actor(threading.Thread):
    """Subclasses say in `step` what is done again and again, with `pause_s` (least, most) between."""

    pause_s = (0.02, 0.15)

    def __init__(self, url: str, seed: int, token: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(name=type(self).__name__, daemon=True)
        known = {"authorization": f"Bearer {token}"} if token else {}
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=10, headers={**known, **(headers or {})})
        self.rng = random.Random(seed)
        self.failure: str | None = None
        self.repeated = 0
        """Calls whose first answer was none, or said to come back."""
        self.doubled = 0
        """Calls that were sent once more after they were acknowledged."""
        self._enough = threading.Event()

    def step(self) -> None:
        raise NotImplementedError

    def run(self) -> None:
        try:
            while not self._enough.is_set():
                self.step()
                self._enough.wait(self.rng.uniform(*self.pause_s))
        except AssertionError as error:
            self.failure = str(error)

    def finish(self) -> None:
        """After the call that is under way."""
        self._enough.set()
        self.join(PATIENCE_S + 10)
        assert not self.is_alive(), f"{self.name} hangs"
        self.http.close()
        assert self.failure is None, f"{self.name}: {self.failure}"

    def call(
        self, method: str, path: str, wanted: tuple[int, ...], key: str | None = None, **content: Any
    ) -> httpx.Response:
        """Until it is acknowledged. The same key again means the same call again, so nothing is made twice."""
        headers = {"idempotency-key": key} if key else {}
        deadline = time.monotonic() + PATIENCE_S
        told = ""
        while time.monotonic() < deadline:
            try:
                answer = self.http.request(method, path, headers=headers, **content)
            except httpx.HTTPError as error:
                told = repr(error)
            else:
                if answer.status_code in wanted:
                    return answer
                told = f"{answer.status_code} {answer.text[:300]}"
                assert answer.status_code >= 500 or answer.status_code == 429, f"{method} {path} {content}: {told}"
            self.repeated += 1
            time.sleep(AGAIN_S)
        raise AssertionError(f"{method} {path} was not acknowledged within {PATIENCE_S} s: {told}")

    def impatient(
        self, method: str, path: str, wanted: tuple[int, ...], key: str, again: float, **content: Any
    ) -> httpx.Response:
        """The same, and in a share `again` of the cases once more after it was acknowledged, as lost answers are."""
        answer = self.call(method, path, wanted, key, **content)
        if self.rng.random() < again:
            self.call(method, path, wanted, key, **content)
            self.doubled += 1
        return answer
