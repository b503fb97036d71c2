from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.delivery import Delivery
from herofactory.platform.delivery.publisher import Publisher
from herofactory.platform.delivery.status import AgentStatus
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.port import LogFull, TopicConfig, UnknownTopic
from herofactory.platform.records import Outgoing, Record
from streams import faust_partitions
from streams.embedded import broker_url
from streams.faust_app import WorkerTimes
from streams.runtime import Worker, WorkerCrashed, run_worker

pytestmark = pytest.mark.anyio

TIMES = WorkerTimes(session_timeout=3.0, heartbeat=0.3, commit_interval=0.1, grace=0.3)


class Recorder:
    """A processor that writes down what it finished; a test may hold partitions back."""

    def __init__(self, publisher: Publisher | None = None) -> None:
        self.publisher = publisher
        self.done: list[Record] = []
        self.started: list[Record] = []
        self.held: set[int] = set()
        self.release = asyncio.Event()
        self.fault: Exception | None = None

    async def process(self, records: Sequence[Record]) -> None:
        self.started += records
        if records[0].partition in self.held:
            await self.release.wait()
        if self.fault:
            raise self.fault
        if self.publisher:
            await self.publisher.publish([Outgoing("out", r.key, r.value, r.headers) for r in records])
        self.done += records

    def status(self) -> AgentStatus:
        return AgentStatus("a", "running", datetime.now(UTC), None, len(self.done), 0, 0, 0, None)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    log = EmbeddedLog(tmp_path / "log", sync="NORMAL")
    for topic in ("t", "out"):
        log.create_topic(TopicConfig(topic, 4, retention_s=None))
    yield log
    log.close()


async def _unused(delivery: Delivery) -> Sequence[Outgoing]:
    raise AssertionError("the recorder does not call the handler")


def agent(name: str = "a", *sources: str) -> Agent:
    return Agent(name=name, sources=sources or ("t",), handle=_unused)


def worker_on(log: EmbeddedLog, recorder: Recorder, *agents: Agent) -> Worker:
    broker = broker_url(log.folder, sync="normal", chunk=5)
    return Worker(agents or (agent(),), broker, lambda _, publisher: recorder, TIMES)


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        await asyncio.sleep(0.01)


def publish(log: EmbeddedLog, count: int, topic: str = "t") -> None:
    log.publish([Outgoing(topic, f"{n}".encode(), f"{n}".encode()) for n in range(count)])


def committed(log: EmbeddedLog, name: str = "a") -> int:
    return sum(log.committed(f"herofactory.{name}", "t").values())


async def test_every_record_is_processed_once_in_order_and_committed(log: EmbeddedLog) -> None:
    recorder = Recorder()
    worker = worker_on(log, recorder)
    await worker.start()
    publish(log, 100)
    await until(lambda: committed(log) == 100)
    await worker.stop()
    for partition in range(4):
        offsets = [record.offset for record in recorder.done if record.partition == partition]
        assert offsets == list(range(len(offsets)))
    assert len(recorder.done) == 100


async def test_nothing_is_committed_before_it_is_processed(log: EmbeddedLog) -> None:
    recorder = Recorder()
    recorder.held = {0, 1, 2, 3}
    worker = worker_on(log, recorder)
    publish(log, 40)
    await worker.start()
    await until(lambda: len({record.partition for record in recorder.started}) == 4)
    await asyncio.sleep(0.3)
    assert committed(log) == 0
    recorder.release.set()
    await until(lambda: committed(log) == 40)
    await worker.stop()


async def test_a_partition_that_waits_does_not_stop_the_others(log: EmbeddedLog) -> None:
    recorder = Recorder()
    recorder.held = {0}
    worker = worker_on(log, recorder)
    await worker.start()
    for _ in range(10):
        publish(log, 100)
    sizes = {partition: held.end for partition, held in log.offsets("t").items()}
    await until(lambda: committed(log) == 1000 - sizes[0])
    await asyncio.sleep(TIMES.session_timeout + 0.5)
    assert len(worker.health()[0].partitions) == 4, "its heart went on"
    assert len([r for r in recorder.started if r.partition == 0]) == 5, "and nothing was delivered twice meanwhile"
    recorder.release.set()
    await until(lambda: committed(log) == 1000)
    await worker.stop()
    assert len(recorder.done) == 1000


