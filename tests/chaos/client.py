"""A seller at work: creates, changes, deletes; and the moderator who overrules what was said of the items."""

from __future__ import annotations

import io

from tests.chaos.actor import Actor
from tests.chaos.drafts import Draft, draft
from tests.chaos.ledger import Entry, Ledger

DOUBLED = 0.05
"""Share of the creations that are sent twice."""


class Client(Actor):
    def __init__(self, url: str, token: str, moderator: str, ledger: Ledger, seed: int) -> None:
        super().__init__(url, seed, token)
        self._moderator = Actor(url, seed, moderator)
        self._ledger = ledger
        self._mine: list[Entry] = []
        self._decided: set[str] = set()

    def finish(self) -> None:
        super().finish()
        self._moderator.http.close()

    def step(self) -> None:
        choice = self.rng.random()
        if choice < 0.45 or not self._mine:
            self._create()
        elif choice < 0.75:
            self._change(self.rng.choice(self._mine))
        elif choice < 0.88:
            self._decide(self.rng.choice(self._mine))
        else:
            self._remove(self._mine.pop(self.rng.randrange(len(self._mine))))

    def _create(self) -> None:
        new = draft(self.rng, bad=0.2)
        self._ledger.propose(new)
        image = self._upload() if self.rng.random() < 0.15 else None
        body = {**new.body(), **({"image_id": image} if image else {})}
        answer = self.impatient("POST", "/api/v1/items", (201,), new.token, DOUBLED, json=body)
        entry = self._ledger.accept(new, answer.json()["id"])
        if image and not new.listed:
            self._ledger.hidden_images.append(image)  # stays as it is, and so does its image
        else:
            self._mine.append(entry)

    def _change(self, entry: Entry) -> None:
        new = self._changed(entry.draft)
        self._ledger.propose(new)
        body = new.body() if new.token != entry.draft.token else {"price": new.price}
        self.call("PATCH", f"/api/v1/items/{entry.id}", (200,), json=body)
        self._ledger.change(entry, new)

    def _changed(self, before: Draft) -> Draft:
        if self.rng.random() < 0.3:
            return before.priced(before.price + 100)
        return draft(self.rng, bad=0.25)

    def _decide(self, entry: Entry) -> None:
        """The opposite of what the rules say, once per content: also before they have spoken."""
        before = entry.draft
        if before.token in self._decided:
            return
        self._decided.add(before.token)
        item = self.call("GET", f"/api/v1/items/{entry.id}", (200,)).json()
        after = before.decided(not before.listed)
        decision = {
            "decision": "approve" if after.listed else "reject",
            "reason": "looked at by a person",
            "content_revision": item["content_revision"],
        }
        self._ledger.propose(after)
        self._moderator.call(
            "POST", f"/api/v1/moderation/{entry.id}/decision", (200,), f"decision-{before.token}", json=decision
        )
        self._ledger.decide(entry, after)

    def _remove(self, entry: Entry) -> None:
        # 404: it was deleted by a call whose answer was lost
        self.call("DELETE", f"/api/v1/items/{entry.id}", (204, 404))
        self._ledger.delete(entry)

    def _upload(self) -> str:
        files = {"file": ("image.png", picture(self.rng.randrange(2**24)), "image/png")}
        return str(self.call("POST", "/api/v1/uploads", (201,), files=files).json()["id"])


def picture(color: int, side: int = 32) -> bytes:
    """A small PNG of two colours: as many different ones as there are colours."""
    from PIL import Image

    buffer = io.BytesIO()
    image = Image.new("RGB", (side, side), (color >> 16 & 255, color >> 8 & 255, color & 255))
    image.paste((255 - (color >> 16 & 255), 128, 128), (0, 0, side // 2, side // 2))
    image.save(buffer, "PNG")
    return buffer.getvalue()
