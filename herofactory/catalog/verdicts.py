"""What moderation says of an item, applied to exactly the content it judged.

Of two verdicts on one content revision the stronger holds: a moderator's beats an automatic one, and of the same kind
the later beats the earlier. So any order and any repetition of `item.moderated` ends in the same row.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from psycopg.types.json import Jsonb

from herofactory.catalog import repository, text
from herofactory.catalog.item import Item
from herofactory.catalog.service import ItemNotFound
from herofactory.platform.clock import Clock
from herofactory.platform.events.item import ItemModerated, Reason
from herofactory.platform.ids import uuid7
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Connection

MODERATOR = "moderator"
"""The provider of a verdict that a person gave."""
MODERATOR_CODE = "MODERATOR_DECISION"
REASON_MAX = 500
AUTO_TAGS_MAX = 5

Choice = Literal["approve", "reject"]
_DECISIONS: dict[Choice, Literal["approved", "rejected"]] = {"approve": "approved", "reject": "rejected"}

# The row that holds no verdict yet takes any; otherwise the new one must rank above (a repeat of the same does not).
_APPLY = f"""
UPDATE items
   SET status = %(status)s, auto_tags = %(tags)s, verdict = %(verdict)s,
       verdict_event_id = %(event_id)s, verdict_provider = %(provider)s
 WHERE id = %(item_id)s AND content_revision = %(content_revision)s
   AND (verdict_event_id IS NULL
        OR (%(provider)s = '{MODERATOR}', %(decided_at)s::timestamptz, %(event_id)s::uuid)
           > (verdict_provider IS NOT DISTINCT FROM '{MODERATOR}',
              coalesce((verdict ->> 'decided_at')::timestamptz, '-infinity'), verdict_event_id))
"""


class StaleRevision(ValueError):
    """The content was changed since it was looked at."""

    def __init__(self, judged: int, current: int) -> None:
        super().__init__(f"content_revision {judged} was judged, but the item is at {current}; read it again")
        self.current = current


async def apply_verdict(transaction: Connection, event: ItemModerated, event_id: UUID, occurred_at: datetime) -> bool:
    """Whether it changed the row. False for an item that is gone or changed since, a repeat, or a weaker verdict."""
    cursor = await transaction.execute(
        _APPLY,
        {
            "item_id": UUID(event.item_id),
            "content_revision": event.content_revision,
            "status": event.decision,
            "tags": list(event.tags[:AUTO_TAGS_MAX]),
            "verdict": Jsonb(document(event, occurred_at)),
            "event_id": event_id,
            "provider": event.provider,
            "decided_at": occurred_at,
        },
    )
    return cursor.rowcount > 0


class Decisions:
    """What moderators decide; applied at once and told through the outbox."""

    def __init__(self, outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock

    async def decide(
        self,
        transaction: Connection,
        moderator_id: str,
        item_id: UUID,
        choice: Choice,
        *,
        reason: str,
        content_revision: int,
    ) -> Item:
        """The item as it is then. A rejection needs a reason.

        Raises ItemNotFound, StaleRevision (the content was changed since the moderator saw it), InvalidField.
        """
        reason = _checked(choice, reason)
        item = await repository.get(transaction, item_id, lock=True)
        if item is None:
            raise ItemNotFound(f"there is no item {item_id}")
        if item.content_revision != content_revision:
            raise StaleRevision(content_revision, item.content_revision)
        event, event_id, at = _event(item, moderator_id, choice, reason), uuid7(), self._moment_after(item)
        await apply_verdict(transaction, event, event_id, at)
        after = await repository.get(transaction, item_id)
        assert after is not None
        await self._outbox.put(transaction, event, revision=after.revision, event_id=event_id, occurred_at=at)
        return after

    def _moment_after(self, item: Item) -> datetime:
        """Now, but after the last verdict: the clocks of two hosts may differ, the order of two decisions may not."""
        now = self._clock.now()
        if item.verdict is None:
            return now
        return max(now, datetime.fromisoformat(item.verdict["decided_at"]) + timedelta(microseconds=1))


def _checked(choice: Choice, reason: str) -> str:
    if choice == "approve" and not reason.strip():
        return ""
    return text.line("reason", reason, longest=REASON_MAX)


def _event(item: Item, moderator_id: str, choice: Choice, reason: str) -> ItemModerated:
    return ItemModerated(
        item_id=str(item.id),
        content_revision=item.content_revision,
        decision=_DECISIONS[choice],
        reasons=(Reason(MODERATOR_CODE, reason),) if reason else (),
        tags=item.auto_tags,
        policy=MODERATOR,
        provider=MODERATOR,
        moderator_id=moderator_id,
    )


def document(event: ItemModerated, occurred_at: datetime) -> dict[str, Any]:
    """As a row keeps it."""
    return {
        "decision": event.decision,
        "reasons": [asdict(reason) for reason in event.reasons],
        "scores": dict(event.scores),
        "policy": event.policy,
        "provider": event.provider,
        "moderator_id": event.moderator_id,
        "decided_at": occurred_at.astimezone(UTC).isoformat(timespec="microseconds"),
    }
