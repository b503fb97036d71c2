"""Everything that may happen to items and to the processes that carry them, in any order, and what must hold always.

The machine keeps its own account of what was accepted and decided, and computes the wanted end from that alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, precondition, rule

from herofactory.catalog.verdicts import Choice
from herofactory.search.port import Stored
from streams.testing_consumer import CrashPoint
from streams.topics import ITEM_CREATED, ITEM_MIRRORED, ITEM_MODERATED, ITEM_UPDATED
from tests.support.memory.results import BAD
from tests.support.memory.topology import AGENTS, POISON, Topology

Lapse = Literal["nothing", "indexed", "settled"]
"""What gets done between one call and the next. Left to chance alone, hardly a case comes to its third verdict."""
CHUNKS = (1, 2, 500)
MOST_ITEMS = 3
"""At once: few, so that much happens to each."""
ARGUMENTS: Mapping[str, Sequence[Any]] = {
    "agent": AGENTS,
    "choice": ("approve", "reject"),
    "dies": (False, True),
    "is_broken": (False, True),
    "is_down": (False, True),
    "lapse": ("settled", "indexed", "nothing"),
    "most": (1, 3, 100),
    "name": ("검", "방패", f"{BAD} 검", f"{POISON} 검"),
    "order": range(8),
    "point": ("effect", "publish", "output", "ack"),
    "price": range(4),
    "skip": range(3),
    "topic": (ITEM_CREATED, ITEM_UPDATED, ITEM_MODERATED, ITEM_MIRRORED),
    "which": range(10),
    "works": (False, True),
}
"""Of the machine's steps, by name: all that each may be."""


def one(argument: str) -> st.SearchStrategy[Any]:
    return st.sampled_from(ARGUMENTS[argument])


@dataclass
class Wanted:
    """What the seller and the moderators were told of one item."""

    name: str
    price: int = 1000
    decision: Choice | None = None
    """Of a moderator, on the content as it is."""

    @property
    def status(self) -> str:
        if self.decision is None:
            return "rejected" if BAD in self.name else "approved"
        return "approved" if self.decision == "approve" else "rejected"


