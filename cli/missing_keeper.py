"""Keeps the list of missing terms: by the figures, by items that come and go, and by asking the search."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from cli.chores import every
from herofactory.insights.missing.answering import Answers
from herofactory.insights.missing.finding import finds_with
from herofactory.insights.missing.keeper import MissingKeeper
from herofactory.platform.clock import SystemClock
from herofactory.platform.events import EventCodec
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings
from herofactory.search.document import ItemDocument
from herofactory.search.open import OpenReader, open_reader

TURN_S = 10.0
"""Seconds between two looks for figures that have changed."""


class MissingTerms:
    """What a worker does for them; any number of workers share it. The index is opened when it is first asked."""

    def __init__(self, settings: Settings, database: Database, codec: EventCodec) -> None:
        self._settings = settings
        self._reader: OpenReader | None = None
        self._opening = asyncio.Lock()
        clock, outbox = SystemClock(), Outbox(codec)
        self.answers = Answers(database, outbox, clock, self._finds)
        self._keeper = MissingKeeper(database, outbox, clock, self.answers, self._finds)

    def start(self, tasks: asyncio.TaskGroup) -> None:
        tasks.create_task(every(TURN_S, self._turn))

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()

    async def _turn(self) -> None:
        await self._keeper.turn()

    async def _finds(self, text: str) -> Sequence[ItemDocument]:
        async with self._opening:
            if self._reader is None:
                self._reader = await asyncio.to_thread(open_reader, self._settings)
        return await finds_with(self._reader)(text)
