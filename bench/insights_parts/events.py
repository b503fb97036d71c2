"""Searches as the edge writes them: pages of twenty, terms after Zipf, one person per session."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate

from herofactory.insights.simulation.identity import uuid7_at
from herofactory.platform.eventlog.port import EventLog, TopicConfig
from herofactory.platform.events import EventCodec, Headers
from herofactory.platform.events.registry import EmbeddedRegistry, MemorySchemaStore
from herofactory.platform.events.search import SearchQueried
from herofactory.platform.records import Outgoing

TOPIC = "search.query"
PARTITIONS = 4
BODIES = 5_000
"""Different events; beyond them the same ones come again under new ids, which is what the agent keeps apart."""
TERMS = 2_000
BATCH = 2_000
EVERY_S = 0.001
"""Between two events: 300,000 lie within five minutes."""


def codec() -> EventCodec:
    """Gives every process the same schema ids, without a registry to ask."""
    made = EventCodec(EmbeddedRegistry(MemorySchemaStore()))
    made.register_all()
    return made


def fill(log: EventLog, others: Sequence[str], number: int) -> float:
    """Writes `number` events to a new topic of `log`, makes the other topics too; returns bytes per value."""
    for name in (TOPIC, *others):
        log.create_topic(TopicConfig(name, PARTITIONS, retention_s=None))
    size = 0
    batch: list[Outgoing] = []
    for message in _messages(number):
        size += len(message.value or b"")
        batch.append(message)
        if len(batch) == BATCH:
            log.publish(batch)
            batch = []
    if batch:
        log.publish(batch)
    return size / number


def _messages(number: int) -> Iterator[Outgoing]:
    rng = random.Random(5)
    bodies = _bodies(rng)
    start = time.time() - number * EVERY_S
    for count in range(number):
        at = start + count * EVERY_S
        key, value = bodies[count % BODIES]
        headers = Headers(uuid7_at(at, rng), TOPIC, datetime.fromtimestamp(at, UTC), traceparent=_trace(rng))
        yield Outgoing(TOPIC, key, value, headers.to_bytes())


def _bodies(rng: random.Random) -> list[tuple[bytes, bytes]]:
    to_bytes, now = codec(), time.time()
    items = [uuid7_at(now, rng) for _ in range(3_000)]
    weights = list(accumulate(1 / rank for rank in range(1, TERMS + 1)))
    terms = rng.choices(range(TERMS), cum_weights=weights, k=BODIES)
    events = [_event(rng, now, f"불타는 마법검 {term}", items) for term in terms]
    return [(event.key.encode(), to_bytes.encode(event)) for event in events]


def _event(rng: random.Random, at: float, text: str, items: Sequence[str]) -> SearchQueried:
    return SearchQueried(
        query_id=uuid7_at(at, rng),
        session=uuid7_at(at, rng),
        person=f"{rng.getrandbits(64):016x}",
        user_id=None,
        text=text,
        normalised=text,
        category=None,
        tags=(),
        min_price=None,
        max_price=None,
        sort="relevance",
        total=rng.randrange(20, 400),
        shown=tuple(rng.sample(items, 20)),
        latency_ms=rng.uniform(2, 20),
        corrected_to=None,
        page=1,
        source="typed",
    )


def _trace(rng: random.Random) -> str:
    return f"00-{rng.getrandbits(128):032x}-{rng.getrandbits(64):016x}-01"
