"""answers: an item that can be found may be what people looked for in vain."""

from __future__ import annotations

from collections.abc import Sequence

from herofactory.insights.missing.answering import Answers
from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.delivery import Delivery
from herofactory.platform.delivery.errors import Trouble, classify
from herofactory.platform.delivery.replayable import OWN_TABLES
from herofactory.platform.records import Outgoing
from herofactory.platform.telemetry.metrics import Metrics
from herofactory.search.errors import IndexMissing, IndexUnavailable, RebuildNeeded
from streams.agents import mirrored
from streams.topics import ITEM_MIRRORED


def answers(answers: Answers, metrics: Metrics) -> Agent:
    async def handle(delivery: Delivery) -> Sequence[Outgoing]:
        if delivery.event is None:
            await answers.removed(mirrored.uuid(delivery.key), mirrored.revision(delivery))
            return []
        item = mirrored.document(delivery)
        answered = await answers.listed(mirrored.uuid(item.id), item)
        if answered:
            metrics.count("hero_missing_answered_total", answered)
        return []

    return Agent(
        name="answers",
        sources=(ITEM_MIRRORED,),
        handle=handle,
        parallelism=4,
        classify=_classify,
        replay=OWN_TABLES,
    )


def _classify(error: BaseException) -> Trouble:
    """An index that is away or being built says nothing about the item."""
    if isinstance(error, IndexMissing | IndexUnavailable | RebuildNeeded):
        return "outage"
    return classify(error)
