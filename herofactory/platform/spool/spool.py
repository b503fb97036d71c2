"""The spool of one process: takes observations from any thread and delivers them in the background."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Condition, Thread

from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.records import Outgoing
from herofactory.platform.spool.backlog import Backlog
from herofactory.platform.spool.courier import Courier
from herofactory.platform.spool.disk import Disk
from herofactory.platform.spool.inbox import Inbox
from herofactory.platform.spool.limits import Limits, Timing
from herofactory.platform.spool.pace import Pace
from herofactory.platform.spool.slot import Slot, claim
from herofactory.platform.telemetry.logging import get_logger
from herofactory.platform.telemetry.metrics import Metrics

_log = get_logger(__name__)
_LEEWAY_S = 5.0
"""For writing what is left to the disk, beyond the grace."""


class Spool:
    """Best effort: `kill -9` loses what is in memory, which is next to nothing while the log takes it; what neither
    memory nor disk can hold is dropped and counted (hero_spool_dropped_total). Order is kept. A message may be
    delivered twice after an outage or a crash: readers know it by its event id.

    One thread keeps the books and the disk, another talks to the log.
    """

    def __init__(
        self,
        log: EventLog,
        parent: Path,
        name: str,
        metrics: Metrics,
        limits: Limits = Limits(),  # noqa: B008  (immutable)
        timing: Timing = Timing(),  # noqa: B008
    ) -> None:
        """Spills into a folder of this process's own below `parent`, and delivers what a dead process left there.

        Never raises: without a folder there is memory only.
        """
        self._parent, self._name = parent, name
        self._metrics = metrics
        self._limits = limits
        self._timing = timing
        self._changed = Condition()
        self._inbox = Inbox(limits, self._changed)
        self._courier = Courier(log, self._changed)
        self._deadline: float | None = None
        self._thread = Thread(target=self._run, name="spool", daemon=True)
        self._thread.start()

    def offer(self, message: Outgoing) -> None:
        """Never raises, never waits for log or disk."""
        if not self._inbox.put(message):
            self._dropped("closed" if self._is_closing else "memory")

    def close(self) -> None:
        """Deliver for at most the grace while the log takes it; the rest is on disk when this returns."""
        with self._changed:
            if self._deadline is None:
                self._deadline = time.monotonic() + self._timing.grace_s
                self._inbox.close()
            self._changed.notify_all()
        self._thread.join(self._timing.grace_s + _LEEWAY_S)

    def _run(self) -> None:
        slot, disk = self._open_disk()
        backlog, pace = Backlog(self._inbox, disk, self._limits, self._dropped), Pace(self._timing)
        while not self._is_over(backlog, pace):
            self._advance(backlog, pace)
            self._tell(backlog)
            self._wait(backlog, pace)
        self._collect(backlog, pace)
        backlog.keep()
        self._tell(backlog)
        self._courier.close()
        if slot:
            slot.release()

    def _open_disk(self) -> tuple[Slot | None, Disk | None]:
        try:
            slot = claim(self._parent, self._name)
            return slot, Disk(slot.folder, self._limits, lambda: self._dropped("torn"))
        except OSError as error:
            _log.warning("the spool has no disk, only memory", folder=str(self._parent), error=str(error))
            return None, None

    def _advance(self, backlog: Backlog, pace: Pace) -> None:
        self._collect(backlog, pace)
        if not self._courier.is_busy and pace.wait_s == 0 and (batch := backlog.next()):
            self._courier.send(batch)
        if self._inbox.is_filling:
            backlog.make_room()

    def _collect(self, backlog: Backlog, pace: Pace) -> None:
        outcome = self._courier.collect()
        if outcome:
            backlog.settle(outcome)
            pace.learn(outcome)

    def _wait(self, backlog: Backlog, pace: Pace) -> None:
        with self._changed:
            was_closing = self._is_closing  # it changes how long there is patience
            self._changed.wait_for(
                lambda: self._has_work(backlog, pace) or self._is_closing != was_closing,
                self._patience_s(backlog, pace),
            )

    @property
    def _is_closing(self) -> bool:
        return self._deadline is not None

    def _has_work(self, backlog: Backlog, pace: Pace) -> bool:
        if self._courier.is_back or self._is_over(backlog, pace):
            return True
        if self._inbox.is_filling and not backlog.is_stuck:
            return True
        return not self._courier.is_busy and backlog.records > 0 and pace.wait_s == 0

    def _patience_s(self, backlog: Backlog, pace: Pace) -> float | None:
        """Until time alone makes work."""
        moments = [pace.wait_s] if pace.is_down and backlog.records and not self._courier.is_busy else []
        if self._deadline is not None:
            moments.append(max(0.0, self._deadline - time.monotonic()))
        return min(moments, default=None)

    def _is_over(self, backlog: Backlog, pace: Pace) -> bool:
        """Closing, and there is nothing to be done or to be hoped for any more."""
        if self._deadline is None:
            return False
        is_idle = not self._courier.is_busy and (backlog.records == 0 or pace.is_down)
        return is_idle or time.monotonic() >= self._deadline

    def _dropped(self, why: str) -> None:
        self._metrics.count("hero_spool_dropped_total", why=why)

    def _tell(self, backlog: Backlog) -> None:
        self._metrics.gauge("hero_spool_records", backlog.records)
        self._metrics.gauge("hero_spool_bytes", backlog.bytes)
