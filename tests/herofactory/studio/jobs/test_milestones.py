from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

import pytest

from herofactory.platform.events import EventCodec, Headers
from herofactory.platform.events.registry import EmbeddedRegistry, MemorySchemaStore
from herofactory.platform.events.studio import GenerationProgressed
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Outgoing
from herofactory.studio.jobs.job import Job
from herofactory.studio.jobs.milestones import Milestones
from herofactory.studio.jobs.progress import INTERVAL_S, Reached, Teller
from tests.support.clock import InstantClock
from tests.support.jobs import ask

pytestmark = pytest.mark.anyio


class Silent:
    async def publish(self, channel: str, value: object) -> None: ...


async def nothing(_preview: bytes) -> bytes:
    return b""


@pytest.fixture
async def job(database: Database, outbox: Outbox) -> Job:
    return replace(await ask(database, outbox), backend="preview")


def teller(job: Job, clock: InstantClock, reached: Reached) -> Teller:
    return Teller(Silent(), clock, job, nothing, reached)  # type: ignore[arg-type]  # no subscriptions are made


async def test_a_stage_is_told_once_however_often_it_is_noted(job: Job, codec: EventCodec) -> None:
    sent: list[Outgoing] = []
    clock = InstantClock()
    telling = teller(job, clock, Milestones(codec, sent.append, clock).reached)
    for stage, percent in (("preparing", 0.0), ("sampling", 10.0), ("sampling", 40.0), ("refining", 70.0)):
        clock.turn(INTERVAL_S)
        telling.note(stage, percent)
        telling.note(stage, percent + 1)
        await telling.tell()
    events = [codec.decode(each.topic, each.value or b"") for each in sent]
    assert events == [
        GenerationProgressed(str(job.id), stage, percent, "preview")
        for stage, percent in (("preparing", 0.0), ("sampling", 10.0), ("refining", 70.0))
    ]
    assert {each.key for each in sent} == {str(job.id).encode()}
    assert Headers.parse(sent[0].headers).event_type == "generation.progressed"


async def test_of_stages_in_a_hurry_the_last_is_told_later(job: Job) -> None:
    told: list[tuple[str, float]] = []
    clock = InstantClock()
    telling = teller(job, clock, lambda _job, stage, percent: told.append((stage, percent)))
    for number, stage in enumerate(("uploading", "sampling", "refining", "finishing")):
        telling.note(stage, 10.0 * number)
    await telling.tell()
    assert told == [("uploading", 0.0)]
    clock.turn(INTERVAL_S)
    await telling.tell()
    assert told == [("uploading", 0.0), ("finishing", 30.0)]


async def test_no_job_fails_of_a_log_or_a_registry(job: Job, codec: EventCodec) -> None:
    def broken(_message: Outgoing) -> NoReturn:
        raise OSError("the disk is full")

    Milestones(codec, broken, InstantClock()).reached(job, "sampling", 10.0)
    sent: list[Outgoing] = []
    unregistered = EventCodec(EmbeddedRegistry(MemorySchemaStore()))
    Milestones(unregistered, sent.append, InstantClock()).reached(job, "sampling", 10.0)
    assert sent == []
