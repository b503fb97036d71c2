"""The edges of recovery that users of other engines report, on every transport.

A test class inherits this and offers `ground` (tests/contract/worker.py), `expire`, `holes` and `share_id`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest

from herofactory.platform.eventlog.port import LogUnavailable
from herofactory.platform.records import Outgoing, Record
from streams.faust_app import group_of
from streams.runtime import Worker
from tests.contract.worker import Ground, Recorder, until

Expire = Callable[[str], None]
"""Retention takes all that a topic holds by now."""
BULKY = 20_000
"""Bytes of a record of which 100 are more than a worker has read ahead of what it works at."""
Holes = Callable[[str], int]
"""Leaves records in a topic with offsets missing between them; returns how many there are to read."""
ShareId = Callable[[Worker, Worker], None]
"""The second, not started yet, will join its group under the id that the first one, which runs, has in it."""


def ends(ground: Ground) -> dict[int, int]:
    return {partition: held.end for partition, held in ground.log.offsets(ground.source).items()}


def committed(ground: Ground) -> dict[int, int]:
    return dict(ground.log.committed(group_of(ground.name), ground.source))


def generation(worker: Worker) -> int:
    found: int = worker._agents[0][0].consumer_generation_id
    return found


def places(records: Sequence[Record]) -> Counter[tuple[int, int]]:
    return Counter((record.partition, record.offset) for record in records)


async def all_committed(ground: Ground, seconds: float = 60.0) -> None:
    """Asks beside the loop, on which the worker's heartbeats are. A broker that has just started may not know yet."""
    async with asyncio.timeout(seconds):
        while True:
            with suppress(LogUnavailable):
                if await asyncio.to_thread(lambda: committed(ground) == ends(ground)):
                    return
            await asyncio.sleep(0.05)


async def worked_off(ground: Ground) -> Recorder:
    """A worker that reads what there is, and stops."""
    worker = ground.worker(recorder := Recorder())
    await worker.start()
    try:
        await all_committed(ground)
    finally:
        await worker.stop()
    return recorder


