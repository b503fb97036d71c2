"""Pages of a partition, up to a bound, marked as replayed."""

from __future__ import annotations

from herofactory.platform.eventlog.port import TopicConfig
from herofactory.platform.records import Outgoing
from herofactory.platform.replay.filter import Filter
from streams.replay.pages import Page, Pages, stamping
from streams.testing_clock import FakeClock
from streams.testing_log import MemoryLog
from tests.support.replaying import Plain


def pages(size: int, chosen: str | None = None) -> Pages:
    log = MemoryLog(FakeClock(), [TopicConfig("t", 1, None)])
    log.publish([Outgoing("t", b"%d" % n, b"{}", {"event-id": b"x"}) for n in range(10)])
    return Pages(log, "t", 0, size, stamping("id", Filter.parse(chosen, Plain()) if chosen else None))


def offsets(page: Page) -> list[int]:
    return [record.offset for record in page.records]


def test_a_page_ends_at_its_size_or_its_bound() -> None:
    page = pages(4).read(0, 10)
    assert (offsets(page), page.next, page.first, page.found) == ([0, 1, 2, 3], 4, 0, 0)
    page = pages(4).read(4, 6)
    assert (offsets(page), page.next) == ([4, 5], 6)


def test_where_nothing_is_left_the_bound_is_reached() -> None:
    page = pages(4).read(10, 20)
    assert (offsets(page), page.next, page.found) == ([], 20, None)


def test_what_the_filter_leaves_out_is_passed_over() -> None:
    page = pages(5, "offset = 3 or offset > 6").read(0, 10)
    assert (offsets(page), page.next, page.found) == ([3], 5, 0)
    page = pages(2, "offset > 6").read(0, 10)
    assert (offsets(page), page.next) == ([], 2)


def test_the_marks_are_headers_beside_those_it_had() -> None:
    (record, *_) = pages(5).read(7, 10).records
    assert dict(record.headers) == {"event-id": b"x", "replay-id": b"id", "replay-from": b"t/0/7"}
