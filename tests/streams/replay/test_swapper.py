"""A generation takes the place of another, in one step that can be taken back and repeated."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from herofactory.platform.clock import SystemClock
from herofactory.platform.delivery import DeadLetter, Poison
from herofactory.platform.delivery.letters import open_counts
from herofactory.platform.delivery.parked_postgres import PostgresParkedKeys
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.port import Position, TopicConfig
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Record
from herofactory.platform.replay import generations
from herofactory.platform.replay.plan import Plan
from herofactory.platform.replay.replay import Replay
from herofactory.platform.replay.store import Replays
from herofactory.platform.replay.target import ReplayRefused
from streams.replay import swapper as module
from streams.replay.following import Behind
from streams.replay.swapper import Swapper
from streams.replay.verifier import Verifier
from tests.support.replaying import NotesTarget, follow, note

pytestmark = pytest.mark.anyio


class Stage:
    """A replay that has filled generation 2 and follows."""

    def __init__(self, target: NotesTarget, database: Database, log: EmbeddedLog, outbox: Outbox) -> None:
        self.target, self.database, self.log = target, database, log
        self.replays = Replays(outbox)
        self.swapper = Swapper(target, database, self.replays, log, SystemClock())

    async def replay(self, generation: int = 2, *, complete: bool = True) -> Replay:
        plan = Plan("notes", generation, "topics", (), complete=complete)
        async with self.database.transaction() as transaction:
            await generations.adopt(transaction, "notes", "notes-1")
            replay = await self.replays.add(transaction, plan)
            await generations.add(transaction, "notes", generation, f"notes-{generation}")
            if complete:
                await generations.follow(transaction, "notes", generation)
            return await self.replays.come_to(transaction, replay.id, "following")

    async def verified(self, replay: Replay) -> Replay:
        async with self.database.connection() as connection:
            found = await generations.of(connection, "notes")
        old, new = module.pair_of(replay, found)
        for each in (old, new):
            await follow(self.log, self.target.agent(each.number))
        verification = await Verifier(self.target, self.log, SystemClock()).verify(old, new)
        async with self.database.transaction() as transaction:
            state = "verified" if verification.passed else "differs"
            return await self.replays.come_to(
                transaction,
                replay.id,
                state,  # type: ignore[arg-type]  # one of two states
                verification=verification.to_json(),
            )

    async def generations(self) -> dict[int, tuple[str, bool]]:
        async with self.database.connection() as connection:
            return {each.number: (each.state, each.active) for each in await generations.of(connection, "notes")}


@pytest.fixture
def stage(notes: NotesTarget, database: Database, notes_log: EmbeddedLog, outbox: Outbox) -> Stage:
    notes_log.publish([note(f"n{number}", 1) for number in range(4)])
    return Stage(notes, database, notes_log, outbox)


async def test_swapped_and_rolled_back_and_swapped_again(stage: Stage) -> None:
    replay = await stage.verified(await stage.replay())
    swapped = await stage.swapper.swap(replay.id)
    assert (swapped.state, swapped.replaced) == ("swapped", 1)
    assert await stage.generations() == {1: ("following", False), 2: ("following", True)}
    assert (await stage.swapper.rollback(replay.id)).state == "rolled_back"
    assert await stage.generations() == {1: ("following", True), 2: ("following", False)}
    assert (await stage.swapper.swap(replay.id)).state == "swapped"
    assert stage.target.steps == ["activate notes-2", "activate notes-1", "activate notes-2"]


async def test_what_was_not_verified_is_swapped_by_force_alone(stage: Stage) -> None:
    replay = await stage.replay()
    with pytest.raises(ReplayRefused, match=r"not verified yet.*--force"):
        await stage.swapper.swap(replay.id)
    assert (await stage.swapper.swap(replay.id, force=True)).state == "swapped"


async def test_what_differs_is_swapped_by_force_alone(stage: Stage) -> None:
    stage.target.wrong = {"n1"}
    replay = await stage.verified(await stage.replay())
    with pytest.raises(ReplayRefused, match="1 entries differ"):
        await stage.swapper.swap(replay.id)
    assert (await stage.swapper.swap(replay.id, force=True)).state == "swapped"


async def test_one_that_lags_behind_is_not_swapped_in(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    replay = await stage.verified(await stage.replay())
    monkeypatch.setattr(module, "LAG_S", 0.2)
    stage.log.publish([note("late", 1)])
    with pytest.raises(Behind, match=r"herofactory\.notes\.g2 is 1 records"):
        await stage.swapper.swap(replay.id)
    assert stage.target.steps == []


async def test_one_that_was_compared_with_another_generation_is_verified_again(stage: Stage) -> None:
    second, third = await stage.verified(await stage.replay()), await stage.verified(await stage.replay(3))
    await stage.swapper.swap(second.id)
    with pytest.raises(ReplayRefused, match="compared with generation 1, and 2 is in use"):
        await stage.swapper.swap(third.id)
    with pytest.raises(ReplayRefused, match="clean it first"):
        await stage.swapper.swap((await stage.verified(third)).id)
    await stage.swapper.clean(second.id)
    assert (await stage.swapper.swap(third.id)).replaced == 2


async def test_clean_deletes_what_was_replaced_and_forgets_its_groups(stage: Stage) -> None:
    replay = await stage.verified(await stage.replay())
    for label in ("notes", "notes.g2", "notes.g3"):
        await PostgresParkedKeys(stage.database).park(label, b"n1", Position("notes", 0, 1))
    await stage.swapper.swap(replay.id)
    assert (await stage.swapper.clean(replay.id)).state == "cleaned"
    assert await stage.generations() == {2: ("following", True)}
    assert stage.log.groups() == ["herofactory.notes.g2"]
    assert await stage.database.fetch("SELECT DISTINCT generation FROM notes") == [{"generation": 2}]
    parked = await stage.database.fetch("SELECT agent FROM parked_keys ORDER BY agent")
    assert [row["agent"] for row in parked] == ["notes.g2", "notes.g3"]


async def test_clean_forgets_what_the_deleted_generation_alone_had_set_aside(stage: Stage) -> None:
    stage.log.create_topic(TopicConfig("dead.notes", 1, None))
    replay = await stage.verified(await stage.replay())
    broken = Record("notes", 0, 1, b"n1", b"{", {}, 0.0)
    for label in ("notes", "notes.g2"):
        letter = DeadLetter.of("notes", broken, Poison("x"), attempts=1, at=datetime.now(UTC), label=label)
        stage.log.publish([letter.to_outgoing()])
    await stage.swapper.swap(replay.id)
    await stage.swapper.clean(replay.id)
    async with stage.database.connection() as connection:
        assert await open_counts(connection) == {"notes.g2": 1}


async def test_clean_of_one_that_was_not_swapped_in_deletes_it(stage: Stage) -> None:
    replay = await stage.verified(await stage.replay())
    await stage.swapper.swap(replay.id)
    await stage.swapper.rollback(replay.id)
    assert (await stage.swapper.clean(replay.id)).state == "cleaned"
    assert await stage.generations() == {1: ("following", True)}
    assert stage.log.groups() == ["herofactory.notes"]


async def test_killed_in_the_middle_the_same_step_finishes(stage: Stage) -> None:
    replay = await stage.verified(await stage.replay())
    for step, run in (
        ("activate", stage.swapper.swap),
        ("activate", stage.swapper.rollback),
        ("activate", stage.swapper.swap),
        ("drop", stage.swapper.clean),
    ):
        stage.target.fails = step
        with pytest.raises(ReplayRefused, match="as planned"):
            await run(replay.id)
        stage.target.fails = None
        await run(replay.id)
        assert await run(replay.id) == await run(replay.id)
    assert await stage.generations() == {2: ("following", True)}


async def test_between_activation_and_its_row_a_kill_leaves_a_swap_that_can_be_repeated(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay = await stage.verified(await stage.replay())

    async def killed(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(generations, "activate", killed)
        with pytest.raises(asyncio.CancelledError):
            await stage.swapper.swap(replay.id)
    assert (await stage.generations())[1] == ("following", True)
    await stage.swapper.swap(replay.id)
    assert (await stage.generations())[2] == ("following", True)
    assert stage.target.steps == ["activate notes-2", "activate notes-2"]


async def test_a_target_that_writes_its_row_itself_may_be_killed_there_too(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As verdicts do: they take effect in the transaction that puts their generation in use."""
    replay = await stage.verified(await stage.replay())

    async def activate(number: int, _: str) -> None:
        async with stage.database.transaction() as transaction:
            await generations.activate(transaction, "notes", number)
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(stage.target, "activate", activate)
        with pytest.raises(asyncio.CancelledError):
            await stage.swapper.swap(replay.id)
    assert (await stage.swapper.swap(replay.id)).replaced == 1
    assert (await stage.swapper.rollback(replay.id)).state == "rolled_back"


