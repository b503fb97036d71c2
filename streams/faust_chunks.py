"""What both transports do alike above their logs: records in chunks, one ack per chunk, commits that cover no gap.

Faust's own consumer base is kept; replaced are its ack lists (`streams/faust_acks.py`), what it hands to the streams,
and what happens before partitions are given back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from faust.transport.consumer import Consumer as BaseConsumer
from faust.types import TP, ConsumerMessage
from mode import get_logger

from herofactory.platform.eventlog.port import LogError
from herofactory.platform.records import Record
from streams.faust_acks import AckedView, AckLedger
from streams.waiting import wait_for

_logger = get_logger(__name__)

Deliveries = Sequence[Any]
"""Of one partition: chunks of records, or, of a topic that Faust made for itself, records."""


class ChunkedConsumer(BaseConsumer):  # type: ignore[misc]  # Faust ships no usable types
    """A transport says how to subscribe, fetch, seek and commit. Its `transport` has `chunk` and `in_flight`."""

    logger = _logger

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._news = asyncio.Event()
        """Set when there may be more to fetch: records, a chunk acked, partitions assigned."""
        self._ledger = AckLedger(on_ack=self._news.set)
        self._acked = self._acked_index = AckedView(self._ledger)
        self._assigned: set[TP] = set()
        self._troubles: dict[object, str] = {}
        self._missed_to: dict[TP, int] = {}

    # -- what a transport adds

    async def _fetch(self, active: Iterable[TP], timeout: float) -> Mapping[TP, Deliveries]:
        """Of `active` what is there, else what comes within `timeout` seconds, through `_deliver`."""
        raise NotImplementedError

    def _first(self, tp: TP) -> int:
        """Where reading starts as long as nothing is committed."""
        raise NotImplementedError

    # -- group

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

    def assignment(self) -> set[TP]:
        return self._assigned

    def _new_topicpartition(self, topic: str, partition: int) -> TP:
        return TP(topic, partition)

    async def create_topic(self, *args: Any, **kwargs: Any) -> None:
        await self.app.producer.create_topic(*args, **kwargs)

    @property
    def trouble(self) -> str | None:
        """Why reading or committing does not get on at the moment."""
        return next(iter(self._troubles.values()), None)

    def _troubled(self, what: object, doing: str, error: LogError) -> None:
        self._troubles[what] = f"{doing} failed: {error}"
        self.log.warning("%s failed, trying again: %s", doing, error)

    def _missed(self, tp: TP, position: int, earliest: int) -> None:
        """Said once: retention took what lay before `earliest`, and `position` was the next to read."""
        start = max(position, self._missed_to.get(tp, 0))
        if start >= earliest:
            return
        self._missed_to[tp] = earliest
        self.log.error("%s: retention took offsets %d to %d before they were read", tp, start, earliest - 1)
        if (tell := getattr(self.app, "missed", None)) is not None:
            tell(tp, start, earliest)

    # -- fetching

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Mapping[TP, Deliveries]:
        active = self._assigned if active_partitions is None else active_partitions
        records = await self._fetch(tuple(active), timeout) if self.flow_active else {}
        while not (self.flow_active or self.should_stop or self.app._fetcher.should_stop):
            # Returning now would make Faust seek, which forgets what is still in work while that drains.
            await wait_for(self.can_resume_flow, timeout)
        return records

    def _has_room(self, tp: TP) -> bool:
        return not self._is_chunked(tp.topic) or self._ledger.open(tp) < self.transport.in_flight

    def _deliver(self, tp: TP, records: Sequence[Record]) -> Deliveries:
        """As one chunk, or one by one where Faust wants plain messages."""
        if not self._is_chunked(tp.topic):
            for record in records:
                self._ledger.deliver(tp, record.offset)
            return records
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
        return offset > (self._first(tp) if committed is None else committed)

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


def _parts(delivery: Record | Sequence[Record]) -> tuple[Record, Any, bytes | None, Any]:
    if isinstance(delivery, Record):
        return delivery, delivery.value, delivery.key, list(delivery.headers.items())
    return delivery[-1], delivery, None, []
