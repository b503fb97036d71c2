"""The thread that talks to the log: while the log hangs, only this one does."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Condition, Thread

from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.records import Outgoing
from herofactory.platform.spool.deliver import Outcome, deliver


class Courier:
    """One batch at a time. `changed` guards everything, and is told of each outcome."""

    def __init__(self, log: EventLog, changed: Condition) -> None:
        self._log = log
        self._changed = changed
        self._batch: Sequence[Outgoing] | None = None
        self._outcome: Outcome | None = None
        self._is_closed = False
        # A daemon: a log that never answers must not keep the process from ending.
        Thread(target=self._run, name="spool-courier", daemon=True).start()

    @property
    def is_busy(self) -> bool:
        return self._batch is not None

    @property
    def is_back(self) -> bool:
        return self._outcome is not None

    def send(self, batch: Sequence[Outgoing]) -> None:
        with self._changed:
            self._batch = batch
            self._changed.notify_all()

    def collect(self) -> Outcome | None:
        """What became of the batch, once it is known."""
        with self._changed:
            outcome, self._outcome = self._outcome, None
            if outcome:
                self._batch = None
        return outcome

    def close(self) -> None:
        """Does not wait for a batch on its way."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _run(self) -> None:
        while (batch := self._wait()) is not None:
            outcome = deliver(self._log, batch)
            with self._changed:
                self._outcome = outcome
                self._changed.notify_all()

    def _wait(self) -> Sequence[Outgoing] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or (self.is_busy and not self.is_back))
            return None if self._is_closed else self._batch
