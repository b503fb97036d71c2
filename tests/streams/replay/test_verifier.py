"""Two generations are compared at one offset, whatever goes on meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from herofactory.platform.clock import SystemClock
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.replay.generations import Generation
from herofactory.platform.replay.target import Entry
from herofactory.platform.replay.verification import Verification
from streams.replay import following, verifier
from streams.replay.following import Behind
from streams.replay.verifier import ROUNDS, Verifier
from tests.support.replaying import NotesTarget, follow, note

pytestmark = pytest.mark.anyio

OLD = Generation("notes", 1, "notes-1", "following", active=True)
NEW = Generation("notes", 2, "notes-2", "following", active=False)


async def both(log: EmbeddedLog, target: NotesTarget) -> None:
    for generation in (1, 2):
        await follow(log, target.agent(generation))


async def verified(log: EmbeddedLog, target: NotesTarget, *, complete: bool = True) -> Verification:
    return await Verifier(target, log, SystemClock()).verify(OLD, NEW, complete=complete)


async def test_equal_generations_have_equal_hashes(notes_log: EmbeddedLog, notes: NotesTarget) -> None:
    notes_log.publish([note(f"n{number}", revision) for revision in (1, 2) for number in range(20)])
    await both(notes_log, notes)
    found = await verified(notes_log, notes)
    assert found.passed, found.verdict
    assert (found.old_entries, found.new_entries, found.rounds) == (20, 20, 1)
    assert found.old_hash == found.new_hash
    assert sum(found.offsets["notes"].values()) == 40
    assert Verification.from_json(found.to_json()) == found
    assert (await verified(notes_log, notes)).new_hash == found.new_hash


async def test_each_difference_is_named_with_its_cause(notes_log: EmbeddedLog, notes: NotesTarget) -> None:
    notes.wrong = {"n3"}
    notes_log.publish([note(f"n{number}", 1) for number in range(5)])
    await both(notes_log, notes)
    found = await verified(notes_log, notes)
    assert not found.passed
    assert found.differences == [{"id": "n3", "scope": "n3", "why": "content"}]
    assert len(found.differing_buckets) == 1
    assert found.verdict == "1 entries differ (1 content)"


async def test_it_waits_until_both_have_come_to_the_same_offset(notes_log: EmbeddedLog, notes: NotesTarget) -> None:
    notes_log.publish([note(f"n{number}", 1) for number in range(5)])
    await follow(notes_log, notes.agent(1))
    verifying = asyncio.ensure_future(verified(notes_log, notes))
    await asyncio.sleep(0.3)
    assert not verifying.done()
    await follow(notes_log, notes.agent(2))
    assert (await verifying).passed


async def test_a_generation_that_stands_still_is_named(
    notes_log: EmbeddedLog, notes: NotesTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "STUCK_S", 0.3)
    notes_log.publish([note("n", 1)])
    await follow(notes_log, notes.agent(1))
    with pytest.raises(Behind, match=r"herofactory\.notes\.g2 is 1 records behind"):
        await verified(notes_log, notes)


async def test_live_changes_of_an_entry_are_no_difference(notes_log: EmbeddedLog, notes: NotesTarget) -> None:
    """The old generation takes a change after the common offset, the new one only later."""
    notes_log.publish([note(f"n{number}", 1) for number in range(5)])
    await both(notes_log, notes)

    async def live() -> None:
        notes_log.publish([note("n1", 2)])
        await follow(notes_log, notes.agent(1))

    meddling = Meddling(notes, during={1: live}, before={2: lambda: both(notes_log, notes)})
    found = await Verifier(meddling, notes_log, SystemClock()).verify(OLD, NEW)
    assert found.passed, found.verdict
    assert (found.rounds, found.equal, found.moving) == (2, 5, 0)


async def test_what_never_comes_to_rest_is_neither_equal_nor_different(
    notes_log: EmbeddedLog, notes: NotesTarget
) -> None:
    notes_log.publish([note(f"n{number}", 1) for number in range(5)])
    await both(notes_log, notes)
    revision = iter(range(2, 100))

    async def live() -> None:
        notes_log.publish([note("n1", next(revision))])
        await follow(notes_log, notes.agent(1))

    every = range(1, ROUNDS + 1)
    meddling = Meddling(
        notes, during=dict.fromkeys(every, live), before={each: lambda: both(notes_log, notes) for each in every}
    )
    found = await Verifier(meddling, notes_log, SystemClock()).verify(OLD, NEW)
    assert (found.rounds, found.equal, found.differing, found.moving_ids) == (ROUNDS, 4, 0, ["n1"])
    assert not found.passed  # one of five
    assert "changed all the time" in found.verdict


async def test_a_difference_beside_live_changes_is_still_one(notes_log: EmbeddedLog, notes: NotesTarget) -> None:
    notes.wrong = {"n2"}
    notes_log.publish([note(f"n{number}", 1) for number in range(5)])
    await both(notes_log, notes)

    async def live() -> None:
        notes_log.publish([note("n1", 2)])
        await follow(notes_log, notes.agent(1))

    meddling = Meddling(notes, during={1: live}, before={2: lambda: both(notes_log, notes)})
    found = await Verifier(meddling, notes_log, SystemClock()).verify(OLD, NEW)
    assert [each["id"] for each in found.differences] == ["n2"]


async def test_figures_that_are_still_derived_are_waited_for(notes_log: EmbeddedLog, notes: NotesTarget) -> None:
    notes.unsettled = {2}
    notes_log.publish([note("n", 1)])
    await both(notes_log, notes)
    verifying = asyncio.ensure_future(verified(notes_log, notes))
    await asyncio.sleep(0.3)
    assert not verifying.done()
    notes.unsettled.clear()
    assert (await verifying).passed


async def test_a_difference_while_figures_are_derived_is_not_called_one(
    notes_log: EmbeddedLog, notes: NotesTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier, "SETTLE_S", 0.1)
    notes.wrong, notes.unsettled = {"n"}, {2}
    notes_log.publish([note("n", 1)])
    await both(notes_log, notes)
    found = await verified(notes_log, notes)
    assert not found.passed
    assert (found.differing, found.moving, found.settled) == (0, 1, False)


async def test_a_generation_that_holds_a_part_by_its_plan_lacks_nothing(
    notes_log: EmbeddedLog, notes: NotesTarget
) -> None:
    notes_log.publish([note(f"n{number}", 1) for number in range(2)])
    await both(notes_log, notes)
    notes_log.publish([note(f"m{number}", 1) for number in range(3)])
    await follow(notes_log, notes.agent(1))
    found = await verified(notes_log, notes, complete=False)
    assert (found.equal, found.lacking, found.differing) == (2, 3, 0)
    assert not found.passed
    assert found.verdict == "holds a part by its plan: 2 of 5 entries, 0 differ"


Step = Callable[[], object]


class Meddling(NotesTarget):
    """Something happens before and during the reading of the old generation, by round."""

    def __init__(self, target: NotesTarget, during: dict[int, Step], before: dict[int, Step]) -> None:
        super().__init__(target._database)
        self.during, self.before, self.rounds = during, before, 0

    async def settled(self, generation: int) -> bool:
        return generation > 0

    @property
    def next_round(self) -> int:
        return self.rounds + 1

    async def entries(self, generation: int, place: str) -> AsyncIterator[Entry]:
        if generation == 1:
            self.rounds += 1
            if step := self.during.get(self.rounds):
                await step()  # type: ignore[misc]  # all steps here are coroutines
        async for entry in super().entries(generation, place):
            yield entry
        if generation == 1 and (step := self.before.get(self.rounds + 1)):
            await step()  # type: ignore[misc]  # likewise
