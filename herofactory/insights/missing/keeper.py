"""Keeps the list of missing terms in step with the figures, and tells of those that many miss."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from herofactory.insights.figures.scope import Scope, active_scope, snapshot
from herofactory.insights.missing import states
from herofactory.insights.missing.answering import Answers
from herofactory.insights.missing.finding import Finds
from herofactory.insights.missing.group import Group
from herofactory.insights.missing.prompt import prompt
from herofactory.insights.missing.reading import Vain, vain
from herofactory.insights.missing.rules import ANNOUNCED_PEOPLE, LOOKED_AT
from herofactory.insights.missing.states import MissingState, State
from herofactory.insights.missing.tokens import Tokens, shipped_tokens
from herofactory.insights.window import Range
from herofactory.platform.clock import Clock
from herofactory.platform.events.search import MissingKind, SearchMissing
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Connection, Database
from herofactory.search.document import ItemDocument

REST_SHARE = 9.0
"""Times as long as a look took the next one waits: looking takes a tenth of the time at most."""
CHECKED = 25
"""Open terms that the search is asked for in a turn, and answered ones; all take their turns."""
# Cheap, and the same for all processes: what was ever written to the figures, as the server counts it.
_WRITTEN = """SELECT coalesce(sum(n_tup_ins + n_tup_del), 0)::bigint AS written FROM pg_stat_user_tables
    WHERE relname = 'term_buckets'"""
# The newest first: an answer that the search never finds must not be in the way of those that it soon will.
_ANSWERED = """SELECT simulated, term FROM missing_terms WHERE state = 'answered' AND found_at IS NULL
    ORDER BY answered_at DESC, term LIMIT %s"""
_OPEN = """SELECT simulated, term FROM missing_terms WHERE state = 'open' AND kind = 'no_results'
    ORDER BY last_at DESC, simulated, term"""
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('missing terms', 0)) AS got"


class MissingKeeper:
    """Any number may run; one at a time works."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        clock: Clock,
        answers: Answers,
        finds: Finds,
        tokens: Tokens | None = None,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._clock = clock
        self._answers = answers
        self._finds = finds
        self._tokens = tokens or shipped_tokens()
        self._seen: object = None
        self._rested_until = 0.0
        self._queue: deque[tuple[bool, str]] = deque()

    async def turn(self) -> bool:
        """Whether figures had changed and were looked at. To be called every few seconds. May raise SearchError."""
        looked = await self._look()
        await self._check()
        return looked

    # -- figures

    async def _look(self) -> bool:
        began = self._clock.monotonic()
        scope = await active_scope(self._database)
        row = await self._database.fetch_one(_WRITTEN)
        written = (scope.generation, row and row["written"])
        if written == self._seen or began < self._rested_until:
            return False
        if not await self._notice(scope):
            return False  # somebody else is at it, perhaps with older figures: look again
        self._seen = written
        ended = self._clock.monotonic()
        self._rested_until = ended + (ended - began) * REST_SHARE
        return True

    async def _notice(self, scope: Scope) -> bool:
        """Of the real figures, and of the simulated ones where there are any."""
        async with self._database.transaction() as transaction:
            cursor = await transaction.execute(_LOCK)
            locked = await cursor.fetchone()
            if locked is None or not locked["got"]:
                return False
            await self._notice_in(transaction, scope)
            if await _simulated(transaction, scope):
                await self._notice_in(transaction, Scope(scope.generation, simulated=True))
        return True

    async def _notice_in(self, transaction: Connection, scope: Scope) -> None:
        now = self._clock.now()
        known = await states.load(transaction, scope.simulated)
        async with snapshot(self._database) as connection:
            found = await vain(connection, scope, Range.of(now - LOOKED_AT, now), list(known))
        await states.forgotten(transaction, scope.simulated, _over(known, found))
        for term, kind in sorted(found.kinds.items()):
            await self._note(transaction, scope.simulated, found.groups[term], kind, known.get(term))

    async def _note(
        self, transaction: Connection, simulated: bool, group: Group, kind: MissingKind, known: MissingState | None
    ) -> None:
        if known is not None and known.state is not State.OPEN:
            return
        state = MissingState(simulated, group.term, group.form, kind, State.OPEN, group.first_at, group.last_at)
        if known is None or _differs(known, state):
            await states.noted(transaction, state, await asyncio.to_thread(self._tokens.asked, state.form))
        before = known.announced_people if known else 0
        number = group.people_in_vain(kind)
        if not simulated and number >= max(ANNOUNCED_PEOPLE, 2 * before):
            await self._announce(transaction, group, kind, number)

    async def _announce(self, transaction: Connection, group: Group, kind: MissingKind, number: int) -> None:
        first_at, last_at = group.first_at.isoformat(), group.last_at.isoformat()
        event = SearchMissing(
            group.term, group.form, kind, number, group.searches, first_at, last_at, prompt(group.form)
        )  # fmt: skip
        await states.announced(transaction, group.term, number)
        await self._outbox.put(transaction, event)

    # -- the search itself

    async def _check(self) -> None:
        """What is said to be missing or answered may be found by now: asked of the search, some terms at a time."""
        for row in await self._database.fetch(_ANSWERED, CHECKED):
            await self._check_one(row["simulated"], row["term"])
        if not self._queue:
            self._queue.extend((row["simulated"], row["term"]) for row in await self._database.fetch(_OPEN))
        for _ in range(min(CHECKED, len(self._queue))):
            await self._check_one(*self._queue[0])
            self._queue.popleft()

    async def _check_one(self, simulated: bool, term: str) -> None:
        async with self._database.connection() as connection:
            state = await states.get(connection, simulated, term)
        hits = await self._finds(state.form) if state else ()
        if state is None or not hits:
            return
        async with self._database.transaction() as transaction:
            # Each changes nothing where the state has changed meanwhile.
            await self._answers.found(transaction, state, _newest(hits, state.first_at))
            await states.found(transaction, simulated, term, self._clock.now())


def _over(known: Mapping[str, MissingState], found: Vain) -> list[str]:
    """Open terms that nobody misses any more.

    A term without results that is no longer looked for in vain stays, until the search finds it or 30 days are over:
    it may have been found for a while, and have lost that item again.
    """
    gone = (state for term, state in known.items() if state.state is State.OPEN and term not in found.kinds)
    return [state.term for state in gone if state.kind == "no_clicks" or state.term not in found.groups]


def _differs(known: MissingState, state: MissingState) -> bool:
    return (known.form, known.kind, known.last_at) != (state.form, state.kind, state.last_at)


def _newest(hits: Sequence[ItemDocument], since: datetime) -> UUID:
    """The first hit that came after people began to miss it, else the first one."""
    return UUID(next((item.id for item in hits if item.created_at >= since), hits[0].id))


async def _simulated(connection: Connection, scope: Scope) -> bool:
    cursor = await connection.execute(
        "SELECT EXISTS (SELECT FROM term_buckets WHERE generation = %s AND simulated) AS any", (scope.generation,)
    )
    row = await cursor.fetchone()
    return row is not None and bool(row["any"])
