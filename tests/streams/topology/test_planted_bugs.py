"""The machine is worth its time: each of these mistakes, planted on purpose, is found within the cases of one run, by
hypothesis and by walks.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from herofactory.moderation.results import Result
from herofactory.search.port import Stored
from herofactory.search.write import Remove, Write, WriteOutcome
from streams import testing_log
from streams.testing_consumer import Consumer
from tests.streams.topology.machine import TopologyMachine
from tests.streams.topology.test_topology import PROFILE
from tests.streams.topology.walk import Walk
from tests.support.memory import database, topology
from tests.support.memory.results import MemoryResults

Patch = pytest.MonkeyPatch
# Finding is enough: a shorter way to the same failure proves nothing more.
FINDING = settings(PROFILE, phases=[Phase.generate], max_examples=300)


def ack_before_effect(patch: Patch) -> None:
    """Offsets are committed when a chunk is taken."""
    process = Consumer._next_chunk

    def early(self: Consumer, positions: Any) -> Sequence[Any]:
        records = process(self, positions)
        if records:
            last = records[-1]
            self._log.commit(self.agent.label, last.topic, {last.partition: last.offset + 1})
        return records

    patch.setattr(Consumer, "_next_chunk", early)


def stale_overwrite(patch: Patch) -> None:
    """The index takes whatever comes last."""
    known = topology.Index._write

    def write(self: topology.Index, each: Write) -> WriteOutcome:
        if each.id in self.documents:
            self.known.pop(each.id, None)
        return known(self, each)

    patch.setattr(topology.Index, "_write", write)


def resurrected_delete(patch: Patch) -> None:
    """The index forgets what is gone at once."""
    known = topology.Index._write

    def write(self: topology.Index, each: Write) -> WriteOutcome:
        outcome = known(self, each)
        if isinstance(each, Remove) and self.known.get(each.id, Stored(0, False)).gone:
            del self.known[each.id]
        return outcome

    patch.setattr(topology.Index, "_write", write)


def row_lost_by_the_relay(patch: Patch) -> None:
    """Rows are deleted first, then published."""
    relay = topology.Topology.relay

    def early(self: topology.Topology, most: int, *, order: int = 0, dies: bool = False) -> int:
        if not dies:
            return relay(self, most, order=order)
        told = {row["seq"] for row in topology._mixed(self.database.outbox, Random(order))[:most]}
        self.database.outbox = [row for row in self.database.outbox if row["seq"] not in told]
        return len(told)

    patch.setattr(topology.Topology, "relay", early)


def verdict_on_other_content(patch: Patch) -> None:
    """A late verdict is applied to content that it never judged."""
    apply = database._apply

    def anyhow(memory: database.MemoryDatabase, values: dict[str, Any]) -> Any:
        row = memory.items.rows.get(values["item_id"])
        return apply(memory, values | {"content_revision": row["content_revision"]} if row else values)

    patch.setitem(database._STATEMENTS, "UPDATE items SET status = %(status)s", anyhow)


def moderator_overruled(patch: Patch) -> None:
    """The last verdict wins, whoever gave it."""
    patch.setattr(database, "_outranks", lambda new, row: new["event_id"] != row["verdict_event_id"])


def applied_twice(patch: Patch) -> None:
    """A verdict that comes again changes its row again."""
    outranks = database._outranks
    patch.setattr(
        database, "_outranks", lambda new, row: new["event_id"] == row["verdict_event_id"] or outranks(new, row)
    )


def order_of_a_key_lost(patch: Patch) -> None:
    """The relay publishes rows as they come to hand, also those of one item."""
    patch.setattr(topology, "_mixed", lambda rows, random: random.sample(rows, len(rows)))


def key_over_partitions(patch: Patch) -> None:
    """Records lie in whatever partition's turn it is."""
    turn = count()
    patch.setattr(testing_log, "partition_of", lambda _key, partitions: next(turn) % partitions)


def acked_by_dying(patch: Patch) -> None:
    """What a process held when it died counts as done."""
    die = Consumer._die

    async def acked(self: Consumer) -> None:
        for topic in self.agent.topics:
            self._log.commit(self.agent.label, topic, {n: held.end for n, held in self._log.offsets(topic).items()})
        await die(self)

    patch.setattr(Consumer, "_die", acked)


def paid_twice(patch: Patch) -> None:
    """Verdicts are asked for again at every delivery."""

    async def nothing(self: MemoryResults, event_id: UUID, *_content: object) -> Result | None:
        return None

    patch.setattr(MemoryResults, "get", nothing)


BUGS = (
    ack_before_effect,
    stale_overwrite,
    resurrected_delete,
    row_lost_by_the_relay,
    verdict_on_other_content,
    moderator_overruled,
    applied_twice,
    order_of_a_key_lost,
    key_over_partitions,
    acked_by_dying,
    paid_twice,
)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_planted_bug_is_found_by_hypothesis(bug: Any, monkeypatch: Patch) -> None:
    bug(monkeypatch)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(_fresh(), settings=FINDING)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_planted_bug_is_found_on_a_walk_and_takes_few_steps_to_show(bug: Any, monkeypatch: Patch) -> None:
    bug(monkeypatch)
    found = next(walk for walk in map(Walk.of, range(300)) if walk.failure())
    shown = found.shortened()
    assert isinstance(shown.failure(), AssertionError)
    assert len(shown.steps) < 8


def _fresh() -> type[RuleBasedStateMachine]:
    """Hypothesis remembers failures by class."""
    return type("Mutant", (TopologyMachine,), {})
