from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from herofactory.platform.delivery import DeadLetter, MemoryParkedKeys
from herofactory.platform.delivery.letters import CEILING, LetterFilter, Redriver, Redrove, catch_up, dropped, page
from herofactory.platform.delivery.letters.letter import Letter
from herofactory.platform.delivery.parked_postgres import PostgresParkedKeys
from herofactory.platform.eventlog.port import LogUnavailable, Position, TopicConfig
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Outgoing
from streams.testing_log import MemoryLog
from tests.support.letters import AGENT, Life, letter, memory_log

pytestmark = pytest.mark.anyio
ALL = LetterFilter()


async def redrive(life: Life, database: Database, wanted: LetterFilter = ALL, *, force: bool = False) -> Redrove:
    return await Redriver(life.log, database, by="ann", force=force).redrive(wanted)


async def letters(log: MemoryLog, database: Database, **wanted: object) -> Sequence[Letter]:
    await catch_up(log, database)
    async with database.connection() as connection:
        return await page(connection, LetterFilter(**wanted), limit=5_000)  # type: ignore[arg-type]


async def states(life: Life, database: Database) -> list[tuple[int, str, int]]:
    return [(each.offset, each.state, each.redriven) for each in await letters(life.log, database)]


async def test_what_was_mended_goes_through_and_what_was_not_comes_back_as_the_same_letter(database: Database) -> None:
    life = Life(broken={0, 1, 2})
    life.feed("a", "b", "a", "c")
    await life.run()
    assert await states(life, database) == [(0, "open", 0), (1, "open", 0), (2, "open", 0)]
    life.broken = {1}
    assert await redrive(life, database) == Redrove(sent=3)
    assert await states(life, database) == [(0, "redriven", 1), (1, "redriven", 1), (2, "redriven", 1)]
    await life.run()
    assert await states(life, database) == [(0, "redriven", 1), (1, "open", 1), (2, "redriven", 1)]
    assert life.done == [3, 0, 2]
    (again,) = await letters(life.log, database, state="open")
    assert (again.attempts, again.kind) == (2, "process"), "those of all redrives together"


async def test_a_redrive_takes_what_the_filter_says(database: Database) -> None:
    life = Life(broken={0, 1})
    life.feed("a", "b")
    await life.run()
    life.broken.clear()
    await redrive(life, database, LetterFilter(key="b"))
    await life.run()
    assert life.done == [1]
    assert [each.decided_by for each in await letters(life.log, database, state="redriven")] == ["ann"]


async def test_what_failed_too_often_is_sent_with_force_only(database: Database) -> None:
    life = Life(broken={0})
    life.feed("a")
    await life.run()
    for _ in range(CEILING):
        assert (await redrive(life, database)).sent == 1
        await life.run()
    assert await redrive(life, database) == Redrove(refused=1)
    life.broken.clear()
    assert await redrive(life, database, force=True) == Redrove(sent=1)
    await life.run()
    assert life.done == [0]


async def test_only_the_agent_that_failed_gets_it(database: Database) -> None:
    log = memory_log()
    log.publish([letter(0).to_outgoing(), letter(0, agent="other").to_outgoing()])
    await Redriver(log, database, by="ann").redrive(LetterFilter(agent="other"))
    assert (len(log.history("retry.other")), len(log.history(f"retry.{AGENT}"))) == (1, 0)
    assert not log.history("numbers"), "no other reader of the source sees it"


async def test_each_generation_of_an_agent_has_its_letters_and_gets_them_back_alone(database: Database) -> None:
    log = memory_log()
    first, second = Life(log, broken={0}), Life(log, broken={0}, generation=2)
    first.feed("a")
    await first.run()
    await second.run()
    assert [each.agent for each in await letters(log, database)] == [AGENT, f"{AGENT}.g2"]
    first.broken.clear()
    second.broken.clear()
    assert (await redrive(first, database, LetterFilter(agent=f"{AGENT}.g2"))).sent == 1
    await first.run()
    await second.run()
    assert (first.done, second.done) == ([], [0])
    assert [each.agent for each in await letters(log, database, state="open")] == [AGENT]
    assert (await redrive(first, database, LetterFilter(agent=AGENT))).sent == 1, "what is open of all generations"
    await first.run()
    await second.run()
    assert (first.done, second.done) == ([0], [0])


async def test_a_new_generation_that_fails_on_what_was_redriven_before_has_an_open_letter(database: Database) -> None:
    first = Life(broken={0})
    first.feed("a")
    await first.run()
    first.broken.clear()
    await redrive(first, database)
    await first.run()
    second = Life(first.log, broken={0}, generation=2)
    await second.run()
    (fresh,) = await letters(first.log, database, state="open")
    assert (fresh.agent, fresh.attempts, fresh.redriven) == (f"{AGENT}.g2", 1, 0)
    for redriven in (1, 2):
        assert (await redrive(second, database)).sent == 1
        await second.run()
        (again,) = await letters(first.log, database, state="open")
        assert (again.agent, again.attempts, again.redriven) == (f"{AGENT}.g2", 1 + redriven, redriven)
    assert first.done == [0], "the first one is done with it"


