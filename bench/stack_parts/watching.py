"""When items arrive where: in the topics on their way, and in the search."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

from bench.spine_parts.api import Api
from herofactory.platform.adapters import open_log
from herofactory.platform.settings import Settings
from streams.topics import ITEM_CREATED, ITEM_MIRRORED, ITEM_MODERATED

TOPICS = (ITEM_CREATED, ITEM_MODERATED, ITEM_MIRRORED)
ASK_S = 0.025
"""Between two searches. Asked without a pause, they would take a core of their own from what is measured; so each time
to `search` is up to this much too long."""
PAUSE_S = 0.005
PAGE = 50
"""As many as are put up in a second at most; a larger page costs the platform more than the items do."""

Seen = dict[str, dict[str, float]]
"""Place to item id to the first `time.perf_counter()` at which it was there."""


@contextmanager
def watching(settings: Settings, url: str, mark: str) -> Iterator[Seen]:
    """Until the end of the block. The places are the topics and `search`."""
    seen: Seen = {place: {} for place in (*TOPICS, "search")}
    stop = threading.Event()
    follow = _follow_kafka if settings.stack == "kafka" else _follow_embedded
    ready = threading.Event()
    works: tuple[Callable[[], None], ...] = (
        lambda: follow(settings, seen, ready, stop),
        lambda: _search(url, mark, seen["search"], stop),
    )
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    try:
        assert ready.wait(30), "the topics cannot be followed"
        yield seen
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _search(url: str, mark: str, seen: dict[str, float], stop: threading.Event) -> None:
    api = Api(url)
    while not stop.is_set():
        cursor: str | None = None
        while True:
            query = {"q": mark, "sort": "newest", "limit": PAGE, **({"cursor": cursor} if cursor else {})}
            page = api.get("/api/v1/search", query)
            fresh = _note(seen, page["items"])
            cursor = page["next_cursor"]
            if fresh < PAGE or cursor is None:  # older ones were there before
                break
        stop.wait(ASK_S)


def _note(seen: dict[str, float], items: list[Mapping[str, Any]]) -> int:
    now = time.perf_counter()
    fresh = [item["id"] for item in items if item["id"] not in seen]
    seen.update(dict.fromkeys(fresh, now))
    return len(fresh)


def _follow_kafka(settings: Settings, seen: Seen, ready: threading.Event, stop: threading.Event) -> None:
    from confluent_kafka import Consumer, TopicPartition

    with closing(open_log(settings)) as log:
        places = [
            TopicPartition(topic, partition, held.end)
            for topic in TOPICS
            for partition, held in log.offsets(topic).items()
        ]
    consumer = Consumer(
        {
            "bootstrap.servers": settings.kafka_bootstrap,
            "group.id": "bench",
            "enable.auto.commit": False,
            "fetch.wait.max.ms": 50,
        }
    )
    with closing(consumer):
        consumer.assign(places)
        ready.set()
        while not stop.is_set():
            for message in consumer.consume(500, 0.02):
                seen[message.topic()].setdefault(message.key().decode(), time.perf_counter())


def _follow_embedded(settings: Settings, seen: Seen, ready: threading.Event, stop: threading.Event) -> None:
    with closing(open_log(settings)) as log:
        ends = {(topic, number): held.end for topic in TOPICS for number, held in log.offsets(topic).items()}
        ready.set()
        while not stop.wait(PAUSE_S):
            for topic, number in ends:
                for record in log.read(topic, number, ends[topic, number], 500):
                    seen[topic].setdefault((record.key or b"").decode(), time.perf_counter())
                    ends[topic, number] = record.offset + 1
