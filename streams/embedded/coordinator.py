"""A worker's place in its consumer group: heartbeats, and the way through a rebalance."""

from __future__ import annotations

import asyncio
import contextlib
import os
import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata
from faust.types import TP
from mode import Service, get_logger

from herofactory.platform.eventlog.embedded.groups import Membership
from herofactory.platform.eventlog.embedded.watch import Snapshot
from herofactory.platform.eventlog.port import LogError, TopicConfig
from streams.embedded.bridge import Bridge

_logger = get_logger(__name__)

POLL_S = 0.05
"""How often a member that waits for the others looks; a change that the watcher sees wakes it at once."""


class Coordinator(Service):  # type: ignore[misc]  # mode ships no usable types
    logger = _logger
    abstract = False

    def __init__(self, consumer: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.consumer, self.app = consumer, consumer.app
        conf = self.app.conf
        member = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self.membership = Membership(
            conf.id, member, conf.broker_session_timeout, conf.broker_rebalance_timeout, consumer.log_.alive
        )
        self.generation = -1
        self._beat_s = min(conf.broker_heartbeat_interval, conf.broker_session_timeout / 3)
        self._asked = False
        """To join. Whoever is cancelled while the log answers is a member all the same, and has to leave."""
        self._joined = False
        self._changed = asyncio.Event()

    @property
    def _bridge(self) -> Bridge:
        bridge: Bridge = self.consumer.bridge
        return bridge

    async def join(self) -> None:
        """Also after a change of the subscription."""
        self._asked = True
        await self._bridge.call(self.membership.join)
        self._joined = True
        self._changed.set()

    async def leave(self) -> None:
        if self._asked:
            self._asked = self._joined = False
            await self._bridge.call(self.membership.leave)

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """In the event loop, whenever the log changed."""
        if self._joined and snapshot.generations.get(self.membership.group, self.generation) != self.generation:
            self._changed.set()

    async def commit(self, offsets: Mapping[tuple[int, int], int]) -> bool:
        """False: fenced."""
        generation = self.generation
        return await self._bridge.call(lambda cursor: self.membership.commit(cursor, generation, offsets))

    @Service.task  # type: ignore[untyped-decorator]
    async def _heartbeat(self) -> None:
        while not self.should_stop:
            await self.sleep(self._beat_s)
            if not self._joined:
                continue
            try:
                if await self._bridge.call(self.membership.beat) != self.generation:
                    self._changed.set()
            except LogError as error:
                self.log.warning("heartbeat failed, trying again: %s", error)

    @Service.task  # type: ignore[untyped-decorator]
    async def _rebalances(self) -> None:
        while not self.should_stop:
            await self.wait_first(self._changed.wait())
            self._changed.clear()
            if self.should_stop or self.app.should_stop or not self._joined:
                continue
            try:
                if await self._bridge.call(self.membership.beat) != self.generation:
                    await self._rebalance()
            except LogError as error:
                self.log.warning("rebalance failed, trying again: %s", error)
                self.generation = -1
                await self.sleep(1.0)
                self._changed.set()

    async def _rebalance(self) -> None:
        self.app.on_rebalance_start()
        await self.consumer.hand_over()
        metadata = self.app.assignor.metadata(set(self.consumer.topics)).encode()
        synced = await self._sync(metadata)
        if synced is None:
            return
        self.generation, raw = synced
        assignment = ConsumerProtocolMemberAssignment.decode(raw)
        self.app.assignor.on_assignment(assignment)
        self.app.consumer_generation_id = self.generation
        assigned = {TP(topic, partition) for topic, partitions in assignment.assignment for partition in partitions}
        await self.consumer.take_over(assigned, self.generation)

    async def _sync(self, metadata: bytes) -> tuple[int, bytes] | None:
        """The generation and this member's assignment in it; None when the service stops first."""
        generation = await self._bridge.call(partial(self.membership.sync, metadata=metadata))
        while not (self.should_stop or self.app.should_stop):
            view = self.consumer.log_.look(self.membership.view)
            if view.generation != generation:
                generation = await self._bridge.call(partial(self.membership.sync, metadata=metadata))
            elif view.assignment is not None:
                return generation, view.assignment
            elif view.to_assign:
                await self._assign(generation, view.to_assign)
            elif view.in_vain:
                await self._bridge.call(partial(self.membership.expel, generation=generation, members=view.in_vain))
            else:
                await self._wait_for_change()
        return None

    async def _wait_for_change(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):
                await self._changed.wait()
        self._changed.clear()

    async def _assign(self, generation: int, members: Mapping[str, bytes]) -> None:
        """This member's turn to distribute the partitions: Faust's own assignor does it."""
        cluster = _Cluster(self.consumer.log_.topics())
        decoded = {member: ConsumerProtocolMemberMetadata.decode(data) for member, data in members.items()}
        assignments = {m: a.encode() for m, a in self.app.assignor.assign(cluster, decoded).items()}
        await self._bridge.call(lambda cursor: self.membership.assign(cursor, generation, assignments))


class _Cluster:
    """What the assignor asks of Kafka's cluster metadata."""

    def __init__(self, configs: Mapping[str, TopicConfig]) -> None:
        self._configs = configs

    def topics(self) -> set[str]:
        return set(self._configs)

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        config = self._configs.get(topic)
        return None if config is None else set(range(config.partitions))
