"""The search index: a place for each generation, filled from the mirror or from PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from herofactory.platform.adapters import dsn_of
from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.replayable import Effects
from herofactory.platform.records import Record
from herofactory.platform.replay.target import Cost, Entry, ReplayRefused
from herofactory.platform.telemetry.metrics import NoMetrics
from herofactory.search import replays
from herofactory.search.approved import approved
from herofactory.search.errors import SearchError
from herofactory.search.keeper import IndexKeeper, keeping
from herofactory.search.open import index_places
from herofactory.search.places import Held, IndexPlaces, place_of
from herofactory.search.together import Together
from streams.agents.indexing import Apply, indexing
from streams.replay.ground import Ground
from streams.replay.paged import paged
from streams.replay.targets.index_filling import put
from streams.replay.targets.index_trial import Trial
from streams.topics import ITEM_MIRRORED

RECORDS = 2_000
"""Of a chunk; partitions are filled side by side, so several of them wait in memory."""
MOST = 6_000
"""Documents of a commit, which costs the index the same whatever it holds: no more than go into one segment."""
TIMEOUT_S = 600.0
"""Seconds for a chunk with those of other partitions before it, on a machine that serves others first."""
TRIAL_GENERATION = 0
PAGE = 5_000
T = TypeVar("T")


def make(ground: Ground) -> SearchIndex:
    return SearchIndex(ground)


class SearchIndex:
    """A generation's writer writes to its place alone, whatever readers use; the first one's as well."""

    name = replays.TARGET
    sources: tuple[str, ...] = (ITEM_MIRRORED,)
    effects: Effects = "own tables"

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._keepers: dict[str, IndexKeeper] = {}
        """By place, those that are held just now: a place has one writer."""

    async def place(self) -> str:
        return await self._ask(lambda places: places.in_use())

    async def create(self, generation: int, options: Mapping[str, Any]) -> str:
        if options:
            raise ReplayRefused(f"a replay of the search index has no options, but was given {', '.join(options)}")
        place = place_of(generation)
        await self._ask(lambda places: places.create(place))
        return place

    @asynccontextmanager
    async def writing(self, generation: int, place: str) -> AsyncIterator[Sequence[Agent]]:
        async with self._keeping(place) as keeper:
            yield (self._agent(keeper.apply, generation, lambda: keeper.in_use),)

    @asynccontextmanager
    async def trial(self) -> AsyncIterator[Sequence[Agent]]:
        """Writes to a place of its own, which is made with the first write."""
        trial = Trial(self._ground.settings)
        try:
            yield (self._agent(trial.apply, TRIAL_GENERATION, lambda: False),)
        finally:
            await trial.close()

    async def cost(self, records: AsyncIterator[Record]) -> Cost:  # noqa: ARG002
        return Cost()

    async def from_database(self, generation: int, place: str) -> AsyncIterator[int]:  # noqa: ARG002
        """Every approved item of one snapshot. What came later and is there already stays."""
        done = 0
        async with self._kept(place) as keeper:
            async for documents in paged(partial(approved, dsn_of(self._ground.settings)), PAGE):
                await put(keeper.apply, documents, self._ground.clock)
                done += len(documents)
                yield done

    async def database_records(self) -> int:
        row = await self._ground.database.fetch_one("SELECT count(*) AS items FROM items WHERE status = 'approved'")
        assert row is not None
        return int(row["items"])

    async def settled(self, generation: int) -> bool:
        await self._ask(lambda places: places.settle(place_of(generation)))
        return True

    async def entries(self, generation: int, place: str) -> AsyncIterator[Entry]:  # noqa: ARG002
        def held() -> Generator[Held, None, None]:
            with self._places() as places:
                yield from places.held(place)

        async for page in paged(held, PAGE):
            for id, revision, digest in page:
                yield Entry(id, id, revision, digest)

    def scopes(self, record: Record) -> Collection[str]:
        return () if record.key is None else (record.key.decode(errors="replace"),)

    async def activate(self, generation: int, place: str) -> None:  # noqa: ARG002
        await self._ask(lambda places: places.use(place))

    async def drop(self, generation: int, place: str) -> None:
        await self._ask(lambda places: places.drop(place or place_of(generation)))

    def _agent(self, apply: Apply, generation: int, in_use: Callable[[], bool]) -> Agent:
        metrics = NoMetrics() if generation == TRIAL_GENERATION else self._ground.metrics
        agent = indexing(Together(apply, MOST), self._ground.clock, metrics, generation=generation, in_use=in_use)
        return replace(agent, records=RECORDS, timeout_s=TIMEOUT_S)

    @asynccontextmanager
    async def _keeping(self, place: str) -> AsyncIterator[IndexKeeper]:
        settings = self._ground.settings
        async with keeping(IndexKeeper(settings, dsn_of(settings), place)) as keeper:
            self._keepers[place] = keeper
            try:
                yield keeper
            finally:
                del self._keepers[place]

    @asynccontextmanager
    async def _kept(self, place: str) -> AsyncIterator[IndexKeeper]:
        if place in self._keepers:
            yield self._keepers[place]
        else:
            async with self._keeping(place) as keeper:
                yield keeper

    @contextmanager
    def _places(self) -> Iterator[IndexPlaces]:
        with closing(index_places(self._ground.settings)) as places:
            yield places

    async def _ask(self, question: Callable[[IndexPlaces], T]) -> T:
        """Off the event loop. Raises ReplayRefused where the index cannot do it now."""

        def ask() -> T:
            try:
                with self._places() as places:
                    return question(places)
            except SearchError as error:
                raise ReplayRefused(str(error)) from error

        return await asyncio.to_thread(ask)
