"""What tests of delivery share: handlers, a log to look at, records of plain JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from random import Random
from uuid import NAMESPACE_OID, uuid5

from herofactory.platform.clock import Clock
from herofactory.platform.delivery import (
    Agent,
    ChunkProcessor,
    DeadLetter,
    Delivery,
    Handler,
    ParkedKeys,
    Publisher,
    derive,
)
from herofactory.platform.delivery.agent import BatchHandler
from herofactory.platform.delivery.limit import DlqLimit
from herofactory.platform.delivery.retry import RetryPolicy
from herofactory.platform.delivery.values import Json, Value
from herofactory.platform.events import Headers
from herofactory.platform.records import Outgoing, Record
from herofactory.platform.telemetry.metrics import CounterName, GaugeName, HistogramName
from tests.support.clock import START, InstantClock

EPOCH = START
TOPIC = "numbers"


class JsonValues:
    def encode(self, topic: str, value: Value) -> bytes:
        return json.dumps(value).encode()

    def decode(self, topic: str, data: bytes) -> Value:
        value: Json = json.loads(data)
        return value


class Written:
    """A publisher that keeps what it was given; `refuse` may raise first."""

    def __init__(self, refuse: Callable[[Sequence[Outgoing]], None] = lambda _: None) -> None:
        self.messages: list[Outgoing] = []
        self.refuse = refuse

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        await asyncio.sleep(0)
        self.refuse(messages)
        self.messages += messages

    @property
    def letters(self) -> list[DeadLetter]:
        dead = [message for message in self.messages if message.topic.startswith("dead.")]
        return [DeadLetter.from_record(Record(m.topic, 0, n, m.key, m.value, m.headers, 0)) for n, m in enumerate(dead)]

    @property
    def outputs(self) -> list[Outgoing]:
        return [message for message in self.messages if not message.topic.startswith("dead.")]


class Effects:
    """A handler that stores what it is given, after failing as often as told."""

    def __init__(self, *failures: Exception) -> None:
        self.values: list[object] = []
        self.attempts: list[int] = []
        self.failures = list(failures)

    async def __call__(self, delivery: Delivery) -> Sequence[Outgoing]:
        self.attempts.append(delivery.attempt)
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        self.values.append(delivery.event)
        return [derive(delivery, "seen", delivery.key, delivery.event)]


class Tally:
    """Metrics by name and labels."""

    def __init__(self) -> None:
        self.counters: dict[tuple[str, ...], float] = {}
        self.gauges: dict[tuple[str, ...], float] = {}

    def count(self, name: CounterName, value: float = 1, **labels: str) -> None:
        key = (name, *labels.values())
        self.counters[key] = self.counters.get(key, 0) + value

    def gauge(self, name: GaugeName, value: float, **labels: str) -> None:
        self.gauges[name, *labels.values()] = value

    def observe(self, name: HistogramName, value: float, **labels: str) -> None: ...


def record(offset: int, value: Value | bytes = 1, *, key: str | None = "k", topic: str = TOPIC) -> Record:
    headers = Headers(str(uuid5(NAMESPACE_OID, f"{topic}/{offset}")), topic, EPOCH, revision=offset).to_bytes()
    data = value if value is None or isinstance(value, bytes) else JsonValues().encode(topic, value)
    return Record(topic, 0, offset, None if key is None else key.encode(), data, headers, EPOCH.timestamp())


def agent(
    handle: Handler | None = None,
    *,
    handle_batch: BatchHandler | None = None,
    parallelism: int = 4,
    ordered: bool = False,
    retry: RetryPolicy | None = None,
    limit: DlqLimit | None = None,
) -> Agent:
    return Agent(
        name="counting",
        sources=(TOPIC,),
        handle=handle,
        handle_batch=handle_batch,
        parallelism=parallelism,
        ordered=ordered,
        retry=retry or RetryPolicy(),
        limit=limit or DlqLimit(),
    )


def processor(
    agent: Agent,
    written: Publisher | None = None,
    *,
    clock: Clock | None = None,
    metrics: Tally | None = None,
    parked: ParkedKeys | None = None,
) -> ChunkProcessor:
    return ChunkProcessor(
        agent,
        publisher=written or Written(),
        values=JsonValues(),
        clock=clock or InstantClock(),
        metrics=metrics or Tally(),
        parked=parked,
        random=Random(0),
    )


async def turns_until(condition: Callable[[], bool], most: int = 100_000) -> None:
    """Let the event loop turn until `condition` holds."""
    for _ in range(most):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")
