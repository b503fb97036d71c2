"""The table `items` and its triggers, in memory. Held to the real ones by tests/support/test_memory.py."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

Row = dict[str, Any]
Tell = Callable[[Row], None]
JUDGED = ("name", "description", "category", "tags", "image_id")
_UNJUDGED: Row = {"auto_tags": [], "verdict": None, "verdict_event_id": None, "verdict_provider": None}
_SHOWN = (
    *("id", "external_id", "seller_id", "name", "description", "category", "tags", "auto_tags", "price", "image_id"),
    *("attribution", "status", "revision", "content_revision", "popularity", "created_at", "updated_at"),
)


class Items:
    """Rows are replaced, never changed in place: whoever holds one sees it as it was."""

    def __init__(self, now: Callable[[], datetime], tell: Tell) -> None:
        """`tell` takes a row for the outbox."""
        self._now, self._tell = now, tell
        self.rows: dict[UUID, Row] = {}

    def insert(self, values: Mapping[str, Any]) -> Row | None:
        taken = (values["seller_id"], values["external_id"])
        if taken[1] is not None and taken in {(row["seller_id"], row["external_id"]) for row in self.rows.values()}:
            return None
        now = self._now()
        first = {"status": "pending", "revision": 1, "content_revision": 1, "popularity": 0.0}
        row = {**values, **_UNJUDGED, **first, "created_at": now, "updated_at": now}
        self.rows[row["id"]] = row
        return row

    def update(self, item_id: UUID, **values: Any) -> Row | None:
        """BEFORE UPDATE (items_revise), the row, AFTER UPDATE (items_mirror)."""
        old = self.rows.get(item_id)
        if old is None:
            return None
        kept = {"revision": old["revision"], "content_revision": old["content_revision"]}
        new = {**old, **values, **kept}
        if new != {**old, "announced_revision": new["announced_revision"]}:
            new |= {"revision": old["revision"] + 1, "updated_at": self._now()}
            if any(new[name] != old[name] for name in JUDGED):
                new |= {**_UNJUDGED, "content_revision": old["content_revision"] + 1, "status": "pending"}
        self.rows[item_id] = new
        if new["revision"] != old["revision"]:
            self._mirror(old, new)
        return new

    def delete(self, item_id: UUID) -> int:
        old = self.rows.pop(item_id, None)
        if old is None:
            return 0
        self._mirror(old, None)
        return 1

    def _mirror(self, old: Row, new: Row | None) -> None:
        is_listed = new is not None and new["status"] == "approved"
        if not (is_listed or old["status"] == "approved"):
            return
        payload = json.dumps(_document(new)).encode() if new is not None and is_listed else None
        revision = new["revision"] if new is not None else old["revision"] + 1
        topic = "item.mirrored"
        self._tell(
            {"topic": topic, "key": str(old["id"]), "payload": payload, "event_type": topic, "revision": revision}
        )


def _document(row: Row) -> Row:
    plain = {name: row[name] for name in _SHOWN}
    plain |= {name: row[name] and str(row[name]) for name in ("id", "image_id")}
    return plain | {name: row[name].isoformat(timespec="microseconds") for name in ("created_at", "updated_at")}
