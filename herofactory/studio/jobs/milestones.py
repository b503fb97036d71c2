"""Stages that jobs reach, as events. Best effort: no job waits for one, and none fails of one."""

from __future__ import annotations

from collections.abc import Callable

from herofactory.platform.clock import Clock
from herofactory.platform.events import EventCodec, Headers
from herofactory.platform.events.studio import GenerationProgressed
from herofactory.platform.records import Outgoing
from herofactory.platform.telemetry.logging import get_logger
from herofactory.studio.jobs.job import Job

Offer = Callable[[Outgoing], None]
"""Takes a message on its way, and neither waits nor raises: a Spool's."""
_log = get_logger(__name__)


class Milestones:
    def __init__(self, codec: EventCodec, offer: Offer, clock: Clock) -> None:
        self._codec = codec
        self._offer = offer
        self._clock = clock

    def reached(self, job: Job, stage: str, percent: float) -> None:
        """A Reached. Without the schema's id nothing is told: the registry would have to be waited for."""
        try:
            event = GenerationProgressed(str(job.id), stage, percent, job.backend or "")
            if self._codec.is_ready(event.topic):
                headers = Headers.fresh(event.topic, self._clock).to_bytes()
                self._offer(Outgoing(event.topic, event.key.encode(), self._codec.encode(event), headers))
        except Exception:  # noqa: BLE001  (an event about a job is worth less than the job)
            _log.warning("a stage could not be told of", job=str(job.id), stage=stage, exc_info=True)