async def test_an_agent_that_waits_does_not_stop_another(log: EmbeddedLog) -> None:
    slow, quick = Recorder(), Recorder()
    slow.held = {0, 1, 2, 3}
    recorders = {"slow": slow, "quick": quick}
    broker = broker_url(log.folder, sync="normal")
    worker = Worker((agent("slow"), agent("quick")), broker, lambda who, _: recorders[who.name], TIMES)
    await worker.start()
    publish(log, 40)
    await until(lambda: committed(log, "quick") == 40)
    assert committed(log, "slow") == 0
    await worker.stop()


async def test_it_stops_quickly_beside_a_chunk_that_hangs_and_gives_it_back(log: EmbeddedLog) -> None:
    recorder = Recorder()
    recorder.held = {0, 1, 2, 3}
    worker = worker_on(log, recorder)
    publish(log, 40)
    await worker.start()
    await until(lambda: len(recorder.started) >= 5)
    async with asyncio.timeout(5.0):
        await worker.stop()
    assert committed(log) == 0
    again = Recorder()
    worker = worker_on(log, again)
    await worker.start()
    await until(lambda: len(again.done) == 40)
    await worker.stop()


async def test_a_fault_of_the_processor_is_tried_again_and_shown_and_never_acked(
    log: EmbeddedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faust_partitions, "FAULT_PAUSE_S", 0.05)
    recorder = Recorder()
    recorder.fault = ZeroDivisionError("no")
    worker = worker_on(log, recorder)
    publish(log, 20)
    await worker.start()
    await until(lambda: len(recorder.started) > 60)
    (health,) = worker.health()
    assert (health.status.state, health.status.cause) == ("halted", "ZeroDivisionError: no")
    assert committed(log) == 0
    recorder.fault = None
    await until(lambda: committed(log) == 20)
    assert worker.health()[0].status.state == "running"
    await worker.stop()


async def test_outputs_are_durable_before_the_chunk_is_acked(log: EmbeddedLog) -> None:
    recorders: list[Recorder] = []

    def make(_: Agent, publisher: Publisher) -> Recorder:
        recorders.append(Recorder(publisher))
        return recorders[-1]

    worker = Worker((agent(),), broker_url(log.folder, sync="normal"), make, TIMES)
    log.publish([Outgoing("t", b"k%d" % n, None if n else b"v", {"h": b"\xff"}) for n in range(50)])
    await worker.start()
    await until(lambda: committed(log) == 50)
    await worker.stop()
    sent = [r for p in range(4) for r in log.read("out", p, 0, 100)]
    assert len(sent) == 50
    assert all(record.headers == {"h": b"\xff"} for record in sent)
    publisher = recorders[0].publisher
    assert publisher is not None


async def test_publishing_to_a_topic_nobody_created_is_an_error(log: EmbeddedLog) -> None:
    errors: list[Exception] = []

    class Publishing(Recorder):
        async def process(self, records: Sequence[Record]) -> None:
            assert self.publisher is not None
            try:
                await self.publisher.publish([Outgoing("out", b"k", b""), Outgoing("no.such", b"k", b"")])
            except UnknownTopic as error:
                errors.append(error)

    worker = Worker((agent(),), broker_url(log.folder, sync="normal"), lambda _, p: Publishing(p), TIMES)
    publish(log, 1)
    await worker.start()
    await until(lambda: bool(errors))
    await worker.stop()


async def test_two_workers_share_the_partitions_and_hand_over_without_doing_anything_twice(log: EmbeddedLog) -> None:
    one, two = Recorder(), Recorder()
    first, second = worker_on(log, one), worker_on(log, two)
    await first.start()
    publish(log, 200)
    await until(lambda: len(one.done) >= 50)
    await second.start()
    await until(lambda: len(first.health()[0].partitions) == len(second.health()[0].partitions) == 2)
    publish(log, 200)
    await until(lambda: len(one.done) + len(two.done) >= 400)
    await first.stop()
    publish(log, 200)
    await until(lambda: committed(log) == 600)
    await second.stop()
    counts = Counter((record.partition, record.offset) for record in one.done + two.done)
    assert len(counts) == 600
    assert set(counts.values()) == {1}
    assert two.done


