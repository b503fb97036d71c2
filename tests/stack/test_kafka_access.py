"""A broker that wants encryption and a user: both of our clients get in, and nobody else does."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from herofactory.platform.delivery import Agent
from herofactory.platform.delivery.publisher import Publisher
from herofactory.platform.eventlog.kafka import KafkaLog, topics
from herofactory.platform.eventlog.port import LogUnavailable, TopicConfig
from herofactory.platform.records import Outgoing
from streams.faust_app import WorkerTimes
from streams.kafka import broker_url
from streams.kafka.credentials import credentials_of
from streams.runtime import Worker
from tests.contract.worker import Recorder, _unused, until
from tests.stack.servers.kafka import Kafka

pytestmark = [pytest.mark.stack, pytest.mark.anyio]
TIMES = WorkerTimes(session_timeout=6.0, heartbeat=0.3, commit_interval=0.1, grace=0.3)


@pytest.fixture
def log(kafka: Kafka) -> Iterator[KafkaLog]:
    with closing(KafkaLog(kafka.secure, 1, kafka.access.librdkafka())) as log:
        yield log


def test_the_log_reads_and_writes(log: KafkaLog) -> None:
    topic = f"secure.{uuid.uuid4().hex}"
    log.create_topic(TopicConfig(topic, 1, None))
    log.publish([Outgoing(topic, b"k", b"v")])
    assert [record.value for record in log.read(topic, 0, 0, 10)] == [b"v"]


async def test_a_worker_reads_and_writes(log: KafkaLog, kafka: Kafka) -> None:
    source, out = (f"{name}.{uuid.uuid4().hex}" for name in ("in", "out"))
    for topic in (source, out):
        log.create_topic(TopicConfig(topic, 1, None))
    log.publish([Outgoing(source, b"k", b"%d" % number) for number in range(20)])
    made: list[Recorder] = []

    def make(_: Agent, publisher: Publisher) -> Recorder:
        made.append(Recorder(publisher, out))
        return made[-1]

    agent = Agent(name=f"a{uuid.uuid4().hex}", sources=(source,), handle=_unused, redrivable=False)
    worker = Worker([agent], broker_url(kafka.secure), make, TIMES, credentials_of(kafka.access))
    await worker.start()
    await until(lambda: len(made[0].done) == 20)
    await worker.stop()
    assert len(log.read(out, 0, 0, 100)) == 20


@pytest.mark.parametrize("wrong", [{"password": "other"}, {"ca_file": None}, {"protocol": "PLAINTEXT"}])
def test_who_lacks_any_of_it_does_not_get_in(
    kafka: Kafka, wrong: dict[str, str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics, "TIMEOUT_S", 2.0)
    access = replace(kafka.access, **wrong)  # type: ignore[arg-type]  # of the fields' types
    with closing(KafkaLog(kafka.secure, 1, access.librdkafka())) as log, pytest.raises(LogUnavailable) as caught:
        log.topics()
    assert "s3cret" not in str(caught.value)
