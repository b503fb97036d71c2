"""moderation: an item's content goes in, a verdict on exactly that content comes out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from herofactory.moderation.moderator import Moderator, ProviderUnavailable
from herofactory.moderation.results import ModerationResults, Result
from herofactory.moderation.subject import Subject
from herofactory.platform.clock import Clock
from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.delivery import Delivery, derive
from herofactory.platform.delivery.errors import Outage
from herofactory.platform.delivery.replayable import external
from herofactory.platform.events.item import ItemContent, ItemModerated, Reason
from herofactory.platform.records import Outgoing
from herofactory.platform.telemetry.metrics import Metrics
from streams.topics import ITEM_CREATED, ITEM_MODERATED, ITEM_UPDATED

ImageReader = Callable[[UUID], Awaitable[bytes]]
"""From an asset id to its PNG; empty bytes where the file is gone, which no moderator approves."""


def moderation(
    moderator: Moderator, results: ModerationResults, read_image: ImageReader, clock: Clock, metrics: Metrics
) -> Agent:
    async def judged(delivery: Delivery, event: ItemContent) -> Result:
        event_id = UUID(delivery.event_id)
        kept = await results.get(event_id)
        if kept:
            return kept
        image = await read_image(UUID(event.image_id)) if event.image_id else None
        subject = Subject(
            event.item_id, event.seller_id, event.name, event.description, event.category, event.tags, image
        )
        try:
            verdict = await moderator.judge(subject)
        except ProviderUnavailable as error:
            raise Outage(str(error), retry_after=error.retry_after_s) from error
        metrics.count("hero_moderation_verdicts_total", decision=verdict.decision.value, provider=verdict.provider)
        return await results.keep(event_id, UUID(event.item_id), event.content_revision, verdict, clock.now())

    async def handle(delivery: Delivery) -> Sequence[Outgoing]:
        event = delivery.expect(ItemContent)
        result = await judged(delivery, event)
        verdict = _event(event, result)
        return [derive(delivery, ITEM_MODERATED, event.item_id, verdict, occurred_at=result.decided_at)]

    return Agent(
        name="moderation",
        sources=(ITEM_CREATED, ITEM_UPDATED),
        handle=handle,
        parallelism=8,
        replay=external(results.known),
    )


def _event(event: ItemContent, result: Result) -> ItemModerated:
    verdict = result.verdict
    return ItemModerated(
        item_id=event.item_id,
        content_revision=event.content_revision,
        decision=verdict.decision.value,
        reasons=tuple(Reason(reason.code.value, reason.detail) for reason in verdict.reasons),
        tags=verdict.tags,
        scores=verdict.scores,
        policy=verdict.policy,
        provider=verdict.provider,
    )