class TopologyMachine(RuleBasedStateMachine):
    items = Bundle("items")

    def __init__(self) -> None:
        super().__init__()
        self.wanted: dict[UUID, Wanted] = {}
        self.deleted: set[UUID] = set()
        self.listed: set[tuple[str, int]] = set()
        """(id, revision) of everything that was ever approved."""
        self.known: dict[str, Stored] = {}

    def make(self, chunk: int) -> Topology:
        return Topology(chunk)

    @initialize(target=items, chunk=st.sampled_from(CHUNKS), name=one("name"), lapse=one("lapse"))
    def start(self, chunk: int, name: str, lapse: Lapse) -> UUID:
        self.topology = self.make(chunk)
        return self._created(name, lapse)

    # -- people

    @precondition(lambda self: len(self.wanted) < MOST_ITEMS)
    @rule(target=items, name=one("name"), lapse=one("lapse"))
    def create(self, name: str, lapse: Lapse) -> UUID:
        return self._created(name, lapse)

    @rule(item=items, name=one("name"), lapse=one("lapse"))
    def rename(self, item: UUID, name: str, lapse: Lapse) -> None:
        self.topology.change(item, name=name)
        wanted = self.wanted[item]
        if name != wanted.name:
            wanted.name, wanted.decision = name, None
        self._let(lapse)

    @rule(item=items, price=one("price"), lapse=one("lapse"))
    def reprice(self, item: UUID, price: int, lapse: Lapse) -> None:
        self.topology.change(item, price=price)
        self.wanted[item].price = price
        self._let(lapse)

    @rule(item=items, choice=one("choice"), lapse=one("lapse"))
    def decide(self, item: UUID, choice: Choice, lapse: Lapse) -> None:
        self.topology.decide(item, choice)
        self.wanted[item].decision = choice
        self._let(lapse)

    @rule(item=consumes(items), lapse=one("lapse"))
    def delete(self, item: UUID, lapse: Lapse) -> None:
        self.topology.delete(item)
        del self.wanted[item]
        self.deleted.add(item)
        self._let(lapse)

    def _created(self, name: str, lapse: Lapse) -> UUID:
        item = self.topology.create(name)
        self.wanted[item] = Wanted(name)
        self._let(lapse)
        return item

    def _let(self, lapse: Lapse) -> None:
        if lapse == "settled":
            for agent in AGENTS:
                self.topology.relay(100)
                self.topology.work(agent)
        if lapse != "nothing":
            self.topology.relay(100)
            self.topology.work("indexing")

    # -- processes

    @rule(most=one("most"), order=one("order"), dies=one("dies"))
    def relay(self, most: int, order: int, dies: bool) -> None:
        self.topology.relay(most, order=order, dies=dies)

    @rule(agent=one("agent"))
    def work(self, agent: str) -> None:
        self.topology.work(agent)

    @rule(agent=one("agent"), point=one("point"), skip=one("skip"))
    def work_and_die(self, agent: str, point: CrashPoint, skip: int) -> None:
        self.topology.driver.crash(agent, point, skip=skip)
        self.topology.work(agent)

    @rule(topic=one("topic"), which=one("which"), works=one("works"))
    def repeat(self, topic: str, which: int, works: bool) -> None:
        """A producer that was not told that its record was taken; a table that is published once more."""
        records = self.topology.driver.read(topic)
        if records:
            self.topology.repeat(records[-1 - which % len(records)])
        for agent in AGENTS if works else ():
            self.topology.work(agent)

    @rule(is_down=one("is_down"), is_broken=one("is_broken"))
    def moderator_fails(self, is_down: bool, is_broken: bool) -> None:
        self.topology.moderator.is_down, self.topology.moderator.is_broken = is_down, is_broken

    @rule(is_broken=one("is_broken"))
    def index_fails(self, is_broken: bool) -> None:
        self.topology.index.is_broken = is_broken

    @rule(agent=one("agent"), which=one("which"))
    def redrive(self, agent: str, which: int) -> None:
        letters = self.topology.dead(agent)
        if letters:
            self.topology.redrive(letters[which % len(letters)])

    # -- what holds at every step

    @invariant()
    def nothing_unapproved_is_shown(self) -> None:
        rows = self.topology.database.items.rows.values()
        self.listed |= {(str(row["id"]), row["revision"]) for row in rows if row["status"] == "approved"}
        for id, document in self.topology.index.documents.items():
            assert (id, document.revision) in self.listed, f"the index shows {document}, which was never approved"
        for id, document in self.topology.served().items():
            wanted = self.wanted[UUID(id)]
            assert BAD not in wanted.name or wanted.decision == "approve", f"{document} is served: {wanted}"
            assert wanted.decision != "reject", f"{document} is served: {wanted}"

    @invariant()
    def no_older_write_wins(self) -> None:
        for id, stored in self.topology.index.known.items():
            before = self.known.get(id, stored)
            assert stored == before or stored.revision > before.revision, f"{id}: {before} became {stored}"
        assert self.known.keys() <= self.topology.index.known.keys(), "what is gone was forgotten"
        self.known = dict(self.topology.index.known)

    @invariant()
    def what_is_deleted_never_comes_back(self) -> None:
        assert not self.deleted & self.topology.database.items.rows.keys()

    @invariant()
    def nothing_takes_effect_twice(self) -> None:
        applied = self.topology.database.applied
        assert len(set(applied)) == len(applied), f"applied twice: {applied}"
        asked = self.topology.moderator.asked
        assert asked.total() == len(self.topology.results.kept), f"paid twice: {asked}"

    def check(self) -> None:
        self.nothing_unapproved_is_shown()
        self.no_older_write_wins()
        self.what_is_deleted_never_comes_back()
        self.nothing_takes_effect_twice()

    # -- and in the end

    def teardown(self) -> None:
        if not hasattr(self, "topology"):
            return
        try:
            self.finish()
        finally:
            self.topology.close()

    def finish(self) -> None:
        self.topology.settle()
        self.check()
        self._check_rows()
        self._check_index()
        self._check_order()

    def _check_rows(self) -> None:
        rows = self.topology.database.items.rows
        found = {id: (row["name"], row["price"], row["status"]) for id, row in rows.items()}
        assert found == {id: (each.name, each.price, each.status) for id, each in self.wanted.items()}

    def _check_index(self) -> None:
        shown = {UUID(id): (each.name, each.price) for id, each in self.topology.index.documents.items()}
        listed = {id: (each.name, each.price) for id, each in self.wanted.items() if each.status == "approved"}
        assert shown == listed, "the index ends as the database"

    def _check_order(self) -> None:
        """Per key, all in one partition, each event when it came first."""
        for topic in (ITEM_CREATED, ITEM_UPDATED, ITEM_MIRRORED):
            by_key: dict[bytes | None, dict[str, int]] = defaultdict(dict)
            lies: dict[bytes | None, int] = {}
            for delivery in self.topology.driver.deliveries(topic):
                key, partition = delivery.record.key, delivery.record.partition
                assert lies.setdefault(key, partition) == partition, f"{topic} of {key!r} lies in two partitions"
                by_key[key].setdefault(delivery.event_id, delivery.revision or 0)
            for key, revisions in by_key.items():
                order = list(revisions.values())
                assert order == sorted(set(order)), f"{topic} of {key!r}: {order}"
