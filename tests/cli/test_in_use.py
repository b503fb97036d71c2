"""Who tells others what an agent did: the generation in use, and for a while the one before it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from cli.in_use import InUse, WhileInUse, replaced
from herofactory.platform.records import Outgoing
from herofactory.platform.replay.generations import Generation

FIRST = Generation("t", 1, "", "following", active=True)
SECOND = Generation("t", 2, "", "following", active=False)
SWAPPED = (FIRST._replace(active=False), SECOND._replace(active=True))


class Published:
    def __init__(self) -> None:
        self.topics: list[str] = []

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        self.topics += [message.topic for message in messages]


def test_without_any_replay_the_first_generation_tells() -> None:
    in_use = InUse()
    assert in_use.tells("t", 1)
    assert not in_use.tells("t", 2)


def test_after_a_swap_the_old_one_tells_until_it_is_handed_over() -> None:
    in_use = InUse()
    assert in_use.look([FIRST, SECOND]) == ()
    assert in_use.look(SWAPPED) == [("t", 1)]
    assert in_use.tells("t", 1)
    assert in_use.tells("t", 2)
    assert in_use.look(SWAPPED) == []
    in_use.handed_over(("t", 1))
    assert not in_use.tells("t", 1)


def test_a_worker_that_starts_after_a_swap_hands_nothing_over() -> None:
    in_use = InUse()
    assert in_use.look(SWAPPED) == ()
    assert not in_use.tells("t", 1)


def test_agents_of_a_first_generation_that_is_deleted_are_replaced() -> None:
    names = {"t": ("a", "b"), "other": ("c",)}
    made_by = names.__getitem__
    assert replaced([], made_by) == frozenset()
    assert replaced(SWAPPED, made_by) == frozenset()
    assert replaced([FIRST._replace(state="dropping", active=False), SWAPPED[1]], made_by) == {"a", "b"}
    assert replaced([SWAPPED[1], FIRST._replace(target="other")], made_by) == {"a", "b"}


@pytest.mark.anyio
async def test_while_not_in_use_only_dead_letters_go_out() -> None:
    published, tells = Published(), False
    publisher = WhileInUse(published, lambda: tells)
    messages = [Outgoing("out", b"k", b"v", {}), Outgoing("dead.a", b"k", b"v", {})]
    await publisher.publish(messages)
    assert published.topics == ["dead.a"]
    tells = True
    await publisher.publish(messages)
    assert published.topics == ["dead.a", "out", "dead.a"]
