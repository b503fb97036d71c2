"""What was acknowledged, and so what may be served: the memory of the one who asked, kept outside the platform."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.chaos.drafts import Draft, token_of


@dataclass(slots=True)
class Entry:
    """One item."""

    draft: Draft
    """Its content as last acknowledged."""
    id: str | None = None
    """None for an imported item: the importer tells no ids."""
    deleted: bool = False
    contents: list[str] = field(default_factory=list)
    """Tokens of all contents that were acknowledged, each of which somebody had to judge."""
    story: list[str] = field(default_factory=list)
    """What was done with it, for whoever looks for the cause of a failure."""


class Ledger:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._drafts: dict[str, Draft] = {}
        self._over: dict[str, float] = {}
        self.entries: dict[str, Entry] = {}
        """By the token of their first content."""
        self.hidden_images: list[str] = []
        """Ids of images that belong to rejected items only."""
        self.violations: list[str] = []
        self.acts: Counter[str] = Counter()
        """What was acknowledged, by kind."""
        self.shown = 0
        """Items that answers held, each of which was judged."""

    @property
    def acknowledged(self) -> int:
        return self.acts.total()

    def propose(self, draft: Draft) -> None:
        """To be called before anything is sent: from now on this content may turn up."""
        with self._lock:
            known = self._drafts.get(draft.token, draft)
            self._drafts[draft.token] = draft.decided(draft.listed or known.listed)

    def accept(self, draft: Draft, item_id: str | None) -> Entry:
        with self._lock:
            entry = self.entries[draft.token] = Entry(draft, item_id, contents=[draft.token])
            self._told(entry, "created" if item_id else "imported", f"{draft.token} listed={draft.listed}")
            return entry

    def change(self, entry: Entry, draft: Draft) -> None:
        with self._lock:
            if draft.token != entry.draft.token:
                self._over[entry.draft.token] = time.monotonic()
                entry.contents.append(draft.token)
            entry.draft = draft
            self._told(entry, "changed", f"to {draft.token} price={draft.price} listed={draft.listed}")

    def decide(self, entry: Entry, draft: Draft) -> None:
        """A moderator has; `draft` is the same content with what may become of it from now on."""
        with self._lock:
            if not draft.listed:
                self._over[draft.token] = time.monotonic()
            entry.draft = draft
            self._told(entry, "decided", f"listed={draft.listed}")

    def delete(self, entry: Entry) -> None:
        with self._lock:
            entry.deleted = True
            self._over[entry.draft.token] = time.monotonic()
            self._told(entry, "deleted", "")

    def served(self, name: str, item_id: str, how: str, asked_at: float) -> None:
        """Judge what an answer held. `asked_at`: when the question was sent (time.monotonic)."""
        token = token_of(name)
        with self._lock:
            self.shown += 1
            draft, over = self._drafts.get(token), self._over.get(token)
            if draft is None:
                self.violations.append(f"{how} served {item_id} {name!r}, which nobody put up")
            elif not draft.listed:
                self.violations.append(f"{how} served {item_id} {name!r}, which must be rejected: {draft}")
            elif over is not None and over < asked_at:
                late = asked_at - over
                self.violations.append(f"{how} served {item_id} {name!r}, {late:.3f} s after it was changed or deleted")

    def gone_tokens(self) -> list[str]:
        with self._lock:
            return list(self._over)

    def alive(self) -> list[Entry]:
        with self._lock:
            return [entry for entry in self.entries.values() if not entry.deleted]

    def tokens(self) -> list[str]:
        with self._lock:
            return list(self._drafts)

    def _told(self, entry: Entry, act: str, detail: str) -> None:
        self.acts[act] += 1
        entry.story.append(f"{time.monotonic() - self._began:.2f} s {act} {detail}".rstrip())
