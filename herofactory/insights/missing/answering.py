"""A new item may be what people looked for; one that goes away may leave them without."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from herofactory.insights import people
from herofactory.insights.generations import FIGURES
from herofactory.insights.missing import states
from herofactory.insights.missing.finding import Finds
from herofactory.insights.missing.rules import LOOKED_AT
from herofactory.insights.missing.states import MissingState
from herofactory.insights.missing.tokens import Tokens, shipped_tokens
from herofactory.platform.clock import Clock
from herofactory.platform.events.search import SearchAnswered
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Connection, Database
from herofactory.search.document import ItemDocument

_PEOPLE = f"""SELECT coalesce(string_agg(empty_people, ''), '') AS people FROM term_buckets
    WHERE generation = {FIGURES.in_use} AND NOT simulated AND term = %s AND bucket >= %s AND empty > 0"""
_LISTED = "SELECT id FROM items WHERE id = ANY(%s) AND status = 'approved'"


class Answers:
    """Told of every change of an item, at least once. What is no longer so when it is told changes nothing."""

    def __init__(
        self, database: Database, outbox: Outbox, clock: Clock, finds: Finds, tokens: Tokens | None = None
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._clock = clock
        self._finds = finds
        self._tokens = tokens or shipped_tokens()

    async def listed(self, item_id: UUID, item: ItemDocument) -> int:
        """The item can be found now, as it is; returns how many terms it answers. May raise SearchError."""
        if not await self._database.fetch("SELECT FROM missing_terms LIMIT 1"):
            return 0  # as while a new shop's items are imported
        had = await asyncio.to_thread(self._tokens.had, item)
        reached = await asyncio.to_thread(self._tokens.reached, had)
        async with self._database.transaction() as transaction:
            if await _revision(transaction, item_id) != item.revision:
                return 0  # it changed since, and that is told as well
            candidates = await states.open_within(transaction, sorted(reached))
            fitting = [each for each in candidates if self._tokens.answers(each.form, had)]
            done = [await self._answer(transaction, each, item_id) for each in fitting]
            answered = await states.answered_by(transaction, item_id)
        await self._check([each for each in answered if not self._tokens.answers(each.form, had)], item_id)
        return sum(done)

    async def removed(self, item_id: UUID, revision: int) -> None:
        """The item cannot be found any more. May raise SearchError."""
        async with self._database.connection() as connection:
            listed = await _revision(connection, item_id)
            if listed is not None and listed > revision:
                return  # it came back since
            answered = await states.answered_by(connection, item_id)
        await self._check(answered, item_id)

    async def found(self, transaction: Connection, state: MissingState, item_id: UUID) -> bool:
        """The search itself finds it: that answers it too. False where it is answered or gone already."""
        return await self._answer(transaction, state, item_id, found=True)

    async def _answer(self, transaction: Connection, state: MissingState, item_id: UUID, found: bool = False) -> bool:
        now = self._clock.now()
        done = await states.answered(transaction, state.simulated, state.term, item_id, now, now if found else None)
        if done is None:
            return False
        if not done.simulated:
            cursor = await transaction.execute(_PEOPLE.encode(), (done.term, now - LOOKED_AT))
            row = await cursor.fetchone()
            number = len(people.from_bytes(row["people"])) if row else 0
            await self._outbox.put(transaction, SearchAnswered(done.term, done.form, str(item_id), number))
        return True

    async def _check(self, answered: Sequence[MissingState], gone: UUID) -> None:
        """Terms whose answer is none any more: another item may do."""
        for state in answered:
            others = [UUID(item.id) for item in await self._finds(state.form) if item.id != str(gone)]
            async with self._database.transaction() as transaction:
                if others := await _listed(transaction, others):
                    await states.handed_over(transaction, state, others[0])
                else:
                    await states.unanswered(transaction, state)


async def _revision(connection: Connection, item_id: UUID) -> int | None:
    """Of an item that can be found; None where it cannot."""
    cursor = await connection.execute("SELECT revision FROM items WHERE id = %s AND status = 'approved'", (item_id,))
    row = await cursor.fetchone()
    return int(row["revision"]) if row else None


async def _listed(connection: Connection, item_ids: Sequence[UUID]) -> list[UUID]:
    """Those that can be found, in their order: the index may be behind."""
    cursor = await connection.execute(_LISTED, (list(item_ids),))
    listed = {row["id"] for row in await cursor.fetchall()}
    return [item_id for item_id in item_ids if item_id in listed]
