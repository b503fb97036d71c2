from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.embedded.groups import Membership
from herofactory.platform.eventlog.port import TopicConfig
from tests.support.embedded_log import embedded_log


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    with embedded_log(tmp_path, [TopicConfig("t", 2, None)]) as log:
        yield log


def member(log: EmbeddedLog, name: str, session: float = 60.0, rebalance: float = 60.0) -> Membership:
    return Membership("group", name, session, rebalance, log.alive)


def sync(log: EmbeddedLog, who: Membership) -> tuple[int, bytes | None]:
    generation = log.call(lambda cursor: who.sync(cursor, who.member.encode()))
    return generation, assignment(log, who)


def assignment(log: EmbeddedLog, who: Membership) -> bytes | None:
    """Do what is this member's turn. Everybody's assignment says who was there."""
    view = log.look(who.view)
    if view.in_vain:
        log.call(lambda cursor: who.expel(cursor, view.generation, view.in_vain))
        view = log.look(who.view)
    if view.to_assign:
        everybody = b",".join(sorted(view.to_assign.values()))
        log.call(lambda cursor: who.assign(cursor, view.generation, dict.fromkeys(view.to_assign, everybody)))
    return log.look(who.view).assignment


def commit(log: EmbeddedLog, who: Membership, generation: int, offset: int) -> bool:
    return log.call(lambda cursor: who.commit(cursor, generation, {(log.topic_id("t"), 0): offset}))


def age(log: EmbeddedLog, seconds: float, name: str) -> None:
    log.call(lambda cursor: cursor.execute("UPDATE members SET beat=beat-? WHERE member=?", (seconds, name)))


def test_nobody_is_assigned_before_all_have_synced(log: EmbeddedLog) -> None:
    a, b = member(log, "a"), member(log, "b")
    log.call(a.join)
    log.call(b.join)
    assert sync(log, b) == (2, None)
    assert sync(log, a) == (2, b"a,b")
    assert assignment(log, b) == b"a,b"


def test_only_the_oldest_member_assigns(log: EmbeddedLog) -> None:
    a, b = member(log, "a"), member(log, "b")
    log.call(a.join)
    log.call(b.join)
    log.call(lambda cursor: a.sync(cursor, b"a"))
    log.call(lambda cursor: b.sync(cursor, b"b"))
    assert not log.look(b.view).to_assign
    assert log.look(a.view).to_assign == {"a": b"a", "b": b"b"}


def test_an_assignment_of_a_generation_gone_by_is_dropped(log: EmbeddedLog) -> None:
    a = member(log, "a")
    log.call(a.join)
    generation = log.call(lambda cursor: a.sync(cursor, b"a"))
    log.call(member(log, "b").join)
    log.call(lambda cursor: a.assign(cursor, generation, {"a": b"stale"}))
    assert log.look(a.view).assignment is None


def test_a_member_that_leaves_starts_a_generation(log: EmbeddedLog) -> None:
    a, b = member(log, "a"), member(log, "b")
    log.call(a.join)
    log.call(b.join)
    log.call(a.leave)
    assert sync(log, b) == (3, b"b")


def test_a_commit_counts_until_the_member_syncs_to_the_next_generation(log: EmbeddedLog) -> None:
    a, b = member(log, "a"), member(log, "b")
    log.call(a.join)
    generation, _ = sync(log, a)
    log.call(b.join)
    assert commit(log, a, generation, 5), "its last commit before it hands over"
    sync(log, a)
    assert not commit(log, a, generation, 6)
    assert log.committed("group", "t") == {0: 5}


def test_a_silent_member_is_expelled_and_its_commits_are_refused(log: EmbeddedLog) -> None:
    a, b = member(log, "a", session=5.0), member(log, "b", session=5.0)
    log.call(a.join)
    log.call(b.join)
    sync(log, b)
    generation, _ = sync(log, a)
    age(log, 6.0, "a")
    assert log.call(b.beat) == generation + 1
    assert sync(log, b) == (generation + 1, b"b")
    assert not commit(log, a, generation, 9)
    assert log.call(a.beat) is None
    assert not commit(log, a, generation, 9)
    assert sync(log, a) == (generation + 2, None), "the zombie comes back as a new member"
    assert not commit(log, a, generation, 9)
    assert log.committed("group", "t") == {}


def test_a_sign_of_life_from_the_future_does_not_keep_a_member_alive(log: EmbeddedLog) -> None:
    a, b = member(log, "a", session=5.0), member(log, "b", session=5.0)
    log.call(a.join)
    log.call(b.join)
    age(log, -1000.0, "a")
    log.call(b.beat)
    assert sync(log, b)[1] == b"b"


def test_a_member_that_lives_but_does_not_sync_is_expelled(log: EmbeddedLog) -> None:
    a, b = member(log, "a", rebalance=0.0), member(log, "b", rebalance=0.0)
    log.call(a.join)
    log.call(b.join)
    assert sync(log, b) == (2, b"b")
    assert log.call(a.beat) is None
    assert sync(log, a)[0] == 3, "it comes back once it moves again"


def test_groups_are_listed(log: EmbeddedLog) -> None:
    log.call(member(log, "a").join)
    assert log.groups() == ["group"]


def test_a_dead_process_is_noticed_at_the_next_heartbeat(log: EmbeddedLog, tmp_path: Path) -> None:
    other = EmbeddedLog(tmp_path)
    a, b = member(log, "a"), member(other, "b")
    log.call(a.join)
    log.call(b.join)
    assert log.call(a.beat) == 2, "b lives"
    die(other)
    assert log.call(a.beat) == 3
    assert sync(log, a) == (3, b"a")
    other.close()


def test_nobody_waits_for_a_dead_process_to_sync(log: EmbeddedLog, tmp_path: Path) -> None:
    other = EmbeddedLog(tmp_path)
    a, b = member(log, "a"), member(other, "b")
    log.call(a.join)
    log.call(b.join)
    generation, waiting = sync(log, a)
    assert waiting is None
    die(other)
    assert assignment(log, a) == b"a"
    assert generation == 2
    other.close()


def test_a_death_is_seen_by_every_group(log: EmbeddedLog, tmp_path: Path) -> None:
    other = EmbeddedLog(tmp_path)
    token = other.alive.token
    assert not log.alive.is_dead(token)
    die(other)
    assert log.alive.is_dead(token)
    assert log.alive.is_dead(token)
    assert not log.alive.is_dead("never was"), "what is not known is not dead"
    assert not log.alive.is_dead(log.alive.token)
    other.close()


def die(log: EmbeddedLog) -> None:
    """What the kernel does to a killed process's lock."""
    assert log.alive._held is not None
    os.close(log.alive._held)
    log.alive._held = None
