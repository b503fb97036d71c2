"""Where each assigned partition is read, and how far that may be committed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from faust.types import TP

from streams.faust_acks import AckLedger
from streams.kafka.errors import translation

Ask = Callable[[Sequence[TopicPartition]], Awaitable[Mapping[TopicPartition, int]]]


class Positions:
    """`policy`: earliest or latest, where nothing is committed."""

    def __init__(
        self,
        ledger: AckLedger,
        policy: str,
        on_change: Callable[[], None],
        on_missed: Callable[[TP, int, int], None],
    ) -> None:
        """`on_missed`: retention took what lay between these two offsets."""
        self._ledger, self._policy, self._on_change, self._on_missed = ledger, policy, on_change, on_missed
        self._first: dict[TP, int] = {}
        self._next: dict[TP, int] = {}

    def forget(self) -> None:
        """Nothing is assigned any more: acks of what was delivered change nothing."""
        self._next.clear()
        for tp in self._ledger.partitions():
            self._ledger.forget(tp)

    async def start(
        self, kafka: AIOKafkaConsumer, tps: Collection[TP], in_group: bool = True
    ) -> Mapping[TP, int | None]:
        """Read `tps` from what is committed on; returns that. Raises a LogError, and then no position is valid."""
        with translation("Asking for the committed offsets"):
            committed = await _committed(kafka, tps) if in_group else dict.fromkeys(tps)
            earliest = await _offsets(kafka.beginning_offsets, tps)
            new = [tp for tp, offset in committed.items() if offset is None]
            self._first = earliest if self._policy == "earliest" else await _offsets(kafka.end_offsets, new)
        for tp, offset in committed.items():
            if offset is not None and offset < earliest[tp]:
                # Said here, not left to aiokafka, which would move on in silence, and on an idle topic commit nothing.
                self._on_missed(tp, offset, earliest[tp])
                offset = earliest[tp]
            self.move(kafka, tp, self._first[tp] if offset is None else offset)
        return committed

    def first(self, tp: TP) -> int:
        """Where reading starts as long as nothing is committed."""
        return self._first.get(tp, 0)

    def move(self, kafka: AIOKafkaConsumer, tp: TP, offset: int) -> None:
        kafka.seek(TopicPartition(*tp), offset)
        self._next[tp] = offset
        self._ledger.reset(tp, offset)
        self._on_change()

    async def explain(self, kafka: AIOKafkaConsumer, found: Mapping[TP, int]) -> None:
        """`found`: the first offset of what came. Where it lies behind a hole, it is asked why: what compaction or a
        transaction left out is nothing lost. Raises a LogError, before anything has changed."""
        holes = {tp: at for tp, first in found.items() if first > (at := self._next.get(tp, first))}
        if holes:
            with translation("Asking for the earliest offsets"):
                earliest = await _offsets(kafka.beginning_offsets, holes)
            for tp, at in holes.items():
                self._on_missed(tp, at, min(found[tp], earliest[tp]))

    async def pass_over(self, kafka: AIOKafkaConsumer, tps: Collection[TP]) -> None:
        """Of `tps` nothing came: what aiokafka moved on over all the same is no work to wait for. Retention may have
        taken all that was left of a topic that is idle since, or a transaction was given up. Raises a LogError."""
        stood = {tp: self._next[tp] for tp in tps if tp in self._next}
        reached = {tp: at for tp in stood if (at := _position(kafka, tp)) is not None and at > stood[tp]}
        await self.explain(kafka, reached)
        for tp, at in reached.items():
            if self._next.get(tp) == stood[tp]:  # else it was given back meanwhile, or is read from elsewhere
                self._next[tp] = at
                self._ledger.skip(tp, at - 1)

    def took(self, found: Mapping[TP, int]) -> None:
        """`found`: the last offset of what came and is delivered."""
        self._next.update({tp: last + 1 for tp, last in found.items()})

    def put_back(self, kafka: AIOKafkaConsumer, tps: Collection[TP]) -> None:
        """What came of `tps` is not delivered: it shall come again."""
        for tp in tps:
            if tp in self._next:
                kafka.seek(TopicPartition(*tp), self._next[tp])


def _position(kafka: AIOKafkaConsumer, tp: TP) -> int | None:
    """None while it is being looked up; aiokafka's own `position` would wait for it."""
    place, subscription = TopicPartition(*tp), kafka._subscription
    if not subscription.is_assigned(place):
        return None
    state = subscription.subscription.assignment.state_value(place)
    return state.position if state.has_valid_position else None


async def _offsets(ask: Ask, tps: Collection[TP]) -> dict[TP, int]:
    if not tps:
        return {}
    return {TP(*place): offset for place, offset in (await ask([TopicPartition(*tp) for tp in tps])).items()}


async def _committed(kafka: AIOKafkaConsumer, tps: Collection[TP]) -> dict[TP, int | None]:
    offsets = await asyncio.gather(*(kafka.committed(TopicPartition(*tp)) for tp in tps))
    return dict(zip(tps, offsets, strict=True))
