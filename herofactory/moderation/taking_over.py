"""Another generation of verdicts is put into use, or the former one back: in one transaction, whichever way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from herofactory.catalog.verdicts import document
from herofactory.moderation.results import TARGET
from herofactory.moderation.verdict import Verdict
from herofactory.moderation.verdicts_of import FREE, differs, verdict_of
from herofactory.platform.delivery.delivery import derived_id
from herofactory.platform.events.item import ItemModerated, Reason
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Connection, Row
from herofactory.platform.replay import generations

BATCH = 1_000

_KEEP_FIRST = f"""
INSERT INTO moderation_results (event_id, item_id, content_revision, verdict, decided_at)
SELECT verdict_event_id, id, content_revision, shown.verdict, shown.decided_at FROM items, {{shown}}
 WHERE {FREE} AND items.verdict IS NOT NULL AND NOT EXISTS {{known}} ON CONFLICT DO NOTHING"""
_KEEP = f"""
INSERT INTO moderation_verdicts (generation, event_id, item_id, content_revision, verdict, decided_at)
SELECT %(outgoing)s, verdict_event_id, id, content_revision, shown.verdict, shown.decided_at FROM items, {{shown}}
 WHERE {FREE} AND items.verdict IS NOT NULL AND NOT EXISTS {{known}} ON CONFLICT DO NOTHING"""
_SHOWN = """LATERAL (SELECT jsonb_build_object(
        'decision', items.verdict -> 'decision', 'policy', items.verdict -> 'policy',
        'provider', items.verdict -> 'provider', 'reasons', items.verdict -> 'reasons',
        'tags', to_jsonb(items.auto_tags), 'scores', items.verdict -> 'scores', 'model', NULL, 'cost_micro_usd', 0
    ) AS verdict, (items.verdict ->> 'decided_at')::timestamptz AS decided_at) AS shown"""

# The condition on the revision is looked at again where a row was locked by somebody who changed it meanwhile.
# Where the new generation says nothing of a content that waits for a verdict, the outgoing one's counts: nobody will
# tell it any more.
_DIFFERING = f"""
SELECT items.id, items.content_revision, chosen.event_id, chosen.verdict,
       greatest(clock_timestamp(), (items.verdict ->> 'decided_at')::timestamptz + interval '1 microsecond',
                (SELECT max(decided_at) + interval '1 microsecond' FROM moderation_results AS other
                  WHERE other.item_id = items.id AND other.content_revision = items.content_revision),
                (SELECT max(decided_at) + interval '1 microsecond' FROM moderation_verdicts AS other
                  WHERE other.item_id = items.id AND other.content_revision = items.content_revision)) AS decided_at
  FROM items
  LEFT JOIN LATERAL {{incoming}} AS incoming ON true
  LEFT JOIN LATERAL {{outgoing}} AS outgoing ON items.status = 'pending' AND incoming.verdict IS NULL
 CROSS JOIN LATERAL (SELECT coalesce(incoming.event_id, outgoing.event_id) AS event_id,
                            coalesce(incoming.content_revision, outgoing.content_revision) AS content_revision,
                            coalesce(incoming.verdict, outgoing.verdict) AS verdict) AS chosen
 WHERE items.id > %(after)s AND chosen.content_revision = items.content_revision AND {FREE}
   AND {differs("chosen.verdict")}
 ORDER BY items.id LIMIT {BATCH} FOR UPDATE OF items
"""
_APPLY = """
UPDATE items SET status = new.status, verdict = new.verdict, verdict_event_id = new.event_id,
       verdict_provider = new.verdict ->> 'provider', auto_tags = ARRAY(SELECT jsonb_array_elements_text(new.tags))
  FROM jsonb_to_recordset(%s) AS new (id uuid, status text, verdict jsonb, event_id uuid, tags jsonb)
 WHERE items.id = new.id RETURNING items.id, items.revision
"""
_BEFORE_ALL = UUID(int=0)


class _Change:
    """Of one row. Its event is derived from the one that was judged, so it belongs to its cause and is told once."""

    def __init__(self, row: Row, generation: int) -> None:
        self.item_id: UUID = row["id"]
        self.at: datetime = row["decided_at"].astimezone(UTC)
        verdict = Verdict.from_json(row["verdict"])
        self.event = ItemModerated(
            item_id=str(self.item_id),
            content_revision=row["content_revision"],
            decision=verdict.decision.value,
            reasons=tuple(Reason(reason.code.value, reason.detail) for reason in verdict.reasons),
            tags=verdict.tags,
            scores=verdict.scores,
            policy=verdict.policy,
            provider=verdict.provider,
        )
        parts = (self.event.topic, self.event.key, f"into use {generation}", self.at.isoformat())
        self.event_id = UUID(derived_id(str(row["event_id"]), *parts))

    def to_json(self) -> dict[str, Any]:
        return {
            "id": str(self.item_id),
            "status": self.event.decision,
            "verdict": document(self.event, self.at),
            "event_id": str(self.event_id),
            "tags": list(self.event.tags),
        }


async def keep_shown(transaction: Connection) -> None:
    """What the generation in use never judged, but a row shows, becomes its own: for the day it comes back."""
    outgoing = await generations.active(transaction, TARGET)
    keep = _KEEP_FIRST if outgoing == generations.FIRST else _KEEP
    query = keep.format(shown=_SHOWN, known=verdict_of(outgoing))
    await transaction.execute(query.encode(), {"outgoing": outgoing})


async def take_over(transaction: Connection, outbox: Outbox, generation: int) -> int:
    """Verdicts are made by `generation` from now on, and what it says otherwise is applied to the rows whose newest
    content it judged and that no moderator decided; returns how many. All that is told of it names the replay.
    Idempotent. Raises LookupError.

    Whoever stores a verdict has locked its generation's row until it is stored, so none falls in between: what was
    stored before is found here, what is stored later is told by the agent of the generation then in use.
    """
    outgoing = await generations.active(transaction, TARGET)
    await generations.activate(transaction, TARGET, generation)
    if outgoing == generation:
        return 0
    await generations.mark(transaction, TARGET, max(generation, outgoing))
    query = _DIFFERING.format(incoming=verdict_of(generation), outgoing=verdict_of(outgoing)).encode()
    changed, after = 0, _BEFORE_ALL
    while True:
        cursor = await transaction.execute(query, {"after": after})
        changes = [_Change(row, generation) for row in await cursor.fetchall()]
        if not changes:
            return changed
        await _apply(transaction, outbox, changes)
        changed, after = changed + len(changes), changes[-1].item_id


async def _apply(transaction: Connection, outbox: Outbox, changes: Sequence[_Change]) -> None:
    cursor = await transaction.execute(_APPLY, (Jsonb([change.to_json() for change in changes]),))
    revisions = {row["id"]: row["revision"] for row in await cursor.fetchall()}
    async with transaction.pipeline():
        for change in changes:
            await outbox.put(
                transaction,
                change.event,
                revision=revisions[change.item_id],
                event_id=change.event_id,
                occurred_at=change.at,
            )
