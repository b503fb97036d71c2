"""moderation: an item's content goes in, a verdict on exactly that content comes out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from herofactory.moderation.moderator import Moderator, NotJudged, ProviderUnavailable, close
from herofactory.moderation.results import ModerationResults, Result, Results
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
AGAIN_S = 5.0
"""Before a provider that is away, and does not say for how long, is asked again."""


def moderation(
    moderator: Moderator, results: ModerationResults, read_image: ImageReader, clock: Clock, metrics: Metrics
) -> Agent:
    """Of the first generation."""
    return judging(Judging(moderator, results, read_image, clock, metrics), results)


def judging(judging: Judging, results: ModerationResults, generation: int = 1) -> Agent:
    """Verdicts are told while the generation is in use."""

    async def handle(delivery: Delivery) -> Sequence[Outgoing]:
        event = delivery.expect(ItemContent)
        result = await judging.judge(UUID(delivery.event_id), event)
        if result is None or not result.in_use:
            return []
        verdict, part = verdict_event(event.item_id, event.content_revision, result), part_of(generation)
        return [derive(delivery, ITEM_MODERATED, event.item_id, verdict, occurred_at=result.decided_at, part=part)]

    return Agent(
        name="moderation",
        sources=(ITEM_CREATED, ITEM_UPDATED),
        handle=handle,
        parallelism=8,
        generation=generation,
        tells_itself=True,
        replay=external(results.known),
    )


class Judging:
    """Of one generation: nothing is judged twice."""

    def __init__(
        self, moderator: Moderator, results: Results, read_image: ImageReader, clock: Clock, metrics: Metrics
    ) -> None:
        self._moderator = moderator
        self._results = results
        self._read_image = read_image
        self._clock = clock
        self._metrics = metrics

    async def judge(self, event_id: UUID, content: ItemContent) -> Result | None:
        """None where this generation has nothing to say of the content. Raises Outage."""
        item_id, revision = UUID(content.item_id), content.content_revision
        kept = await self._results.get(event_id, item_id, revision)
        if kept or not await self._results.wanted(item_id, revision):
            return kept
        try:
            verdict = await self._moderator.judge(await self.subject(content))
        except NotJudged:
            return None
        except ProviderUnavailable as error:
            raise Outage(str(error), retry_after=error.retry_after_s) from error
        self._metrics.count(
            "hero_moderation_verdicts_total", decision=verdict.decision.value, provider=verdict.provider
        )
        return await self._results.keep(event_id, item_id, revision, verdict, self._clock.now())

    async def patiently(self, event_id: UUID, content: ItemContent) -> Result | None:
        """Without an agent around it that waits and tries again."""
        while True:
            try:
                return await self.judge(event_id, content)
            except Outage as error:
                await self._clock.sleep(error.retry_after or AGAIN_S)

    async def aclose(self) -> None:
        await close(self._moderator)

    async def subject(self, content: ItemContent) -> Subject:
        image = await self._read_image(UUID(content.image_id)) if content.image_id else None
        return Subject(
            content.item_id,
            content.seller_id,
            content.name,
            content.description,
            content.category,
            content.tags,
            image,
        )


def part_of(generation: int) -> str:
    """Two generations tell of one event: each under an id of its own."""
    return "" if generation == 1 else f"generation {generation}"


def verdict_event(item_id: str, content_revision: int, result: Result) -> ItemModerated:
    verdict = result.verdict
    return ItemModerated(
        item_id=item_id,
        content_revision=content_revision,
        decision=verdict.decision.value,
        reasons=tuple(Reason(reason.code.value, reason.detail) for reason in verdict.reasons),
        tags=verdict.tags,
        scores=verdict.scores,
        policy=verdict.policy,
        provider=verdict.provider,
    )
