"""Dead letters on every stack: set aside by a real worker, given back to it alone. A test class inherits this and
offers `ground`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from yarl import URL

from herofactory.platform.delivery import Agent, ChunkProcessor, Delivery, Poison
from herofactory.platform.delivery.letters import LetterFilter, Redriver, catch_up, dropped, open_counts, page
from herofactory.platform.delivery.parked_postgres import PostgresParkedKeys
from herofactory.platform.eventlog.port import EventLog, TopicConfig
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Outgoing
from streams.faust_app import WorkerTimes
from streams.runtime import Worker
from tests.contract.worker import until
from tests.support.delivery import JsonValues, record

PARTITIONS = 4


@dataclass
class RedriveGround:
    """A log, and an agent of its own on it whose `broken` events fail."""

    log: EventLog
    broker: URL
    name: str
    times: WorkerTimes
    broken: set[int] = field(default_factory=set)
    done: dict[str, list[int]] = field(default_factory=dict)
    """Numbers by key, in the order in which they went through."""

    @property
    def source(self) -> str:
        return f"in.{self.name}"

    def create(self) -> None:
        self.log.create_topic(TopicConfig(self.source, PARTITIONS, None))
        for prefix in ("dead", "retry"):
            self.log.create_topic(TopicConfig(f"{prefix}.{self.name}", 1, None))

    def feed(self, start: int, keys: Sequence[str]) -> None:
        events = [record(start + number, start + number, key=key, topic=self.source) for number, key in enumerate(keys)]
        self.log.publish([Outgoing(each.topic, each.key, each.value, each.headers) for each in events])

    async def handle(self, delivery: Delivery) -> Sequence[Outgoing]:
        number = delivery.expect(int)
        assert delivery.record.topic == self.source
        if number in self.broken:
            raise Poison("broken")
        self.done.setdefault(delivery.key, []).append(number)
        return ()

    def total(self) -> int:
        return sum(map(len, self.done.values()))

    @asynccontextmanager
    async def worker(
        self, database: Database, *, ordered: bool, generations: Sequence[int] = (1,)
    ) -> AsyncIterator[Worker]:
        agent = Agent(name=self.name, sources=(self.source,), handle=self.handle, ordered=ordered)
        parked = PostgresParkedKeys(database)
        worker = Worker(
            [replace(agent, generation=generation) for generation in generations],
            self.broker,
            lambda agent, publisher: ChunkProcessor(agent, publisher=publisher, values=JsonValues(), parked=parked),
            self.times,
        )
        await worker.start()
        try:
            yield worker
        finally:
            await worker.stop()

    async def open(self, database: Database) -> Mapping[str, int]:
        """By label, of this agent's."""
        await catch_up(self.log, database)
        async with database.connection() as connection:
            found = await open_counts(connection)
        return {label: number for label, number in found.items() if label.partition(".")[0] == self.name}


async def becomes(condition: Callable[[], object], wanted: object) -> None:
    await until(lambda: condition() == wanted)


def dead(worker: Worker) -> int:
    return sum(health.status.dead_letters for health in worker.health())


class RedriveContract:
    async def test_letters_come_back_to_the_generation_of_their_agent_that_set_them_aside(
        self, ground: RedriveGround, database: Database
    ) -> None:
        ground.broken = {1, 3}
        ground.feed(0, [f"k{number}" for number in range(20)])
        mine, second = LetterFilter(agent=ground.name), LetterFilter(agent=f"{ground.name}.g2")
        async with ground.worker(database, ordered=False, generations=(1, 2)) as worker:
            await becomes(lambda: (ground.total(), dead(worker)), (36, 4))
            assert await ground.open(database) == {ground.name: 2, second.agent: 2}
            ground.broken = {3}
            assert (await Redriver(ground.log, database, by="x").redrive(second)).sent == 2
            await becomes(lambda: (ground.done.get("k1"), dead(worker)), ([1], 5))
            assert await ground.open(database) == {ground.name: 2, second.agent: 1}, "the other one got nothing"
            assert (await Redriver(ground.log, database, by="x").redrive(mine)).sent == 3
            await becomes(lambda: (ground.done.get("k1"), dead(worker)), ([1, 1], 7))
        assert await ground.open(database) == {ground.name: 1, second.agent: 1}
        async with database.connection() as connection:
            letters = await page(connection, replace(mine, state="open"), limit=10)
        assert sorted((letter.key, letter.redriven) for letter in letters) == [(b"k3", 1), (b"k3", 2)]
        held = ground.log.offsets(ground.source).values()
        assert sum(each.end - each.earliest for each in held) == 20, "no other reader of the source sees any of it"
        assert await dropped(database, mine, reason="a test's", by="x") == 2
        assert await ground.open(database) == {}

    async def test_an_ordered_agent_gets_a_key_in_order_while_more_comes(
        self, ground: RedriveGround, database: Database
    ) -> None:
        ground.broken = {0}
        ground.feed(0, ["a", "b", "a", "a"])
        async with ground.worker(database, ordered=True) as worker:
            await becomes(lambda: dead(worker), 3)
            ground.broken = set()
            redriver = Redriver(ground.log, database, by="x")
            assert (await redriver.redrive(LetterFilter(agent=ground.name))).sent == 3
            ground.feed(4, ["a", "b", "a"])
            while len(ground.done.get("a", ())) < 5:
                # What was set aside while the command ran needs another one.
                await redriver.redrive(LetterFilter(agent=ground.name))
                await asyncio.sleep(0.05)
        assert ground.done == {"a": [0, 2, 3, 4, 6], "b": [1, 5]}
