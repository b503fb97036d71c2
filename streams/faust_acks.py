"""Which offsets of a partition may be committed: everything below the lowest one that is not acked yet.

Faust's own bookkeeping (`Consumer._acked`, `_gap`, `_new_offset`) merges every gap below the highest ack: with chunks
it would commit records that nobody processed. This replaces it for good: gaps are never committed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from faust.types import TP


class _Partition:
    __slots__ = ("done", "entries", "open")

    def __init__(self, position: int) -> None:
        self.done = position
        """Everything below is acked."""
        self.entries: OrderedDict[int, bool] = OrderedDict()
        """Last offset of each delivery above `done`, in order -> acked."""
        self.open = 0


class AckLedger:
    """Per partition the deliveries in order, each known by its last offset, and whether it is acked."""

    def __init__(self, on_ack: Callable[[], None] = lambda: None) -> None:
        self._partitions: dict[TP, _Partition] = {}
        self._on_ack = on_ack

    def reset(self, tp: TP, position: int) -> None:
        """Reading (re)starts at `position`. What was delivered before is forgotten: acks for it change nothing."""
        self._partitions[tp] = _Partition(position)

    def forget(self, tp: TP) -> None:
        self._partitions.pop(tp, None)

    def deliver(self, tp: TP, last: int) -> None:
        """What follows the previous delivery, up to and with `last`, is delivered as one."""
        partition = self._partitions[tp]
        partition.entries[last] = False
        partition.open += 1

    def skip(self, tp: TP, last: int) -> None:
        """There is nothing to deliver up to and with `last` (compacted or expired)."""
        partition = self._partitions[tp]
        partition.entries[last] = True
        self._settle(partition)

    def ack(self, tp: TP, last: int) -> bool:
        """False when this is no open delivery."""
        partition = self._partitions.get(tp)
        if partition is None or partition.entries.get(last, True):
            return False
        partition.entries[last] = True
        partition.open -= 1
        self._settle(partition)
        self._on_ack()
        return True

    def is_open(self, tp: TP, last: int) -> bool:
        partition = self._partitions.get(tp)
        return partition is not None and not partition.entries.get(last, True)

    def open(self, tp: TP) -> int:
        """Deliveries not acked yet."""
        partition = self._partitions.get(tp)
        return 0 if partition is None else partition.open

    def committable(self, tp: TP) -> int | None:
        """The lowest offset not acked: the next one to read after a restart. None: a partition never read."""
        partition = self._partitions.get(tp)
        return None if partition is None else partition.done

    def partitions(self) -> tuple[TP, ...]:
        return tuple(self._partitions)

    @staticmethod
    def _settle(partition: _Partition) -> None:
        entries = partition.entries
        while entries:
            last, acked = next(iter(entries.items()))
            if not acked:
                return
            del entries[last]
            partition.done = last + 1


class AckedView:
    """The ledger as `Consumer._acked` and `Consumer._acked_index`.

    Faust acks in two places, `Consumer.ack` and the compiled stream iterator, which reaches into these two directly.
    Both ask `offset in _acked_index[tp]`, then `_acked_index[tp].add(offset)` and `_acked[tp].append(offset)`.
    """

    def __init__(self, ledger: AckLedger) -> None:
        self._ledger = ledger

    def __getitem__(self, tp: TP) -> _PartitionView:
        return _PartitionView(self._ledger, tp)

    def pop(self, tp: TP, default: Any = None) -> Any:  # noqa: ARG002 - the shape of a dict
        """Faust drops what was revoked, before its last commit. The ledger keeps it until partitions are assigned."""
        return default


class _PartitionView:
    __slots__ = ("_ledger", "_tp")

    def __init__(self, ledger: AckLedger, tp: TP) -> None:
        self._ledger, self._tp = ledger, tp

    def __contains__(self, offset: int) -> bool:
        return not self._ledger.is_open(self._tp, offset)

    def add(self, offset: int) -> None:
        """`append` follows."""

    def append(self, offset: int) -> None:
        self._ledger.ack(self._tp, offset)
