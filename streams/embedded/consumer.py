"""Faust's consumer on the embedded log: positions, fetching in chunks, and commits that never cover a gap."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from faust.transport.consumer import Consumer as BaseConsumer
from faust.transport.consumer import ensure_TP
from faust.types import TP, ConsumerMessage
from mode import get_logger

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.embedded.partitioner import partition_of
from herofactory.platform.eventlog.embedded.watch import Snapshot
from herofactory.platform.eventlog.port import LogError
from herofactory.platform.records import Record
from streams.embedded.bridge import Bridge
from streams.embedded.coordinator import Coordinator
from streams.embedded.positions import Positions
from streams.faust_acks import AckedView

_logger = get_logger(__name__)

PLAIN_RECORDS = 500
"""Records read at once from a topic without chunks."""


class Consumer(BaseConsumer):  # type: ignore[misc]  # Faust ships no usable types
    logger = _logger

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.log_: EmbeddedLog = self.transport.log
        self.topics: Sequence[str] = ()
        self._news = asyncio.Event()
        self._positions = Positions(
            self.log_, None if self.app.client_only else self.app.conf.id, on_change=self._news.set
        )
        self._ledger = self._positions.ledger
        self._acked = self._acked_index = AckedView(self._ledger)
        self._assigned: set[TP] = set()
        self._troubles: dict[object, str] = {}
        self.bridge = Bridge(self.log_, self.loop)
        self.coordinator = Coordinator(self, loop=self.loop, beacon=self.beacon)

    # -- life

    async def on_start(self) -> None:
        self._positions.ends = self.log_.watcher.add(self._on_snapshot).ends
        await self.add_runtime_dependency(self.coordinator)

    async def on_stop(self) -> None:
        await super().on_stop()
        self.log_.watcher.remove(self._on_snapshot)
        with contextlib.suppress(LogError):  # the others expel us after the session timeout
            await self.coordinator.leave()

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        # In the watcher's thread. A closed loop wants no news.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._take_snapshot, snapshot)

    def _take_snapshot(self, snapshot: Snapshot) -> None:
        self._positions.ends = snapshot.ends
        self._news.set()
        self.coordinator.on_snapshot(snapshot)

    async def create_topic(self, *args: Any, **kwargs: Any) -> None:
        await self.app.producer.create_topic(*args, **kwargs)

    @property
    def trouble(self) -> str | None:
        """Why reading or committing does not get on at the moment."""
        return next(iter(self._troubles.values()), None)

    # -- group

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Raises UnknownTopic: topics are created on purpose, never by reading."""
        wanted = sorted(topics)
        for topic in wanted:
            self.log_.topic_id(topic)
        changed, self.topics = wanted != self.topics, wanted
        if self.app.client_only:
            self._assigned = {TP(topic, n) for topic in wanted for n in range(self.log_.partitions(topic))}
            self._set_active_tps(self._assigned)
            self._positions.start(self._assigned, "latest")
        elif changed:
            await self.coordinator.join()

    async def hand_over(self) -> None:
        """Drain and commit, then give all partitions back.

        First the drain: Faust's own revocation drops its lists of acks before its last commit, so every rebalance would
        repeat the last commit interval.
        """
        if self._assigned:
            self.stop_flow()
            self.app.flow_control.suspend()
            self.app.flow_control.clear()
            await self.wait_empty()
        await self.on_partitions_revoked(set(self._assigned))

    async def take_over(self, assigned: set[TP], generation: int) -> None:
        self._assigned = assigned
        self._troubles.clear()
        self._buffered_partitions.clear()
        self._positions.start(assigned, self.app.conf.consumer_auto_offset_reset)
        await self.on_partitions_assigned(assigned, generation)

    def assignment(self) -> set[TP]:
        return self._assigned

    # -- positions

    async def seek_to_committed(self) -> Mapping[TP, int | None]:
        found: dict[TP, int | None] = {}
        for tp in self._assigned:
            found[tp] = offset = self._positions.committed(tp)
            if offset is not None:
                self._positions.move(tp, offset)
            elif self.app.topics.acks_enabled_for(tp.topic):
                self._positions.move(tp, self._positions.first(tp))
        return found

    async def _seek(self, partition: TP, offset: int) -> None:
        self._positions.move(ensure_TP(partition), offset)

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        for tp, offset in partitions.items():
            self._positions.move(tp, offset)
            self._read_offset[tp] = offset or None

    async def position(self, tp: TP) -> int | None:
        return self._positions.next(ensure_TP(tp))

    def highwater(self, tp: TP) -> int:
        return self._positions.end(tp)

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        return {tp: self.log_.offsets(tp.topic)[tp.partition].earliest for tp in partitions}

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        return {tp: self.log_.offsets(tp.topic)[tp.partition].end for tp in partitions}

    def topic_partitions(self, topic: str) -> int | None:
        return self.log_.partitions(topic) if self.log_.has_topic(topic) else None

    def key_partition(self, topic: str, key: bytes | None, partition: int | None = None) -> int:
        return partition_of(key, self.log_.partitions(topic)) if partition is None else partition

    def _new_topicpartition(self, topic: str, partition: int) -> TP:
        return TP(topic, partition)

    # -- fetching

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Mapping[TP, Sequence[Any]]:
        self._news.clear()
        records = self._fetch(active_partitions)
        if not records and not self._news.is_set():
            await _wait(self._news, timeout)
        while not (self.flow_active or self.should_stop or self.app._fetcher.should_stop):
            # Returning now would make Faust seek, which forgets what is still in work while that drains.
            await _wait(self.can_resume_flow, timeout)
        return records

    def _fetch(self, active_partitions: set[TP] | None) -> dict[TP, Sequence[Any]]:
        """One chunk, or some records, of every partition that has more and may have more in flight."""
        fetched: dict[TP, Sequence[Any]] = {}
        if not self.flow_active:
            return fetched
        for tp in self._assigned if active_partitions is None else tuple(active_partitions):
            try:
                deliveries = self._fetch_partition(tp)
            except LogError as error:
                # The position did not move: nothing is lost, the next round tries again.
                self._troubled(tp, "reading", error)
                continue
            self._troubles.pop(tp, None)
            if deliveries:
                fetched[tp] = deliveries
        return fetched

    def _troubled(self, what: object, doing: str, error: LogError) -> None:
        self._troubles[what] = f"{doing} failed: {error}"
        self.log.warning("%s failed, trying again: %s", doing, error)

    def _fetch_partition(self, tp: TP) -> Sequence[Any]:
        if not self._is_chunked(tp.topic):
            records = self._positions.fetch(tp, PLAIN_RECORDS)
            for record in records:
                self._ledger.deliver(tp, record.offset)
            return records
        if self._ledger.open(tp) >= self.transport.in_flight:
            return ()
        records = self._positions.fetch(tp, self.transport.chunk)
        if not records:
            return ()
        self._ledger.deliver(tp, records[-1].offset)
        return (records,)

    def _is_chunked(self, topic: str) -> bool:
        return bool(self.transport.chunk) and topic not in self._internal_topics()

    def _internal_topics(self) -> set[str]:
        return {name for topic in self.app.topics if topic.internal for name in topic.topics}

    def _to_message(self, tp: TP, delivery: Record | Sequence[Record]) -> ConsumerMessage:
        last, value, key, headers = _parts(delivery)
        generation = self.app.consumer_generation_id
        return ConsumerMessage(
            tp.topic, tp.partition, last.offset, last.timestamp, 0, headers, key, value, None, 0, 0, tp,
            generation_id=generation,
        )  # fmt: skip

    # -- acks and commits

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """A hole in the offsets belongs to the delivery behind it."""

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterable[TP]:
        return [
            tp
            for tp in self._ledger.partitions()
            if (topics is None or tp in topics or tp.topic in topics) and self.app.topics.acks_enabled_for(tp.topic)
        ]

    def _new_offset(self, tp: TP) -> int | None:
        return self._ledger.committable(tp)

    def _should_commit(self, tp: TP, offset: int) -> bool:
        committed = self._committed_offset[tp]
        return offset > (self._positions.first(tp) if committed is None else committed)

    async def _commit_offsets(self, offsets: Mapping[TP, int], start_new_transaction: bool = True) -> bool:  # noqa: ARG002
        mine = {tp: offset for tp, offset in offsets.items() if tp in self._assigned}
        if not mine:
            return False
        try:
            await self.app.producer.flush()
            if not await self._commit(mine):
                return False
        except LogError as error:
            self._troubled("commit", "committing", error)
            return False
        self._troubles.pop("commit", None)
        self.app.tables.on_commit(mine)
        self._committed_offset.update(mine)
        self.app.monitor.on_tp_commit(mine)
        return True

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        return await self.coordinator.commit({self._positions.place(tp): offset for tp, offset in offsets.items()})


async def _wait(event: asyncio.Event, timeout: float) -> None:
    # Not asyncio.wait_for: in Python 3.11 it swallows a cancellation that comes together with the event.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout):
            await event.wait()


def _parts(delivery: Record | Sequence[Record]) -> tuple[Record, Any, bytes | None, Any]:
    if isinstance(delivery, Record):
        return delivery, delivery.value, delivery.key, list(delivery.headers.items())
    return delivery[-1], delivery, None, []