async def test_what_readers_were_given_by_a_broken_off_rollback_is_not_deleted_under_them(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay = await stage.verified(await stage.replay())
    await stage.swapper.swap(replay.id)

    async def killed(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(generations, "activate", killed)
        with pytest.raises(asyncio.CancelledError):
            await stage.swapper.rollback(replay.id)
    await stage.swapper.clean(replay.id)
    assert stage.target.steps[1:] == ["activate notes-1", "activate notes-2", "drop notes-1"]


async def test_once_its_clean_has_begun_there_is_no_way_back(stage: Stage) -> None:
    replay = await stage.verified(await stage.replay())
    await stage.swapper.swap(replay.id)
    stage.target.fails = "drop"
    with pytest.raises(ReplayRefused, match="as planned"):
        await stage.swapper.clean(replay.id)
    with pytest.raises(ReplayRefused, match="its `clean` has begun"):
        await stage.swapper.rollback(replay.id)


async def test_a_part_that_was_put_in_use_by_force_is_followed(stage: Stage) -> None:
    replay = await stage.replay(complete=False)
    assert (await stage.generations())[2] == ("filling", False)
    with pytest.raises(ReplayRefused, match="not verified"):
        await stage.swapper.swap(replay.id)
    await stage.swapper.swap(replay.id, force=True)
    assert await stage.generations() == {1: ("following", False), 2: ("following", True)}


async def test_a_second_replay_of_the_same_topics_has_the_same_hash(stage: Stage) -> None:
    second, third = await stage.verified(await stage.replay()), await stage.verified(await stage.replay(3))
    assert second.verification is not None
    assert third.verification is not None
    assert second.verification["new_hash"] == third.verification["new_hash"]