class RecoveryContract:
    async def test_a_group_behind_the_retention_goes_on_from_the_earliest_and_says_what_it_missed(
        self, ground: Ground, expire: Expire
    ) -> None:
        ground.publish(40)
        await worked_off(ground)
        read = committed(ground)
        ground.publish(40)
        expire(ground.source)
        taken = ends(ground)
        ground.publish(20)
        recorder = await worked_off(ground)
        assert len(recorder.done) == 20
        assert sorted(recorder.gaps) == [(ground.source, p, read[p], taken[p]) for p in range(4)], "each said once"

    async def test_a_group_behind_the_retention_of_an_idle_topic_has_no_lag_for_ever(
        self, ground: Ground, expire: Expire
    ) -> None:
        ground.publish(40)
        await worked_off(ground)
        ground.publish(40)
        expire(ground.source)
        recorder = await worked_off(ground)
        assert recorder.done == []
        assert sum(end - start for _, _, start, end in recorder.gaps) == 40
        assert (await worked_off(ground)).gaps == [], "it is over and said"

    async def test_a_source_whose_records_are_all_gone_misses_a_new_group_nothing(
        self, ground: Ground, expire: Expire
    ) -> None:
        ground.publish(40)
        expire(ground.source)
        worker = ground.worker(recorder := Recorder())
        await worker.start()
        await until(lambda: worker.health()[0].ready)
        ground.publish(20)
        await until(lambda: len(recorder.done) == 20)
        await worker.stop()
        assert recorder.gaps == []

    @pytest.mark.parametrize("later", [4, 0], ids=["and more comes", "and the topic is idle"])
    async def test_what_retention_takes_from_under_a_worker_that_waits_is_counted(
        self, ground: Ground, expire: Expire, later: int
    ) -> None:
        recorder = Recorder()
        recorder.held = {0, 1, 2, 3}
        worker = ground.worker(recorder)
        ground.log.publish([Outgoing(ground.source, b"%d" % n, bytes(BULKY)) for n in range(400)])
        await worker.start()
        await until(lambda: len({record.partition for record in recorder.started}) == 4)
        expire(ground.source)
        ground.publish(later)
        recorder.release.set()
        await all_committed(ground)
        await worker.stop()
        assert set(places(recorder.done).values()) == {1}
        assert recorder.gaps
        assert len(recorder.done) + sum(end - start for _, _, start, end in recorder.gaps) == 400 + later

    async def test_what_compaction_left_out_is_nothing_missed(self, ground: Ground, holes: Holes) -> None:
        readable = holes(ground.source)
        recorder = await worked_off(ground)
        assert len(recorder.done) == readable < sum(ends(ground).values())
        assert recorder.gaps == []

    async def test_a_worker_that_comes_while_another_one_recovers_costs_nothing(self, ground: Ground) -> None:
        recorders = [Recorder() for _ in range(3)]
        first, second, third = (ground.worker(each) for each in recorders)
        for _ in range(4):
            ground.publish(100)
        await first.start()
        await until(lambda: len(recorders[0].started) > 0)
        # Both join while the first one reads what there was, and while one another's rebalance goes on.
        await asyncio.gather(second.start(), third.start())
        stopping = asyncio.ensure_future(first.stop())
        await all_committed(ground)
        await stopping
        await asyncio.gather(second.stop(), third.stop())
        counts = places([record for each in recorders for record in each.done])
        assert len(counts) == 400
        assert set(counts.values()) == {1}

    async def test_a_sink_slower_than_every_timeout_is_no_reason_for_a_rebalance(self, ground: Ground) -> None:
        recorder = Recorder()
        recorder.held = {0, 1, 2, 3}
        worker = ground.worker(recorder)
        ground.publish(100)
        await worker.start()
        await until(lambda: len({record.partition for record in recorder.started}) == 4)
        before, started = generation(worker), len(recorder.started)
        await asyncio.sleep(2 * ground.times.session_timeout)
        assert generation(worker) == before, "no rebalance"
        assert len(recorder.started) == started
        recorder.release.set()
        await all_committed(ground)
        await worker.stop()
        assert places(recorder.done) == places(recorder.started)
        assert set(places(recorder.done).values()) == {1}

    async def test_two_workers_of_the_same_name_are_two_members(self, ground: Ground) -> None:
        """Nobody gives a member its id: it is drawn anew by each that joins."""
        one, two = Recorder(), Recorder()
        first, second = ground.worker(one), ground.worker(two)
        await asyncio.gather(first.start(), second.start())
        await until(lambda: len(first.health()[0].partitions) == len(second.health()[0].partitions) == 2)
        held = {*first.health()[0].partitions, *second.health()[0].partitions}
        assert held == {(ground.source, partition) for partition in range(4)}
        ground.log.publish([Outgoing(ground.source, b"%d" % n, b"") for n in range(100)])
        await all_committed(ground)
        await asyncio.gather(first.stop(), second.stop())
        assert set(places(one.done + two.done).values()) == {1}

    async def test_two_workers_under_one_members_id_lose_nothing(self, ground: Ground, share_id: ShareId) -> None:
        """As where a machine is copied with its memory. What both read is done twice, and the way out is a restart."""
        recorders = [Recorder() for _ in range(3)]
        first, second, third = (ground.worker(each) for each in recorders)
        await first.start()
        share_id(first, second)
        before = generation(first)
        # One of the two may get no partitions: Kafka answers whoever asked last under an id.
        starting = asyncio.ensure_future(second.start())
        await until(lambda: max(generation(first), generation(second)) > before)
        for _ in range(4):
            ground.publish(100)
        await all_committed(ground)
        await first.stop()
        await third.start()
        ground.publish(100)
        await all_committed(ground)
        starting.cancel()
        await asyncio.gather(second.stop(), third.stop())
        assert len(places([record for each in recorders for record in each.done])) == 500
