"""A property: whatever fails, whoever dies and whenever redrives come, a key's events take effect in their order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from herofactory.platform.delivery import (
    ChunkProcessor,
    DeadLetter,
    Delivery,
    DlqLimit,
    MemoryParkedKeys,
    Poison,
)
from herofactory.platform.delivery.dead_letters import list_dead_letters
from herofactory.platform.eventlog.port import Position, TopicConfig
from herofactory.platform.records import Outgoing
from streams.testing_log import MemoryLog
from tests.support.clock import InstantClock
from tests.support.delivery import TOPIC, agent, processor, record

AGENT = "counting"
RETRY, DEAD = f"retry.{AGENT}", f"dead.{AGENT}"
KEYS = ("a", "b")
LABEL = AGENT


@dataclass
class World:
    """What survives a kill: the log, committed offsets, the lines, effects (each stored once, under its event's id)."""

    broken: dict[int, int]
    """By offset how often it fails still."""
    log: MemoryLog = field(
        default_factory=lambda: MemoryLog(InstantClock(), [TopicConfig(name, 1, None) for name in (TOPIC, RETRY, DEAD)])
    )
    parked: MemoryParkedKeys = field(default_factory=MemoryParkedKeys)
    effects: dict[int, None] = field(default_factory=dict)
    committed: dict[str, int] = field(default_factory=dict)
    redriven: dict[tuple[str, str, int, int], int] = field(default_factory=dict)
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def handle(self, delivery: Delivery) -> Sequence[Outgoing]:
        await asyncio.sleep(0)
        offset = delivery.record.offset
        if self.broken.get(offset, 0) > 0:
            self.broken[offset] -= 1
            raise Poison("bad")
        self.effects.setdefault(offset)
        await asyncio.sleep(0)
        return ()

    def processor(self) -> ChunkProcessor:
        definition = replace(
            agent(self.handle, ordered=True, parallelism=3), limit=DlqLimit(max_ratio=1.0, max_run=10_000)
        )
        return processor(definition, _Slow(self.log), parked=self.parked)

    # -- what a schedule does

    def feed(self, key: str) -> None:
        offset = self.log.offsets(TOPIC)[0].end
        event = record(offset, offset, key=key)
        self.log.publish([Outgoing(TOPIC, event.key, event.value, event.headers)])

    def begin(self, name: str) -> None:
        """A worker takes the next chunk of the topic, or a command begins a redrive."""
        if name not in self.tasks or self.tasks[name].done():
            work = self.redrive() if name == "redrive" else self.take(name)
            self.tasks[name] = asyncio.get_running_loop().create_task(work)

    async def kill(self, name: str) -> None:
        task = self.tasks.pop(name, None)
        if task:
            task.cancel()
            await asyncio.wait([task])

    async def take(self, topic: str) -> None:
        at = self.committed.get(topic, 0)
        chunk = self.log.read(topic, 0, at, 4)
        await self.processor().process(chunk)
        self.committed[topic] = at + len(chunk)

    async def redrive(self) -> None:
        """As the command does it, key by key."""
        for key in KEYS:
            line = (await self.parked.among(LABEL, [key.encode()])).get(key.encode(), ())
            letters = {place(each): each for each in self.open(key)}
            await asyncio.sleep(0)
            inside = [letters[at] for at in line if at in letters]
            outside = [each for at, each in letters.items() if at not in line]
            async with self.parked.sending(LABEL, key.encode(), [place(each) for each in inside]):
                await _Slow(self.log).publish([self.again(each).to_retry() for each in inside + outside])
            await asyncio.sleep(0)
            for each in inside + outside:
                self.redriven[each.coordinates] = self.again(each).redriven + 1

    def open(self, key: str) -> list[DeadLetter]:
        found = [each for each in list_dead_letters(self.log, AGENT) if each.key == key.encode()]
        return [each for each in found if each.redriven >= self.redriven.get(each.coordinates, 0)]

    def again(self, letter: DeadLetter) -> DeadLetter:
        return replace(letter, redriven=max(letter.redriven, self.redriven.get(letter.coordinates, 0)))

    async def settle(self) -> None:
        """All that is there is read, and whatever is open is redriven, until nothing is."""
        for _ in range(40):
            for name in (TOPIC, RETRY, "redrive"):
                while True:
                    self.begin(name)
                    await self.tasks[name]
                    if name == "redrive" or self.committed[name] == self.log.offsets(name)[0].end:
                        break
            if not any(self.open(key) for key in KEYS) and self.committed[RETRY] == self.log.offsets(RETRY)[0].end:
                return
        raise AssertionError(f"it never ends: {[each.id for key in KEYS for each in self.open(key)]}")


@dataclass
class _Slow:
    """Writing takes a while; killed in it, what was written stays."""

    log: MemoryLog

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        for message in messages:
            await asyncio.sleep(0)
            self.log.publish([message])
        await asyncio.sleep(0)


def place(letter: DeadLetter) -> Position:
    return Position(letter.topic, letter.partition, letter.offset)


steps = st.one_of(
    st.tuples(st.just("feed"), st.sampled_from(KEYS)),
    st.tuples(st.just("begin"), st.sampled_from([TOPIC, TOPIC, RETRY, RETRY, "redrive"])),
    st.tuples(st.just("kill"), st.sampled_from([TOPIC, RETRY, "redrive"])),
    st.tuples(st.just("wait"), st.integers(1, 30).map(str)),
)


@settings(max_examples=250, deadline=None)
@given(st.lists(steps, max_size=40), st.dictionaries(st.integers(0, 12), st.integers(1, 3), max_size=5))
def test_events_of_a_key_take_effect_in_their_order_and_none_is_lost(
    schedule: list[tuple[str, str]], broken: dict[int, int]
) -> None:
    async def scenario() -> World:
        world = World(dict(broken))
        for kind, what in schedule:
            match kind:
                case "feed":
                    world.feed(what)
                case "begin":
                    world.begin(what)
                case "kill":
                    await world.kill(what)
                case "wait":
                    for _ in range(int(what)):
                        await asyncio.sleep(0)
        for name in list(world.tasks):
            await asyncio.wait([world.tasks[name]])
        await world.settle()
        world.feed("a")
        world.feed("b")
        await world.settle()
        return world

    world = asyncio.run(scenario())
    events = world.log.history(TOPIC)
    assert set(world.effects) == {event.offset for event in events}, "nothing is lost"
    for key in KEYS:
        mine = [event.offset for event in events if event.key == key.encode()]
        assert [offset for offset in world.effects if offset in mine] == mine
    assert not world.parked._lines, "every key is free"
