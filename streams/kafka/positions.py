"""Where each assigned partition is read, and how far that may be committed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from faust.types import TP

from streams.faust_acks import AckLedger
from streams.kafka.errors import translation


class Positions:
    """`policy`: earliest or latest, where nothing is committed."""

    def __init__(self, ledger: AckLedger, policy: str, on_change: Callable[[], None]) -> None:
        self._ledger, self._policy, self._on_change = ledger, policy, on_change
        self._first: dict[TP, int] = {}

    def forget(self) -> None:
        """Nothing is assigned any more: acks of what was delivered change nothing."""
        for tp in self._ledger.partitions():
            self._ledger.forget(tp)

    async def start(
        self, kafka: AIOKafkaConsumer, tps: Collection[TP], in_group: bool = True
    ) -> Mapping[TP, int | None]:
        """Read `tps` from what is committed on; returns that. Raises a LogError, and then no position is valid."""
        with translation("Asking for the committed offsets"):
            committed = await _committed(kafka, tps) if in_group else dict.fromkeys(tps)
            new = [TopicPartition(*tp) for tp, offset in committed.items() if offset is None]
            ask = kafka.beginning_offsets if self._policy == "earliest" else kafka.end_offsets
            first = await ask(new) if new else {}
        self._first = {TP(*place): offset for place, offset in first.items()}
        for tp, offset in committed.items():
            self.move(kafka, tp, self._first[tp] if offset is None else offset)
        return committed

    def first(self, tp: TP) -> int:
        """Where reading starts as long as nothing is committed."""
        return self._first.get(tp, 0)

    def move(self, kafka: AIOKafkaConsumer, tp: TP, offset: int) -> None:
        kafka.seek(TopicPartition(*tp), offset)
        self._ledger.reset(tp, offset)
        self._on_change()


async def _committed(kafka: AIOKafkaConsumer, tps: Collection[TP]) -> dict[TP, int | None]:
    offsets = await asyncio.gather(*(kafka.committed(TopicPartition(*tp)) for tp in tps))
    return dict(zip(tps, offsets, strict=True))
