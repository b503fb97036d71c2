"""The worker on a real Kafka: the same contract as on the embedded log, and what only a cluster can do."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress

import pytest

from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.publisher import Publisher
from herofactory.platform.eventlog.kafka import KafkaLog, topics
from herofactory.platform.eventlog.kafka.topics import MAX_RECORD_BYTES
from herofactory.platform.eventlog.port import LogUnavailable, RecordTooLarge
from herofactory.platform.records import Outgoing, Record
from streams.kafka import broker_url
from streams.runtime import Worker, run_worker
from tests.contract.worker import CHUNK, Ground, Recorder, WorkerContract, until
from tests.stack.ports import HOST, free_port
from tests.stack.servers.kafka import Kafka
from tests.stack.workers import TIMES, ground_on

pytestmark = [pytest.mark.stack, pytest.mark.anyio]


@pytest.fixture(scope="module")
def log(kafka: Kafka) -> Iterator[KafkaLog]:
    log = KafkaLog(kafka.bootstrap)
    yield log
    log.close()


@pytest.fixture
def ground(kafka: Kafka, log: KafkaLog) -> Ground:
    return ground_on(kafka, log)


class TestOnKafka(WorkerContract):
    """The contract."""


async def test_a_record_that_is_too_large_fails_its_publisher_alone(ground: Ground) -> None:
    errors: list[Exception] = []

    class Publishing(Recorder):
        async def process(self, records: Sequence[Record]) -> None:
            assert self.publisher is not None
            try:
                await self.publisher.publish([Outgoing(ground.out, b"k", bytes(MAX_RECORD_BYTES + 2**17))])
            except RecordTooLarge as error:
                errors.append(error)
            await self.publisher.publish([Outgoing(ground.out, b"k", bytes(MAX_RECORD_BYTES - 2**17))])
            self.done += records

    worker = Worker((ground.agent(),), ground.broker(), lambda _, p: Publishing(p), TIMES)
    ground.publish(1)
    await worker.start()
    await until(lambda: ground.committed() == 1)
    await worker.stop()
    assert len(errors) == 1
    assert sum(held.end for held in ground.log.offsets(ground.out).values()) == 1


async def test_a_cluster_that_is_away_is_named_at_the_start(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "TIMEOUT_S", 0.5)
    broker = broker_url(f"{HOST}:{free_port()}")
    with pytest.raises(LogUnavailable, match="does not answer"):
        await run_worker([ground.agent()], broker, lambda *_: Recorder(), asyncio.Event(), TIMES)


async def all_committed(ground: Ground, records: int, seconds: float = 60.0) -> None:
    """Asks beside the loop, on which the worker's heartbeats are. A broker that has just come back may not know yet."""
    async with asyncio.timeout(seconds):
        while True:
            with suppress(LogUnavailable):
                if await asyncio.to_thread(ground.committed) == records:
                    return
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("how", ["killed", "hangs"])
async def test_a_broker_that_goes_away_and_comes_back_costs_nothing(ground: Ground, kafka: Kafka, how: str) -> None:
    made: list[Recorder] = []

    def make(_: Agent, publisher: Publisher) -> Recorder:
        made.append(Recorder(publisher, ground.out))
        return made[-1]

    worker = Worker((ground.agent(),), ground.broker(chunk=CHUNK), make, TIMES)
    await worker.start()
    try:
        (recorder,) = made
        ground.publish(400)
        await until(lambda: len(recorder.done) >= 50)
        await asyncio.to_thread(kafka.kill if how == "killed" else kafka.pause)
        await asyncio.sleep(TIMES.session_timeout + 2)
        assert worker.health()[0].status.state in ("running", "paused"), "it has not given up"
        await asyncio.to_thread(kafka.start if how == "killed" else kafka.resume)
        await asyncio.to_thread(ground.publish, 100)
        await all_committed(ground, 500)
        await until(lambda: worker.health()[0].status.state == "running")
    finally:
        await worker.stop()
    sent = Counter(r.value for p in range(4) for r in ground.log.read(ground.out, p, 0, 5000))
    assert set(sent) == {b"%d" % n for n in range(400)}
    assert len({(r.partition, r.offset) for r in recorder.done}) == 500
