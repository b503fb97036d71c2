"""prompts: a wish in words goes in, a prompt for the image model comes out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from uuid import UUID

from herofactory.platform.clock import Clock
from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.delivery import Delivery, derived_id
from herofactory.platform.delivery.replayable import external
from herofactory.platform.events.studio import PromptRequested
from herofactory.platform.postgres.database import Database
from herofactory.platform.postgres.known import known_events
from herofactory.platform.records import Outgoing
from herofactory.platform.telemetry.metrics import Metrics
from herofactory.studio.prompts.optimiser import Optimiser
from herofactory.studio.prompts.service import Prompts
from herofactory.studio.prompts.storage import Kept, PromptResults
from herofactory.studio.prompts.wish import Wish
from streams.topics import PROMPT_OPTIMISED, PROMPT_REQUESTED

SketchReader = Callable[[UUID], Awaitable[bytes]]
"""From an asset id to its PNG; empty bytes where the file is gone: then the words have to do."""


def prompts(
    optimiser: Optimiser,
    prompts: Prompts,
    results: PromptResults,
    database: Database,
    read_sketch: SketchReader,
    clock: Clock,
    metrics: Metrics,
) -> Agent:
    async def optimised(delivery: Delivery, event: PromptRequested) -> Kept:
        event_id = UUID(delivery.event_id)
        kept = await results.get(event_id)
        if kept:
            return kept
        sketch = await read_sketch(UUID(event.sketch_id)) if event.sketch_id else b""
        made = await optimiser.optimise(Wish(event.text, event.preset, sketch or None))
        metrics.count("hero_prompts_total", state=made.state, provider=made.draft.provider if made.draft else "none")
        return await results.keep(event_id, UUID(event.prompt_id), made, clock.now())

    async def handle(delivery: Delivery) -> Sequence[Outgoing]:
        event = delivery.expect(PromptRequested)
        kept = await optimised(delivery, event)
        event_id = UUID(derived_id(delivery.event_id, PROMPT_OPTIMISED, event.prompt_id))
        async with database.transaction() as transaction:
            await prompts.decide(transaction, event, kept.optimised, event_id, kept.decided_at)
        return []

    return Agent(
        name="prompts",
        sources=(PROMPT_REQUESTED,),
        handle=handle,
        parallelism=8,
        replay=external(partial(known_events, database, "prompt_results")),
    )
