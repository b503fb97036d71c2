"""Gives dead letters back to the agent that set them aside: publish, await the ack, then write it down.

Killed in between, letters that were published are still open, and sent again: repeats change nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from herofactory.platform.delivery.letters import store
from herofactory.platform.delivery.letters.filter import LetterFilter
from herofactory.platform.delivery.letters.held import PAGE, read_held
from herofactory.platform.delivery.letters.indexer import catch_up
from herofactory.platform.delivery.letters.letter import Letter
from herofactory.platform.delivery.letters.lines import Line, forget_dropped, waiting, waiting_in_line
from herofactory.platform.delivery.parked_postgres import hold, line_of, mark_sent
from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.postgres.database import Connection, Database

CEILING = 5
"""Redrives of one letter, without force: what failed so often will not mend itself."""


@dataclass(slots=True)
class Redrove:
    sent: int = 0
    refused: int = 0
    """Redriven as often as the ceiling allows, or behind such a one in its key's line."""
    foreign: int = 0
    """No agent wrote them, or theirs takes nothing back (it is gone, say): drop them."""
    gone: int = 0
    """Retention took them meanwhile."""

    @property
    def left(self) -> int:
        return self.refused + self.foreign


class Redriver:
    def __init__(self, log: EventLog, database: Database, *, by: str, force: bool = False) -> None:
        """`by`: who decides it. `force`: also beyond CEILING."""
        self._log = log
        self._database = database
        self._by = by
        self._force = force
        self._topics: frozenset[str] = frozenset()

    async def redrive(self, wanted: LetterFilter, *, most: int | None = None) -> Redrove:
        """The open ones of `wanted` (with names and force: the redriven ones too). Of an ordered agent, all that waits
        of each key that is met, in order. Stops after the page in which `most` is reached.

        Raises ValueError for a bad name, and LogError; what was redriven until then is.
        """
        await catch_up(self._log, self._database)
        self._topics = frozenset(await asyncio.to_thread(self._log.topics))
        done, after = Redrove(), 0
        again = bool(wanted.names) and self._force
        wanted = wanted if again else replace(wanted, state="open")
        while most is None or done.sent < most:
            async with self._database.transaction() as transaction:
                await hold(transaction, "", [b"decisions"])  # one at a time: they lock letters in no common order
                limit = PAGE if most is None else min(PAGE, most - done.sent)
                letters = await store.page(transaction, wanted, after=after, limit=limit, locked=True)
                if not letters:
                    break
                chosen = [each for each in letters if each.state != "dropped"]
                await self._send_page(transaction, chosen, done)
                after = letters[-1].id
        return done

    async def _send_page(self, transaction: Connection, letters: Sequence[Letter], done: Redrove) -> None:
        in_line, alone = list[Letter](), list[Letter]()
        for letter in letters:
            stands = letter.ordered and letter.key is not None and self._has_way(letter)
            (in_line if stands else alone).append(letter)
        may = [letter for letter in alone if self._may(letter, done)]
        await self._send(transaction, may, done)
        keys = {(each.agent, each.key) for each in in_line if each.key is not None}
        for agent, key in sorted(keys):
            await self._send_line(transaction, agent, key, done)

    def _may(self, letter: Letter, done: Redrove) -> bool:
        if not self._has_way(letter):
            done.foreign += 1
            return False
        if letter.redriven >= CEILING and not self._force:
            done.refused += 1
            return False
        return True

    def _has_way(self, letter: Letter) -> bool:
        return not letter.is_foreign and letter.retry_topic in self._topics

    async def _send_line(self, transaction: Connection, agent: str, key: bytes, done: Redrove) -> None:
        """Until they are all on their way nobody joins the line: who comes next follows them."""
        await hold(transaction, agent, [key])
        await forget_dropped(transaction, agent, key)
        line = Line(agent, key, await line_of(transaction, agent, key), self._force)
        first = next(iter(await waiting_in_line(transaction, line, 0)), None)
        if first and first.kind != "parked" and first.redriven >= CEILING and not self._force:
            done.refused += await waiting(transaction, line)
            return
        for start in range(0, len(line.places), PAGE):
            sent = await self._send(transaction, await waiting_in_line(transaction, line, start), done)
            await mark_sent(transaction, agent, key, [letter.position for letter in sent])
        # Open, yet in no line: it went through before anybody wrote down that it was sent. The agent knows.
        await self._send(transaction, await waiting_in_line(transaction, line, None), done)

    async def _send(self, transaction: Connection, letters: Sequence[Letter], done: Redrove) -> Sequence[Letter]:
        """In the order given; returns those that were."""
        if not letters:
            return ()
        sent = await asyncio.to_thread(self._publish, letters)
        await store.mark_redriven(transaction, sent, self._by)
        done.sent += len(sent)
        done.gone += len(letters) - len(sent)
        return sent

    def _publish(self, letters: Sequence[Letter]) -> Sequence[Letter]:
        whole = {letter.id: dead for letter, dead in read_held(self._log, letters)}
        sent = [letter for letter in letters if letter.id in whole]
        messages = (replace(whole[letter.id], redriven=letter.redriven).to_retry() for letter in sent)
        while batch := list(islice(messages, PAGE)):
            self._log.publish(batch)
        return sent
