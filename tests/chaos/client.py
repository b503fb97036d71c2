"""A seller at work over HTTP: creates, changes, deletes, and asks again until it is told that it was done."""

from __future__ import annotations

import io
import random
import threading
import time
from typing import Any

import httpx

from tests.chaos.drafts import Draft, draft
from tests.chaos.ledger import Entry, Ledger

PAUSE_S = (0.02, 0.15)
AGAIN_S = 0.1
PATIENCE_S = 60.0
"""For one call, over all its repetitions."""


class Client(threading.Thread):
    def __init__(self, url: str, token: str, ledger: Ledger, seed: int) -> None:
        super().__init__(name="client", daemon=True)
        self._http = httpx.Client(
            base_url=url, trust_env=False, timeout=10, headers={"authorization": f"Bearer {token}"}
        )
        self._ledger = ledger
        self._rng = random.Random(seed)
        self._enough = threading.Event()
        self._mine: list[Entry] = []
        self.failure: str | None = None
        self.repeated = 0
        """Calls whose first answer was none, or said to come back."""

    def run(self) -> None:
        try:
            while not self._enough.is_set():
                self._step()
                self._enough.wait(self._rng.uniform(*PAUSE_S))
        except AssertionError as error:
            self.failure = str(error)

    def finish(self) -> None:
        """After the call that is under way."""
        self._enough.set()
        self.join(PATIENCE_S + 10)
        self._http.close()
        assert self.failure is None, self.failure
        assert not self.is_alive(), "the client hangs"

    def _step(self) -> None:
        choice = self._rng.random()
        if choice < 0.5 or not self._mine:
            self._create()
        elif choice < 0.85:
            self._change(self._rng.choice(self._mine))
        else:
            self._remove(self._mine.pop(self._rng.randrange(len(self._mine))))

    def _create(self) -> None:
        new = draft(self._rng, bad=0.2)
        self._ledger.propose(new)
        image = self._upload() if self._rng.random() < 0.15 else None
        body = {**new.body(), **({"image_id": image} if image else {})}
        answer = self._call("POST", "/api/v1/items", (201,), json=body, key=new.token)
        entry = self._ledger.accept(new, answer.json()["id"])
        if image and not new.listed:
            self._ledger.hidden_images.append(image)  # stays as it is, and so does its image
        else:
            self._mine.append(entry)

    def _change(self, entry: Entry) -> None:
        new = self._changed(entry.draft)
        self._ledger.propose(new)
        body = new.body() if new.token != entry.draft.token else {"price": new.price}
        self._call("PATCH", f"/api/v1/items/{entry.id}", (200,), json=body)
        self._ledger.change(entry, new)

    def _changed(self, before: Draft) -> Draft:
        if self._rng.random() < 0.3:
            return before.priced(before.price + 100)
        return draft(self._rng, bad=0.25)

    def _remove(self, entry: Entry) -> None:
        # 404: it was deleted by a call whose answer was lost
        self._call("DELETE", f"/api/v1/items/{entry.id}", (204, 404))
        self._ledger.delete(entry)

    def _upload(self) -> str:
        files = {"file": ("image.png", picture(self._rng.randrange(2**24)), "image/png")}
        return str(self._call("POST", "/api/v1/uploads", (201,), files=files).json()["id"])

    def _call(
        self, method: str, path: str, wanted: tuple[int, ...], key: str | None = None, **content: Any
    ) -> httpx.Response:
        """Until it is acknowledged. The same key again means the same call again, so nothing is made twice."""
        headers = {"idempotency-key": key} if key else {}
        deadline = time.monotonic() + PATIENCE_S
        told = ""
        while time.monotonic() < deadline:
            try:
                answer = self._http.request(method, path, headers=headers, **content)
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


def picture(color: int, side: int = 32) -> bytes:
    """A small PNG of two colours: as many different ones as there are colours."""
    from PIL import Image

    buffer = io.BytesIO()
    image = Image.new("RGB", (side, side), (color >> 16 & 255, color >> 8 & 255, color & 255))
    image.paste((255 - (color >> 16 & 255), 128, 128), (0, 0, side // 2, side // 2))
    image.save(buffer, "PNG")
    return buffer.getvalue()
