"""What a worker must do on every transport. A test class inherits this and offers `ground`.

The records of a chunk are processed by a recorder instead of agents: what is tested is what the runtime adds to Faust.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil
import pytest
from yarl import URL

from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.delivery import Delivery
from herofactory.platform.delivery.publisher import Publisher
from herofactory.platform.delivery.status import AgentStatus
from herofactory.platform.eventlog.port import EventLog, LogFull, UnknownTopic
from herofactory.platform.records import Outgoing, Record
from streams import faust_partitions
from streams.faust_app import WorkerTimes, group_of
from streams.runtime import Worker, WorkerCrashed, run_worker

CHUNK = 5
PATIENCE_S = 30.0


class Recorder:
    """A processor that writes down what it finished; a test may hold partitions back."""

    def __init__(self, publisher: Publisher | None = None, out: str = "") -> None:
        self.publisher, self.out = publisher, out
        self.done: list[Record] = []
        self.started: list[Record] = []
        self.gaps: list[tuple[str, int, int, int]] = []
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
            await self.publisher.publish([Outgoing(self.out, r.key, r.value, r.headers) for r in records])
        self.done += records

    def status(self) -> AgentStatus:
        return AgentStatus("a", "running", datetime.now(UTC), None, len(self.done), 0, 0, 0, None)

    def missed(self, topic: str, partition: int, start: int, end: int) -> None:
        self.gaps.append((topic, partition, start, end))


async def _unused(delivery: Delivery) -> Sequence[Outgoing]:
    raise AssertionError("the recorder does not call the handler")


async def until(condition: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        await asyncio.sleep(0.02)


@dataclass
class Ground:
    """A log with two fresh topics of four partitions, and workers on it."""

    log: EventLog
    broker: Callable[..., URL]
    """Takes the transport's settings."""
    source: str
    out: str
    name: str
    """Of the agent: nobody else's, so its group is fresh too."""
    times: WorkerTimes

    def agent(self, name: str = "", *sources: str) -> Agent:
        return Agent(name=self.name + name, sources=sources or (self.source,), handle=_unused, redrivable=False)

    def worker(self, recorder: Recorder) -> Worker:
        return Worker((self.agent(),), self.broker(chunk=CHUNK), lambda _, __: recorder, self.times)

    def publish(self, count: int) -> None:
        self.log.publish([Outgoing(self.source, f"{n}".encode(), f"{n}".encode()) for n in range(count)])

    def committed(self, name: str = "") -> int:
        return sum(self.log.committed(group_of(self.name + name), self.source).values())


