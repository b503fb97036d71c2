"""What waits for delivery, oldest first: the batch in hand, then the disk, then the inbox."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from herofactory.platform.records import Outgoing
from herofactory.platform.spool.deliver import Outcome
from herofactory.platform.spool.disk import Disk
from herofactory.platform.spool.frame import Frame, size_of
from herofactory.platform.spool.inbox import Inbox
from herofactory.platform.spool.limits import Limits


class Backlog:
    """Knows no threads: whoever delivers calls it, while any thread puts into the inbox."""

    def __init__(self, inbox: Inbox, disk: Disk | None, limits: Limits, dropped: Callable[[str], None]) -> None:
        """`disk` None: there is none to be had. `dropped` is called for each message that is given up, with the why."""
        self._inbox = inbox
        self._disk = disk
        self._limits = limits
        self._dropped = dropped
        self._batch: Sequence[Outgoing] = ()
        self._peeked: Sequence[Frame] = ()
        self.is_stuck = False
        """The disk did not take what it was given; cleared with every attempt to deliver."""

    @property
    def records(self) -> int:
        return len(self._batch) + (self._disk.records if self._disk else 0) + len(self._inbox)

    @property
    def bytes(self) -> int:
        return sum(map(size_of, self._batch)) + (self._disk.size if self._disk else 0) + self._inbox.bytes

    def next(self) -> Sequence[Outgoing]:
        """The batch to be delivered; the same again until it is settled."""
        if not self._batch and self._disk:
            self._peeked = self._disk.peek(self._limits.batch_records)
            if self._peeked:
                return [each.message for each in self._peeked]
        self._batch = self._batch or self._inbox.take()
        return self._batch

    def settle(self, outcome: Outcome) -> None:
        """What became of the batch that `next` gave."""
        for why in outcome.refused:
            self._dropped(why)
        self.is_stuck = False
        if not outcome.settled:
            return
        if self._peeked and self._disk:
            self._disk.advance(self._peeked[: outcome.settled])
        else:
            self._batch = self._batch[outcome.settled :]
        self._peeked = ()

    def make_room(self) -> None:
        """Move from the inbox to the disk until the inbox is not filling any more, or the disk is full or broken."""
        while self._inbox.is_filling and not self.is_stuck:
            taken = self._inbox.take()
            kept = self._append(taken)
            if kept < len(taken):
                self._inbox.put_back(taken[kept:])
                self.is_stuck = True

    def keep(self) -> None:
        """All that is in memory goes to the disk, in its order; what that cannot take is dropped."""
        self._give_up(len(self._batch) - self._prepend(self._batch))
        self._batch = ()
        while taken := self._inbox.take():
            self._give_up(len(taken) - self._append(taken))

    def _append(self, messages: Sequence[Outgoing]) -> int:
        try:
            return self._disk.append(messages) if self._disk else 0
        except OSError:
            return 0

    def _prepend(self, messages: Sequence[Outgoing]) -> int:
        try:
            return self._disk.prepend(messages) if self._disk else 0
        except OSError:
            return 0

    def _give_up(self, count: int) -> None:
        for _ in range(count):
            self._dropped("disk")
