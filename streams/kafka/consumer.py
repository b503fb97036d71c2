"""Faust's consumer on Kafka: aiokafka's client in the worker's own event loop.

Faust's own driver runs the client in a thread of its own. A fetch under way there outlives a rebalance, and what it
gets afterwards is dropped; with commits that follow our ledger those records would be lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.group_coordinator import OffsetCommitRequest
from aiokafka.errors import CommitFailedError, ConsumerStoppedError, IllegalStateError
from aiokafka.structs import OffsetAndMetadata
from faust.transport.consumer import ensure_TP
from faust.types import TP
from mode import get_logger

from herofactory.platform.eventlog.partitioner import partition_of
from herofactory.platform.eventlog.port import LogError, LogUnavailable, UnknownTopic
from streams.faust_chunks import ChunkedConsumer, Deliveries
from streams.kafka.client import connect
from streams.kafka.errors import translation
from streams.kafka.listener import Listener
from streams.kafka.positions import Positions
from streams.kafka.records import record_of
from streams.waiting import wait_for

_logger = get_logger(__name__)

COMMIT_TIMEOUT_S = 5.0
STOP_TIMEOUT_S = 5.0
"""For leaving the group; the others notice after the session timeout otherwise."""
TROUBLE_PAUSE_S = 1.0
PLAIN_RECORDS = 500
"""Records read at once from a topic without chunks."""

Found = Mapping[TopicPartition, Sequence[Any]]


class Consumer(ChunkedConsumer):
    logger = _logger
    consumer_stopped_errors = (ConsumerStoppedError,)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.topics: Sequence[str] = ()
        self._client: AIOKafkaConsumer | None = None
        policy = self.app.conf.consumer_auto_offset_reset
        self._positions = Positions(self._ledger, policy, self._news.set, self._missed)
        self._epoch = 0
        """Raised whenever partitions are given back or taken: what was fetched before is not delivered after."""

    @property
    def kafka(self) -> AIOKafkaConsumer:
        assert self._client is not None, "the consumer is not started"
        return self._client

    # -- life

    async def on_start(self) -> None:
        self._client = await connect(self.app, self.transport)

    async def on_stop(self) -> None:
        await super().on_stop()
        client, self._client = self._client, None
        if client is None:
            return
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await client.stop()
        except TimeoutError:
            self.log.warning("Kafka did not answer while leaving the group")

    # -- group

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Raises UnknownTopic: topics are created on purpose, never by reading."""
        wanted = sorted(topics)
        with translation("Looking for the topics"):
            missing = set(wanted) - await self.kafka.topics()
        if missing:
            raise UnknownTopic(f"Topics {sorted(missing)} do not exist in Kafka. Create them with `hero topics apply`.")
        changed, self.topics = wanted != self.topics, wanted
        if changed:
            self.kafka.subscribe(wanted, listener=Listener(self))

    async def hand_over(self) -> None:
        self._epoch += 1
        await super().hand_over()

    async def take_over(self, assigned: set[TP]) -> None:
        """Must not raise: aiokafka would log that and leave this worker without positions."""
        generation = self.kafka._coordinator.generation
        self.app.consumer_generation_id = generation
        self._assigned = assigned
        self._troubles.clear()
        self._buffered_partitions.clear()
        self._positions.forget()
        await self._start_positions()
        self._epoch += 1
        await self.on_partitions_assigned(assigned, generation)

    async def _start_positions(self) -> Mapping[TP, int | None]:
        """Keeps trying while Kafka is away, until the stop."""
        while not (self.should_stop or self.app.should_stop):
            try:
                return await self._positions.start(self.kafka, tuple(self._assigned), not self.app.client_only)
            except LogError as error:
                self._troubled("positions", "finding the place to read from", error)
                await asyncio.sleep(TROUBLE_PAUSE_S)
        return {}

    # -- positions

    async def seek_to_committed(self) -> Mapping[TP, int | None]:
        found = await self._start_positions()
        self._troubles.pop("positions", None)
        return found

    def _first(self, tp: TP) -> int:
        return self._positions.first(tp)

    async def _seek(self, partition: TP, offset: int) -> None:
        self._positions.move(self.kafka, ensure_TP(partition), offset)

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        for tp, offset in partitions.items():
            await self._seek(tp, offset)
            self._read_offset[ensure_TP(tp)] = offset or None

    async def position(self, tp: TP) -> int | None:
        position: int = await self.kafka.position(TopicPartition(*tp))
        return position

    def highwater(self, tp: TP) -> int:
        return self.kafka.highwater(TopicPartition(*tp)) or 0

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        found = await self.kafka.beginning_offsets([TopicPartition(*tp) for tp in partitions])
        return {TP(*place): offset for place, offset in found.items()}

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        found = await self.kafka.end_offsets([TopicPartition(*tp) for tp in partitions])
        return {TP(*place): offset for place, offset in found.items()}

    def topic_partitions(self, topic: str) -> int | None:
        partitions = self.kafka.partitions_for_topic(topic)
        return len(partitions) if partitions else None

    def key_partition(self, topic: str, key: bytes | None, partition: int | None = None) -> int | None:
        count = self.topic_partitions(topic)
        return partition_of(key, count) if partition is None and count else partition

    # -- fetching

    async def _fetch(self, active: Iterable[TP], timeout: float) -> Mapping[TP, Deliveries]:
        self._news.clear()
        mine = [tp for tp in active if tp in self._assigned]
        ready = [TopicPartition(*tp) for tp in mine if self._has_room(tp)]
        epoch = self._epoch
        try:
            with translation("Reading from Kafka"):
                found = await self._next_records(ready, timeout, held_back=len(ready) < len(mine))
        except LogUnavailable as error:
            self._troubled("reading", "reading", error)
            await asyncio.sleep(TROUBLE_PAUSE_S)
            return {}
        self._troubles.pop("reading", None)
        found = {place: records for place, records in found.items() if records}
        if epoch == self._epoch and not await self._accounted(ready, found):
            return {}
        if epoch != self._epoch:
            self._put_back(found)
            return {}
        self._positions.took({TP(*place): records[-1].offset for place, records in found.items()})
        return {
            TP(*place): self._deliver(TP(*place), [record_of(r) for r in records]) for place, records in found.items()
        }

    async def _next_records(self, ready: Sequence[TopicPartition], timeout: float, held_back: bool) -> Found:
        """At most one chunk's worth of records. Where partitions are held back, it ends with news of them."""
        self.kafka._coordinator.check_errors()
        if not ready:
            await wait_for(self._news, timeout)
            return {}
        limit = self.transport.chunk or PLAIN_RECORDS
        fetch = asyncio.ensure_future(self.kafka.getmany(*ready, timeout_ms=int(timeout * 1000), max_records=limit))
        news = asyncio.ensure_future(self._news.wait())
        try:
            await asyncio.wait((fetch, news) if held_back else (fetch,), return_when=asyncio.FIRST_COMPLETED)
            return fetch.result() if fetch.done() else {}
        finally:
            # Harmless to a fetch that waits: aiokafka takes records out only in the step that returns them.
            fetch.cancel()
            news.cancel()

    async def _accounted(self, ready: Sequence[TopicPartition], found: Found) -> bool:
        """False where Kafka went away over the question why there is a hole; what was fetched is fetched again then."""
        try:
            await self._positions.explain(self.kafka, {TP(*place): found[place][0].offset for place in found})
            await self._positions.pass_over(self.kafka, [TP(*place) for place in ready if place not in found])
        except LogError as error:
            self._troubled("reading", "reading", error)
            self._put_back(found)
            await asyncio.sleep(TROUBLE_PAUSE_S)
            return False
        return True

    def _put_back(self, found: Found) -> None:
        """Partitions changed hands meanwhile: whoever reads this partition now, if we, shall find the records there."""
        self._positions.put_back(self.kafka, [tp for place in found if (tp := TP(*place)) in self._assigned])

    # -- commits

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """False: fenced. Raises LogUnavailable."""
        if self._client is None or self._client._coordinator.generation == OffsetCommitRequest.DEFAULT_GENERATION_ID:
            return False  # stopped, or expelled; an empty group would take the commit of a stranger
        wanted = {TopicPartition(*tp): OffsetAndMetadata(offset, "") for tp, offset in offsets.items()}
        with translation("Committing to Kafka"):
            try:
                async with asyncio.timeout(COMMIT_TIMEOUT_S):
                    await self.kafka.commit(wanted)
            except (CommitFailedError, IllegalStateError):
                return False
        return True
