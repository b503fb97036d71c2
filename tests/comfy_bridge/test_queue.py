"""The queue as /queue shows it."""

from __future__ import annotations

import heapq
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from comfy_bridge.queue import Queue


@given(st.lists(st.tuples(st.integers(-50, 50).map(float), st.uuids().map(str)), unique_by=lambda row: row[1]))
def test_a_heap_is_read_in_the_order_in_which_it_runs(rows: list[tuple[float, str]]) -> None:
    heap: list[tuple[float, str]] = []
    for row in rows:
        heapq.heappush(heap, row)
    shown: list[Any] = [[number, name, {"graph": 1}, {}, []] for number, name in heap]
    order = [heapq.heappop(heap)[1] for _ in rows]
    queue = Queue.parse({"queue_running": [], "queue_pending": shown})
    assert list(queue.pending) == order
    assert [queue.position(name) for name in order] == list(range(len(order)))


def test_a_job_in_front_has_a_negative_number() -> None:
    queue = Queue.parse({"queue_running": [[0, "r"]], "queue_pending": [[1, "a"], [-2, "front"]]})
    assert queue.pending == ("front", "a")
    assert "r" in queue
    assert queue.position("r") is None


def test_what_is_not_as_expected_is_empty() -> None:
    odds: list[Any] = [None, [], "x", {"queue_pending": None}, {"queue_pending": [["x", "y"], [], 5]}]
    assert all(Queue.parse(odd) == Queue() for odd in odds)
