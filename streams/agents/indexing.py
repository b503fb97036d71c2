"""indexing: the mirror's documents and tombstones go into the search index, a chunk at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import cast

from herofactory.platform.clock import Clock
from herofactory.platform.delivery.agent import Agent, Outcome
from herofactory.platform.delivery.delivery import Delivery
from herofactory.platform.delivery.replayable import OWN_TABLES
from herofactory.platform.events.headers import REPLAY_ID
from herofactory.platform.telemetry.metrics import Metrics
from herofactory.search import write as search
from herofactory.search.document import ItemDocument
from herofactory.search.errors import DocumentError
from herofactory.search.write import Remove, Upsert, Write, WriteOutcome
from streams.topics import ITEM_MIRRORED

Apply = Callable[[Sequence[Write]], Awaitable[Sequence[WriteOutcome]]]
"""`SearchWriter.apply`, off the event loop."""
CHUNKS = 16
"""More than a topic has partitions; `herofactory.search.together` makes one write of what they hand in."""
# A created item has revision 1, and its first approval makes it 2: from then on it is searchable for the first time.
_FIRST_LISTED = 2


def indexing(
    apply: Apply,
    clock: Clock,
    metrics: Metrics,
    *,
    generation: int = 1,
    in_use: Callable[[], bool] = lambda: True,
) -> Agent:
    """`apply` writes to `generation` alone. `in_use`: readers find what it writes."""

    async def handle_batch(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        read = [_read(delivery) for delivery in deliveries]
        writes = [each for each in read if not isinstance(each, Outcome)]
        applied = iter(await apply(writes))
        outcomes = [each if isinstance(each, Outcome) else _settled(next(applied), metrics) for each in read]
        if in_use():
            for delivery, write, outcome in zip(deliveries, read, outcomes, strict=True):
                if isinstance(write, Upsert) and outcome.kind == "ok" and REPLAY_ID not in delivery.record.headers:
                    _observe_latency(write.document, clock, metrics)
        return outcomes

    return Agent(
        name="indexing",
        generation=generation,
        sources=(ITEM_MIRRORED,),
        handle_batch=handle_batch,
        chunks=CHUNKS,
        replay=OWN_TABLES,
    )


def _read(delivery: Delivery) -> Write | Outcome:
    if delivery.event is None:
        if delivery.revision is None:
            return Outcome.record("a tombstone without the header 'revision' cannot be ordered")
        return Remove(delivery.key, delivery.revision)
    if not isinstance(delivery.event, dict):
        return Outcome.record(f"a document must be a JSON object, not {type(delivery.event).__name__}")
    try:
        return Upsert(ItemDocument.from_json(delivery.event))
    except DocumentError as error:
        return Outcome.record(str(error))


def _settled(result: WriteOutcome, metrics: Metrics) -> Outcome:
    metrics.count("hero_index_writes_total", outcome=result.outcome.value)
    match result.outcome:
        case search.Outcome.OK | search.Outcome.STALE:
            return Outcome.ok()
        case search.Outcome.RECORD:
            return Outcome.record(result.detail)
        case search.Outcome.TRANSIENT:
            return Outcome.transient(result.detail)
    return Outcome.fatal(result.detail or f"unknown outcome {cast(str, result.outcome)!r}")


def _observe_latency(document: ItemDocument, clock: Clock, metrics: Metrics) -> None:
    if document.revision == _FIRST_LISTED:
        seconds = (clock.now() - document.created_at).total_seconds()
        metrics.observe("hero_accepted_to_searchable_seconds", max(seconds, 0.0))
