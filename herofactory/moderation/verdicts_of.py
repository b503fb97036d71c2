"""SQL: what each generation says of an item's newest content, and where that differs from what its row shows."""

from __future__ import annotations

from herofactory.platform.replay import generations

MODERATOR = "moderator"

FREE = f"""items.verdict_provider IS DISTINCT FROM '{MODERATOR}'
    AND (items.verdict_event_id IS NOT NULL OR items.status = 'pending')"""
"""Rows that a policy decides: neither a moderator did, nor somebody who set the status by hand."""


def verdict_of(generation: int) -> str:
    """A subquery for LATERAL, beside `items`: at most one row (event_id, content_revision, verdict, decided_at)."""
    if generation == generations.FIRST:
        return """(SELECT event_id, content_revision, verdict, decided_at FROM moderation_results AS kept
                    WHERE kept.item_id = items.id AND kept.content_revision = items.content_revision
                    ORDER BY decided_at DESC, event_id DESC LIMIT 1)"""
    return f"""(SELECT event_id, content_revision, verdict, decided_at FROM moderation_verdicts AS kept
                 WHERE kept.item_id = items.id AND kept.content_revision = items.content_revision
                   AND kept.generation = {int(generation)})"""


def differs(verdict: str) -> str:
    """Whether what `verdict` (an expression) says is shown otherwise. Scores and the policy's name show nothing."""
    return f"""(items.status IS DISTINCT FROM {verdict} ->> 'decision'
        OR to_jsonb(items.auto_tags) IS DISTINCT FROM {verdict} -> 'tags'
        OR coalesce(items.verdict -> 'reasons', '[]') IS DISTINCT FROM {verdict} -> 'reasons')"""
