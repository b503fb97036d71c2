"""A snapshot on its way into an index."""

from __future__ import annotations

from collections.abc import Sequence

from herofactory.platform.clock import Clock
from herofactory.platform.delivery.errors import Outage
from herofactory.platform.telemetry.logging import get_logger
from herofactory.search.document import ItemDocument
from herofactory.search.errors import IndexUnavailable, SearchError
from herofactory.search.write import Outcome, Upsert, Write, WriteOutcome
from streams.agents.indexing import Apply

TRIES, PAUSE_S = 6, 1.0


async def put(apply: Apply, documents: Sequence[ItemDocument], clock: Clock) -> None:
    """All of them, or a later revision of theirs, are stored when this returns. What can never be indexed is told.

    Waits out what passes, up to half a minute. Raises SearchError.
    """
    left: Sequence[Write] = [Upsert(document) for document in documents]
    why = ""
    for attempt in range(TRIES):
        if attempt:
            await clock.sleep(PAUSE_S * 2 ** (attempt - 1))
        try:
            outcomes = await apply(left)
        except Outage as error:
            why = str(error)
            continue
        _tell(outcomes)
        left = [write for write, told in zip(left, outcomes, strict=True) if told.outcome is Outcome.TRANSIENT]
        if not left:
            return
        why = next(told.detail for told in outcomes if told.outcome is Outcome.TRANSIENT)
    raise IndexUnavailable(f"{len(left)} documents are not taken: {why}")


def _tell(outcomes: Sequence[WriteOutcome]) -> None:
    for told in outcomes:
        if told.outcome is Outcome.RECORD:  # as the agent does: one bad row holds up no other
            get_logger(__name__).warning("an item cannot be indexed", item=told.id, error=told.detail)
        elif told.outcome is Outcome.FATAL:
            raise SearchError(f"item {told.id} is refused: {told.detail}")
