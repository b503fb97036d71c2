"""bridge: a new job wakes the bridge of this process. The job's row is the truth, so the event is done with at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.delivery import Delivery
from herofactory.platform.events.studio import GenerationRequested
from herofactory.platform.records import Outgoing
from streams.topics import GENERATION_REQUESTED


def bridge(wake: Callable[[], None]) -> Agent:
    async def handle(delivery: Delivery) -> Sequence[Outgoing]:
        delivery.expect(GenerationRequested)
        wake()
        return []

    # Never replayed: waking a bridge for jobs of the past would make it look for work, and a graphics card is no log.
    return Agent(name="bridge", sources=(GENERATION_REQUESTED,), handle=handle, parallelism=1)