async def test_chunks_that_hang_are_given_up_when_another_worker_comes(log: EmbeddedLog) -> None:
    stuck, healthy = Recorder(), Recorder()
    stuck.held = {0, 1, 2, 3}
    first, second = worker_on(log, stuck), worker_on(log, healthy)
    publish(log, 80)
    await first.start()
    await until(lambda: len({record.partition for record in stuck.started}) == 4)
    await second.start()
    await until(lambda: len(second.health()[0].partitions) == 2)
    taken = {partition for _, partition in second.health()[0].partitions}
    ends = {p: held.end for p, held in log.offsets("t").items()}
    await until(lambda: log.committed("herofactory.a", "t") == {p: ends[p] for p in taken})
    stuck.release.set()
    await until(lambda: committed(log) == 80)
    await asyncio.gather(first.stop(), second.stop())
    assert len(stuck.done) + len(healthy.done) == 80


async def test_health_says_what_it_reads(log: EmbeddedLog) -> None:
    worker = worker_on(log, Recorder())
    assert not worker.health()[0].ready
    await worker.start()
    await until(lambda: worker.health()[0].ready)
    assert worker.health()[0].partitions == (("t", 0), ("t", 1), ("t", 2), ("t", 3))
    await worker.stop()
    assert not worker.health()[0].ready


async def test_a_source_that_does_not_exist_is_named_at_the_start(log: EmbeddedLog) -> None:
    with pytest.raises(UnknownTopic, match=r"no\.such"):
        await run_worker([agent("a", "no.such")], broker_url(log.folder), lambda *_: Recorder(), asyncio.Event(), TIMES)


async def test_it_runs_until_told_to_stop_and_listens_on_no_port(log: EmbeddedLog, tmp_path: Path) -> None:
    stop, started = asyncio.Event(), asyncio.Event()
    before = set(tmp_path.iterdir())
    running = asyncio.ensure_future(
        run_worker([agent()], broker_url(log.folder), lambda *_: Recorder(), stop, TIMES, lambda _: started.set())
    )
    await started.wait()
    listening = [c for c in psutil.Process(os.getpid()).net_connections() if c.status == psutil.CONN_LISTEN]
    assert listening == []
    stop.set()
    await running
    assert set(tmp_path.iterdir()) == before
    assert log.groups() == ["herofactory.a"]


async def test_it_says_so_when_faust_itself_gives_up(log: EmbeddedLog) -> None:
    async def crash(worker: Worker) -> None:
        await worker._agents[0][0].crash(ZeroDivisionError("inside Faust"))

    crashing: list[asyncio.Future[None]] = []
    with pytest.raises(WorkerCrashed, match="agent a: ZeroDivisionError"):
        await run_worker(
            [agent()],
            broker_url(log.folder),
            lambda *_: Recorder(),
            asyncio.Event(),
            TIMES,
            lambda worker: crashing.append(asyncio.ensure_future(crash(worker))),
        )


async def test_a_log_that_is_full_pauses_the_agent_and_loses_nothing(log: EmbeddedLog) -> None:
    worker = worker_on(log, recorder := Recorder())
    await worker.start()
    consumer = worker._agents[0][0].consumer
    real = consumer._commit

    async def full(_: object) -> bool:
        raise LogFull("No space left")

    consumer._commit = full
    publish(log, 20)
    await until(lambda: worker.health()[0].status.cause == "committing failed: No space left")
    assert worker.health()[0].status.state == "paused"
    consumer._commit = real
    await until(lambda: committed(log) == 20)
    await until(lambda: worker.health()[0].status.state == "running")
    await worker.stop()
    assert len(recorder.done) == 20


@pytest.mark.parametrize("moment", [0.02, 1.02])
async def test_it_can_be_stopped_while_it_starts(log: EmbeddedLog, moment: float) -> None:
    worker = worker_on(log, Recorder())
    starting = asyncio.ensure_future(worker.start())
    await asyncio.sleep(moment)
    starting.cancel()
    async with asyncio.timeout(5.0):
        await worker.stop()
    await worker.stop()
    assert log.call(lambda cursor: cursor.execute("SELECT count(*) FROM members").fetchone()) == (0,)
