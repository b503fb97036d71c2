"""Random runs of offers, outages, crashes and restarts, against a plain list of what must come out."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from herofactory.platform.records import Outgoing
from herofactory.platform.spool.backlog import Backlog
from herofactory.platform.spool.deliver import deliver
from herofactory.platform.spool.disk import Disk
from herofactory.platform.spool.inbox import Inbox
from herofactory.platform.spool.limits import Limits
from herofactory.platform.spool.slot import claim
from tests.support.observing import ScriptedLog, Threadless

LIMITS = Limits(records=20, bytes=100_000, disk_bytes=3_000, segment_bytes=400, batch_records=4)


class Spooling(RuleBasedStateMachine):
    """Each message is a number that rises; what is not delivered must wait or be counted in `lost` or `unsaved`."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.log = ScriptedLog()
        self.offered = 0
        self.lost = 0
        self.unsaved = 0
        self._open()

    def teardown(self) -> None:
        self._slot.release()
        self._folder.cleanup()

    def _open(self) -> None:
        self.drops: Counter[str] = Counter()
        self._slot = claim(Path(self._folder.name), "edge")
        self.inbox = Inbox(LIMITS, Threadless())
        disk = Disk(self._slot.folder, LIMITS, lambda: self._drop("torn"))
        self.backlog = Backlog(self.inbox, disk, LIMITS, self._drop)

    def _drop(self, why: str) -> None:
        self.drops[why] += 1
        assert why != "torn"

    @rule(count=st.integers(1, 30))
    def offer(self, count: int) -> None:
        for _ in range(count):
            number, self.offered = self.offered, self.offered + 1
            if not self.inbox.put(Outgoing("search.query", b"k", str(number).encode())):
                self.lost += 1

    @rule(times=st.integers(1, 5), up=st.booleans())
    def attempt(self, times: int, up: bool) -> None:
        self.log.is_up = up
        for _ in range(times):
            if batch := self.backlog.next():
                self.backlog.settle(deliver(self.log, batch))

    @rule()
    def outage_in_the_middle_of_a_batch(self) -> None:
        """The log takes no batch but some single messages."""
        self.log.is_up, self.log.left = True, 2
        if batch := self.backlog.next():
            self.backlog.settle(deliver(self.log, batch))
        self.log.left = None

    @rule()
    def make_room(self) -> None:
        self.backlog.make_room()

    @rule()
    def restart(self) -> None:
        self.backlog.keep()
        self.unsaved += self.drops["disk"]
        self._slot.release()
        self._open()

    @rule()
    def crash(self) -> None:
        """What was in memory is gone, and nothing else."""
        memory = len(self.inbox) + len(self.backlog._batch)
        waiting = self.backlog.records
        self._slot.release()
        self._open()
        assert self.backlog.records == waiting - memory
        self.unsaved += memory

    @invariant()
    def nothing_comes_twice_or_out_of_order(self) -> None:
        assert self.log.numbers == sorted(set(self.log.numbers))

    @invariant()
    def every_message_is_delivered_or_waits_or_is_counted(self) -> None:
        counted = self.lost + self.unsaved
        assert len(self.log.numbers) + self.backlog.records + counted == self.offered

    @invariant()
    def bounds_hold(self) -> None:
        assert len(self.inbox) <= LIMITS.records
        assert sum(path.stat().st_size for path in self._slot.folder.glob("*.spool")) <= LIMITS.disk_bytes + 1000


TestSpooling = Spooling.TestCase
TestSpooling.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