class WorkerContract:
    async def test_every_record_is_processed_once_in_order_and_committed(self, ground: Ground) -> None:
        recorder = Recorder()
        worker = ground.worker(recorder)
        await worker.start()
        ground.publish(100)
        await until(lambda: ground.committed() == 100)
        await worker.stop()
        for partition in range(4):
            offsets = [record.offset for record in recorder.done if record.partition == partition]
            assert offsets == list(range(len(offsets)))
        assert len(recorder.done) == 100

    async def test_nothing_is_committed_before_it_is_processed(self, ground: Ground) -> None:
        recorder = Recorder()
        recorder.held = {0, 1, 2, 3}
        worker = ground.worker(recorder)
        ground.publish(40)
        await worker.start()
        await until(lambda: len({record.partition for record in recorder.started}) == 4)
        await asyncio.sleep(3 * ground.times.commit_interval)
        assert ground.committed() == 0
        recorder.release.set()
        await until(lambda: ground.committed() == 40)
        await worker.stop()

    async def test_a_partition_that_waits_does_not_stop_the_others(self, ground: Ground) -> None:
        recorder = Recorder()
        recorder.held = {0}
        worker = ground.worker(recorder)
        await worker.start()
        for _ in range(10):
            ground.publish(100)
        sizes = {partition: held.end for partition, held in ground.log.offsets(ground.source).items()}
        await until(lambda: ground.committed() == 1000 - sizes[0])
        await asyncio.sleep(ground.times.session_timeout + 0.5)
        assert len(worker.health()[0].partitions) == 4, "its heart went on"
        # 5 where fetches are full chunks; less where they bring what several partitions have.
        assert 0 < len([r for r in recorder.started if r.partition == 0]) <= CHUNK, "nothing was delivered twice"
        recorder.release.set()
        await until(lambda: ground.committed() == 1000)
        await worker.stop()
        assert len(recorder.done) == 1000

    async def test_an_agent_that_waits_does_not_stop_another(self, ground: Ground) -> None:
        slow, quick = Recorder(), Recorder()
        slow.held = {0, 1, 2, 3}
        recorders = {ground.name + "slow": slow, ground.name + "quick": quick}
        agents = (ground.agent("slow"), ground.agent("quick"))
        worker = Worker(agents, ground.broker(), lambda who, _: recorders[who.name], ground.times)
        await worker.start()
        ground.publish(40)
        await until(lambda: ground.committed("quick") == 40)
        assert ground.committed("slow") == 0
        await worker.stop()

    async def test_it_stops_quickly_beside_a_chunk_that_hangs_and_gives_it_back(self, ground: Ground) -> None:
        recorder = Recorder()
        recorder.held = {0, 1, 2, 3}
        worker = ground.worker(recorder)
        ground.publish(40)
        await worker.start()
        await until(lambda: len(recorder.started) >= 5)
        async with asyncio.timeout(5.0):
            await worker.stop()
        assert ground.committed() == 0
        again = Recorder()
        worker = ground.worker(again)
        await worker.start()
        await until(lambda: len(again.done) == 40)
        await worker.stop()

    async def test_a_fault_of_the_processor_is_tried_again_and_shown_and_never_acked(
        self, ground: Ground, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(faust_partitions, "FAULT_PAUSE_S", 0.05)
        recorder = Recorder()
        recorder.fault = ZeroDivisionError("no")
        worker = ground.worker(recorder)
        ground.publish(20)
        await worker.start()
        await until(lambda: len(recorder.started) > 60)
        (health,) = worker.health()
        assert (health.status.state, health.status.cause) == ("halted", "ZeroDivisionError: no")
        assert ground.committed() == 0
        recorder.fault = None
        await until(lambda: ground.committed() == 20)
        assert worker.health()[0].status.state == "running"
        await worker.stop()

    async def test_outputs_are_durable_before_the_chunk_is_acked(self, ground: Ground) -> None:
        recorders: list[Recorder] = []

        def make(_: Agent, publisher: Publisher) -> Recorder:
            recorders.append(Recorder(publisher, ground.out))
            return recorders[-1]

        worker = Worker((ground.agent(),), ground.broker(), make, ground.times)
        messages = [Outgoing(ground.source, b"k%d" % n, None if n else b"v", {"h": b"\xff"}) for n in range(50)]
        ground.log.publish(messages)
        await worker.start()
        await until(lambda: ground.committed() == 50)
        await worker.stop()
        sent = [record for partition in range(4) for record in ground.log.read(ground.out, partition, 0, 100)]
        assert {record.key: record.value for record in sent} == {m.key: m.value for m in messages}
        assert len(sent) == 50
        assert all(record.headers == {"h": b"\xff"} for record in sent)

    async def test_publishing_to_a_topic_nobody_created_is_an_error(self, ground: Ground) -> None:
        errors: list[Exception] = []

        class Publishing(Recorder):
            async def process(self, records: Sequence[Record]) -> None:
                assert self.publisher is not None
                try:
                    await self.publisher.publish([Outgoing(ground.out, b"k", b""), Outgoing("no.such", b"k", b"")])
                except UnknownTopic as error:
                    errors.append(error)

        worker = Worker((ground.agent(),), ground.broker(), lambda _, p: Publishing(p), ground.times)
        ground.publish(1)
        await worker.start()
        await until(lambda: bool(errors), 5.0)
        await worker.stop()

    async def test_two_workers_share_the_partitions_and_hand_over_without_doing_anything_twice(
        self, ground: Ground
    ) -> None:
        one, two = Recorder(), Recorder()
        first, second = ground.worker(one), ground.worker(two)
        await first.start()
        ground.publish(200)
        await until(lambda: len(one.done) >= 50)
        await second.start()
        await until(lambda: len(first.health()[0].partitions) == len(second.health()[0].partitions) == 2)
        ground.publish(200)
        await until(lambda: len(one.done) + len(two.done) >= 400)
        await first.stop()
        ground.publish(200)
        await until(lambda: ground.committed() == 600)
        await second.stop()
        counts = Counter((record.partition, record.offset) for record in one.done + two.done)
        assert len(counts) == 600
        assert set(counts.values()) == {1}
        assert two.done

    async def test_chunks_that_hang_are_given_up_when_another_worker_comes(self, ground: Ground) -> None:
        stuck, healthy = Recorder(), Recorder()
        stuck.held = {0, 1, 2, 3}
        first, second = ground.worker(stuck), ground.worker(healthy)
        ground.publish(80)
        await first.start()
        await until(lambda: len({record.partition for record in stuck.started}) == 4)
        await second.start()
        await until(lambda: len(second.health()[0].partitions) == 2)
        taken = {partition for _, partition in second.health()[0].partitions}
        ends = {p: held.end for p, held in ground.log.offsets(ground.source).items()}
        group = group_of(ground.name)
        await until(lambda: ground.log.committed(group, ground.source) == {p: ends[p] for p in taken})
        stuck.release.set()
        await until(lambda: ground.committed() == 80)
        await asyncio.gather(first.stop(), second.stop())
        assert len(stuck.done) + len(healthy.done) == 80

    async def test_health_says_what_it_reads(self, ground: Ground) -> None:
        worker = ground.worker(Recorder())
        assert not worker.health()[0].ready
        await worker.start()
        await until(lambda: worker.health()[0].ready)
        assert worker.health()[0].partitions == tuple((ground.source, partition) for partition in range(4))
        await worker.stop()
        assert not worker.health()[0].ready

    async def test_a_source_that_does_not_exist_is_named_at_the_start(self, ground: Ground) -> None:
        agent = ground.agent("", "no.such")
        with pytest.raises(UnknownTopic, match=r"no\.such"):
            await run_worker([agent], ground.broker(), lambda *_: Recorder(), asyncio.Event(), ground.times)

    async def test_it_runs_until_told_to_stop_and_listens_on_no_port(self, ground: Ground) -> None:
        stop, started = asyncio.Event(), asyncio.Event()
        running = asyncio.ensure_future(
            run_worker(
                [ground.agent()], ground.broker(), lambda *_: Recorder(), stop, ground.times, lambda _: started.set()
            )
        )
        await started.wait()
        listening = [c for c in psutil.Process(os.getpid()).net_connections() if c.status == psutil.CONN_LISTEN]
        assert listening == []
        stop.set()
        await running

    async def test_it_says_so_when_faust_itself_gives_up(self, ground: Ground) -> None:
        async def crash(worker: Worker) -> None:
            await worker._agents[0][0].crash(ZeroDivisionError("inside Faust"))

        crashing: list[asyncio.Future[None]] = []
        with pytest.raises(WorkerCrashed, match="ZeroDivisionError"):
            await run_worker(
                [ground.agent()],
                ground.broker(),
                lambda *_: Recorder(),
                asyncio.Event(),
                ground.times,
                lambda worker: crashing.append(asyncio.ensure_future(crash(worker))),
            )

    async def test_a_log_that_takes_no_commit_pauses_the_agent_and_loses_nothing(self, ground: Ground) -> None:
        worker = ground.worker(recorder := Recorder())
        await worker.start()
        consumer = worker._agents[0][0].consumer
        real = consumer._commit

        async def full(_: object) -> bool:
            raise LogFull("No space left")

        consumer._commit = full
        ground.publish(20)
        await until(lambda: worker.health()[0].status.cause == "committing failed: No space left")
        assert worker.health()[0].status.state == "paused"
        consumer._commit = real
        await until(lambda: ground.committed() == 20)
        await until(lambda: worker.health()[0].status.state == "running")
        await worker.stop()
        assert len(recorder.done) == 20

    @pytest.mark.parametrize("moment", [0.02, 1.02])
    async def test_it_can_be_stopped_while_it_starts(self, ground: Ground, moment: float) -> None:
        worker = ground.worker(Recorder())
        starting = asyncio.ensure_future(worker.start())
        await asyncio.sleep(moment)
        starting.cancel()
        async with asyncio.timeout(5.0):
            await worker.stop()
        await worker.stop()
        ground.publish(1)
        successor = ground.worker(recorder := Recorder())
        await successor.start()
        await until(lambda: bool(recorder.done), ground.times.session_timeout)
        await successor.stop()
