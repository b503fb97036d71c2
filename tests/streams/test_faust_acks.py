from __future__ import annotations

from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from streams.faust_acks import AckedView, AckLedger

T = TP("t", 0)

runs = st.lists(st.integers(1, 5), min_size=1, max_size=12)
"""How many offsets each delivery covers, the last one's and the holes before it."""


def delivered(start: int, sizes: list[int]) -> tuple[AckLedger, list[int]]:
    ledger = AckLedger()
    ledger.reset(T, start)
    lasts = []
    for size in sizes:
        start += size
        ledger.deliver(T, start - 1)
        lasts.append(start - 1)
    return ledger, lasts


@given(st.integers(0, 1000), runs, st.data())
def test_in_any_order_of_acks_what_may_be_committed_is_the_lowest_unacked(
    start: int, sizes: list[int], data: st.DataObject
) -> None:
    ledger, lasts = delivered(start, sizes)
    begins = [start, *(last + 1 for last in lasts)]
    waiting = dict(zip(lasts, begins, strict=False))
    for last in data.draw(st.permutations(lasts)):
        assert ledger.committable(T) == min(waiting.values())
        assert ledger.ack(T, last)
        del waiting[last]
    assert ledger.committable(T) == lasts[-1] + 1
    assert ledger.open(T) == 0


@given(runs, st.lists(st.integers(0, 70)))
def test_no_offset_is_committed_that_was_not_acked(sizes: list[int], acks: list[int]) -> None:
    ledger, lasts = delivered(0, sizes)
    for last in acks:
        assert ledger.ack(T, last) == (last in lasts)
        lasts = [other for other in lasts if other != last]
        committable = ledger.committable(T)
        assert committable is not None
        assert all(open_last >= committable for open_last in lasts)


def test_a_second_ack_changes_nothing() -> None:
    ledger, _ = delivered(0, [1, 1])
    assert ledger.ack(T, 1)
    assert not ledger.ack(T, 1)
    assert ledger.open(T) == 1


def test_what_is_skipped_is_committed_once_all_before_it_is_acked() -> None:
    ledger, _ = delivered(0, [2])
    ledger.skip(T, 9)
    assert ledger.committable(T) == 0
    ledger.ack(T, 1)
    assert ledger.committable(T) == 10


def test_after_a_seek_old_acks_change_nothing() -> None:
    ledger, _ = delivered(0, [3, 3])
    ledger.reset(T, 4)
    assert not ledger.ack(T, 2)
    assert ledger.committable(T) == 4


def test_partitions_do_not_mix() -> None:
    ledger, _ = delivered(0, [1])
    other = TP("t", 1)
    ledger.reset(other, 7)
    ledger.deliver(other, 7)
    ledger.ack(other, 7)
    assert (ledger.committable(T), ledger.committable(other)) == (0, 8)
    ledger.forget(other)
    assert ledger.committable(other) is None
    assert not ledger.ack(other, 7)


def test_the_view_that_faust_writes_to_acks_like_faust_does() -> None:
    heard: list[bool] = []
    ledger = AckLedger(on_ack=lambda: heard.append(True))
    ledger.reset(T, 0)
    ledger.deliver(T, 4)
    view = AckedView(ledger)
    assert 4 not in view[T]
    view[T].add(4)
    view[T].append(4)
    assert 4 in view[T]
    assert 3 in view[T], "what was never delivered counts as acked: Faust leaves it alone"
    assert view.pop(T, None) is None
    assert (ledger.committable(T), heard) == (5, [True])