async def test_letters_of_before_generations_were_told_apart_go_to_all_of_them(database: Database) -> None:
    log = memory_log()
    lives = [Life(log), Life(log, generation=2)]
    log.publish([letter(7).to_outgoing()])
    assert (await redrive(lives[0], database)).sent == 1
    for life in lives:
        await life.run()
        assert life.done == [7]


class Dying(MemoryLog):
    """Writes, and the one who asked dies before it learns of it."""

    after = 1

    def publish(self, messages: Sequence[Outgoing]) -> Sequence[Position]:
        found = super().publish(messages)
        if messages[0].topic.startswith("retry."):
            self.after -= 1
            if self.after == 0:
                raise LogUnavailable("killed")
        return found


async def test_killed_before_it_is_written_down_it_is_sent_again_and_nothing_is_lost(database: Database) -> None:
    life = Life(broken={0, 1})
    life.feed("a", "b")
    await life.run()
    life.broken.clear()
    life.log.__class__ = Dying
    with pytest.raises(LogUnavailable):
        await redrive(life, database)
    assert {state for _, state, _ in await states(life, database)} == {"open"}
    assert (await redrive(life, database)).sent == 2
    await life.run()
    assert life.done == [0, 1, 0, 1], "repeats carry the same event id"
    assert {state for _, state, _ in await states(life, database)} == {"redriven"}


async def test_two_who_redrive_at_once_send_each_letter_once(database: Database) -> None:
    log = memory_log()
    log.publish([letter(number, key=f"{number % 7}").to_outgoing() for number in range(1_200)])
    done = await asyncio.gather(*(Redriver(log, database, by="x").redrive(ALL) for _ in range(2)))
    assert sum(each.sent for each in done) == len(log.history(f"retry.{AGENT}")) == 1_200


async def test_what_no_agent_wrote_or_takes_back_holds_up_nothing_else(database: Database) -> None:
    log = memory_log()
    log.create_topic(TopicConfig("dead.retired", 1, None))
    retired = [letter(number, agent="retired", ordered=bool(number)).to_outgoing() for number in range(2)]
    log.publish([Outgoing(f"dead.{AGENT}", b"k", b"v"), *retired, letter(3).to_outgoing()])
    assert await Redriver(log, database, by="x").redrive(ALL) == Redrove(sent=1, foreign=3)


async def test_a_dropped_letter_is_no_longer_open_and_says_who_dropped_it_and_why(database: Database) -> None:
    life = Life(broken={0, 1})
    life.feed("a", "b")
    await life.run()
    await catch_up(life.log, database)
    assert await dropped(database, LetterFilter(key="a"), reason="a test order", by="ann") == 1
    first, second = await letters(life.log, database)
    assert (first.state, first.reason, first.decided_by, second.state) == ("dropped", "a test order", "ann", "open")
    assert first.decided_at is not None
    await redrive(life, database)
    assert [message.key for message in life.log.history(f"retry.{AGENT}")] == [b"b"]
    assert len(life.log.history(f"dead.{AGENT}")) == 2, "its record stays in the topic"


class TestOrdered:
    async def test_all_of_a_key_goes_through_in_order_and_then_the_key_is_free(self, database: Database) -> None:
        life = Life(parked=PostgresParkedKeys(database), broken={0})
        life.feed("a", "b", "a", "a")
        await life.run()
        life.broken.clear()
        assert (await redrive(life, database, LetterFilter(names=("counting:numbers:0:2",)))).sent == 3
        life.feed("a")  # while they are on their way
        await life.run()
        life.feed("a")
        await life.run()
        assert life.done == [1, 0, 2, 3, 4, 5]
        assert not await letters(life.log, database, state="open")

    async def test_when_the_first_fails_again_all_behind_it_wait_again(self, database: Database) -> None:
        life = Life(parked=PostgresParkedKeys(database), broken={0})
        life.feed("a", "a")
        await life.run()
        for _ in range(CEILING):
            await redrive(life, database)
            await life.run()
        assert [(each.offset, each.kind) for each in await letters(life.log, database, state="open")] == [
            (0, "process"),
            (1, "parked"),
        ]
        assert await redrive(life, database) == Redrove(refused=2)
        await dropped(database, LetterFilter(names=("counting:numbers:0:0",)), reason="broken for good", by="ann")
        assert (await redrive(life, database)).sent == 1, "what only waited has not failed too often"
        life.feed("a")
        await life.run()
        assert life.done == [1, 2]

    async def test_each_generation_has_a_line_of_its_own(self, database: Database) -> None:
        log = memory_log()
        first = Life(log, PostgresParkedKeys(database), broken={0})
        second = Life(log, PostgresParkedKeys(database), generation=2)
        first.feed("a", "a")
        await second.run()
        await first.run()
        first.broken.clear()
        await redrive(first, database)
        await first.run()
        await second.run()
        assert (first.done, second.done) == ([0, 1], [0, 1]), "the second never had to wait, and repeats nothing"


async def test_letters_of_before_an_agent_became_ordered_are_not_taken_for_done() -> None:
    life = Life(broken={0})
    life.feed("a")
    await life.run()
    back = life.log.history(f"dead.{AGENT}")[0]
    ordered = Life(life.log, MemoryParkedKeys())
    ordered._read["numbers"] = 1
    life.log.publish([DeadLetter.from_record(back).to_retry()])
    await ordered.run()
    assert ordered.done == [0]
