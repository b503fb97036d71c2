"""The way of an item from its creation into the index: the product's catalogue, agents, outbox messages and delivery;
database, index and moderator are in memory. Nothing moves but by a call, so that a test decides what overtakes what.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from random import Random
from unittest.mock import patch
from uuid import UUID

from connectors.embedded import _message
from herofactory.catalog import service, verdicts
from herofactory.catalog.item import Content, Item
from herofactory.catalog.service import Catalog
from herofactory.catalog.verdicts import Choice, Decisions
from herofactory.platform.delivery import Agent, DeadLetter, TopicValues
from herofactory.platform.events import EventCodec
from herofactory.platform.events.registry import EmbeddedRegistry, MemorySchemaStore
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Connection
from herofactory.platform.records import Outgoing, Record
from herofactory.platform.telemetry.metrics import NoMetrics
from herofactory.search.document import ItemDocument
from herofactory.search.write import Outcome, Upsert, Write, WriteOutcome
from streams.agents.indexing import indexing
from streams.agents.listing import listing
from streams.agents.moderation import moderation
from streams.testing import TopologyDriver
from streams.testing_clock import FakeClock
from streams.topics import ITEM_MIRRORED, TOPICS, configs
from tests.support.memory import database
from tests.support.memory.database import MemoryDatabase
from tests.support.memory.index import MemoryIndex
from tests.support.memory.results import MemoryResults, WordModerator
from tests.support.memory.rows import Row

AGENTS = ("moderation", "listing", "indexing")
POISON = "독"
"""Whatever carries this word in its name is refused by the moderator and the index, as long as `is_broken`."""
_TOPICS = configs(topic for name, topic in TOPICS.items() if name.startswith(("item.", "dead.")))
_CODEC = EventCodec(EmbeddedRegistry(MemorySchemaStore()))
_CODEC.register_all()


class Broken(ValueError):
    """What a mistake in the program raises."""


class Moderator(WordModerator):
    is_broken = False

    async def judge(self, subject):  # type: ignore[no-untyped-def]
        if self.is_broken and POISON in subject.name:
            raise Broken("a mistake in the program")
        return await super().judge(subject)


class Index(MemoryIndex):
    is_broken = False

    def _write(self, write: Write) -> WriteOutcome:
        if self.is_broken and isinstance(write, Upsert) and POISON in write.document.name:
            return WriteOutcome(write.id, write.revision, Outcome.RECORD, "a mistake in the program")
        return super()._write(write)


class _Ids:
    """The same in every run: they decide about partitions and about ties, and what is found has to be found again."""

    def __init__(self) -> None:
        self._random = Random(0)

    def __call__(self) -> UUID:
        bits = self._random.getrandbits(74)
        return UUID(int=0x19B7711_8EB0 << 80 | 7 << 76 | (bits >> 62) << 64 | 2 << 62 | bits & (1 << 62) - 1)


class Topology:
    """Agents are down but for the time of `work`."""

    def __init__(self, chunk: int = 500) -> None:
        self.clock = FakeClock()
        self._stack = ExitStack()
        ids = _Ids()
        for module in (service, verdicts, database):
            self._stack.enter_context(patch.object(module, "uuid7", ids))
        self.database = MemoryDatabase(self.clock)
        self.results, self.moderator, self.index = MemoryResults(), Moderator(), Index()
        outbox = Outbox(_CODEC)
        self._catalog, self._decisions = Catalog(outbox), Decisions(outbox, self.clock)
        values = TopicValues(_CODEC, [ITEM_MIRRORED])
        self.driver = TopologyDriver(
            self.agents(), values, topics=_TOPICS, clock=self.clock, chunk=chunk, running=False
        )
        self._stack.enter_context(self.driver)

    def agents(self) -> Sequence[Agent]:
        metrics = NoMetrics()
        return (
            moderation(self.moderator, self.results.results, _no_image, self.clock, metrics),
            listing(self.database.database, metrics),
            indexing(self.index.apply_async, self.clock, metrics),
        )

    def close(self) -> None:
        self._stack.close()

    # -- what people do

    def create(self, name: str) -> UUID:
        content = Content(name, "", "weapon", (), 1000)
        return self._do(lambda tx: self._catalog.create(tx, "seller", content)).id

    def change(self, item_id: UUID, **fields: object) -> None:
        self._do(lambda tx: self._catalog.change(tx, "seller", item_id, fields))

    def decide(self, item_id: UUID, choice: Choice) -> None:
        revision = self.database.items.rows[item_id]["content_revision"]
        self._do(
            lambda tx: self._decisions.decide(tx, "mod", item_id, choice, reason="판단", content_revision=revision)
        )

    def delete(self, item_id: UUID) -> None:
        self._do(lambda tx: self._catalog.delete(tx, "seller", item_id))

    def served(self) -> dict[str, ItemDocument]:
        """What a search shows: hits of the index whose row everybody may see (api/routes/search.py)."""
        rows = self.database.items.rows
        return {
            id: document
            for id, document in self.index.documents.items()
            if UUID(id) in rows and rows[UUID(id)]["status"] == "approved"
        }

    # -- what the parts do

    def relay(self, most: int, *, order: int = 0, dies: bool = False) -> int:
        """Publish waiting rows, those of one key in order, keys in any; delete them, unless it dies before that."""
        rows = _mixed(self.database.outbox, Random(order))[:most]
        if rows:
            self.driver.log.publish([_message(row) for row in rows])
        if not dies:
            told = {row["seq"] for row in rows}
            self.database.outbox = [row for row in self.database.outbox if row["seq"] not in told]
        return len(rows)

    def work(self, agent: str, within: float = 5.0) -> None:
        """Its process runs until it has nothing to do, or waits, then is killed."""
        if not self.driver.lag(agent):
            return  # it would read nothing, and die
        self.driver.start(agent)
        self.driver.run_until_idle(within)
        self.driver.kill(agent)

    def repeat(self, record: Record) -> None:
        self.driver.publish(Outgoing(record.topic, record.key, record.value, record.headers))

    def dead(self, agent: str) -> Sequence[DeadLetter]:
        return self.driver.dead_letters(agent)

    def redrive(self, letter: DeadLetter) -> None:
        self.driver.publish(letter.to_retry())

    def settle(self) -> None:
        """All is well again; everything that waits is done."""
        self.moderator.is_down = self.moderator.is_broken = self.index.is_broken = False
        for agent in AGENTS:
            for letter in self.dead(agent):
                self.redrive(letter)
        while any([self.relay(10_000), *(self.driver.lag(agent) for agent in AGENTS)]):
            for agent in AGENTS:
                self.work(agent, within=300.0)

    def _do(self, work: Callable[[Connection], Awaitable[Item | None]]) -> Item:
        async def run() -> Item | None:
            async with self.database.transaction() as transaction:
                return await work(transaction)

        return self.driver.run(run())  # type: ignore[return-value]  # only a deletion gives none, and wants none


async def _no_image(_: UUID) -> bytes:
    return b""


def _mixed(rows: Sequence[Row], random: Random) -> list[Row]:
    """In an order that some log or connector may bring them in: kept within a topic and key."""
    lanes: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        lanes.setdefault((row["topic"], row["key"]), []).append(row)
    waiting = [list(reversed(lane)) for lane in lanes.values()]
    mixed: list[Row] = []
    while waiting:
        lane = waiting[random.randrange(len(waiting))]
        mixed.append(lane.pop())
        waiting = [each for each in waiting if each]
    return mixed
