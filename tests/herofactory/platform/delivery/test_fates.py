"""Properties: whatever comes in, in whatever chunks, killed wherever it may be."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from herofactory.platform.delivery import ChunkProcessor, Delivery, DlqLimit, MemoryParkedKeys, Outcome, Poison, derive
from herofactory.platform.records import Outgoing, Record
from tests.support.delivery import Written, agent, processor, record

KINDS = ("ok", "ok", "ok", "slow", "poison", "broken", "flaky", "outage")
NO_LIMIT = DlqLimit(max_ratio=1.0, max_run=10_000)


@dataclass
class World:
    """What survives a kill: the store of effects, the log, the parked keys."""

    effects: list[int] = field(default_factory=list)
    written: Written = field(default_factory=Written)
    parked: MemoryParkedKeys = field(default_factory=MemoryParkedKeys)
    failed: set[int] = field(default_factory=set)

    async def handle(self, delivery: Delivery) -> Sequence[Outgoing]:
        kind = delivery.expect(str)
        await asyncio.sleep(0)
        match kind:
            case "poison":
                raise Poison("bad")
            case "broken":
                raise KeyError("bug")
            case "slow":
                await asyncio.sleep(0)
                await asyncio.sleep(0)
        self._stumble(delivery, kind)
        self.effects.append(delivery.record.offset)
        await asyncio.sleep(0)
        return [derive(delivery, "seen", delivery.key, delivery.record.offset)]

    async def handle_batch(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        return [await self._outcome(delivery) for delivery in deliveries]

    async def _outcome(self, delivery: Delivery) -> Outcome:
        if delivery.event == "broken":
            raise KeyError("bug")
        try:
            return Outcome.ok(*await self.handle(delivery))
        except Poison as error:
            return Outcome.record(str(error))
        except (RuntimeError, ConnectionError) as error:
            return Outcome.transient(str(error))

    def _stumble(self, delivery: Delivery, kind: str) -> None:
        if kind in ("flaky", "outage") and delivery.record.offset not in self.failed:
            self.failed.add(delivery.record.offset)
            raise (RuntimeError if kind == "flaky" else ConnectionError)("once")

    def processor(self, style: str) -> ChunkProcessor:
        batch = style == "batch"
        definition = agent(
            None if batch else self.handle,
            handle_batch=self.handle_batch if batch else None,
            ordered=style == "ordered",
            parallelism=3,
            limit=NO_LIMIT,
        )
        return processor(definition, self.written, parked=self.parked)

    def offsets_written(self) -> set[int]:
        return {int(message.value or b"") for message in self.written.outputs}

    def offsets_dead(self) -> set[int]:
        return {letter.offset for letter in self.written.letters}


keys = st.sampled_from(["a", "b", "c", None])
topics = st.lists(st.tuples(keys, st.sampled_from(KINDS)), min_size=1, max_size=25).map(
    lambda rows: [record(n, b"\xff" if kind == "bytes" else kind, key=key) for n, (key, kind) in enumerate(rows)]
)
styles = st.sampled_from(["plain", "ordered", "batch"])


def chunks_of(records: Sequence[Record], size: int) -> list[Sequence[Record]]:
    return [records[at : at + size] for at in range(0, len(records), size)]


@settings(max_examples=150, deadline=None)
@given(topics, st.integers(1, 9), styles)
def test_every_record_has_exactly_one_fate_and_keys_keep_their_order(
    records: list[Record], size: int, style: str
) -> None:
    async def scenario() -> World:
        world = World()
        subject = world.processor(style)
        for chunk in chunks_of(records, size):
            await subject.process(chunk)
            acked = {record.offset for record in chunk}
            assert acked <= world.offsets_written() | world.offsets_dead(), "acked before it was stored"
        return world

    world = asyncio.run(scenario())
    assert not world.offsets_written() & world.offsets_dead()
    assert len(world.written.outputs) == len(world.offsets_written())
    assert len(world.written.letters) == len(world.offsets_dead())
    expected = {record.offset for record in records if record.value in (b'"poison"', b'"broken"')}
    assert expected <= world.offsets_dead()
    if style != "ordered":
        assert world.offsets_dead() == expected
    for key in (b"a", b"b", b"c"):
        mine = [record.offset for record in records if record.key == key]
        stored = [offset for offset in dict.fromkeys(reversed(world.effects)) if offset in mine]
        assert stored == sorted(stored, reverse=True), "the last write of each record keeps their order"
        if style == "ordered":
            dead = [offset for offset in mine if offset in world.offsets_dead()]
            assert dead == mine[len(mine) - len(dead) :], "nothing overtakes a dead letter"


@settings(max_examples=150, deadline=None)
@given(topics, st.integers(1, 9), styles, st.lists(st.integers(0, 60), max_size=6))
def test_killed_at_any_point_and_delivered_again_nothing_is_lost(
    records: list[Record], size: int, style: str, kills: list[int]
) -> None:
    async def scenario() -> World:
        world = World()
        committed = 0
        subject = world.processor(style)
        while committed < len(records):
            chunk = records[committed : committed + size]
            task = asyncio.get_running_loop().create_task(subject.process(chunk))
            for _ in range(kills.pop() if kills else 100_000):
                if task.done():
                    break
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            if task.cancelled():
                subject = world.processor(style)  # a new process: nothing is left in memory
                continue
            task.result()
            acked = {record.offset for record in chunk}
            assert acked <= world.offsets_written() | world.offsets_dead()
            committed += len(chunk)
        return world

    world = asyncio.run(scenario())
    assert world.offsets_written() | world.offsets_dead() == {record.offset for record in records}
    assert world.offsets_written() <= set(world.effects), "no output without its effect"
    if style != "ordered":
        assert not world.offsets_written() & world.offsets_dead()
    ids: dict[int, set[bytes]] = {}
    for message in world.written.outputs:
        ids.setdefault(int(message.value or b""), set()).add(message.headers["event-id"])
    assert all(len(found) == 1 for found in ids.values()), "repeats carry the same event id"
