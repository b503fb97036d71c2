"""Only what is wrong with a record itself is ever among the dead letters: an outage is waited for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import httpx
import psycopg
import pytest

from herofactory.platform.delivery import ChunkProcessor, Delivery, LogPublisher, Outage, Outcome
from herofactory.platform.eventlog.port import LogFull, LogUnavailable
from herofactory.platform.records import Outgoing, Record
from tests.support.delivery import TOPIC, agent, processor, record
from tests.support.letters import AGENT, letter, memory_log

pytestmark = pytest.mark.anyio
OUTAGES = (
    Outage("asks for patience"),
    ConnectionRefusedError("refused"),
    TimeoutError("no answer"),
    OSError("no route"),
    LogFull("full"),
    LogUnavailable("away"),
    psycopg.OperationalError("the server closed the connection"),
    psycopg.errors.UndefinedTable("not migrated yet"),
    httpx.ConnectError("refused"),
)
LASTS = 300
"""Attempts: far more than an error that is not understood gets."""


def failing(error: Exception, *, batch: bool) -> tuple[ChunkProcessor, Callable[[], int]]:
    log, left = memory_log(), [LASTS]

    async def handle(_: Delivery) -> Sequence[Outgoing]:
        if left[0]:
            left[0] -= 1
            raise error
        return ()

    async def handle_batch(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        await handle(deliveries[0])
        return [Outcome.ok()] * len(deliveries)

    definition = agent(handle_batch=handle_batch) if batch else agent(handle)
    return processor(definition, LogPublisher(log)), lambda: len(log.history(f"dead.{AGENT}")) + left[0]


def retried() -> Sequence[Record]:
    message = letter(0).to_retry()
    return [Record(message.topic, 0, 0, message.key, message.value, message.headers, 0)]


@pytest.mark.parametrize("error", OUTAGES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("batch", [False, True], ids=["one by one", "batch"])
@pytest.mark.parametrize("again", [False, True], ids=["source", "retry"])
async def test_an_outage_never_becomes_a_dead_letter(error: Exception, batch: bool, again: bool) -> None:
    subject, dead_or_unfinished = failing(error, batch=batch)
    await subject.process(retried() if again else [record(0), record(1, key="other")])
    assert dead_or_unfinished() == 0
    assert subject.status().records == (1 if again else 2)


async def test_redriven_letters_that_fail_again_do_not_halt_their_agent() -> None:
    async def handle(_: Delivery) -> Sequence[Outgoing]:
        raise KeyError("bug")

    subject = processor(agent(handle), LogPublisher(log := memory_log()))
    (one,) = retried()
    many = [replace(one, offset=number, headers={**one.headers, "dead-offset": b"%d" % number}) for number in range(80)]
    await subject.process(many)
    assert subject.status().state == "running"
    assert len(log.history(f"dead.{AGENT}")) == 80
    assert not log.history(TOPIC)
